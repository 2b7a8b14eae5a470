package command

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// patience is how long a command takes before it says what it is doing.
const patience = time.Second

// Progress says at a terminal what a command is doing, if that takes a while. What
// takes less than a second is not worth a line.
type Progress struct {
	mu    sync.Mutex
	out   io.Writer // nil if nobody is watching
	late  bool
	last  string // what was said before it was late
	timer *time.Timer
}

// NewProgress begins to count. Stop ends it.
func NewProgress(console Console) *Progress {
	p := &Progress{}
	if console.Watched {
		p.out = console.Stderr
		p.timer = time.AfterFunc(patience, p.begin)
	}
	return p
}

// Say replaces what the command is doing.
func (p *Progress) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last = fmt.Sprintf(format, args...); p.late {
		p.print()
	}
}

// Stop ends it. Nothing is printed afterwards.
func (p *Progress) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out != nil {
		p.timer.Stop()
		p.out = nil
	}
}

func (p *Progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late = true; p.last != "" {
		p.print()
	}
}

func (p *Progress) print() {
	if p.out != nil {
		fmt.Fprintln(p.out, p.last)
	}
}

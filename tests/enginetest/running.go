package enginetest

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Running is a pulumi command that has been started and not waited for, in a
// process group of its own, as a shell starts one in a terminal.
type Running struct {
	t      testing.TB
	cmd    *exec.Cmd
	args   []string
	events string
	output transcript
	ended  chan struct{}
}

// Start starts a command of the engine, such as "up", "--yes".
func (p *Project) Start(command string, args ...string) *Running {
	p.t.Helper()
	r := &Running{t: p.t, events: filepath.Join(p.t.TempDir(), "events.json"), ended: make(chan struct{})}
	r.args = append([]string{command, "--color=never", "--non-interactive", "--event-log", r.events}, args...)
	r.cmd = p.Command(p.t.Context(), r.args...)
	if p.followsSimulator {
		variable, detach := p.attach()
		p.t.Cleanup(detach)
		r.cmd.Env = append(r.cmd.Env, variable)
	}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.Stdout, r.cmd.Stderr = &r.output, &r.output
	if err := r.cmd.Start(); err != nil {
		p.t.Fatalf("starting pulumi: %v (build it with `make tools`)", err)
	}
	go func() {
		_ = r.cmd.Wait() // ProcessState has the result
		close(r.ended)
	}()
	p.t.Cleanup(func() {
		_ = r.cmd.Process.Kill() // where a test failed before its end
		<-r.ended
	})
	return r
}

// Says blocks until the command has printed the text. It fails the test if the
// command ends without.
func (r *Running) Says(text string) {
	r.t.Helper()
	select {
	case <-r.output.holding(text):
		return
	case <-r.ended:
	}
	if !strings.Contains(r.output.String(), text) {
		r.t.Fatalf("pulumi %s ended without saying %q\n%s", strings.Join(r.args, " "), text, r.output.String())
	}
}

// Ended is closed when the command has.
func (r *Running) Ended() <-chan struct{} { return r.ended }

// Interrupt is Ctrl-C: every process of the terminal's foreground group gets the
// signal, not the command alone.
func (r *Running) Interrupt() { r.signal(-r.cmd.Process.Pid, syscall.SIGINT) }

// Kill kills the command alone. Its plugins live on.
func (r *Running) Kill() { r.signal(r.cmd.Process.Pid, syscall.SIGKILL) }

func (r *Running) signal(pid int, signal syscall.Signal) {
	r.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		r.t.Fatalf("sending %s to pulumi: %v", signal, err)
	}
}

// KillPlugin kills the provider's processes, which the command started.
func (r *Running) KillPlugin() {
	r.t.Helper()
	plugins := r.Plugins()
	if len(plugins) == 0 {
		r.t.Fatal("the command runs no plugin of this package")
	}
	for _, pid := range plugins {
		r.signal(pid, syscall.SIGKILL)
	}
}

// KillAll kills the command and the provider's processes, as the end of the machine
// that they run on would.
func (r *Running) KillAll() {
	r.t.Helper()
	plugins := r.Plugins() // which have another parent as soon as the command is gone
	r.Kill()
	for _, pid := range plugins {
		r.signal(pid, syscall.SIGKILL)
	}
}

// Plugins are the processes of this package's plugin that the command started.
func (r *Running) Plugins() []int {
	r.t.Helper()
	processes, err := exec.CommandContext(r.t.Context(), "ps", "-axo", "pid=,ppid=,args=").Output()
	if err != nil {
		r.t.Fatalf("listing the processes: %v", err)
	}
	var pids []int
	for line := range strings.Lines(string(processes)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[1] != strconv.Itoa(r.cmd.Process.Pid) || filepath.Base(words[2]) != "pulumi-resource-cfaccess" {
			continue
		}
		pid, err := strconv.Atoi(words[0])
		if err != nil {
			r.t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// Wait waits for the command's end. One that a signal ended has the exit code
// -1.
func (r *Running) Wait() Result {
	r.t.Helper()
	<-r.ended
	return Result{
		Args: r.args, Output: r.output.String(), ExitCode: r.cmd.ProcessState.ExitCode(),
		Events: readEvents(r.t, r.events),
	}
}

// transcript is what a command prints, as it prints it.
type transcript struct {
	mu      sync.Mutex
	text    strings.Builder
	waiting map[string]chan struct{}
}

func (w *transcript) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Write(data)
	for text, found := range w.waiting {
		if strings.Contains(w.text.String(), text) {
			close(found)
			delete(w.waiting, text)
		}
	}
	return len(data), nil
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// holding is closed as soon as the transcript holds the text.
func (w *transcript) holding(text string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := make(chan struct{})
	if strings.Contains(w.text.String(), text) {
		close(found)
		return found
	}
	if w.waiting == nil {
		w.waiting = map[string]chan struct{}{}
	}
	w.waiting[text] = found
	return found
}

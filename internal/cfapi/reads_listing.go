package cfapi

import (
	"context"
	"time"
)

// listing is one listing of a scope, in flight or at hand. It belongs to no
// read's context: it ends with its time, or when nobody waits for it any more.
// [sharedReads.mu] guards it.
type listing struct {
	// until is when it stops to answer reads that begin.
	until time.Time
	// waiters are the reads that it has not answered yet.
	waiters map[*read]struct{}
	// written are the tokens that this client has written since it began.
	written map[string]bool

	cancel context.CancelFunc
	// timer cancels it when its time is over, which is at ends.
	timer *time.Timer
	ends  time.Time
	// pausedUntil is how long it waits for the rate limit.
	pausedUntil time.Time

	// done is closed when it has ended. A listing that failed has no tokens.
	done   chan struct{}
	ended  bool
	tokens map[string]*Token
	shown  shown
}

type listingKey struct{}

func (l *listing) fresh(now time.Time) bool { return now.Before(l.until) }

// start begins a listing. A listing that takes longer than it would last is not
// worth its while, so that is its time. Called with the lock held.
func (s *sharedReads) start(of *scopeReads, now time.Time) *listing {
	l := &listing{
		until:   now.Add(listingLasts),
		waiters: map[*read]struct{}{}, written: map[string]bool{}, done: make(chan struct{}),
		ends: time.Now().Add(listingLasts),
	}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), listingKey{}, l))
	l.cancel, l.timer = cancel, time.AfterFunc(listingLasts, cancel)
	go s.fetch(ctx, of, l)
	return l
}

func (s *sharedReads) fetch(ctx context.Context, of *scopeReads, l *listing) {
	tokens, err := s.client.List(ctx, of.scope, ListFilter{})
	var has shown
	for i := range tokens {
		has.add(&tokens[i])
	}
	if err == nil && !has.everything() {
		// What it lacks can only be judged by a read by id, and one has begun.
		select {
		case <-of.firstByID:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	s.finish(of, l, tokens, has, err)
}

// finish hands a listing to those who wait for it. One that failed stays too, so
// that a scope whose listing is refused is not listed again for every read.
func (s *sharedReads) finish(of *scopeReads, l *listing, tokens []Token, has shown, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.timer.Stop()
	l.cancel()
	if err != nil {
		l.until = s.client.timing.Now().Add(listingLasts)
		tokens = nil
	}
	l.tokens = make(map[string]*Token, len(tokens))
	for i := range tokens {
		l.tokens[tokens[i].ID] = &tokens[i]
	}
	l.shown, l.ended = has, true
	close(l.done)
	// A process that reads no more, but lives on, need not keep the tokens. A timer
	// keeps neither the process nor a goroutine.
	time.AfterFunc(listingLasts, func() { s.forget(of, l) })
}

func (s *sharedReads) forget(of *scopeReads, l *listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of.listing == l {
		of.listing = nil
	}
}

// waits is told before a request waits for the rate limit, with its context. All
// who wait for a listing wait with it, also who comes later, and its own time
// does not run meanwhile.
func (s *sharedReads) waits(ctx context.Context, d time.Duration) {
	l, ok := ctx.Value(listingKey{}).(*listing)
	if !ok {
		s.tell(d, ctx)
		return
	}
	s.mu.Lock()
	l.pausedUntil = s.client.timing.Now().Add(d)
	l.ends = l.ends.Add(d)
	l.timer.Reset(time.Until(l.ends))
	waiting := make([]context.Context, 0, len(l.waiters))
	for r := range l.waiters {
		waiting = append(waiting, r.ctx)
	}
	s.mu.Unlock()
	s.tell(d, waiting...)
}

// noticeableWait is the shortest wait that a user would notice.
const noticeableWait = time.Second

// tell is called without the lock, since nobody knows what is done with it.
func (s *sharedReads) tell(d time.Duration, waiting ...context.Context) {
	if s.onWait == nil || d < noticeableWait {
		return
	}
	for _, ctx := range waiting {
		s.onWait(ctx, d)
	}
}

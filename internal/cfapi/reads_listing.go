package cfapi

import (
	"context"
	"time"
)

// listing is one listing of a scope, under way or complete. It does not depend on
// the context of any read: it ends when its time is over or when nobody waits for
// it any more. [sharedReads.mu] guards it.
type listing struct {
	// until is when it stops answering new reads.
	until time.Time
	// waiters are the reads that it has not answered yet.
	waiters map[*read]struct{}
	// written are the tokens that this client has written since it began.
	written map[string]bool

	cancel context.CancelFunc
	// timer cancels it at ends.
	timer *time.Timer
	ends  time.Time
	// pausedUntil is when its wait for the rate limit ends.
	pausedUntil time.Time

	// done is closed when it has ended. A listing that failed has no tokens.
	done   chan struct{}
	ended  bool
	tokens map[string]*Token
	shown  shown
}

type listingKey struct{}

func (l *listing) fresh(now time.Time) bool { return now.Before(l.until) }

// start begins a listing. It may take as long as it would last: a longer one is not
// worth the requests. It is called with the lock held.
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
		// Only a read by id shows what the listing lacks, and one has begun.
		select {
		case <-of.firstByID:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	s.finish(of, l, tokens, has, err)
}

// finish gives a listing to the reads that wait for it. A failed one is kept too, so
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
	// A process that lives on without reading need not keep the tokens. A timer keeps
	// neither the process nor a goroutine alive.
	time.AfterFunc(listingLasts, func() { s.forget(of, l) })
}

func (s *sharedReads) forget(of *scopeReads, l *listing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of.listing == l {
		of.listing = nil
	}
}

// waits is called before a request waits, with its context. All reads that wait for
// a listing wait too. For the rate limit later ones do as well, and the listing's own
// time does not run meanwhile.
func (s *sharedReads) waits(ctx context.Context, w Wait) {
	l, ok := ctx.Value(listingKey{}).(*listing)
	if !ok {
		s.announce(w, ctx)
		return
	}
	s.mu.Lock()
	if w.Reason == ForRateLimit {
		l.pausedUntil = s.client.timing.Now().Add(w.Duration)
		l.ends = l.ends.Add(w.Duration)
		l.timer.Reset(time.Until(l.ends))
	}
	waiting := make([]context.Context, 0, len(l.waiters))
	for r := range l.waiters {
		waiting = append(waiting, r.ctx)
	}
	s.mu.Unlock()
	s.announce(w, waiting...)
}

// announce calls onWait. It is called without the lock: what onWait does is unknown.
func (s *sharedReads) announce(w Wait, waiting ...context.Context) {
	if s.onWait == nil || !w.noticeable() {
		return
	}
	for _, ctx := range waiting {
		s.onWait(ctx, w)
	}
}

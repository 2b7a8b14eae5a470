package cfapi

import (
	"context"
	"sync"
	"time"
)

const (
	// readsTogether is how soon after a read another one counts as one of many.
	readsTogether = 5 * time.Second
	// listingLasts is how long a listing answers reads, counted from before its
	// first request, so that no answer is older.
	listingLasts = 30 * time.Second
)

// Read returns a token as it is now, or was at most half a minute ago. It is for
// reading many tokens: the first read of a scope asks by id, as [Client.Get] does,
// and one that follows soon after lists the whole scope, once for all. A listing
// does not answer for a token that this client has written since, and a token's
// absence from it proves nothing: only an error for which [IsNotFound] holds proves
// that the token does not exist. Callers must not change the token through its
// pointers, which others may share.
func (c *Client) Read(ctx context.Context, scope Scope, id string) (*Token, error) {
	r := c.reads.begin(ctx, scope, id)
	defer c.reads.end(r)
	if token := c.reads.listed(r); token != nil {
		return token, nil
	}
	// This is so also if the context has ended: then nothing is sent.
	return c.Get(ctx, scope, id)
}

// sharedReads lets the reads of a scope share a listing.
//
// It does not use golang.org/x/sync/singleflight, whose calls have no context of
// their own: they could not end when the last waiter goes. It also forgets a result
// at once.
type sharedReads struct {
	client *Client
	// onWait, if not nil, is called before waits.
	onWait func(context.Context, Wait)

	mu     sync.Mutex
	scopes map[Scope]*scopeReads
}

// scopeReads is what is known about the reads and writes of one scope.
type scopeReads struct {
	scope Scope
	// reading counts the reads that have not ended, lastRead is when one did.
	reading  int
	lastRead time.Time
	// writing counts the writes that have not ended, by token.
	writing map[string]int
	// byID is what reads by id have shown. firstEnds closes firstByID when the
	// first of them has ended.
	byID      shown
	firstByID chan struct{}
	firstEnds func()
	// listing is the last one. It is replaced only when nobody waits for it, so that
	// every write finds the listing that a read may still use.
	listing *listing
}

// read is one call of Read. A listing knows it while it waits.
type read struct {
	ctx   context.Context
	scope *scopeReads
	id    string
	// from is the listing that may answer, or nil.
	from *listing
}

func newSharedReads(client *Client, onWait func(context.Context, Wait)) *sharedReads {
	return &sharedReads{client: client, onWait: onWait, scopes: map[Scope]*scopeReads{}}
}

// of returns what is known about a scope. It is called with the lock held.
func (s *sharedReads) of(scope Scope) *scopeReads {
	known, ok := s.scopes[scope]
	if !ok {
		first := make(chan struct{})
		known = &scopeReads{
			scope: scope, writing: map[string]int{},
			firstByID: first, firstEnds: sync.OnceFunc(func() { close(first) }),
		}
		s.scopes[scope] = known
	}
	return known
}

// begin decides how a read is answered, and starts a listing if it needs one.
func (s *sharedReads) begin(ctx context.Context, scope Scope, id string) *read {
	s.mu.Lock()
	now, of := s.client.timing.Now(), s.of(scope)
	r := &read{ctx: ctx, scope: of, id: id}
	oneOfMany := of.reading > 0 || !of.lastRead.IsZero() && now.Sub(of.lastRead) < readsTogether
	of.reading++
	if of.listing != nil && !of.listing.fresh(now) && len(of.listing.waiters) == 0 {
		of.listing = nil
	}
	if of.listing == nil && oneOfMany && ctx.Err() == nil {
		of.listing = s.start(of, now)
	}
	var pause time.Duration
	if l := of.listing; l != nil && l.fresh(now) {
		r.from, l.waiters[r] = l, struct{}{}
		pause = l.pausedUntil.Sub(now)
	}
	s.mu.Unlock()
	s.announce(Wait{Reason: ForRateLimit, Duration: pause}, ctx)
	return r
}

func (s *sharedReads) end(r *read) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.scope.reading--
	r.scope.lastRead = s.client.timing.Now()
	if r.from == nil {
		r.scope.firstEnds()
	}
}

// listed waits for the listing of a read, and returns the token from it, or nil if
// the read has to ask by id.
func (s *sharedReads) listed(r *read) *Token {
	l := r.from
	if l == nil {
		return nil
	}
	select {
	case <-l.done:
	case <-r.ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(l.waiters, r)
	if !l.ended && len(l.waiters) == 0 {
		l.cancel()
		r.scope.listing = nil
	}
	token, ok := l.tokens[r.id]
	if !ok || r.ctx.Err() != nil || r.scope.writing[r.id] > 0 || l.written[r.id] || !l.shown.covers(r.scope.byID) {
		return nil
	}
	return new(*token)
}

// write records that a write to a token begins, and end records that it has ended.
// Between the two it is unknown which state a listing shows, and a listing that
// began before the end may still show the old one.
func (s *sharedReads) write(scope Scope, id string) (end func()) {
	mark := func(count int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		of := s.of(scope)
		if of.writing[id] += count; of.writing[id] == 0 {
			delete(of.writing, id)
		}
		if of.listing != nil {
			of.listing.written[id] = true
		}
	}
	mark(1)
	return func() { mark(-1) }
}

// answered learns from an answer by id which fields such answers have. A token that
// was written since the listing began cannot be compared with it.
func (s *sharedReads) answered(scope Scope, token *Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if of := s.of(scope); of.listing == nil || !of.listing.written[token.ID] {
		of.byID.add(token)
	}
}

// shown records which of the fields that show a rotation some answers had. It is
// not documented for every case whether listings have them, and a token that was
// rotated elsewhere must not look unrotated.
type shown struct{ any, versions, ends bool }

func (s *shown) add(t *Token) {
	s.any = true
	s.versions = s.versions || t.ClientSecretVersion != nil
	s.ends = s.ends || t.PreviousClientSecretExpiresAt != nil || t.Marker != nil
}

func (s shown) everything() bool { return s.versions && s.ends }

// covers reports whether a listing that showed s shows all that reads by id do. If a
// listing has a field for one token, it has it for every token that has it. If it
// has a field for none, and reads by id did not have it either, the tokens do not
// have it: listings of 2025 had tokens without a version, and most tokens have no
// end. So tokens are read one by one only if listings lack what reads by id show.
func (s shown) covers(byID shown) bool {
	return s.everything() || byID.any && (s.versions || !byID.versions) && (s.ends || !byID.ends)
}

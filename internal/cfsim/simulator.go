package cfsim

import (
	"sync"
	"time"
)

// Simulator simulates one Cloudflare. All its methods may be called at any time, even
// while it serves requests.
type Simulator struct {
	config Config

	mu       sync.Mutex
	store    store
	advanced time.Duration
	latency  time.Duration
	requests []Request
	answered int
	faults   []*pendingFault
	limit    window

	edge         Edge
	edgeRequests []EdgeRequest
}

// New makes a simulator without tokens. It panics on a behaviour or a setting
// that does not exist, which is a mistake of the test.
func New(config Config) *Simulator {
	s := &Simulator{config: config.withDefaults(), latency: config.Latency}
	s.store = store{
		tokens: map[string]*record{}, issuedAt: map[string]time.Time{}, generate: newGenerator(config.Seed),
		clock: func() time.Time { return s.config.Now().Add(s.advanced) },
	}
	s.SetBehaviour(config.Behaviour)
	s.SetInactivity(config.Inactivity)
	return s
}

// locked runs f with the lock held, after the clean-up of unused tokens.
func (s *Simulator) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.cleanUp()
	f()
}

// Now returns the time of the simulator's clock.
func (s *Simulator) Now() (now time.Time) {
	s.locked(func() { now = s.store.now() })
	return now
}

// Advance moves the clock.
func (s *Simulator) Advance(d time.Duration) { s.locked(func() { s.advanced += d }) }

// SetBehaviour replaces the behaviour from the next request on. It panics on a
// behaviour that does not exist.
func (s *Simulator) SetBehaviour(b Behaviour) {
	if err := b.validate(); err != nil {
		panic("cfsim: " + err.Error())
	}
	s.locked(func() { s.store.behaviour = b })
}

// SetLatency delays every answer from now on, in real time.
func (s *Simulator) SetLatency(d time.Duration) { s.locked(func() { s.latency = d }) }

// SpendRateLimit counts requests that the user made elsewhere: the dashboard and
// other processes draw on the same limit.
func (s *Simulator) SpendRateLimit(requests int) {
	s.locked(func() { s.limit.spend(s.store.now(), requests) })
}

// Tokens returns all live tokens in the order of their creation.
func (s *Simulator) Tokens() (tokens []Token) {
	s.locked(func() {
		for _, r := range s.store.sorted("") {
			tokens = append(tokens, r.Token)
		}
	})
	return tokens
}

// Token returns a live token by its id.
func (s *Simulator) Token(id string) (token Token, ok bool) {
	s.locked(func() {
		if r, found := s.store.tokens[id]; found {
			token, ok = r.Token, true
		}
	})
	return token, ok
}

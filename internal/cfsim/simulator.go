package cfsim

import (
	"slices"
	"sync"
	"time"
)

// Simulator is a Cloudflare of its own. All its methods may be called at any
// time, also while it serves requests.
type Simulator struct {
	config   Config
	generate *generator

	mu        sync.Mutex
	behaviour Behaviour
	latency   time.Duration
	advanced  time.Duration
	tokens    map[string]*record
	sequence  int
	issued    []string
	requests  []Request
	faults    []*pendingFault
	limit     window

	stop     chan struct{}
	stopOnce sync.Once
}

// New makes a simulator without tokens.
func New(config Config) *Simulator {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Credentials.empty() {
		config.Credentials.APITokens = []APIToken{{Value: DefaultAPIToken}}
	}
	if config.PerPageCap == 0 {
		config.PerPageCap = 1000
	}
	config.Accounts = append([]string{DefaultAccountID}, config.Accounts...)
	config.Zones = append([]string{DefaultZoneID}, config.Zones...)
	return &Simulator{
		config: config, generate: newGenerator(config.Seed), behaviour: config.Behaviour, latency: config.Latency,
		tokens: map[string]*record{}, stop: make(chan struct{}),
	}
}

// now is Cloudflare's clock, which knows whole seconds.
func (s *Simulator) now() time.Time {
	return s.config.Now().Add(s.advanced).UTC().Truncate(time.Second)
}

// locked runs f while nothing else touches the simulator.
func (s *Simulator) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Advance moves the clock.
func (s *Simulator) Advance(d time.Duration) { s.locked(func() { s.advanced += d }) }

// SetBehaviour replaces the behaviour from the next request on.
func (s *Simulator) SetBehaviour(b Behaviour) { s.locked(func() { s.behaviour = b }) }

// SetLatency delays every answer from now on, in real time.
func (s *Simulator) SetLatency(d time.Duration) { s.locked(func() { s.latency = d }) }

// Tokens returns all live tokens in the order of their creation.
func (s *Simulator) Tokens() (tokens []Token) {
	s.locked(func() {
		for _, r := range s.sorted("") {
			tokens = append(tokens, r.Token)
		}
	})
	return tokens
}

// Token returns a live token by its id.
func (s *Simulator) Token(id string) (token Token, ok bool) {
	s.locked(func() {
		if r, found := s.tokens[id]; found {
			token, ok = r.Token, true
		}
	})
	return token, ok
}

// AddToken makes a token as somebody else would: in the dashboard, or before.
// scope is "accounts/<id>" or "zones/<id>".
func (s *Simulator) AddToken(scope string, t NewToken) (token Token) {
	body := tokenBody{Name: &t.Name}
	if t.Duration != "" {
		body.Duration = &t.Duration
	}
	if t.ClientSecretVersion != 0 {
		body.ClientSecretVersion = &t.ClientSecretVersion
	}
	enabled := !t.Disabled
	body.Enabled = &enabled
	s.locked(func() { token = s.newRecord(scope, body).Token })
	return token
}

// DeleteToken deletes a token elsewhere, and tells whether it was there.
func (s *Simulator) DeleteToken(id string) (ok bool) {
	s.locked(func() {
		_, ok = s.tokens[id]
		delete(s.tokens, id)
	})
	return ok
}

// edit changes a token elsewhere, and tells whether it is there.
func (s *Simulator) edit(id string, change func(*record)) (ok bool) {
	s.locked(func() {
		r, found := s.tokens[id]
		if ok = found; ok {
			change(r)
			r.UpdatedAt = s.now()
		}
	})
	return ok
}

// RotateElsewhere rotates a token's secret in the dashboard.
func (s *Simulator) RotateElsewhere(id string) bool {
	return s.edit(id, func(r *record) {
		version, end := r.ClientSecretVersion, r.PreviousClientSecretExpiresAt
		s.rotate(r, version+1, nil)
		if s.behaviour.DashboardKeepsVersion {
			r.ClientSecretVersion = version
		}
		if s.behaviour.DashboardSetsNoEnd {
			r.PreviousClientSecretExpiresAt = end
		}
	})
}

// SetInUse makes a token refuse its deletion, or no longer.
func (s *Simulator) SetInUse(id string, inUse bool) bool {
	return s.edit(id, func(r *record) { r.InUse = inUse })
}

// SetEnabled enables or disables a token elsewhere.
func (s *Simulator) SetEnabled(id string, enabled bool) bool {
	return s.edit(id, func(r *record) { r.Enabled = enabled })
}

// SetName renames a token elsewhere.
func (s *Simulator) SetName(id, name string) bool {
	return s.edit(id, func(r *record) { r.Name = name })
}

// SetDuration sets a token's duration elsewhere, which resets its expiry.
func (s *Simulator) SetDuration(id, duration string) bool {
	return s.edit(id, func(r *record) { r.Duration, r.ExpiresAt = duration, expiry(duration, s.now()) })
}

// Use lets a token in through Access, which sets when it was last seen.
func (s *Simulator) Use(id string) bool {
	return s.edit(id, func(r *record) {
		now := s.now()
		r.LastSeenAt = &now
	})
}

// SecretState is how Access judges a client secret.
type SecretState string

// What a client secret can be.
const (
	SecretCurrent  SecretState = "current"
	SecretPrevious SecretState = "previous"
	SecretRevoked  SecretState = "revoked"
	SecretUnknown  SecretState = "unknown"
)

// SecretState judges a client secret: the token's current one, the previous one
// in its grace, one that was revoked, or one that the simulator never issued
// for a live token of that client id.
func (s *Simulator) SecretState(clientID, clientSecret string) (state SecretState) {
	state = SecretUnknown
	s.locked(func() {
		if r := s.byClientID(clientID); r != nil && slices.Contains(s.issued, clientSecret) {
			state = r.accepts(clientSecret, s.now())
		}
	})
	return state
}

// Authenticates tells whether Access would let the pair in now: the token is
// enabled and has not expired, and the secret is its current one or the
// previous one in its grace.
func (s *Simulator) Authenticates(clientID, clientSecret string) (ok bool) {
	s.locked(func() {
		r := s.byClientID(clientID)
		if r == nil || !r.Enabled || r.expired(s.now()) {
			return
		}
		state := r.accepts(clientSecret, s.now())
		ok = state == SecretCurrent || state == SecretPrevious
	})
	return ok
}

func (s *Simulator) byClientID(clientID string) *record {
	for _, r := range s.tokens {
		if r.ClientID == clientID {
			return r
		}
	}
	return nil
}

// IssuedSecrets returns every secret ever issued, for searching what was
// written for them.
func (s *Simulator) IssuedSecrets() (secrets []string) {
	s.locked(func() { secrets = slices.Clone(s.issued) })
	return secrets
}

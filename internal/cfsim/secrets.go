package cfsim

import (
	"slices"
	"time"
)

// SecretState is how Access judges a client secret.
type SecretState string

// What a client secret can be.
const (
	SecretCurrent  SecretState = "current"
	SecretPrevious SecretState = "previous"
	SecretRevoked  SecretState = "revoked"
	SecretUnknown  SecretState = "unknown"
)

// SecretState judges a client secret by itself: the token's current one, the
// previous one during its grace, an earlier one of the token, or unknown if no live
// token of that client id ever had it.
func (s *Simulator) SecretState(clientID, clientSecret string) (state SecretState) {
	state = SecretUnknown
	s.locked(func() {
		if r := s.store.byClientID(clientID); r != nil {
			state = r.judge(clientSecret, s.store.now())
		}
	})
	return state
}

// Authenticates reports whether Access would let the pair in now: the token is
// enabled and has not expired, and the secret is its current one or the previous
// one during its grace.
func (s *Simulator) Authenticates(clientID, clientSecret string) (ok bool) {
	s.locked(func() {
		now := s.store.now()
		r := s.store.byClientID(clientID)
		if r == nil || !r.Enabled || r.expired(now) {
			return
		}
		state := r.judge(clientSecret, now)
		ok = state == SecretCurrent || state == SecretPrevious
	})
	return ok
}

// IssuedSecrets returns every secret ever issued, in order, so that tests can search
// for them in what was written.
func (s *Simulator) IssuedSecrets() (secrets []string) {
	s.locked(func() { secrets = slices.Clone(s.store.issued) })
	return secrets
}

// secrets are those of one token, oldest first. Cloudflare holds one previous
// secret: a second rotation within a grace ends it.
type secrets []string

func (s secrets) current() string { return s[len(s)-1] }

// judge returns how Access judges a secret of the token at a time. A previous secret
// works again if its end is moved to the future after it passed: the end is a stored
// time, and no document says that passing it has an effect of its own.
func (r *record) judge(secret string, now time.Time) SecretState {
	end := r.PreviousClientSecretExpiresAt
	switch i := slices.Index(r.secrets, secret); {
	case i < 0:
		return SecretUnknown
	case i == len(r.secrets)-1:
		return SecretCurrent
	case i == len(r.secrets)-2 && end != nil && now.Before(*end):
		return SecretPrevious
	}
	return SecretRevoked
}

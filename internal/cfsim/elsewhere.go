package cfsim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// NewToken describes a token that was made elsewhere.
type NewToken struct {
	Name string `json:"name"`
	// Duration is Cloudflare's default of a year if left out.
	Duration string `json:"duration"`
	Disabled bool   `json:"disabled"`
	// ClientSecretVersion is 1 if left out.
	ClientSecretVersion           int        `json:"client_secret_version"`
	PreviousClientSecretExpiresAt *time.Time `json:"previous_client_secret_expires_at"`
	// ID, ClientID and ClientSecret are those of a state that was recorded earlier.
	// They are generated if left out.
	ID           string `json:"id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

func (t NewToken) identity() identity {
	return identity{id: t.ID, clientID: t.ClientID, clientSecret: t.ClientSecret}
}

// AddToken makes a token as somebody else would, for example in the dashboard. scope
// is "accounts/<id>" or "zones/<id>". It panics on what Cloudflare would refuse,
// which is a mistake of the test.
func (s *Simulator) AddToken(scope string, t NewToken) Token {
	token, err := s.addToken(scope, t)
	if err != nil {
		panic("cfsim: " + err.Error())
	}
	return token
}

func (s *Simulator) addToken(scope string, t NewToken) (token Token, err error) {
	if err := validateScope(scope); err != nil {
		return Token{}, err
	}
	enabled := !t.Disabled
	body := tokenBody{Name: &t.Name, Enabled: &enabled, PreviousClientSecretExpiresAt: t.PreviousClientSecretExpiresAt}
	if t.Duration != "" {
		body.Duration = &t.Duration
	}
	if t.ClientSecretVersion != 0 {
		body.ClientSecretVersion = &t.ClientSecretVersion
	}
	if refused := body.validate(); refused != nil {
		return Token{}, fmt.Errorf("adding token %q: %s", t.Name, refused.message)
	}
	s.locked(func() {
		if err = s.store.admit(t.identity()); err == nil {
			token = s.store.create(scope, body, t.identity()).Token
		}
	})
	if err != nil {
		return Token{}, fmt.Errorf("adding token %q: %w", t.Name, err)
	}
	return token, nil
}

func validateScope(scope string) error {
	kind, id, _ := strings.Cut(scope, "/")
	if kind != "accounts" && kind != "zones" || !scopeIDPattern.MatchString(id) {
		return fmt.Errorf("the scope %q is not accounts/<id> or zones/<id>", scope)
	}
	return nil
}

// admit refuses a given identity that does not have Cloudflare's form or is taken.
func (s *store) admit(given identity) error {
	switch {
	case given.id != "" && !tokenIDPattern.MatchString(given.id):
		return errors.New("id must be a UUID or 32 hexadecimal characters")
	case given.clientID != "" && !clientIDPattern.MatchString(given.clientID):
		return errors.New("client_id must be 32 hexadecimal characters and .access")
	case given.clientSecret != "" && !clientSecretPattern.MatchString(given.clientSecret):
		return errors.New("client_secret must be cfast_ and 48 letters or digits, or 64 hexadecimal characters")
	case s.tokens[given.id] != nil:
		return errors.New("there is a token of this id")
	case s.byClientID(given.clientID) != nil:
		return errors.New("there is a token of this client_id")
	case slices.Contains(s.issued, given.clientSecret):
		return errors.New("this client_secret was issued before")
	}
	return nil
}

// DeleteToken deletes a token elsewhere, even if it is in use, and reports whether
// it existed.
func (s *Simulator) DeleteToken(id string) (ok bool) {
	s.locked(func() {
		_, ok = s.store.tokens[id]
		delete(s.store.tokens, id)
	})
	return ok
}

// RotateElsewhere rotates a token's secret in the dashboard, and reports whether the
// token exists.
func (s *Simulator) RotateElsewhere(id string) bool {
	return s.edit(id, s.store.rotateInDashboard)
}

// SetEnabled enables or disables a token elsewhere.
func (s *Simulator) SetEnabled(id string, enabled bool) bool {
	return s.edit(id, func(r *record) { s.store.apply(r, tokenBody{Enabled: &enabled}) })
}

// SetName renames a token elsewhere.
func (s *Simulator) SetName(id, name string) bool {
	return s.edit(id, func(r *record) { s.store.apply(r, tokenBody{Name: &name}) })
}

// SetDuration sets a token's duration elsewhere, which resets its expiry.
func (s *Simulator) SetDuration(id, duration string) bool {
	return s.edit(id, func(r *record) { s.store.apply(r, tokenBody{Duration: &duration}) })
}

// Use lets a token in through Access, which sets when it was last seen.
func (s *Simulator) Use(id string) bool {
	return s.edit(id, func(r *record) {
		now := s.store.now()
		r.LastSeenAt = &now
	})
}

// edit changes a token elsewhere, and reports whether it exists.
func (s *Simulator) edit(id string, change func(*record)) (ok bool) {
	s.locked(func() {
		var r *record
		if r, ok = s.store.tokens[id]; ok {
			change(r)
		}
	})
	return ok
}

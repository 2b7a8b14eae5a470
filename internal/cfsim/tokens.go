package cfsim

import (
	"slices"
	"strings"
	"time"
)

const (
	forever         = "forever"
	defaultDuration = "8760h"
	refreshedFor    = 365 * 24 * time.Hour
)

// foreverExpiry is what Cloudflare shows for a token that does not expire. It
// means nothing.
var foreverExpiry = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// Token is a live token as a test sees it: without its secrets.
type Token struct {
	// Scope is "accounts/<id>" or "zones/<id>".
	Scope                         string
	ID                            string
	Name                          string
	ClientID                      string
	Duration                      string
	Enabled                       bool
	ClientSecretVersion           int
	PreviousClientSecretExpiresAt *time.Time
	ExpiresAt                     time.Time
	CreatedAt                     time.Time
	UpdatedAt                     time.Time
	LastSeenAt                    *time.Time
	InUse                         bool
}

// NewToken describes a token that was made elsewhere.
type NewToken struct {
	Name                string
	Duration            string
	Disabled            bool
	ClientSecretVersion int
}

// record is a token with its secrets.
type record struct {
	Token
	secret   string
	previous string
	sequence int
}

// newRecord makes a token. body has been validated.
func (s *Simulator) newRecord(scope string, body tokenBody) *record {
	now := s.now()
	s.sequence++
	r := &record{sequence: s.sequence, secret: s.issueSecret()}
	r.Token = Token{
		Scope: scope, ID: s.generate.tokenID(), ClientID: s.generate.clientID(),
		Name: orElse(body.Name, ""), Duration: orElse(body.Duration, defaultDuration), Enabled: orElse(body.Enabled, true),
		ClientSecretVersion: orElse(body.ClientSecretVersion, 1), CreatedAt: now, UpdatedAt: now,
	}
	r.ExpiresAt = expiry(r.Duration, now)
	if end := body.PreviousClientSecretExpiresAt; end != nil && s.behaviour.MarkerAtCreation == MarkerEchoed {
		r.PreviousClientSecretExpiresAt = end
	}
	s.tokens[r.ID] = r
	return r
}

// change applies an update. It returns whether the secret was rotated.
func (s *Simulator) change(r *record, body tokenBody) (rotated bool, err *apiError) {
	if v := body.ClientSecretVersion; v != nil {
		switch {
		case *v > r.ClientSecretVersion:
			rotated = true
		case *v == r.ClientSecretVersion || s.behaviour.LowerVersion == LowerIgnored:
		case s.behaviour.LowerVersion == LowerRefused:
			return false, errInvalid("client_secret_version must not be lowered")
		case s.behaviour.LowerVersion == LowerRotates:
			rotated = true
		case s.behaviour.LowerVersion == LowerStored:
			r.ClientSecretVersion = *v
		}
	}
	now := s.now()
	if rotated {
		s.rotate(r, *body.ClientSecretVersion, body.PreviousClientSecretExpiresAt)
	} else if body.PreviousClientSecretExpiresAt != nil {
		r.PreviousClientSecretExpiresAt = body.PreviousClientSecretExpiresAt
	}
	if body.Name != nil {
		r.Name = *body.Name
	}
	if body.Enabled != nil {
		r.Enabled = *body.Enabled
	}
	if body.Duration != nil {
		r.Duration, r.ExpiresAt = *body.Duration, expiry(*body.Duration, now)
	}
	r.UpdatedAt = now
	return rotated, nil
}

// rotate issues a new secret. Cloudflare holds one previous secret: a second
// rotation within a grace ends it.
func (s *Simulator) rotate(r *record, version int, end *time.Time) {
	if end == nil {
		now := s.now().Add(s.behaviour.GraceWithoutEnd)
		end = &now
	}
	r.previous, r.secret = r.secret, s.issueSecret()
	r.ClientSecretVersion, r.PreviousClientSecretExpiresAt = version, end
	r.UpdatedAt = s.now()
}

func (s *Simulator) issueSecret() string {
	secret := s.generate.clientSecret()
	s.issued = append(s.issued, secret)
	return secret
}

// accepts tells how Access judges a secret of the token now.
func (r *record) accepts(secret string, now time.Time) SecretState {
	switch {
	case secret == "":
		return SecretUnknown
	case secret == r.secret:
		return SecretCurrent
	case secret == r.previous && r.PreviousClientSecretExpiresAt != nil && now.Before(*r.PreviousClientSecretExpiresAt):
		return SecretPrevious
	}
	return SecretRevoked
}

func (r *record) expired(now time.Time) bool {
	return r.Duration != forever && !now.Before(r.ExpiresAt)
}

func expiry(duration string, from time.Time) time.Time {
	if duration == forever {
		return foreverExpiry
	}
	d, _ := time.ParseDuration(duration)
	return from.Add(d)
}

// sorted returns the tokens of a scope in the order of their creation.
func (s *Simulator) sorted(scope string) []*record {
	var records []*record
	for _, r := range s.tokens {
		if scope == "" || r.Scope == scope {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, func(a, b *record) int { return a.sequence - b.sequence })
	return records
}

// listed is what a listing shows of a scope.
func (s *Simulator) listed(scope, name, search string) []*record {
	now := s.now()
	return slices.DeleteFunc(s.sorted(scope), func(r *record) bool {
		switch {
		case slices.Contains(s.behaviour.ListHides, r.ID), now.Sub(r.CreatedAt) < s.behaviour.ListLag:
			return true
		case name != "" && s.behaviour.NameFilter == NameExact && r.Name != name:
			return true
		case name != "" && s.behaviour.NameFilter == NameContains && !strings.Contains(r.Name, name):
			return true
		}
		return search != "" && !strings.Contains(strings.ToLower(r.Name), strings.ToLower(search))
	})
}

func orElse[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

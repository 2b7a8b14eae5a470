package cfsim

import (
	"cmp"
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
	Scope                         string     `json:"scope"`
	ID                            string     `json:"id"`
	Name                          string     `json:"name"`
	ClientID                      string     `json:"client_id"`
	Duration                      string     `json:"duration"`
	Enabled                       bool       `json:"enabled"`
	ClientSecretVersion           int        `json:"client_secret_version"`
	PreviousClientSecretExpiresAt *time.Time `json:"previous_client_secret_expires_at"`
	ExpiresAt                     time.Time  `json:"expires_at"`
	CreatedAt                     time.Time  `json:"created_at"`
	UpdatedAt                     time.Time  `json:"updated_at"`
	LastSeenAt                    *time.Time `json:"last_seen_at"`
}

// record is a token with its secrets.
type record struct {
	Token
	secrets  secrets
	sequence int
	// enabledAt is when the token was last enabled after it had been disabled.
	enabledAt time.Time
}

func (r *record) expired(now time.Time) bool {
	return r.Duration != forever && !now.Before(r.ExpiresAt)
}

// store is the state of Cloudflare and the rules that change it. It does not know
// HTTP, and has no clock or random numbers but those it is given.
type store struct {
	tokens     map[string]*record
	created    int
	issued     []string
	issuedAt   map[string]time.Time
	generate   *generator
	clock      func() time.Time
	behaviour  Behaviour
	inactivity Inactivity
	access     access
}

// now returns the time of Cloudflare's clock, which counts whole seconds as far as is
// known.
func (s *store) now() time.Time {
	precision := time.Second
	if s.behaviour.FractionalTimes {
		precision = time.Microsecond
	}
	return s.clock().UTC().Truncate(precision)
}

// identity is what Cloudflare chooses for a new token. What is empty is generated.
type identity struct{ id, clientID, clientSecret string }

// create makes a token from a valid body with a name. A given identity replaces a
// generated one, which is used up, so that later tokens do not change.
func (s *store) create(scope string, body tokenBody, given identity) *record {
	now := s.now()
	s.created++
	r := &record{sequence: s.created, secrets: secrets{s.issue(given.clientSecret)}}
	r.Token = Token{
		Scope: scope, ID: cmp.Or(given.id, s.generate.tokenID()), ClientID: cmp.Or(given.clientID, s.generate.clientID()),
		Name: *body.Name, Duration: orElse(body.Duration, defaultDuration), Enabled: orElse(body.Enabled, true),
		ClientSecretVersion: orElse(body.ClientSecretVersion, 1), CreatedAt: now, UpdatedAt: now,
	}
	r.ExpiresAt = expiry(r.Duration, now)
	if s.behaviour.MarkerAtCreation == MarkerEchoed {
		r.PreviousClientSecretExpiresAt = body.PreviousClientSecretExpiresAt
	}
	s.tokens[r.ID] = r
	return r
}

// update carries out an update. It reports whether the secret was rotated.
func (s *store) update(r *record, body tokenBody) (rotated bool, err *apiError) {
	if v := body.ClientSecretVersion; v != nil {
		lower := *v < r.ClientSecretVersion
		if lower && s.behaviour.LowerVersion == LowerRefused {
			return false, errInvalid("client_secret_version must not be lowered")
		}
		if lower && s.behaviour.LowerVersion == LowerStored {
			r.ClientSecretVersion = *v
		}
		rotated = *v > r.ClientSecretVersion || lower && s.behaviour.LowerVersion == LowerRotates
	}
	if rotated {
		end := orElse(body.PreviousClientSecretExpiresAt, s.now().Add(s.behaviour.GraceWithoutEnd))
		s.rotate(r, *body.ClientSecretVersion, end)
	}
	s.apply(r, body)
	return rotated, nil
}

// apply sets the fields that a body carries, except the version.
func (s *store) apply(r *record, body tokenBody) {
	r.UpdatedAt = s.now()
	r.Name = orElse(body.Name, r.Name)
	enabled := orElse(body.Enabled, r.Enabled)
	if enabled && !r.Enabled {
		r.enabledAt = r.UpdatedAt
	}
	r.Enabled = enabled
	if body.Duration != nil {
		r.Duration, r.ExpiresAt = *body.Duration, expiry(*body.Duration, r.UpdatedAt)
	}
	if body.PreviousClientSecretExpiresAt != nil {
		r.PreviousClientSecretExpiresAt = body.PreviousClientSecretExpiresAt
	}
}

// rotate issues a new secret, and lets the previous one work until end.
func (s *store) rotate(r *record, version int, end time.Time) {
	r.secrets = append(r.secrets, s.issue(""))
	r.ClientSecretVersion, r.PreviousClientSecretExpiresAt = version, &end
	r.UpdatedAt = s.now()
}

func (s *store) rotateInDashboard(r *record) {
	before := r.Token
	s.rotate(r, r.ClientSecretVersion+1, s.now())
	if s.behaviour.DashboardKeepsVersion {
		r.ClientSecretVersion = before.ClientSecretVersion
	}
	if s.behaviour.DashboardSetsNoEnd {
		r.PreviousClientSecretExpiresAt = before.PreviousClientSecretExpiresAt
	}
}

// refresh extends a token by a year, whatever its duration.
func (s *store) refresh(r *record) {
	r.UpdatedAt = s.now()
	r.ExpiresAt = r.UpdatedAt.Add(refreshedFor)
}

// issue counts a secret as issued: the given one, or a new one.
func (s *store) issue(given string) string {
	secret := cmp.Or(given, s.generate.clientSecret(s.behaviour.HexSecrets))
	s.issued = append(s.issued, secret)
	s.issuedAt[secret] = s.now()
	return secret
}

func (s *store) byClientID(clientID string) *record {
	for _, r := range s.tokens {
		if r.ClientID == clientID {
			return r
		}
	}
	return nil
}

// sorted returns the tokens of a scope, or of all, in the order of creation.
func (s *store) sorted(scope string) []*record {
	var records []*record
	for _, r := range s.tokens {
		if scope == "" || r.Scope == scope {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, func(a, b *record) int { return a.sequence - b.sequence })
	return records
}

// listed returns what a listing of a scope shows.
func (s *store) listed(scope, name, search string) []*record {
	if s.behaviour.ListEmpty {
		return nil
	}
	now := s.now()
	return slices.DeleteFunc(s.sorted(scope), func(r *record) bool {
		return slices.Contains(s.behaviour.ListHides, r.ID) ||
			now.Sub(r.CreatedAt) < s.behaviour.ListLag ||
			!s.behaviour.NameFilter.matches(r.Name, name) ||
			!strings.Contains(strings.ToLower(r.Name), strings.ToLower(search))
	})
}

func (b NameFilterBehaviour) matches(name, filter string) bool {
	switch {
	case filter == "" || b == NameIgnored:
		return true
	case b == NameContains:
		return strings.Contains(name, filter)
	}
	return name == filter
}

// expiry returns when a token of a valid duration expires.
func expiry(duration string, from time.Time) time.Time {
	if duration == forever {
		return foreverExpiry
	}
	d, _ := time.ParseDuration(duration)
	return from.Add(d)
}

func orElse[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

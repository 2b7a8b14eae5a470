package provider

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// What clientSecretStatus can say of the stored client secret.
const (
	statusCurrent     = "current"
	statusStale       = "stale"
	statusUnavailable = "unavailable"
)

// observed merges what an answer tells of the token into the state. What the
// answer leaves out keeps its value, and the client secret is not touched.
func (s ServiceTokenState) observed(ref tokenRef, token cfapi.Token) ServiceTokenState {
	s.AccountID, s.ZoneID = scopeInputs(ref.Scope)
	s.TokenID = ref.TokenID
	if token.Name != "" {
		s.Name = token.Name
	}
	if token.ClientID != "" {
		s.ClientID = token.ClientID
	}
	if token.Duration != "" {
		s.Duration = &token.Duration
	}
	if token.Enabled != nil {
		s.Enabled = token.Enabled
	}
	if token.ClientSecretVersion != nil {
		s.ClientSecretVersion = new(int(*token.ClientSecretVersion))
	}
	s.PreviousClientSecretExpiresAt = keep(token.PreviousClientSecretExpiresAt, s.PreviousClientSecretExpiresAt)
	s.CreatedAt = keep(token.CreatedAt, s.CreatedAt)
	s.ExpiresAt = keep(token.ExpiresAt, s.ExpiresAt)
	if deref(s.Duration) == forever {
		s.ExpiresAt = nil
	}
	return s
}

// read is observed for the answer to a read, in which an absent `enabled` means
// true. In the answer to a change it is no news.
func (s ServiceTokenState) read(ref tokenRef, token cfapi.Token) ServiceTokenState {
	s.Enabled = new(true)
	return s.observed(ref, token)
}

// refreshed is the state after a look at the token, whoever kept it before.
func (s ServiceTokenState) refreshed(ref tokenRef, token cfapi.Token, now time.Time) ServiceTokenState {
	before := s.adopted(token, now)
	return before.read(ref, token).compared(before)
}

// holding records the client secret of an answer that carried one: that of a
// creation, or of a rotation. Its version is the answer's, or if the answer does
// not tell, the one that was asked for.
func (s ServiceTokenState) holding(answer cfapi.Token, requested int64, now time.Time) ServiceTokenState {
	version := int(requested)
	if answer.ClientSecretVersion != nil {
		version = int(*answer.ClientSecretVersion)
	}
	s.ClientSecret = new(answer.ClientSecret.Reveal())
	s.ClientSecretVersion, s.HeldClientSecretVersion = &version, &version
	s.PendingClientSecretVersion = nil
	s.ClientSecretStatus = statusCurrent
	s.ClientSecretIssuedAt = new(formatTime(now))
	return s
}

// createdState is what an answer to a creation tells, over what was asked for.
func createdState(args ServiceTokenArgs, ref tokenRef, answer cfapi.Token) ServiceTokenState {
	return ServiceTokenState{
		Name: args.Name, Duration: args.Duration, Enabled: new(args.Enabled == nil || *args.Enabled),
	}.observed(ref, answer)
}

// imported completes the state of a token whose secret this stack was never
// told. The secret's age is unknown, so it is counted from now.
func (s ServiceTokenState) imported(now time.Time) ServiceTokenState {
	s.ClientSecretStatus = statusUnavailable
	s.ClientSecretIssuedAt = new(formatTime(now))
	return s
}

// compared judges after a read whether the stored secret is still the token's.
// Once stale it stays so until this stack rotates.
func (s ServiceTokenState) compared(before ServiceTokenState) ServiceTokenState {
	if s.ClientSecretStatus != statusCurrent {
		return s
	}
	held, current := s.HeldClientSecretVersion, s.ClientSecretVersion
	rotated := held != nil && current != nil && *held != *current
	// Whether a rotation in the dashboard raises the version is not documented;
	// that it sets a new end for the previous secret is a second signal.
	moved := deref(s.PreviousClientSecretExpiresAt) != deref(before.PreviousClientSecretExpiresAt)
	if rotated || moved {
		s.ClientSecretStatus = statusStale
	}
	return s
}

// version is the token's, as far as is known. Every token starts at version 1,
// also where no answer says so.
func (s ServiceTokenState) version() int {
	return max(deref(s.ClientSecretVersion), deref(s.HeldClientSecretVersion), 1)
}

// nextVersion is one to which a rotation leads. Where a rotation elsewhere was
// noticed without its version, that is one further.
func (s ServiceTokenState) nextVersion() int {
	held := deref(s.HeldClientSecretVersion)
	if s.ClientSecretStatus == statusStale && s.version() == max(held, 1) {
		return s.version() + 2
	}
	return s.version() + 1
}

// keep prefers what an answer tells; absence in an answer is no news.
func keep(answer *time.Time, before *string) *string {
	if answer == nil {
		return before
	}
	return new(formatTime(*answer))
}

// scopeInputs spells a scope as the two properties.
func scopeInputs(scope cfapi.Scope) (accountID, zoneID *string) {
	if scope.Kind == cfapi.KindZone {
		return nil, &scope.ID
	}
	return &scope.ID, nil
}

// formatTime writes times as Cloudflare does: UTC, whole seconds.
func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parseTime reads a time of the state or of a checked input, to the second.
func parseTime(s *string) *time.Time {
	if s == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return nil
	}
	return new(t.UTC().Truncate(time.Second))
}

func deref[T any](v *T) T {
	var zero T
	if v == nil {
		return zero
	}
	return *v
}

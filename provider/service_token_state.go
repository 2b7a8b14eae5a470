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

// What rotationCall can say of the call that returns a new client secret, where an
// update was seen to return none.
const (
	rotationCallRotate = "rotate"
	rotationCallNone   = "none"
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

// refreshed is the state after a look at the token.
func (s ServiceTokenState) refreshed(ref tokenRef, token cfapi.Token) ServiceTokenState {
	return s.read(ref, token).compared(s, token)
}

// holding records the client secret of an answer that carried one: that of a
// creation, or of a rotation. Its version is the answer's, or if the answer does
// not tell, the one that was asked for.
func (s ServiceTokenState) holding(answer cfapi.Token, requested int, now time.Time) ServiceTokenState {
	version := requested
	if answer.ClientSecretVersion != nil {
		version = int(*answer.ClientSecretVersion)
	}
	s.ClientSecret, s.ClientSecretIssuedAt = new(answer.ClientSecret.Reveal()), new(formatTime(now))
	return s.current(version)
}

// current says that the stored secret is the token's, of this version.
func (s ServiceTokenState) current(version int) ServiceTokenState {
	s.ClientSecretVersion, s.HeldClientSecretVersion = &version, &version
	s.ClientSecretStatus = statusCurrent
	s.RotateAfterSince = nil // its age is known
	return s.settled()
}

// pending marks a rotation to a version whose answer was lost, or carried no
// secret, with the end that it asked for of the previous secret. The stored secret
// is kept, since it may still work.
func (s ServiceTokenState) pending(version int, end time.Time) ServiceTokenState {
	s.PendingClientSecretVersion, s.PendingPreviousClientSecretExpiresAt = &version, new(formatTime(end))
	return s.stale()
}

// settled takes the mark of a pending rotation away.
func (s ServiceTokenState) settled() ServiceTokenState {
	s.PendingClientSecretVersion, s.PendingPreviousClientSecretExpiresAt = nil, nil
	return s
}

// stale says that the stored secret, if there is one, is not the token's.
func (s ServiceTokenState) stale() ServiceTokenState {
	if s.ClientSecretStatus == statusCurrent {
		s.ClientSecretStatus = statusStale
	}
	return s
}

// carriedOut records that a rotation has carried out the program's number.
func (s ServiceTokenState) carriedOut(want input[int]) ServiceTokenState {
	if want.known && want.value > deref(s.AppliedClientSecretVersion) {
		s.AppliedClientSecretVersion = &want.value
	}
	return s
}

// createdState is what an answer to a creation tells, over what was asked for.
func createdState(args ServiceTokenArgs, ref tokenRef, answer cfapi.Token, now time.Time) ServiceTokenState {
	version := max(deref(args.ClientSecretVersion), 1)
	return ServiceTokenState{
		Name: args.Name, Duration: args.Duration, Enabled: new(args.Enabled == nil || *args.Enabled),
		AppliedClientSecretVersion: args.ClientSecretVersion,
	}.observed(ref, answer).holding(answer, version, now)
}

// compared judges after a look at the token whether the stored secret is still
// its own. Once stale it stays so until this stack rotates.
func (s ServiceTokenState) compared(before ServiceTokenState, answer cfapi.Token) ServiceTokenState {
	if s.PendingClientSecretVersion != nil {
		if s.pendingIsAnothers(before, answer) {
			return s.settled()
		}
		return s
	}
	held, current := s.HeldClientSecretVersion, s.ClientSecretVersion
	rotated := held != nil && current != nil && *held != *current
	if rotated || s.endMoved(before) {
		return s.stale()
	}
	return s
}

// endMoved reports whether the end of the previous secret is another than before.
// Whether a rotation in the dashboard raises the version is not documented; that
// it sets a new end is a second signal.
func (s ServiceTokenState) endMoved(before ServiceTokenState) bool {
	return deref(s.PreviousClientSecretExpiresAt) != deref(before.PreviousClientSecretExpiresAt)
}

// pendingIsAnothers reports whether an answer shows a rotation by somebody else in
// place of the one that is pending, or after it: the version is above the pending
// one, or the end of the previous secret is not the one that was asked for.
func (s ServiceTokenState) pendingIsAnothers(before ServiceTokenState, answer cfapi.Token) bool {
	version, pending := int(deref(answer.ClientSecretVersion)), *s.PendingClientSecretVersion
	sent, shown := s.PendingPreviousClientSecretExpiresAt, answer.PreviousClientSecretExpiresAt
	switch {
	case version > pending:
		return true
	case sent == nil || shown == nil || formatTime(*shown) == *sent:
		return false // nothing says so
	}
	return version == pending || s.endMoved(before)
}

// tookEffect reports whether a pending rotation is known to have been carried out.
func (s ServiceTokenState) tookEffect() bool {
	pending := deref(s.PendingClientSecretVersion)
	return pending > 0 && deref(s.ClientSecretVersion) >= pending
}

// rotatedSince reports whether a look shows a rotation that the state of before
// did not know of: somebody rotated, or a run of this stack was cut off.
func (s ServiceTokenState) rotatedSince(before ServiceTokenState) bool {
	switch {
	case before.PendingClientSecretVersion != nil:
		return s.PendingClientSecretVersion == nil
	case before.ClientSecretStatus == statusCurrent:
		return s.ClientSecretStatus != statusCurrent
	}
	return deref(s.ClientSecretVersion) > before.version() || s.endMoved(before)
}

// secretMayWork reports whether the stored client secret lets anyone in, or may.
func (s ServiceTokenState) secretMayWork(now time.Time) bool {
	if s.ClientSecret == nil {
		return false
	}
	end := parseTime(s.PreviousClientSecretExpiresAt)
	return s.ClientSecretStatus != statusStale || s.heldUnknown() || s.PendingClientSecretVersion != nil || end == nil || end.After(now)
}

// heldUnknown reports whether nobody knows which version the stored client secret
// belongs to, so that it may be the token's. It came from a Terraform state, which
// does not tell (see cmd/cfaccess-import).
func (s ServiceTokenState) heldUnknown() bool {
	return s.ClientSecretStatus == statusStale && s.HeldClientSecretVersion == nil
}

// version is the token's, as far as is known. Every token starts at version 1,
// also where no answer says so.
func (s ServiceTokenState) version() int {
	return max(deref(s.ClientSecretVersion), deref(s.HeldClientSecretVersion), 1)
}

// nextVersion is one to which a rotation leads. Where a rotation elsewhere was
// noticed without its version, that is one further. It is above the number that
// was carried out last, since a lower one would ask for nothing.
func (s ServiceTokenState) nextVersion() int {
	next := s.version() + 1
	if s.ClientSecretStatus == statusStale && s.version() == max(deref(s.HeldClientSecretVersion), 1) {
		next++
	}
	return max(next, deref(s.AppliedClientSecretVersion)+1)
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

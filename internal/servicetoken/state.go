package servicetoken

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// What clientSecretStatus can say of the stored client secret.
const (
	StatusCurrent     = "current"
	StatusStale       = "stale"
	StatusUnavailable = "unavailable"
)

// What rotationCall can say of the call that returns a new client secret, where an
// update was seen to return none.
const (
	RotationCallRotate = "rotate"
	RotationCallNone   = "none"
)

// State is what the stack stores. Its shape is a promise: a field is only ever
// added, and optional.
type State struct {
	AccountID                     *string `pulumi:"accountId,optional"`
	ZoneID                        *string `pulumi:"zoneId,optional"`
	Name                          string  `pulumi:"name"`
	Duration                      *string `pulumi:"duration,optional"`
	Enabled                       *bool   `pulumi:"enabled,optional"`
	TokenID                       string  `pulumi:"tokenId"`
	ClientID                      string  `pulumi:"clientId"`
	ClientSecret                  *string `pulumi:"clientSecret,optional" provider:"secret"`
	ClientSecretVersion           *int    `pulumi:"clientSecretVersion,optional"`
	HeldClientSecretVersion       *int    `pulumi:"heldClientSecretVersion,optional"`
	PendingClientSecretVersion    *int    `pulumi:"pendingClientSecretVersion,optional"`
	AppliedClientSecretVersion    *int    `pulumi:"appliedClientSecretVersion,optional"`
	ClientSecretStatus            string  `pulumi:"clientSecretStatus"`
	ClientSecretIssuedAt          *string `pulumi:"clientSecretIssuedAt,optional"`
	RotateAfterSince              *string `pulumi:"rotateAfterSince,optional"`
	RotationCall                  *string `pulumi:"rotationCall,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	ExpiresAt                     *string `pulumi:"expiresAt,optional"`
	CreatedAt                     *string `pulumi:"createdAt,optional"`

	PendingPreviousClientSecretExpiresAt *string `pulumi:"pendingPreviousClientSecretExpiresAt,optional"`

	// Adopting reports that the stack still stores the state of another provider. It
	// is not stored.
	Adopting bool
}

// Observed merges what an answer says of the token into the state. What the
// answer leaves out keeps its value, and the client secret is not touched.
func (s State) Observed(ref Ref, token cfapi.Token) State {
	s.AccountID, s.ZoneID = ScopeInputs(ref.Scope)
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
	if deref(s.Duration) == Forever {
		s.ExpiresAt = nil
	}
	return s
}

// Read is observed for the answer to a read, in which an absent `enabled` means
// true. In the answer to a change it is no news.
func (s State) Read(ref Ref, token cfapi.Token) State {
	s.Enabled = new(true)
	return s.Observed(ref, token)
}

// Refreshed is the state after a look at the token.
func (s State) Refreshed(ref Ref, token cfapi.Token) State {
	return s.Read(ref, token).Compared(s, token)
}

// Holding records the client secret of an answer that carried one: that of a
// creation, or of a rotation. Its version is the answer's, or if the answer has
// none, the one that was asked for.
func (s State) Holding(answer cfapi.Token, requested int, now time.Time) State {
	version := requested
	if answer.ClientSecretVersion != nil {
		version = int(*answer.ClientSecretVersion)
	}
	s.ClientSecret, s.ClientSecretIssuedAt = new(answer.ClientSecret.Reveal()), new(FormatTime(now))
	return s.current(version)
}

// current says that the stored secret is the token's, of this version.
func (s State) current(version int) State {
	s.ClientSecretVersion, s.HeldClientSecretVersion = &version, &version
	s.ClientSecretStatus = StatusCurrent
	s.RotateAfterSince = nil // its age is known
	return s.Settled()
}

// Pending marks a rotation to a version whose answer was lost, or carried no
// secret, with the end that it asked for of the previous secret. The stored secret
// is kept, since it may still work.
func (s State) Pending(version int, end time.Time) State {
	s.PendingClientSecretVersion, s.PendingPreviousClientSecretExpiresAt = &version, new(FormatTime(end))
	return s.Stale()
}

// Settled takes the mark of a pending rotation away.
func (s State) Settled() State {
	s.PendingClientSecretVersion, s.PendingPreviousClientSecretExpiresAt = nil, nil
	return s
}

// Stale says that the stored secret, if there is one, is not the token's.
func (s State) Stale() State {
	if s.ClientSecretStatus == StatusCurrent {
		s.ClientSecretStatus = StatusStale
	}
	return s
}

// CarriedOut records that a rotation has carried out the program's number.
func (s State) CarriedOut(want Input[int]) State {
	if want.Known && want.Value > deref(s.AppliedClientSecretVersion) {
		s.AppliedClientSecretVersion = &want.Value
	}
	return s
}

// Compared judges after a look at the token whether the stored secret is still
// its own. Once stale it stays so until this stack rotates.
func (s State) Compared(before State, answer cfapi.Token) State {
	if s.PendingClientSecretVersion != nil {
		if s.pendingIsAnothers(before, answer) {
			return s.Settled()
		}
		return s
	}
	held, current := s.HeldClientSecretVersion, s.ClientSecretVersion
	rotated := held != nil && current != nil && *held != *current
	if rotated || s.endMoved(before) {
		return s.Stale()
	}
	return s
}

// Expecting is the state before an answer, with the end of the previous secret that
// a request has asked for: if the answer shows it, it is no sign of a rotation
// elsewhere.
func (s State) Expecting(answer cfapi.Token, end time.Time) State {
	if shown := keep(answer.PreviousClientSecretExpiresAt, nil); shown != nil && *shown == FormatTime(end) {
		s.PreviousClientSecretExpiresAt = shown
	}
	return s
}

// endMoved reports whether the end of the previous secret is another than before.
// Whether a rotation in the dashboard raises the version is not documented; that
// it sets a new end is a second signal.
func (s State) endMoved(before State) bool {
	if before.Adopting && before.PreviousClientSecretExpiresAt == nil {
		return false // the other provider keeps the end only while its program names one
	}
	return deref(s.PreviousClientSecretExpiresAt) != deref(before.PreviousClientSecretExpiresAt)
}

// pendingIsAnothers reports whether an answer shows a rotation by somebody else in
// place of the one that is pending, or after it: the version is above the pending
// one, or the end of the previous secret is not the one that was asked for.
func (s State) pendingIsAnothers(before State, answer cfapi.Token) bool {
	version, pending := int(deref(answer.ClientSecretVersion)), *s.PendingClientSecretVersion
	sent, shown := s.PendingPreviousClientSecretExpiresAt, answer.PreviousClientSecretExpiresAt
	switch {
	case version > pending:
		return true
	case sent == nil || shown == nil || FormatTime(*shown) == *sent:
		return false // nothing says so
	}
	return version == pending || s.endMoved(before)
}

// TookEffect reports whether a pending rotation is known to have been carried out.
func (s State) TookEffect() bool {
	pending := deref(s.PendingClientSecretVersion)
	return pending > 0 && deref(s.ClientSecretVersion) >= pending
}

// RotatedSince reports whether a look shows a rotation that the earlier state
// did not have: somebody rotated, or a run of this stack was cut off.
func (s State) RotatedSince(before State) bool {
	switch {
	case before.PendingClientSecretVersion != nil:
		return s.PendingClientSecretVersion == nil
	case before.ClientSecretStatus == StatusCurrent:
		return s.ClientSecretStatus != StatusCurrent
	}
	return deref(s.ClientSecretVersion) > before.Version() || s.endMoved(before)
}

// SecretMayWork reports whether the stored client secret works, or may work.
func (s State) SecretMayWork(now time.Time) bool {
	if s.ClientSecret == nil {
		return false
	}
	end := parseTime(s.PreviousClientSecretExpiresAt)
	return s.ClientSecretStatus != StatusStale || s.HeldUnknown() || s.PendingClientSecretVersion != nil || end == nil || end.After(now)
}

// HeldUnknown reports whether nobody knows which version the stored client secret
// belongs to, so that it may be the token's. It came from a Terraform state, which
// does not say (see cmd/pulumi-tool-cfaccess).
func (s State) HeldUnknown() bool {
	return s.ClientSecretStatus == StatusStale && s.HeldClientSecretVersion == nil
}

// IsEnabled reports whether the token is enabled, as far as is known.
func (s State) IsEnabled() bool { return s.Enabled == nil || *s.Enabled }

// Version is the token's, as far as is known. Every token starts at version 1,
// also where no answer says so.
func (s State) Version() int {
	return max(deref(s.ClientSecretVersion), deref(s.HeldClientSecretVersion), 1)
}

// HeldVersion is that of the stored client secret, as far as is known.
func (s State) HeldVersion() int { return max(deref(s.HeldClientSecretVersion), 1) }

// HighestVersion is the highest that the token may be at: a pending rotation may have
// taken effect.
func (s State) HighestVersion() int { return max(s.Version(), deref(s.PendingClientSecretVersion)) }

// Mute reports whether no rotation of the token returns a client secret.
func (s State) Mute() bool { return deref(s.RotationCall) == RotationCallNone }

// ShownVersion is the token's as Cloudflare shows it, 0 if it does not.
func (s State) ShownVersion() int { return deref(s.ClientSecretVersion) }

// PreviousSecretEnd is when the previous secret stops, or stopped, working.
func (s State) PreviousSecretEnd() string { return deref(s.PreviousClientSecretExpiresAt) }

// PreviousSecretEndsAt is PreviousSecretEnd as a time, zero if there is none.
func (s State) PreviousSecretEndsAt() time.Time {
	return deref(parseTime(s.PreviousClientSecretExpiresAt))
}

// NextVersion is one to which a rotation leads. Where a rotation elsewhere was
// noticed without its version, that is one further. It is above the number that
// was carried out last, since a lower one would ask for nothing.
func (s State) NextVersion() int {
	next := s.Version() + 1
	if s.ClientSecretStatus == StatusStale && s.Version() == max(deref(s.HeldClientSecretVersion), 1) {
		next++
	}
	return max(next, deref(s.AppliedClientSecretVersion)+1)
}

// OutrightVersion is a clientSecretVersion that rotates the client secret, whatever is
// pending.
func (s State) OutrightVersion() int { return max(s.HighestVersion()+1, s.NextVersion()) }

// keep prefers what an answer says; what is absent in an answer stays.
func keep(answer *time.Time, before *string) *string {
	if answer == nil {
		return before
	}
	return new(FormatTime(*answer))
}

// ScopeInputs returns a scope as the two inputs, of which one is nil.
func ScopeInputs(scope cfapi.Scope) (accountID, zoneID *string) {
	if scope.Kind == cfapi.KindZone {
		return nil, &scope.ID
	}
	return &scope.ID, nil
}

func deref[T any](v *T) T {
	var zero T
	if v == nil {
		return zero
	}
	return *v
}

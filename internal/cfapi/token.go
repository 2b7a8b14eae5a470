package cfapi

import (
	"encoding/json"
	"errors"
	"math"
	"time"
)

// DurationForever is the duration of a token that does not expire.
const DurationForever = "forever"

// Token is a service token as an answer describes it. A nil pointer means that the
// answer lacks the field, which differs from a zero value.
type Token struct {
	ID       string
	Name     string
	ClientID string
	// ClientSecret is only in the answers to a creation and to a rotation.
	ClientSecret Secret
	// Duration is what Cloudflare returns: a Go duration or "forever".
	Duration string
	// Enabled absent means enabled.
	Enabled *bool
	// ClientSecretVersion grows with each rotation.
	ClientSecretVersion *int64
	// PreviousClientSecretExpiresAt is when the previous secret stops working. It
	// may be in the past.
	PreviousClientSecretExpiresAt *time.Time
	// ExpiresAt is nil for a token that lasts forever: Cloudflare returns a time for
	// such a token too, but it means nothing.
	ExpiresAt *time.Time
	CreatedAt *time.Time
	UpdatedAt *time.Time
	// LastSeenAt is absent until the token is used for the first time.
	LastSeenAt *time.Time

	// Marker is the mark of the token's creation, if this client made it and its secret
	// was not rotated since.
	Marker *time.Time
}

// IsEnabled reports whether the token is enabled, as it is where an answer does not
// say.
func (t Token) IsEnabled() bool { return t.Enabled == nil || *t.Enabled }

// wireToken is a token in an answer. Each field is read by itself, so that one of
// an unexpected form counts as absent and the rest can still be read.
type wireToken struct {
	ID                            lenient[string]    `json:"id"`
	Name                          lenient[string]    `json:"name"`
	ClientID                      lenient[string]    `json:"client_id"`
	ClientSecret                  lenient[string]    `json:"client_secret"`
	Duration                      lenient[string]    `json:"duration"`
	Enabled                       lenient[bool]      `json:"enabled"`
	ClientSecretVersion           lenient[float64]   `json:"client_secret_version"`
	PreviousClientSecretExpiresAt lenient[time.Time] `json:"previous_client_secret_expires_at"`
	ExpiresAt                     lenient[time.Time] `json:"expires_at"`
	CreatedAt                     lenient[time.Time] `json:"created_at"`
	UpdatedAt                     lenient[time.Time] `json:"updated_at"`
	LastSeenAt                    lenient[time.Time] `json:"last_seen_at"`
}

// lenient reads a JSON value. It stays nil if the value is absent, null or of
// another type.
type lenient[T any] struct{ value *T }

func (l *lenient[T]) UnmarshalJSON(data []byte) error {
	l.value = nil
	var v *T
	if json.Unmarshal(data, &v) == nil {
		l.value = v
	}
	return nil
}

func (l lenient[T]) orZero() T {
	if l.value == nil {
		var zero T
		return zero
	}
	return *l.value
}

var (
	errNoToken = errors.New("the answer contains no token")
	errNoID    = errors.New("the token in the answer has no id")
)

// decodeToken reads a token. The caller decides whether it needs an id: an answer
// with a secret is worth keeping without one.
func decodeToken(result json.RawMessage) (*Token, error) {
	var w *wireToken
	if json.Unmarshal(result, &w) != nil || w == nil {
		return nil, errNoToken
	}
	t := &Token{
		ID:                            w.ID.orZero(),
		Name:                          w.Name.orZero(),
		ClientID:                      w.ClientID.orZero(),
		ClientSecret:                  Secret(w.ClientSecret.orZero()),
		Duration:                      w.Duration.orZero(),
		Enabled:                       w.Enabled.value,
		ClientSecretVersion:           wholeNumber(w.ClientSecretVersion.value),
		PreviousClientSecretExpiresAt: knownTime(w.PreviousClientSecretExpiresAt.value),
		ExpiresAt:                     knownTime(w.ExpiresAt.value),
		CreatedAt:                     knownTime(w.CreatedAt.value),
		UpdatedAt:                     knownTime(w.UpdatedAt.value),
		LastSeenAt:                    knownTime(w.LastSeenAt.value),
	}
	if t.Duration == DurationForever {
		t.ExpiresAt = nil
	}
	if end := t.PreviousClientSecretExpiresAt; end != nil && isMarker(*end) {
		t.PreviousClientSecretExpiresAt, t.Marker = nil, end
	}
	return t, nil
}

// wholeNumber accepts 2 and 2.0, which are the same number in JSON.
func wholeNumber(f *float64) *int64 {
	const exact = 1 << 53
	if f == nil || *f != math.Trunc(*f) || math.Abs(*f) > exact {
		return nil
	}
	n := int64(*f)
	return &n
}

// knownTime drops the zero time, with which Go servers write "never".
func knownTime(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}

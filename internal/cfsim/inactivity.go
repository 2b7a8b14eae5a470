package cfsim

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// Inactivity is an organisation's setting that disables or deletes unused tokens:
// Cloudflare's service_token_inactivity. The simulator has one for all its accounts
// and zones. The zero value is off.
//
// A token is cleaned up if it is at least as old as the period, had no successful
// authentication during it, and no rule of a policy names it. Cloudflare does this gradually,
// in the background; the simulator does it before it answers a request and before a
// method of [Simulator] looks. It assumes that the period also counts from when a
// disabled token was enabled again, that no other change of a token counts as use,
// and that disabled tokens are deleted too.
type Inactivity struct {
	Enabled bool `json:"enabled"`
	// ThresholdDays is the period, from 30 to 365 days.
	ThresholdDays int              `json:"inactivity_threshold_days"`
	Action        InactivityAction `json:"action"`
}

// InactivityAction is what happens to an unused token.
type InactivityAction string

// The two ways.
const (
	DisableInactive InactivityAction = "disable"
	DeleteInactive  InactivityAction = "delete"
)

// validate accepts the zero value, and otherwise only what Cloudflare offers.
func (i Inactivity) validate() error {
	if i == (Inactivity{}) {
		return nil
	}
	if i.ThresholdDays < 30 || i.ThresholdDays > 365 {
		return fmt.Errorf("inactivity_threshold_days cannot be %d; write 30 to 365", i.ThresholdDays)
	}
	if !slices.Contains([]InactivityAction{DisableInactive, DeleteInactive}, i.Action) {
		return fmt.Errorf("action cannot be %q; write %q or %q", i.Action, DisableInactive, DeleteInactive)
	}
	return nil
}

// ParseInactivity reads the JSON form of an [Inactivity], and refuses anything else.
func ParseInactivity(data []byte) (i Inactivity, err error) {
	if err := decodeStrictly(bytes.NewReader(data), &i); err != nil {
		return Inactivity{}, fmt.Errorf("reading the inactivity setting: %w", err)
	}
	return i, i.validate()
}

// SetInactivity replaces the setting. It panics on one that does not exist.
func (s *Simulator) SetInactivity(i Inactivity) {
	if err := i.validate(); err != nil {
		panic("cfsim: " + err.Error())
	}
	s.locked(func() { s.store.inactivity = i })
}

// cleanUp disables or deletes the unused tokens.
func (s *store) cleanUp() {
	if !s.inactivity.Enabled {
		return
	}
	disabled, period := false, time.Duration(s.inactivity.ThresholdDays)*24*time.Hour
	for id, r := range s.tokens {
		switch {
		case s.access.namedByPolicy(id) || s.now().Sub(r.idleSince()) < period:
		case s.inactivity.Action == DeleteInactive:
			delete(s.tokens, id)
		case r.Enabled:
			s.apply(r, tokenBody{Enabled: &disabled})
		}
	}
}

// idleSince returns when a token was made, last used or last enabled, whichever is
// latest.
func (r *record) idleSince() time.Time {
	return slices.MaxFunc([]time.Time{r.CreatedAt, orElse(r.LastSeenAt, time.Time{}), r.enabledAt}, time.Time.Compare)
}

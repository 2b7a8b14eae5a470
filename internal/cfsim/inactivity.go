package cfsim

import (
	"bytes"
	"fmt"
	"slices"
	"time"
)

// Inactivity is an organisation's setting that has unused tokens disabled or
// deleted: Cloudflare's service_token_inactivity. The simulator has one, for all
// its accounts and zones, and the zero value is off.
//
// A token is cleaned up that is as old as the period, had no successful
// authentication in it, and is not referenced. Cloudflare does so gradually, in
// the background; here it happens before a request is answered and before a
// method of [Simulator] looks. Assumed is that the period also counts from when a
// disabled token was enabled again, that no other change of a token counts as its
// use, and that a token that is disabled already is still deleted.
type Inactivity struct {
	Enabled bool `json:"enabled"`
	// ThresholdDays is the period, from 30 to 365 days.
	ThresholdDays int              `json:"inactivity_threshold_days"`
	Action        InactivityAction `json:"action"`
}

// InactivityAction is what becomes of an unused token.
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

// ParseInactivity reads the JSON form of an [Inactivity], and refuses what is
// none.
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

// cleanUp disables or deletes the tokens that are unused by now.
func (s *store) cleanUp() {
	if !s.inactivity.Enabled {
		return
	}
	disabled, period := false, time.Duration(s.inactivity.ThresholdDays)*24*time.Hour
	for id, r := range s.tokens {
		switch {
		case r.Referenced || r.InUse || s.now().Sub(r.idleSince()) < period:
		case s.inactivity.Action == DeleteInactive:
			delete(s.tokens, id)
		case r.Enabled:
			s.apply(r, tokenBody{Enabled: &disabled})
		}
	}
}

// idleSince is when a token was made, last used or last enabled, whichever is
// latest.
func (r *record) idleSince() time.Time {
	return slices.MaxFunc([]time.Time{r.CreatedAt, orElse(r.LastSeenAt, time.Time{}), r.enabledAt}, time.Time.Compare)
}

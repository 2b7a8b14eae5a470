package servicetoken

import (
	"fmt"
	"time"
)

const Day = 24 * time.Hour

func planDuration(pl *Plan, want Input[string], state State) {
	have := deref(state.Duration)
	switch {
	case want.Unknown:
		pl.add("duration", Update, "setting the duration, which is not known yet", "duration", "expiresAt")
	case want.Known && !sameDuration(want.Value, have):
		pl.Update.Duration = &want.Value
		if want.Value == Forever {
			pl.add("duration", Update, fmt.Sprintf("setting the duration from %q to %q: the token no longer expires", have, want.Value))
			return
		}
		pl.add("duration", Update,
			fmt.Sprintf("setting the duration from %q to %q: the token then expires that long after this run", have, want.Value), "expiresAt")
	}
}

// planRenewal counts the expiry of a token anew that is near it, by sending the
// duration that the token has. Another duration has done that already.
func planRenewal(pl *Plan, want Wanted, state State, now time.Time) {
	const key = "minDaysForRenewal"
	expires := parseTime(state.ExpiresAt)
	if pl.Renews() || want.Duration.Unknown || deref(state.Duration) == Forever || expires == nil {
		return
	}
	if want.MinDaysForRenewal.Unknown {
		pl.add(key, Update, "renewing the token, if minDaysForRenewal, which is not known yet, says so", "expiresAt")
		return
	}
	days := want.MinDaysForRenewal.Value
	window := time.Duration(days) * Day
	if days == 0 || expires.After(now.Add(window)) {
		return
	}
	lasts, err := time.ParseDuration(deref(state.Duration))
	if err != nil {
		return // nobody knows the token's own duration
	}
	if lasts <= window {
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("the token is not renewed: minDaysForRenewal is %d days, and its duration, %s, is not longer, "+
			"so that every run would renew it: write fewer days", days, *state.Duration))
		return
	}
	when := fmt.Sprintf("it expires on %s, in %s", FormatTime(*expires), spell(expires.Sub(now)))
	if !expires.After(now) {
		when = fmt.Sprintf("it expired on %s", FormatTime(*expires))
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("the token expired on %s, so nobody has got in with it since; this renews it", FormatTime(*expires)))
	}
	pl.Update.Duration = state.Duration
	pl.add(key, Update, fmt.Sprintf("renewing the token: %s, and minDaysForRenewal is %d; it then expires %s after this run",
		when, days, *state.Duration), "expiresAt")
}

package provider

import (
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

const day = 24 * time.Hour

func planDuration(pl *plan, want input[string], state ServiceTokenState) {
	have := deref(state.Duration)
	switch {
	case want.unknown:
		pl.add("duration", p.Update, "setting the duration, which is not known yet", "duration", "expiresAt")
	case want.known && !sameDuration(want.value, have):
		pl.update.Duration = &want.value
		if want.value == forever {
			pl.add("duration", p.Update, fmt.Sprintf("setting the duration from %q to %q: the token no longer expires", have, want.value))
			return
		}
		pl.add("duration", p.Update,
			fmt.Sprintf("setting the duration from %q to %q: the token then expires that long after this run", have, want.value), "expiresAt")
	}
}

// planRenewal counts the expiry of a token anew that is near it, by sending the
// duration that the token has. Another duration has done that already.
func planRenewal(pl *plan, want desired, state ServiceTokenState, now time.Time) {
	const key = "minDaysForRenewal"
	expires := parseTime(state.ExpiresAt)
	if pl.renews() || want.duration.unknown || deref(state.Duration) == forever || expires == nil {
		return
	}
	if want.minDaysForRenewal.unknown {
		pl.add(key, p.Update, "renewing the token, if minDaysForRenewal, which is not known yet, says so", "expiresAt")
		return
	}
	days := want.minDaysForRenewal.value
	window := time.Duration(days) * day
	if days == 0 || expires.After(now.Add(window)) {
		return
	}
	lasts, err := time.ParseDuration(deref(state.Duration))
	if err != nil {
		return // nobody knows the token's own duration
	}
	if lasts <= window {
		pl.warnings = append(pl.warnings, fmt.Sprintf("the token is not renewed: minDaysForRenewal is %d days, and its duration, %s, is not longer, "+
			"so that every run would renew it: write fewer days", days, *state.Duration))
		return
	}
	when := fmt.Sprintf("it expires on %s, in %s", formatTime(*expires), spell(expires.Sub(now)))
	if !expires.After(now) {
		when = fmt.Sprintf("it expired on %s", formatTime(*expires))
		pl.warnings = append(pl.warnings, fmt.Sprintf("the token expired on %s, so nobody has got in with it since; this renews it", formatTime(*expires)))
	}
	pl.update.Duration = state.Duration
	pl.add(key, p.Update, fmt.Sprintf("renewing the token: %s, and minDaysForRenewal is %d; it then expires %s after this run",
		when, days, *state.Duration), "expiresAt")
}

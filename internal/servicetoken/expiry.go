package servicetoken

import (
	"fmt"
	"time"
)

func planDuration(pl *Plan, want Input[string], state State) {
	have := deref(state.Duration)
	switch {
	case want.Unknown:
		pl.add("duration", Update, "changing the duration: the new one is not known yet", "duration", "expiresAt")
	case want.Known && !sameDuration(want.Value, have):
		pl.Update.Duration = &want.Value
		if want.Value == Forever {
			pl.add("duration", Update, fmt.Sprintf("changing the duration from %q to %q: the token no longer expires", have, want.Value))
			return
		}
		pl.add("duration", Update,
			fmt.Sprintf("changing the duration from %q to %q: the token then expires %s after this run", have, want.Value, want.Value), "expiresAt")
	}
}

// planRenewal renews a token that is about to expire, by sending the duration that
// the token has. Another duration has done that already.
func planRenewal(pl *Plan, want Wanted, state State, now time.Time) {
	const key = "minDaysForRenewal"
	expires := parseTime(state.ExpiresAt)
	if pl.Renews() || want.Duration.Unknown || deref(state.Duration) == Forever || expires == nil {
		return
	}
	if want.MinDaysForRenewal.Unknown {
		pl.add(key, Update, "renewing the token if minDaysForRenewal, which is not known yet, requires it", "expiresAt")
		return
	}
	days := want.MinDaysForRenewal.Value
	due, refused := renewalDue(want, state)
	switch {
	case days == 0 || due.After(now):
		return
	case refused != "":
		pl.Warnings = append(pl.Warnings, "the token is not renewed: "+refused+".")
		return
	}
	when := fmt.Sprintf("it expires on %s, in %s", FormatTime(*expires), spell(expires.Sub(now)))
	if !expires.After(now) {
		when = fmt.Sprintf("it expired on %s", FormatTime(*expires))
	}
	switch {
	case want.HeldBy != "":
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("the token is not renewed, since %s holds renewals back: %s, and minDaysForRenewal is %d.", want.HeldBy, when, days))
		return
	case !expires.After(now):
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("the token expired on %s, and has not worked since: `pulumi up` renews it.", FormatTime(*expires)))
	}
	pl.Update.Duration = state.Duration
	pl.add(key, Update, fmt.Sprintf("renewing the token: %s, and minDaysForRenewal is %d; it then expires %s after this run",
		when, days, *state.Duration), "expiresAt")
}

// renewalDue returns from when on a run renews the token, as minDaysForRenewal asks,
// or why none does. Where nothing asks for it, it returns neither.
func renewalDue(want Wanted, state State) (due time.Time, refused string) {
	days, expires := want.MinDaysForRenewal.Value, parseTime(state.ExpiresAt)
	if days == 0 || expires == nil {
		return time.Time{}, ""
	}
	window := time.Duration(days) * Day
	due = expires.Add(-window)
	switch lasts, err := time.ParseDuration(deref(state.Duration)); {
	case err != nil:
		refused = "Cloudflare does not show its duration. Set duration, such as \"8760h\" (a year)"
	case lasts <= Day:
		refused = tooShortToRenew(*state.Duration)
	case lasts <= window:
		refused = fmt.Sprintf("minDaysForRenewal is %d days, and the token's duration, %s, is not longer, so every run would renew it. Write fewer days", days, *state.Duration)
	}
	return due, refused
}

// tooShortToRenew says why a number of days does not fit a token that lasts a day at most.
func tooShortToRenew(duration string) string {
	return fmt.Sprintf("its duration, %s, is not longer than a day, so every run would renew it: remove minDaysForRenewal, or set a longer duration", duration)
}

// dueSoon is how far ahead a rotation or a renewal is announced, because a run that
// waits at its prompt may carry it out.
const dueSoon = time.Hour

// planDueSoon says what falls due between this preview and a run that follows soon.
func planDueSoon(pl *Plan, want Wanted, state State, now time.Time) {
	if want.HeldBy != "" {
		return
	}
	soon := func(at time.Time) bool { return at.After(now) && !at.After(now.Add(dueSoon)) }
	if since := secretSince(state); want.RotateAfter.Known && since != nil && !pl.Rotates() && state.ClientSecretStatus != StatusStale && !state.Mute() {
		if at := since.Add(want.RotateAfter.Value.Value); soon(at) {
			pl.Warnings = append(pl.Warnings, fmt.Sprintf("a rotation is due soon: from %s on, `pulumi up` rotates the client secret, since rotateAfter is %s.",
				FormatTime(at), want.RotateAfter.Value.Text))
		}
	}
	if at, refused := renewalDue(want, state); refused == "" && soon(at) && !pl.Renews() {
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("a renewal is due soon: from %s on, `pulumi up` renews the token, since minDaysForRenewal is %d.",
			FormatTime(at), want.MinDaysForRenewal.Value))
	}
}

package servicetoken

import (
	"fmt"
	"strings"
	"time"
)

// SecretWarning is what there is to say of a stored secret that is not the token's,
// or of none.
func SecretWarning(want Wanted, state State, now time.Time) string {
	recovers := want.RecoverClientSecret.Value
	switch {
	case state.PendingClientSecretVersion != nil || state.ClientSecretStatus == StatusCurrent:
		return "" // of a pending one, the plan or the error of the run says it
	case state.ClientSecretStatus == StatusUnavailable && recovers == RecoverNever:
		return ""
	case state.Mute():
		return "this stack does not hold the token's current client secret, and " + ReturnsNoSecret + "."
	case want.RecoverClientSecret.Unknown && want.HeldBy == "":
		return "" // the plan says it
	case recovers.Recovers(state.ClientSecretStatus) && want.HeldBy == "":
		if state.HeldUnknown() {
			return fmt.Sprintf("this stack may not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is %q.", recovers)
		}
		return fmt.Sprintf("this stack does not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is %q.", recovers)
	case state.HeldUnknown():
		return "this stack's client secret came from a Terraform state, and may not be the token's current one. To get a new one, " +
			want.toGetOne(RecoverAlways, state, now, "The current one")
	case state.ClientSecretStatus == StatusStale:
		return "the client secret that this stack holds is not the token's current one: it was rotated elsewhere, or by a run that could not store it. Everything that uses the output " +
			"clientSecret gets a secret that may no longer work. To get a new one, " + want.toGetOne(RecoverAlways, state, now, "The one issued elsewhere")
	}
	return "this stack does not hold the token's client secret, which Cloudflare returns only once. To get a new one, " +
		want.toGetOne(RecoverImported, state, now, "The current one") + " If this stack does not need the secret, set recoverClientSecret to \"never\"."
}

// toGetOne says how to get a client secret, and how long another one works then.
func (want Wanted) toGetOne(way Recover, state State, now time.Time, other string) string {
	then := want.thenWorks(now)
	if want.HeldBy != "" {
		return fmt.Sprintf("set clientSecretVersion to %d: %s holds all other rotations back. %s%s", state.NextVersion(), want.HeldBy, other, then)
	}
	return fmt.Sprintf("set recoverClientSecret to %q, or clientSecretVersion to %d. %s%s", way, state.NextVersion(), other, then)
}

// thenWorks says how long the secret works that a rotation makes the previous one; see
// endAfter.
func (want Wanted) thenWorks(now time.Time) string {
	end, grace := want.PreviousClientSecretExpiresAt, want.PreviousClientSecretGrace
	byDefault := " then works for another 24h, or stops at once if you set clientSecretVersion"
	if want.HeldBy != "" {
		byDefault = " then stops at once"
	}
	switch {
	case end.Unknown || grace.Unknown:
		return " then works as long as the program says."
	case end.Known && end.Value.After(now):
		return fmt.Sprintf(" then works until %s, as previousClientSecretExpiresAt says.", FormatTime(end.Value))
	case end.Known:
		return byDefault + ", since previousClientSecretExpiresAt is in the past."
	case grace.Known && grace.Value.Value == 0:
		return " then stops at once, as previousClientSecretGrace says."
	case grace.Known:
		return fmt.Sprintf(" then works for another %s, as previousClientSecretGrace says.", grace.Value.Text)
	}
	return byDefault + ". To change that, set previousClientSecretGrace."
}

// ExpiryWarning is what there is to say of a token that expires soon, and that is
// not renewed in time. Near its end means the last tenth of its life, or the last
// days, whichever is shorter.
func ExpiryWarning(want Wanted, state State, days int, now time.Time) string {
	expires := parseTime(state.ExpiresAt)
	if expires == nil || deref(state.Duration) == Forever {
		return ""
	}
	const another = "set another duration, which counts from the run that sets it"
	soon, wayOut := Day*time.Duration(days), another
	lasts, err := time.ParseDuration(deref(state.Duration))
	if err == nil {
		soon = min(soon, lasts/10)
	}
	asked := want.MinDaysForRenewal.Value > 0
	_, refused := renewalDue(want, state)
	renewed := want.MinDaysForRenewal.Unknown || asked && refused == ""
	if asked && want.HeldBy != "" && refused == "" {
		return "" // the plan says that a renewal waits
	}
	if !asked && err == nil && lasts > Day {
		wayOut = "set minDaysForRenewal, or " + another
		if expires.After(now) {
			wayOut = "set minDaysForRenewal, so that a run renews it in time, or " + another
		}
	}
	switch left := expires.Sub(now); {
	case left <= 0:
		return fmt.Sprintf("the token expired on %s, so it no longer works. To renew it, %s.", FormatTime(*expires), wayOut)
	case left <= soon && !renewed:
		return fmt.Sprintf("the token expires on %s, in %s. To keep it working, %s.", FormatTime(*expires), spell(left), wayOut)
	}
	return ""
}

// DisabledWarning is what there is to say of a token that is disabled although
// the program does not ask for that.
func DisabledWarning(want Wanted, state State) string {
	before := want.Last.Enabled
	switch {
	case want.Enabled.Given() || state.IsEnabled():
		return ""
	case before.Known && !before.Value:
		return "enabled was removed from the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`."
	}
	return "the token is disabled, so it does not work: somebody disabled it, or Cloudflare did because it was not used. " +
		"To enable it, set enabled to true. To keep it disabled, set enabled to false."
}

// ClockWarning says that Cloudflare's clock is so far ahead of this machine's, and
// when a previous client secret therefore ends; now is the time by Cloudflare's.
func ClockWarning(ahead time.Duration, end, now time.Time) string {
	ends := "ends at " + FormatTime(end)
	if !end.After(now) {
		ends = "the secret stops at once"
	}
	return fmt.Sprintf("this machine's clock differs from Cloudflare's by %s: the grace of the previous client secret is measured by Cloudflare's clock, and %s.",
		strings.TrimSuffix(ahead.Abs().Round(time.Minute).String(), "0s"), ends)
}

package servicetoken

import (
	"fmt"
	"time"
)

// SecretWarning is what there is to say of a stored secret that is not the token's,
// or of none.
func SecretWarning(want Wanted, state State) string {
	recovers := want.RecoverClientSecret.Value
	if want.RecoverClientSecret.Unknown {
		recovers = RecoverAlways // one that is not known yet may be any
	}
	next := state.NextVersion()
	switch {
	case state.PendingClientSecretVersion != nil:
		return "" // the plan, or the error of the run, says it
	case state.ClientSecretStatus == StatusUnavailable && recovers == RecoverNever:
		return ""
	case state.ClientSecretStatus != StatusCurrent && deref(state.RotationCall) == RotationCallNone:
		return "this stack does not hold the token's current client secret, and " + ReturnsNoSecret + "."
	case recovers.Recovers(state.ClientSecretStatus):
		return fmt.Sprintf("this stack does not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is %q.", recovers)
	case state.HeldUnknown():
		return fmt.Sprintf("it is not known whether the client secret that this stack holds is the token's current one, since it came from a Terraform state. "+
			"To get one that is, set clientSecretVersion to %d, or recoverClientSecret to \"always\"; the present one then stops, "+
			"after previousClientSecretGrace if that is set.", next)
	case state.ClientSecretStatus == StatusStale:
		return fmt.Sprintf("the client secret that this stack holds is not the token's current one: it was rotated elsewhere. "+
			"To get one that works, set clientSecretVersion to %d, or recoverClientSecret to \"always\"; what was issued elsewhere then stops, "+
			"after previousClientSecretGrace if that is set.", next)
	case state.ClientSecretStatus == StatusUnavailable:
		return fmt.Sprintf("this stack does not hold the token's client secret, which Cloudflare returns only once. "+
			"To get one, set recoverClientSecret to \"imported\", or clientSecretVersion to %d; the present one then stops, "+
			"after previousClientSecretGrace if that is set. To do without, set recoverClientSecret to \"never\".", next)
	}
	return ""
}

// ExpiryWarning is what there is to say of a token that expires soon.
func ExpiryWarning(state State, days int, now time.Time) string {
	expires := parseTime(state.ExpiresAt)
	if expires == nil || deref(state.Duration) == Forever {
		return ""
	}
	const wayOut = "set minDaysForRenewal to have it renewed in time, or another duration"
	switch left := expires.Sub(now); {
	case left <= 0:
		return fmt.Sprintf("the token expired on %s: nobody gets in with it. To renew it, %s.", FormatTime(*expires), wayOut)
	case left <= Day*time.Duration(days):
		return fmt.Sprintf("the token expires on %s, in %s. To keep it from that, %s.", FormatTime(*expires), spell(left), wayOut)
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
		return "enabled was taken out of the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`."
	}
	return "the token is disabled, so nobody gets in with it: somebody disabled it, or Cloudflare did because it was not used. " +
		"To enable it, set enabled to true. If it is meant to be disabled, set enabled to false."
}

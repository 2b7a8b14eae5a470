package provider

import (
	"context"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// warn tells the user, once a run, what is wrong with a token and is not about
// to be mended by the plan, with the way out.
func (t *ServiceToken) warn(ctx context.Context, want desired, state ServiceTokenState, pl plan) {
	if pl.replace || !want.managed() {
		return // the token goes, or no program can follow the advice
	}
	for _, warning := range pl.warnings {
		t.say(ctx, warning, warning)
	}
	if !pl.rotates() {
		t.warnOfSecret(ctx, want, state)
	}
	if !pl.renews() {
		t.say(ctx, "expiry", t.warningOfExpiry(ctx, state))
	}
	if pl.update.Enabled == nil {
		t.say(ctx, "disabled", warningOfDisabled(callFrom(ctx), want.enabled, state))
	}
}

// managed reports whether a program manages the token: one that is only read, by
// a program's `get` or by `pulumi do`, has no name among its inputs.
func (want desired) managed() bool { return want.name.unknown || want.name.value != "" }

// warnOfSecret warns of a stored secret that is not the token's, or of none.
func (t *ServiceToken) warnOfSecret(ctx context.Context, want desired, state ServiceTokenState) {
	if !want.managed() {
		return
	}
	recover := want.recoverClientSecret.value
	if want.recoverClientSecret.unknown {
		recover = RecoverAlways // one that is not known yet may be any
	}
	t.say(ctx, "secret", warningOfSecret(state.adopted(want.heldVersion()), recover))
}

// warnOfGone warns of a token that a refresh finds deleted.
func (t *ServiceToken) warnOfGone(ctx context.Context, ref tokenRef, args ServiceTokenArgs) {
	if args.Name != "" {
		t.say(ctx, "gone", fmt.Sprintf("%s no longer exists: it was deleted elsewhere, so nobody gets in with it. "+
			"The next `pulumi up` makes a new one, with another client id and client secret.", ref))
	}
}

// warnOfOthers warns of a token that another resource of the stack stands for too.
func (t *ServiceToken) warnOfOthers(ctx context.Context, ref tokenRef) {
	if others := t.memory.guard.others(callFrom(ctx).urn, ref.TokenID); len(others) > 0 {
		t.say(ctx, "twice", fmt.Sprintf("%s is in this stack twice: as this resource and as %s. A rotation by one makes the client secret of the other stale. "+
			"Remove one of the two from the program: the token is kept for the other.", ref, names(others)))
	}
}

// say warns of a thing, if there is something to say and it was not yet said. Outside
// of a stack nobody could follow the advice.
func (t *ServiceToken) say(ctx context.Context, about, text string) {
	if text != "" && t.memory.inStack() && t.memory.first(ctx, about) {
		p.GetLogger(ctx).Warning(callFrom(ctx).redact(text))
	}
}

// warningOfSecret is what there is to say of a stored secret that is not the
// token's, or of none.
func warningOfSecret(state ServiceTokenState, recover RecoverClientSecret) string {
	next := state.nextVersion()
	switch {
	case state.PendingClientSecretVersion != nil:
		return "" // the plan, or the error of the run, says it
	case state.ClientSecretStatus == statusUnavailable && recover == RecoverNever:
		return ""
	case state.ClientSecretStatus != statusCurrent && deref(state.RotationCall) == rotationCallNone:
		return "this stack does not hold the token's current client secret, and " + returnsNoSecret + "."
	case recover.recovers(state.ClientSecretStatus):
		return fmt.Sprintf("this stack does not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is %q.", recover)
	case state.heldUnknown():
		return fmt.Sprintf("it is not known whether the client secret that this stack holds is the token's current one, since it came from a Terraform state. "+
			"To get one that is, set clientSecretVersion to %d, or recoverClientSecret to \"always\"; the present one then stops, "+
			"after previousClientSecretGrace if that is set.", next)
	case state.ClientSecretStatus == statusStale:
		return fmt.Sprintf("the client secret that this stack holds is not the token's current one: it was rotated elsewhere. "+
			"To get one that works, set clientSecretVersion to %d, or recoverClientSecret to \"always\"; what was issued elsewhere then stops, "+
			"after previousClientSecretGrace if that is set.", next)
	case state.ClientSecretStatus == statusUnavailable:
		return fmt.Sprintf("this stack does not hold the token's client secret, which Cloudflare returns only once. "+
			"To get one, set recoverClientSecret to \"imported\", or clientSecretVersion to %d; the present one then stops, "+
			"after previousClientSecretGrace if that is set. To do without, set recoverClientSecret to \"never\".", next)
	}
	return ""
}

// warningOfExpiry is what there is to say of a token that expires soon.
func (t *ServiceToken) warningOfExpiry(ctx context.Context, state ServiceTokenState) string {
	expires, now := parseTime(state.ExpiresAt), t.now()
	days := infer.GetConfig[*Config](ctx).expiryWarningDays
	if expires == nil || deref(state.Duration) == forever {
		return ""
	}
	const wayOut = "set minDaysForRenewal to have it renewed in time, or another duration"
	switch left := expires.Sub(now); {
	case left <= 0:
		return fmt.Sprintf("the token expired on %s: nobody gets in with it. To renew it, %s.", formatTime(*expires), wayOut)
	case left <= day*time.Duration(days):
		return fmt.Sprintf("the token expires on %s, in %s. To keep it from that, %s.", formatTime(*expires), spell(left), wayOut)
	}
	return ""
}

// warningOfDisabled is what there is to say of a token that is disabled although
// the program does not ask for that.
func warningOfDisabled(c *call, want input[bool], state ServiceTokenState) string {
	before := c.oldInputs.Get("enabled")
	switch {
	case want.known || want.unknown || state.Enabled == nil || *state.Enabled:
		return ""
	case before.IsBool() && !before.AsBool():
		return "enabled was taken out of the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`."
	}
	return "the token is disabled, so nobody gets in with it: somebody disabled it, or Cloudflare did because it was not used. " +
		"To enable it, set enabled to true. If it is meant to be disabled, set enabled to false."
}

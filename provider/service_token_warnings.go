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
func (t *ServiceToken) warn(ctx context.Context, args ServiceTokenArgs, state ServiceTokenState, pl plan) {
	if pl.replace {
		return // the token goes
	}
	for _, warning := range pl.warnings {
		t.say(ctx, warning, warning)
	}
	if !pl.rotates() {
		t.warnOfSecret(ctx, args, state)
	}
	if !pl.renews() {
		t.say(ctx, "expiry", t.warningOfExpiry(ctx, state))
	}
}

// warnOfSecret warns of a stored secret that is not the token's, or of none.
func (t *ServiceToken) warnOfSecret(ctx context.Context, args ServiceTokenArgs, state ServiceTokenState) {
	t.say(ctx, "secret", warningOfSecret(state, recovery(callFrom(ctx), args)))
}

// say warns of a thing, if there is something to say and it was not yet said.
func (t *ServiceToken) say(ctx context.Context, about, text string) {
	if text != "" && t.first(ctx, about) {
		p.GetLogger(ctx).Warning(callFrom(ctx).redact(text))
	}
}

// recovery is what the program says of recoverClientSecret. One that is not
// known yet may be any.
func recovery(c *call, args ServiceTokenArgs) RecoverClientSecret {
	if c.unknown["recoverClientSecret"] {
		return RecoverAlways
	}
	return deref(args.RecoverClientSecret)
}

// warningOfSecret is what there is to say of a stored secret that is not the
// token's, or of none.
func warningOfSecret(state ServiceTokenState, recover RecoverClientSecret) string {
	next := state.nextVersion()
	switch {
	case state.PendingClientSecretVersion != nil:
		return "" // the plan, or the error of the run, says it
	case recover.recovers(state.ClientSecretStatus):
		return fmt.Sprintf("this stack does not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is %q.", recover)
	case state.ClientSecretStatus == statusStale:
		return fmt.Sprintf("the client secret that this stack holds is not the token's current one: it was rotated elsewhere. "+
			"To get one that works, set clientSecretVersion to %d, or recoverClientSecret to \"always\"; what was issued elsewhere then stops, "+
			"after previousClientSecretGrace if that is set.", next)
	case state.ClientSecretStatus == statusUnavailable && recover != RecoverNever:
		return fmt.Sprintf("this stack does not hold the token's client secret, which Cloudflare tells only once. "+
			"To get one, set recoverClientSecret to \"imported\", or clientSecretVersion to %d; the present one then stops, "+
			"after previousClientSecretGrace if that is set. To do without, set recoverClientSecret to \"never\".", next)
	}
	return ""
}

// warningOfExpiry is what there is to say of a token that expires soon.
func (t *ServiceToken) warningOfExpiry(ctx context.Context, state ServiceTokenState) string {
	expires, now := parseTime(state.ExpiresAt), t.now()
	days := infer.GetConfig[*Config](ctx).expiryWarningDays
	if expires == nil || days == 0 || deref(state.Duration) == forever {
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

// noteUnmanaged says what removing an input does not do.
func noteUnmanaged(ctx context.Context, req infer.DiffRequest[ServiceTokenArgs, ServiceTokenState]) {
	before := callFrom(ctx).oldInputs.Get("enabled")
	if req.Inputs.Enabled == nil && !callFrom(ctx).unknown["enabled"] &&
		before.IsBool() && !before.AsBool() && req.State.Enabled != nil && !*req.State.Enabled {
		p.GetLogger(ctx).Warning("enabled was taken out of the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`.")
	}
}

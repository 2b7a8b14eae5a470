package provider

import (
	"context"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// warn says, once a run, what is wrong with a token and is not corrected by the plan,
// with the way out.
func (t *ServiceToken) warn(ctx context.Context, want servicetoken.Wanted, state servicetoken.State, pl servicetoken.Plan) {
	if pl.Replace || !want.Managed() {
		return // the token goes, or no program can follow the advice
	}
	for _, warning := range pl.Warnings {
		t.say(ctx, warning, warning)
	}
	if !pl.Rotates() {
		t.warnOfSecret(ctx, want, state)
	}
	if !pl.Renews() {
		t.say(ctx, "expiry", servicetoken.ExpiryWarning(want, state, t.config.expiryWarningDays, t.now()))
	}
	if pl.Update.Enabled == nil {
		t.say(ctx, "disabled", servicetoken.DisabledWarning(want, state))
	}
}

// warnOfSecret warns of a stored secret that is not the token's, or of none.
func (t *ServiceToken) warnOfSecret(ctx context.Context, want servicetoken.Wanted, state servicetoken.State) {
	if want.Managed() {
		t.say(ctx, "secret", servicetoken.SecretWarning(want, state, t.now()))
	}
}

// warnOfNoStack warns of a new client secret that no state will hold.
func (t *ServiceToken) warnOfNoStack(ctx context.Context) {
	if !t.memory.inStack() && t.memory.first(ctx, "no stack") {
		logWarning(ctx, "no stack stores the new client secret: it is shown once, and only with --show-secrets.")
	}
}

// warnOfGone warns of a token that a refresh finds deleted.
func (t *ServiceToken) warnOfGone(ctx context.Context, ref servicetoken.Ref) {
	if servicetoken.ReadInputs(middleware.Of(ctx).Inputs).Managed() {
		t.say(ctx, "gone", fmt.Sprintf("%s no longer exists: it was deleted elsewhere, so it no longer works. "+
			"`pulumi up` creates a new one, with a new client id and client secret.", ref))
	}
}

// warnOfOthers warns of a token that another resource of the stack stands for too.
func (t *ServiceToken) warnOfOthers(ctx context.Context, ref servicetoken.Ref) {
	if others := t.memory.guard.others(middleware.Of(ctx).URN, ref.TokenID); len(others) > 0 {
		t.say(ctx, "twice", fmt.Sprintf("%s is in this stack twice: as this resource and as %s. A rotation by one makes the client secret of the other stale. "+
			"Remove one of the two from the program: the token is kept for the other.", ref, names(others)))
	}
}

// say warns of a thing, if there is something to say and it was not yet said. Outside
// of a stack nobody could follow the advice.
func (t *ServiceToken) say(ctx context.Context, about, text string) {
	if text != "" && t.memory.inStack() && t.memory.first(ctx, about) {
		logWarning(ctx, text)
	}
}

// announce logs each step's reason, in preview and again in the run.
func announce(ctx context.Context, pl servicetoken.Plan) {
	for _, step := range pl.Steps {
		logInfo(ctx, step.Reason)
	}
}

// logInfo shows a text without what the user has marked as secret.
func logInfo(ctx context.Context, text string) {
	p.GetLogger(ctx).Info(middleware.Of(ctx).Redact(text))
}

// logWarning shows a warning without what the user has marked as secret.
func logWarning(ctx context.Context, text string) {
	p.GetLogger(ctx).Warning(middleware.Of(ctx).Redact(text))
}

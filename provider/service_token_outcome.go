package provider

import (
	"context"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// announce tells the user each step's reason, in preview and again in the run.
func (pl plan) announce(ctx context.Context) {
	for _, step := range pl.steps {
		p.GetLogger(ctx).Info(callFrom(ctx).redact(step.reason))
	}
}

// preview is the state as it will be, as far as that is known; what is not is
// named by pl.computed.
func (pl plan) preview(state ServiceTokenState) ServiceTokenState {
	state = pl.requested(state)
	if pl.rotates() {
		return state.current(int(*pl.update.ClientSecretVersion)).carriedOut(pl.number)
	}
	return state
}

// requested is the state with what the plan's request sets, but for the client
// secret.
func (pl plan) requested(state ServiceTokenState) ServiceTokenState {
	if pl.update.Name != nil {
		state.Name = *pl.update.Name
	}
	if pl.update.Duration != nil {
		// The new expiry is counted from the run, so only the answer tells it.
		state.Duration, state.ExpiresAt = pl.update.Duration, nil
	}
	if pl.update.Enabled != nil {
		state.Enabled = pl.update.Enabled
	}
	if end := pl.update.PreviousClientSecretExpiresAt; end != nil {
		state.PreviousClientSecretExpiresAt = new(formatTime(*end))
	}
	if pl.ageSince != nil {
		state.RotateAfterSince = pl.ageSince
	}
	return state
}

// applied is the state after the update was answered. What the answer leaves
// out is as the request asked for it.
func (pl plan) applied(state ServiceTokenState, ref tokenRef, answer cfapi.Token, now time.Time) ServiceTokenState {
	requested := pl.requested(state)
	if pl.rotates() {
		return requested.observed(ref, answer).holding(answer, int(*pl.update.ClientSecretVersion), now).carriedOut(pl.number)
	}
	// The answer may show that somebody rotated meanwhile.
	return requested.observed(ref, answer).compared(requested, answer)
}

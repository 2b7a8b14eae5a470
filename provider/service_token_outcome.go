package provider

import (
	"context"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// announce tells the user each step's reason, in preview and again in the run.
func (pl plan) announce(ctx context.Context) {
	for _, step := range pl.steps {
		p.GetLogger(ctx).Info(step.reason)
	}
}

// preview is the state as it will be, as far as that is known; what is not is
// named by pl.computed.
func (pl plan) preview(state ServiceTokenState) ServiceTokenState {
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
	if pl.rotates() {
		version := int(*pl.update.ClientSecretVersion)
		state.ClientSecretVersion, state.HeldClientSecretVersion = &version, &version
		state.PendingClientSecretVersion = nil
		state.ClientSecretStatus = statusCurrent
	}
	return state
}

// applied is the state after the update was answered. What the answer leaves
// out is as the request asked for it.
func (pl plan) applied(state ServiceTokenState, ref tokenRef, answer cfapi.Token, now time.Time) ServiceTokenState {
	before := state
	state = pl.preview(state)
	if pl.rotates() {
		state.ClientSecret = before.ClientSecret
		state = state.holding(answer.ClientSecret, int(*pl.update.ClientSecretVersion), now)
	}
	state = state.observed(ref, answer)
	if pl.rotates() {
		state.HeldClientSecretVersion = state.ClientSecretVersion
	}
	return state
}

// pending is the state after a rotation whose answer was lost: the old secret
// is kept, since it may still work, and the mark makes the next run complete
// the rotation.
func (pl plan) pending(state ServiceTokenState) ServiceTokenState {
	version := int(*pl.update.ClientSecretVersion)
	state.PendingClientSecretVersion = &version
	if state.ClientSecretStatus == statusCurrent {
		state.ClientSecretStatus = statusStale
	}
	return state
}

// lostRotation explains what is known after a rotation whose answer was lost.
func (pl plan) lostRotation(ref tokenRef, state ServiceTokenState, err error) string {
	stored := ""
	if state.ClientSecret != nil {
		stored = fmt.Sprintf("If it was, the stored one works until %s. ", formatTime(deref(pl.update.PreviousClientSecretExpiresAt)))
	}
	return fmt.Sprintf("rotating the client secret of %s: %v. Whether it was rotated is not known, and this stack does not hold the new secret. "+
		"%sRun `pulumi up` again: it rotates once more, and stores that secret.", ref, err, stored)
}

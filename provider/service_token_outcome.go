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
		p.GetLogger(ctx).Info(callFrom(ctx).redact(step.reason))
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
	expected := pl.preview(state)
	if pl.rotates() {
		expected.ClientSecretVersion = state.ClientSecretVersion // the answer's, or the request's
		return expected.observed(ref, answer).holding(answer, *pl.update.ClientSecretVersion, now)
	}
	// The answer may show that somebody rotated meanwhile.
	return expected.observed(ref, answer).compared(expected)
}

// unanswered is the state after a rotation whose answer was lost, or lacked the
// secret. The old secret is kept, since it may still work. Unless the answer
// shows that it did not take effect, the mark makes the next run complete the
// rotation.
func (pl plan) unanswered(state ServiceTokenState, answer *cfapi.Token) ServiceTokenState {
	requested := *pl.update.ClientSecretVersion
	state.PendingClientSecretVersion = new(int(requested))
	if answer != nil && answer.ClientSecretVersion != nil && *answer.ClientSecretVersion != requested {
		state.ClientSecretVersion = new(int(*answer.ClientSecretVersion))
		state.PendingClientSecretVersion = nil
	}
	if state.ClientSecretStatus == statusCurrent {
		state.ClientSecretStatus = statusStale
	}
	return state
}

// lostRotation explains what is known after a rotation whose answer was lost, or
// lacked the secret, and what to do: before is the state that it began with.
func (pl plan) lostRotation(ref tokenRef, before, after ServiceTokenState, recover RecoverClientSecret, err error) string {
	if after.PendingClientSecretVersion == nil {
		wayOut := fmt.Sprintf("write clientSecretVersion: %d", deref(after.ClientSecretVersion)+1)
		switch {
		case recover.recovers(after.ClientSecretStatus):
			wayOut = "run `pulumi up` again"
		case pl.cause == causeAge:
			wayOut += ", or recoverClientSecret: \"always\""
		}
		return fmt.Sprintf("rotating the client secret of %s: the token is at version %d already, so nothing was rotated: %s",
			ref, deref(after.ClientSecretVersion), wayOut)
	}
	stored := ""
	switch {
	case before.ClientSecret == nil:
	case before.ClientSecretStatus == statusStale:
		// Cloudflare holds one previous secret, and the stored one is older.
		stored = "If it was, the stored one works no longer. "
	default:
		stored = fmt.Sprintf("If it was, the stored one works until %s. ", formatTime(deref(pl.update.PreviousClientSecretExpiresAt)))
	}
	return fmt.Sprintf("rotating the client secret of %s: %v. Whether it was rotated is not known, and this stack does not hold the new secret. "+
		"%sRun `pulumi up` again: it rotates once more, and stores that secret.", ref, err, stored)
}

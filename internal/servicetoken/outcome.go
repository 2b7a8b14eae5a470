package servicetoken

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Preview is the state as it will be, as far as that is known; what is not is
// named by pl.computed.
func (pl Plan) Preview(state State) State {
	state = pl.Requested(state)
	if pl.Rotates() {
		return state.current(int(*pl.Update.ClientSecretVersion)).CarriedOut(pl.Number)
	}
	return state
}

// Requested is the state with what the plan's request sets, but for the client
// secret.
func (pl Plan) Requested(state State) State {
	if pl.Update.Name != nil {
		state.Name = *pl.Update.Name
	}
	if pl.Update.Duration != nil {
		// The new expiry is counted from the run, so only the answer has it.
		state.Duration, state.ExpiresAt = pl.Update.Duration, nil
	}
	if pl.Update.Enabled != nil {
		state.Enabled = pl.Update.Enabled
	}
	if end := pl.Update.PreviousClientSecretExpiresAt; end != nil {
		state.PreviousClientSecretExpiresAt = new(FormatTime(*end))
	}
	if pl.Adopts && state.Enabled == nil {
		state.Enabled = new(true) // until an answer says otherwise
	}
	if pl.ageSince != nil {
		state.RotateAfterSince = pl.ageSince
	}
	return state
}

// Applied is the state after the update was answered. What the answer leaves
// out is as the request asked for it.
func (pl Plan) Applied(state State, ref Ref, answer cfapi.Token, now time.Time) State {
	requested := pl.Requested(state)
	if pl.Rotates() {
		requested.Adopting = false
		return requested.Observed(ref, answer).Holding(answer, int(*pl.Update.ClientSecretVersion), now).CarriedOut(pl.Number)
	}
	// The answer may show that somebody rotated meanwhile.
	after := requested.Observed(ref, answer).Compared(requested, answer)
	after.Adopting = false
	return after
}

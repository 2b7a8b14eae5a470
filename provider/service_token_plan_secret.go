package provider

import (
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// cause is why a client secret is rotated.
type cause int

const (
	// causeNone: it is not rotated.
	causeNone cause = iota
	// causeVersion: the program raised clientSecretVersion.
	causeVersion
	// causeAge: it is as old as rotateAfter.
	causeAge
	// causeRecovery: the stack does not hold the current one, and recoverClientSecret
	// asks for it.
	causeRecovery
	// causeCompletion: the answer of an earlier rotation was lost.
	causeCompletion
)

// secretOutputs are those that a rotation changes to values it alone can tell.
var secretOutputs = []string{"clientSecret", "clientSecretIssuedAt"}

// decided is what is known of a rotation before its grace.
type decided struct {
	cause  cause
	target int
	// property and kind are the row of the diff.
	property string
	kind     p.DiffKind
	why      string
}

// planSecret decides on a rotation, or else on moving the end of the previous
// secret's grace.
func planSecret(pl *plan, want desired, state ServiceTokenState, now time.Time) error {
	r, err := decideRotation(want, state, now)
	switch {
	case err != nil:
		return err
	case r.cause == causeNone && planPossibleRotation(pl, want, state):
		return nil
	case r.cause == causeNone:
		planGrace(pl, want, state, now)
		return nil
	}
	end := endAfter(want, r.cause, now)
	computed := slices.Clone(secretOutputs)
	if end.moves || end.unknown {
		computed = append(computed, "previousClientSecretExpiresAt")
	}
	if want.clientSecretVersion.unknown {
		computed = append(computed, "clientSecretVersion", "heldClientSecretVersion")
	}
	pl.cause = r.cause
	pl.update.ClientSecretVersion = new(int64(r.target))
	// Cloudflare is told the end explicitly, since what it does without one is
	// not documented.
	pl.update.PreviousClientSecretExpiresAt = &end.at
	pl.add(r.property, r.kind, fmt.Sprintf("rotating the client secret to version %d: %s; %s",
		r.target, r.why, becomesOfPrevious(end, state, now)), computed...)
	return nil
}

// decideRotation finds whether the secret is rotated, to which version and why.
// What the program asks for outright comes before what time or others' doings
// ask for.
func decideRotation(want desired, state ServiceTokenState, now time.Time) (decided, error) {
	current := state.version()
	version, last := want.clientSecretVersion, want.lastClientSecretVersion

	if pending := deref(state.PendingClientSecretVersion); pending > 0 {
		// Whether the lost rotation took effect is not known: the next version
		// after it is above the token's either way.
		r := decided{causeCompletion, max(current, pending, version.value-1) + 1, "pendingClientSecretVersion", p.Delete,
			"completing the rotation whose answer was lost"}
		if state.ClientSecret == nil {
			r.why = "this stack was not told the secret that was issued before"
		}
		return r, nil
	}
	switch {
	case version.known && version.value > current:
		return decided{causeVersion, version.value, "clientSecretVersion", p.Update,
			fmt.Sprintf("clientSecretVersion was raised above the token's %d", current)}, nil
	case version.known && last.known && version.value > last.value:
		return decided{}, fmt.Errorf("clientSecretVersion: %d does not rotate the client secret, since the token is at %d: write %d",
			version.value, current, current+1)
	case want.recoverClientSecret.value.recovers(state.ClientSecretStatus):
		why := "it was rotated elsewhere"
		if state.ClientSecretStatus == statusUnavailable {
			why = "this stack was never told it"
		}
		return decided{causeRecovery, state.nextVersion(), "recoverClientSecret", p.Update,
			fmt.Sprintf("%s, and recoverClientSecret is %q", why, want.recoverClientSecret.value)}, nil
	case want.rotateAfter.known && isOld(state, want.rotateAfter.value.value, now):
		age := now.Sub(*parseTime(state.ClientSecretIssuedAt))
		return decided{causeAge, current + 1, "rotateAfter", p.Update,
			fmt.Sprintf("it is %s old, and rotateAfter is %s", spell(age), want.rotateAfter.value.text)}, nil
	}
	return decided{}, nil
}

// isOld tells whether the current secret has reached an age. That of one which
// was issued elsewhere is not known, and to rotate it would stop what somebody
// has just been given.
func isOld(state ServiceTokenState, age time.Duration, now time.Time) bool {
	issued := parseTime(state.ClientSecretIssuedAt)
	return state.ClientSecretStatus != statusStale && issued != nil && !now.Before(issued.Add(age))
}

// planPossibleRotation shows a rotation that hangs on an input which is not
// known yet.
func planPossibleRotation(pl *plan, want desired, state ServiceTokenState) bool {
	computed := append([]string{"clientSecretVersion", "heldClientSecretVersion", "clientSecretStatus", "previousClientSecretExpiresAt"},
		secretOutputs...)
	switch {
	case want.clientSecretVersion.unknown:
		pl.add("clientSecretVersion", p.Update,
			"rotating the client secret, if the version, which is not known yet, is above the token's", computed...)
	case want.recoverClientSecret.unknown && RecoverAlways.recovers(state.ClientSecretStatus):
		pl.add("recoverClientSecret", p.Update,
			"rotating the client secret, if recoverClientSecret, which is not known yet, says so", computed...)
	case want.rotateAfter.unknown && state.ClientSecretStatus != statusStale:
		pl.add("rotateAfter", p.Update,
			"rotating the client secret, if it is as old as rotateAfter, which is not known yet", computed...)
	default:
		return false
	}
	return true
}

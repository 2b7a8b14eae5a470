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
	case r.cause != causeNone && deref(state.RotationCall) == rotationCallNone:
		if err := refuseRotation(pl, want, r, state); err != nil {
			return err
		}
		planGrace(pl, want, state, now) // of the secret that may be the last
		return nil
	case r.cause == causeNone && deref(state.RotationCall) != rotationCallNone && planPossibleRotation(pl, want, state):
		return nil
	case r.cause == causeNone:
		planGrace(pl, want, state, now)
		planAge(pl, want, state, now)
		return nil
	}
	end := endAfter(want, r.cause, state, now)
	computed := slices.Clone(secretOutputs)
	if end.moves || end.unknown {
		computed = append(computed, "previousClientSecretExpiresAt")
	}
	to := fmt.Sprintf(" to version %d", r.target)
	if deref(state.RotationCall) == rotationCallRotate {
		to = "" // that call does not take a version
	}
	if want.clientSecretVersion.unknown || to == "" {
		computed = append(computed, "clientSecretVersion", "heldClientSecretVersion")
	}
	if want.clientSecretVersion.unknown {
		computed = append(computed, "appliedClientSecretVersion")
	}
	pl.cause, pl.number = r.cause, want.clientSecretVersion
	pl.update.ClientSecretVersion = new(int64(r.target))
	// Cloudflare is told the end explicitly, since what it does without one is
	// not documented.
	pl.update.PreviousClientSecretExpiresAt = &end.at
	pl.add(r.property, r.kind, fmt.Sprintf("rotating the client secret%s: %s; %s", to, r.why, becomesOfPrevious(end, state, now)), computed...)
	return nil
}

// refuseRotation keeps a token from being rotated whose new client secret nobody
// would be told. What the program asks for outright is an error.
func refuseRotation(pl *plan, want desired, r decided, state ServiceTokenState) error {
	if r.cause == causeVersion {
		before := "leave it out"
		if want.lastClientSecretVersion.known {
			// A number that was stored, and never sent, asks for a rotation again.
			before = fmt.Sprintf("write %d again", min(want.lastClientSecretVersion.value, max(state.version(), deref(state.AppliedClientSecretVersion))))
		}
		return fmt.Errorf("clientSecretVersion: %d asks for a rotation, but %s; %s", want.clientSecretVersion.value, returnsNoSecret, before)
	}
	pl.warnings = append(pl.warnings, fmt.Sprintf("%s asks for a rotation, but %s.", r.property, returnsNoSecret))
	return nil
}

// decideRotation finds whether the secret is rotated, to which version and why.
// What is left to complete comes first, then what the program asks for outright,
// then what time or others' doings ask for.
func decideRotation(want desired, state ServiceTokenState, now time.Time) (decided, error) {
	// A rotation may leave the token's version below the number that it carried out.
	applied := deref(state.AppliedClientSecretVersion)
	current := max(state.version(), applied)
	version, last := want.clientSecretVersion, want.lastClientSecretVersion

	if pending := deref(state.PendingClientSecretVersion); pending > 0 {
		// Whether the lost rotation took effect is not known: the next version
		// after it is above the token's either way.
		r := decided{causeCompletion, max(current, pending, version.value-1) + 1, "pendingClientSecretVersion", p.Delete,
			"completing the rotation whose answer was lost"}
		if deref(state.RotationCall) == rotationCallRotate {
			r.why = "completing the rotation whose answer carried no client secret"
		}
		return r, nil
	}
	raised := version.known && last.known && version.value > last.value && version.value > applied
	switch {
	case version.known && version.value > current:
		return decided{causeVersion, version.value, "clientSecretVersion", p.Update,
			fmt.Sprintf("clientSecretVersion was raised above the token's %d", current)}, nil
	case raised && deref(state.RotationCall) == rotationCallNone:
		return decided{cause: causeVersion}, nil // its rotation returned no secret
	case want.recoverClientSecret.value.recovers(state.ClientSecretStatus):
		why := "it was rotated elsewhere"
		switch {
		case state.ClientSecretStatus == statusUnavailable:
			why = "this stack was never told it"
			if want.lastSeenAt != nil {
				why += fmt.Sprintf(" (the token is in use: it was last seen on %s)", formatTime(*want.lastSeenAt))
			}
		case state.heldUnknown():
			why = "it is not known whether this stack holds it"
		}
		return decided{causeRecovery, state.nextVersion(), "recoverClientSecret", p.Update,
			fmt.Sprintf("%s, and recoverClientSecret is %q", why, want.recoverClientSecret.value)}, nil
	case raised:
		return decided{}, fmt.Errorf("clientSecretVersion: %d does not rotate the client secret, since the token is at %d: write %d",
			version.value, current, current+1)
	case want.rotateAfter.known && isOld(state, want.rotateAfter.value.value, now):
		age := now.Sub(*secretSince(state))
		return decided{causeAge, current + 1, "rotateAfter", p.Update,
			fmt.Sprintf("it is %s old, and rotateAfter is %s", spell(age), want.rotateAfter.value.text)}, nil
	}
	return decided{}, nil
}

// secretSince is when the age of the current secret begins: when this stack was
// given it, or where that is not known, when the program first asked for an age.
func secretSince(state ServiceTokenState) *time.Time {
	if issued := parseTime(state.ClientSecretIssuedAt); issued != nil {
		return issued
	}
	return parseTime(state.RotateAfterSince)
}

// planAge begins to count the age of a secret of which it is not known when it was
// issued.
func planAge(pl *plan, want desired, state ServiceTokenState, now time.Time) {
	if !want.rotateAfter.known || state.ClientSecretStatus == statusStale || secretSince(state) != nil {
		return
	}
	pl.ageSince = new(formatTime(now))
	pl.add("rotateAfter", p.Update, fmt.Sprintf("counting the age of the client secret from this run, since it is not known when it was issued: "+
		"it is rotated after %s", want.rotateAfter.value.text), "rotateAfterSince")
}

// isOld tells whether the current secret has reached an age. That of one which
// was issued elsewhere is not known, and to rotate it would stop what somebody
// has just been given.
func isOld(state ServiceTokenState, age time.Duration, now time.Time) bool {
	since := secretSince(state)
	return state.ClientSecretStatus != statusStale && since != nil && !now.Before(since.Add(age))
}

// planPossibleRotation shows a rotation that hangs on an input which is not
// known yet.
func planPossibleRotation(pl *plan, want desired, state ServiceTokenState) bool {
	computed := append([]string{"clientSecretVersion", "heldClientSecretVersion", "clientSecretStatus", "previousClientSecretExpiresAt"},
		secretOutputs...)
	switch {
	case want.clientSecretVersion.unknown:
		pl.add("clientSecretVersion", p.Update,
			"rotating the client secret, if the version, which is not known yet, is above the token's", append(computed, "appliedClientSecretVersion")...)
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

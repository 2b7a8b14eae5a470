package servicetoken

import (
	"fmt"
	"slices"
	"time"
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

const (
	returnsNone = "Cloudflare returns no client secret when it rotates this token"
	// ReplaceForSecret says how to get a client secret that no rotation returns.
	ReplaceForSecret = "To get a new secret, replace the token (`pulumi up --replace <URN>`), or move a zone's token to its account (set accountId instead of zoneId)"
	// ReturnsNoSecret says why a token is not rotated, and what to do instead.
	ReturnsNoSecret = returnsNone + ". " + ReplaceForSecret
)

// secretOutputs are those that a rotation changes to values that only its answer has.
var secretOutputs = []string{"clientSecret", "clientSecretIssuedAt"}

// decided is what is known of a rotation before its grace.
type decided struct {
	cause  cause
	target int
	// property and kind are the row of the diff.
	property string
	kind     Kind
	why      string
}

// planSecret decides on a rotation, or else on moving the end of the previous
// secret's grace.
func planSecret(pl *Plan, want Wanted, state State, now time.Time) error {
	r, err := decideRotation(want, state, now)
	switch {
	case err != nil:
		return err
	case r.cause != causeNone && state.Mute():
		if err := refuseRotation(pl, want, r, state); err != nil {
			return err
		}
		planGrace(pl, want, state, now) // of the secret that may be the last
		return nil
	case r.cause != causeNone && want.holds(r, state):
		planHeld(pl, want, r, state)
		if !want.ClientSecretVersion.Unknown || !planPossibleRotation(pl, want, state) {
			planGrace(pl, want, state, now)
		}
		return nil
	case r.cause == causeNone && !state.Mute() && planPossibleRotation(pl, want, state):
		return nil
	case r.cause == causeNone:
		planGrace(pl, want, state, now)
		planAge(pl, want, state, now)
		return nil
	}
	end := endAfter(want, r.cause, state, now)
	if want.ClientSecretVersion.Unknown && !want.PreviousClientSecretExpiresAt.Known && !want.PreviousClientSecretGrace.Known {
		end.unknown = true // a number above the token's would let it end at once
	}
	computed := slices.Concat(secretOutputs, end.computed())
	to := fmt.Sprintf(" to version %d", r.target)
	if deref(state.RotationCall) == RotationCallRotate || want.ClientSecretVersion.Unknown {
		to = "" // that call does not take a version, or the program may name another one
	}
	if to == "" {
		computed = append(computed, "clientSecretVersion", "heldClientSecretVersion")
	}
	if want.ClientSecretVersion.Unknown {
		computed = append(computed, "appliedClientSecretVersion")
	}
	pl.cause, pl.Number = r.cause, want.ClientSecretVersion
	pl.Update.ClientSecretVersion = new(int64(r.target))
	// The end is sent explicitly, since what it does without one is
	// not documented.
	pl.Update.PreviousClientSecretExpiresAt, pl.endMoves = &end.at, end.moves
	pl.add(r.property, r.kind, fmt.Sprintf("rotating the client secret%s: %s; %s", to, r.why, becomesOfPrevious(end, state, now)), computed...)
	return nil
}

// holds reports whether a rotation waits. What the program asks for outright does not.
func (want Wanted) holds(r decided, state State) bool {
	carriedOut := max(state.HighestVersion(), deref(state.AppliedClientSecretVersion))
	outright := want.ClientSecretVersion.Known && want.ClientSecretVersion.Value > carriedOut
	return want.HeldBy != "" && r.cause != causeVersion && !outright
}

// planHeld says which rotation waits, and how to get a client secret all the same.
// That a recovery waits is said by the warning of the secret.
func planHeld(pl *Plan, want Wanted, r decided, state State) {
	switch r.cause {
	case causeAge:
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("the client secret is not rotated, since %s holds rotations back: %s.", want.HeldBy, r.why))
	case causeCompletion:
		stored := "This stack does not hold the new client secret"
		if end := state.PendingPreviousClientSecretExpiresAt; end != nil && state.ClientSecret != nil {
			stored += ", and the stored one works until " + *end + " at most"
		}
		pl.Warnings = append(pl.Warnings, fmt.Sprintf("a rotation is not completed, since %s holds rotations back: its answer was lost, or had no client secret. "+
			"%s. To get a new one now, set clientSecretVersion to %d.", want.HeldBy, stored, state.OutrightVersion()))
	}
}

// refuseRotation prevents a rotation whose new client secret no answer would return.
// What the program asks for outright is an error.
func refuseRotation(pl *Plan, want Wanted, r decided, state State) error {
	if r.cause == causeVersion {
		before := "remove it"
		if want.Last.ClientSecretVersion.Known {
			// A number that was stored, and never sent, asks for a rotation again.
			before = fmt.Sprintf("write %d again", min(want.Last.ClientSecretVersion.Value, max(state.Version(), deref(state.AppliedClientSecretVersion))))
		}
		return fmt.Errorf("clientSecretVersion: %d requests a rotation, but %s: %s. %s", want.ClientSecretVersion.Value, returnsNone, before, ReplaceForSecret)
	}
	pl.Warnings = append(pl.Warnings, fmt.Sprintf("%s requests a rotation, but %s.", r.property, ReturnsNoSecret))
	return nil
}

// decideRotation finds whether the secret is rotated, to which version and why.
// What is left to complete comes first, then what the program asks for outright,
// then age and rotations elsewhere.
func decideRotation(want Wanted, state State, now time.Time) (decided, error) {
	// A rotation may leave the token's version below the number that it carried out.
	applied := deref(state.AppliedClientSecretVersion)
	current := max(state.Version(), applied)
	version, last := want.ClientSecretVersion, want.Last.ClientSecretVersion

	if pending := deref(state.PendingClientSecretVersion); pending > 0 {
		// Whether the lost rotation took effect is not known: the next version
		// after it is above the token's either way.
		r := decided{causeCompletion, max(current, pending, version.Value-1) + 1, "pendingClientSecretVersion", Delete,
			"completing the rotation whose answer was lost"}
		if deref(state.RotationCall) == RotationCallRotate {
			r.why += ", or contained no client secret"
		}
		return r, nil
	}
	// A number that was carried out may come again: its run failed after that.
	raised := version.Known && last.Known && version.Value > last.Value && version.Value != applied
	switch {
	case version.Known && version.Value > current:
		compared := "the token's version"
		if applied > state.Version() {
			compared = "the last one that was carried out"
		}
		return decided{causeVersion, version.Value, "clientSecretVersion", Update,
			fmt.Sprintf("clientSecretVersion is above %s, %d", compared, current)}, nil
	case raised && state.Mute():
		return decided{cause: causeVersion}, nil // its rotation returned no secret
	case want.RecoverClientSecret.Value.Recovers(state.ClientSecretStatus) && (want.HeldBy == "" || !raised):
		why := "it was rotated elsewhere"
		switch {
		case state.ClientSecretStatus == StatusUnavailable:
			why = "this stack does not hold the current one"
			if want.LastSeenAt != nil {
				why += fmt.Sprintf(" (the token is in use: it was last seen on %s)", FormatTime(*want.LastSeenAt))
			}
		case state.HeldUnknown():
			why = "this stack may not hold the current one"
		}
		return decided{causeRecovery, state.NextVersion(), "recoverClientSecret", Update,
			fmt.Sprintf("%s, and recoverClientSecret is %q", why, want.RecoverClientSecret.Value)}, nil
	case raised:
		already := "the token is already at version"
		if applied > state.Version() {
			already = "the program has already rotated to"
		}
		return decided{}, fmt.Errorf("clientSecretVersion: %d does not rotate the client secret, since %s %d: write %d", version.Value, already, current, current+1)
	case want.RotateAfter.Known && isOld(state, want.RotateAfter.Value.Value, now):
		age := now.Sub(*secretSince(state))
		return decided{causeAge, current + 1, "rotateAfter", Update,
			fmt.Sprintf("it is %s old, and rotateAfter is %s", spell(age), want.RotateAfter.Value.Text)}, nil
	}
	return decided{}, nil
}

// secretSince is when the age of the current secret begins: when this stack was
// given it, or where that is not known, when the program first asked for an age.
func secretSince(state State) *time.Time {
	if issued := parseTime(state.ClientSecretIssuedAt); issued != nil {
		return issued
	}
	return parseTime(state.RotateAfterSince)
}

// planAge begins to count the age of a secret of which it is not known when it was
// issued.
func planAge(pl *Plan, want Wanted, state State, now time.Time) {
	if !want.RotateAfter.Known || state.ClientSecretStatus == StatusStale || secretSince(state) != nil {
		return
	}
	pl.ageSince = new(FormatTime(now))
	pl.add("rotateAfter", Update, fmt.Sprintf("counting rotateAfter from this run, since it is not known when the client secret was issued: "+
		"it is rotated after %s", want.RotateAfter.Value.Text), "rotateAfterSince")
}

// isOld reports whether the current secret has reached an age. That of one which
// was issued elsewhere is not known, and to rotate it would stop what somebody
// has just been given.
func isOld(state State, age time.Duration, now time.Time) bool {
	since := secretSince(state)
	return state.ClientSecretStatus != StatusStale && since != nil && !now.Before(since.Add(age))
}

// planPossibleRotation shows a rotation that hangs on an input which is not
// known yet.
func planPossibleRotation(pl *Plan, want Wanted, state State) bool {
	computed := append([]string{"clientSecretVersion", "heldClientSecretVersion", "clientSecretStatus", "previousClientSecretExpiresAt"},
		secretOutputs...)
	switch {
	case want.ClientSecretVersion.Unknown:
		pl.add("clientSecretVersion", Update,
			"rotating the client secret if clientSecretVersion, which is not known yet, is above the token's version", append(computed, "appliedClientSecretVersion")...)
	case want.HeldBy != "":
		return false
	case want.RecoverClientSecret.Unknown && RecoverAlways.Recovers(state.ClientSecretStatus):
		pl.add("recoverClientSecret", Update,
			"rotating the client secret if recoverClientSecret, which is not known yet, requires it", computed...)
	case want.RotateAfter.Unknown && state.ClientSecretStatus != StatusStale:
		pl.add("rotateAfter", Update,
			"rotating the client secret if it is as old as rotateAfter, which is not known yet", computed...)
	default:
		return false
	}
	return true
}

// KeepingYoung is the plan without a rotation by age that is not due by Cloudflare's
// clock, which says now. Where this machine's is far ahead, each run would rotate.
// It returns what there is to say of it, empty if the plan has nothing of the kind.
func (pl Plan) KeepingYoung(want Wanted, state State, now time.Time) (Plan, string) {
	after := want.RotateAfter.Value
	if pl.cause != causeAge || isOld(state, after.Value, now) {
		return pl, ""
	}
	pl.cause, pl.endMoves = causeNone, false
	pl.Update.ClientSecretVersion, pl.Update.PreviousClientSecretExpiresAt = nil, nil
	return pl, fmt.Sprintf("the client secret is not rotated: by Cloudflare's clock, which differs from this machine's, it is not yet as old as rotateAfter, %s. "+
		"Set this machine's clock.", after.Text)
}

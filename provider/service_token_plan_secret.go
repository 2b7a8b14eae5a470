package provider

import (
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// secretOutputs are those that a rotation changes to values it alone can tell.
var secretOutputs = []string{"clientSecret", "clientSecretIssuedAt"}

// planSecret decides on a rotation, or else on moving the end of the previous
// secret's grace.
func planSecret(pl *plan, want desired, state ServiceTokenState, now time.Time) error {
	const versionKey, graceKey = "clientSecretVersion", "previousClientSecretExpiresAt"
	grace := want.previousClientSecretExpiresAt

	target, why, err := rotationTarget(want, state)
	switch {
	case err != nil:
		return err
	case want.clientSecretVersion.unknown && target == 0:
		pl.add(versionKey, p.Update, "rotating the client secret, if the version, which is not known yet, is above the token's",
			append([]string{versionKey, "heldClientSecretVersion", "clientSecretStatus", graceKey}, secretOutputs...)...)
		return nil
	case target == 0:
		planGrace(pl, grace, want.lastPreviousClientSecretExpiresAt, state, now)
		return nil
	}

	pl.update.ClientSecretVersion = new(int64(target))
	// Cloudflare is told the end explicitly, since what it does without one is
	// not documented.
	end := now.UTC().Truncate(time.Second)
	computed := slices.Clone(secretOutputs)
	switch {
	case grace.unknown:
		computed = append(computed, graceKey)
	case grace.known:
		end = grace.value
	default:
		computed = append(computed, graceKey)
	}
	if want.clientSecretVersion.unknown {
		computed = append(computed, versionKey, "heldClientSecretVersion")
	}
	pl.update.PreviousClientSecretExpiresAt = &end
	property, kind := versionKey, p.Update
	if state.PendingClientSecretVersion != nil {
		property, kind = "pendingClientSecretVersion", p.Delete
	}
	pl.add(property, kind, fmt.Sprintf("rotating the client secret to version %d: %s; %s",
		target, why, endOfPrevious(grace, state, now)), computed...)
	return nil
}

// rotationTarget returns the version to rotate to, or 0 for no rotation.
func rotationTarget(want desired, state ServiceTokenState) (target int, why string, err error) {
	// Every token starts at version 1, also where an answer does not say so.
	current := max(deref(state.ClientSecretVersion), deref(state.HeldClientSecretVersion), 1)
	version, last := want.clientSecretVersion, want.lastClientSecretVersion

	if pending := deref(state.PendingClientSecretVersion); pending > 0 {
		// Whether the lost rotation took effect is not known: the next version
		// after it is above the token's either way.
		why := "completing the rotation whose answer was lost"
		if state.ClientSecret == nil {
			why = "this stack was not told the secret that was issued before"
		}
		return max(current, pending, version.value-1) + 1, why, nil
	}
	switch {
	case !version.known:
		return 0, "", nil
	case version.value > current:
		return version.value, fmt.Sprintf("clientSecretVersion was raised above the token's %d", current), nil
	case last.known && version.value > last.value:
		return 0, "", fmt.Errorf("clientSecretVersion: %d does not rotate the client secret, since the token is at %d: write %d",
			version.value, current, current+1)
	}
	return 0, "", nil
}

// endOfPrevious says what a rotation does to the secrets of before.
func endOfPrevious(grace input[time.Time], state ServiceTokenState, now time.Time) string {
	lost := state.PendingClientSecretVersion != nil
	previous := "the previous one"
	switch {
	case lost && state.ClientSecret == nil:
		previous = "that one"
	case lost:
		previous = "the stored one"
	}
	text := previous + " stops working at once"
	switch end := graceEnd(grace, now); {
	case end == "" && grace.known:
		text += ", since previousClientSecretExpiresAt is in the past"
	case end == "":
	case lost && state.ClientSecret != nil:
		// Cloudflare holds one previous secret: if the lost rotation took effect,
		// that is the one which nobody was told.
		text += " if that rotation took effect, and otherwise works until " + end
	default:
		text = previous + " works until " + end
	}
	if running := parseTime(state.PreviousClientSecretExpiresAt); running != nil && running.After(now) {
		text += fmt.Sprintf(", and the one before it, which would have worked until %s, now", formatTime(*running))
	}
	return text
}

// graceEnd says until when a grace lasts; nothing if there is none.
func graceEnd(grace input[time.Time], now time.Time) string {
	switch {
	case grace.unknown:
		return "a time that is not known yet"
	case grace.known && grace.value.After(now):
		return formatTime(grace.value)
	}
	return ""
}

// planGrace moves the end of a previous secret that still works, when the program
// asks for another end than in the last run. Without such a secret the input
// waits for the next rotation: one that was revoked must not come back to life. An end that merely still stands in the program is
// not enforced: after a rotation elsewhere, the secret that it would stop is the
// one that this stack holds.
func planGrace(pl *plan, want, last input[time.Time], state ServiceTokenState, now time.Time) {
	const key = "previousClientSecretExpiresAt"
	have := parseTime(state.PreviousClientSecretExpiresAt)
	if have == nil || !have.After(now) {
		return
	}
	switch {
	case want.unknown:
		pl.add(key, p.Update, "moving the end of the previous client secret: the time is not known yet", key)
	case want.known && !want.value.Equal(*have) && !(last.known && last.value.Equal(want.value)):
		pl.update.PreviousClientSecretExpiresAt = &want.value
		reason := fmt.Sprintf("moving the end of the previous client secret from %s to %s", formatTime(*have), formatTime(want.value))
		if state.ClientSecretStatus == statusStale {
			reason += ": it is the one that this stack holds"
		}
		pl.add(key, p.Update, reason)
	}
}

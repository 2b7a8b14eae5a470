package provider

import (
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// input is a value of the program as a preview sees it: absent, unknown until
// something else is created, or known.
type input[T any] struct {
	value   T
	known   bool
	unknown bool
}

func known[T any](v T) input[T] { return input[T]{value: v, known: true} }

// desired is what the program asks of a token that exists.
type desired struct {
	accountID                     input[string]
	zoneID                        input[string]
	name                          input[string]
	duration                      input[string]
	enabled                       input[bool]
	clientSecretVersion           input[int]
	previousClientSecretExpiresAt input[time.Time]
	// lastClientSecretVersion is what the program asked for in the last run.
	lastClientSecretVersion input[int]
}

// step is one part of a change: what the user sees of it.
type step struct {
	// property is the row of the diff.
	property string
	kind     p.DiffKind
	// reason says in plain words what will happen, and why. It is empty where
	// another step's reason says it.
	reason string
}

// plan is what a change does to a token: decided here once, shown by Diff and
// preview, carried out by Update.
type plan struct {
	steps []step
	// replace is set when the token has to be made anew in another scope.
	replace bool
	// update is the one request that carries the plan out: nothing in it that
	// does not change, since a duration that is merely repeated would reset the
	// token's expiry.
	update cfapi.UpdateParams
	// computed names the outputs whose new value is not known before the run.
	computed []string
}

func (pl *plan) add(property string, kind p.DiffKind, reason string, computed ...string) {
	pl.steps = append(pl.steps, step{property, kind, reason})
	for _, output := range computed {
		if !slices.Contains(pl.computed, output) {
			pl.computed = append(pl.computed, output)
		}
	}
}

// show adds a row to the diff for what a step changes besides.
func (pl *plan) show(property string, kind p.DiffKind) {
	pl.steps = append(pl.steps, step{property: property, kind: kind})
}

func (pl plan) empty() bool { return len(pl.steps) == 0 }

// rotates tells whether the plan issues a new client secret.
func (pl plan) rotates() bool { return pl.update.ClientSecretVersion != nil }

// planChange decides what it takes to bring the token from its state to what
// the program asks for. It compares with the state, never with the inputs of
// the last run: after an update that failed half-way the engine keeps old
// inputs with new outputs, and comparing inputs would rotate twice. It is a
// pure function: no I/O, no clock of its own.
//
// An error is the user's to mend, and names the property.
func planChange(want desired, scope cfapi.Scope, state ServiceTokenState, now time.Time) (plan, error) {
	var pl plan
	planScope(&pl, want, scope)
	if pl.replace {
		// What else differs does not matter: it is given to the new token.
		return pl, nil
	}
	planName(&pl, want.name, state)
	planDuration(&pl, want.duration, state)
	planEnabled(&pl, want.enabled, state)
	if err := planSecret(&pl, want, state, now); err != nil {
		return plan{}, err
	}
	return pl, nil
}

// planScope finds whether the token would have to move, which no token can.
func planScope(pl *plan, want desired, scope cfapi.Scope) {
	account, zone := "", ""
	if scope.Kind == cfapi.KindZone {
		zone = scope.ID
	} else {
		account = scope.ID
	}
	planScopeProperty(pl, "accountId", want.accountID, account)
	planScopeProperty(pl, "zoneId", want.zoneID, zone)
}

func planScopeProperty(pl *plan, property string, want input[string], have string) {
	kind := p.UpdateReplace
	switch {
	case want.unknown:
		pl.add(property, kind, fmt.Sprintf("replacing the token, unless %s, which is not known yet, turns out to be the one it has", property))
	case want.value == have:
		return
	default:
		if have == "" {
			kind = p.AddReplace
		} else if want.value == "" {
			kind = p.DeleteReplace
		}
		pl.add(property, kind, "replacing the token: it cannot move to another account or zone")
	}
	pl.replace = true
}

func planName(pl *plan, want input[string], state ServiceTokenState) {
	switch {
	case want.unknown:
		pl.add("name", p.Update, fmt.Sprintf("renaming %q: the new name is not known yet", state.Name), "name")
	case want.known && want.value != state.Name:
		pl.update.Name = &want.value
		pl.add("name", p.Update, fmt.Sprintf("renaming %q to %q", state.Name, want.value))
	}
}

func planDuration(pl *plan, want input[string], state ServiceTokenState) {
	have := deref(state.Duration)
	switch {
	case want.unknown:
		pl.add("duration", p.Update, "setting the duration, which is not known yet", "duration", "expiresAt")
	case want.known && !sameDuration(want.value, have):
		pl.update.Duration = &want.value
		if want.value == forever {
			pl.add("duration", p.Update, fmt.Sprintf("setting the duration from %q to %q: the token no longer expires", have, want.value))
			pl.show("expiresAt", p.Delete)
			return
		}
		pl.add("duration", p.Update,
			fmt.Sprintf("setting the duration from %q to %q: the token then expires that long after this run", have, want.value), "expiresAt")
		if state.ExpiresAt == nil {
			pl.show("expiresAt", p.Add)
		} else {
			pl.show("expiresAt", p.Update)
		}
	}
}

func planEnabled(pl *plan, want input[bool], state ServiceTokenState) {
	have := state.Enabled == nil || *state.Enabled
	switch {
	case want.unknown:
		pl.add("enabled", p.Update, "enabling or disabling the token: which, is not known yet", "enabled")
	case want.known && want.value != have:
		pl.update.Enabled = &want.value
		reason := "enabling the token: its client secret works again"
		if !want.value {
			reason = "disabling the token: its client secrets stop working until it is enabled again"
		}
		pl.add("enabled", p.Update, reason)
	}
}

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
		planGrace(pl, grace, state)
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
	pl.update.PreviousClientSecretExpiresAt = &end
	pl.add("clientSecret", p.Update, fmt.Sprintf("rotating the client secret to version %d: %s; %s",
		target, why, endOfPrevious(grace, state, now)), computed...)
	if target != deref(state.ClientSecretVersion) {
		pl.show(versionKey, p.Update)
	}
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
		return max(current, pending, version.value-1) + 1,
			"completing the rotation whose answer was lost", nil
	}
	switch {
	case !version.known:
		return 0, "", nil
	case version.value > current:
		return version.value, fmt.Sprintf("clientSecretVersion was raised above the token's %d", current), nil
	case last.known && version.value > last.value && deref(state.HeldClientSecretVersion) != version.value:
		return 0, "", fmt.Errorf("clientSecretVersion: %d does not rotate the client secret, since the token is at %d: write %d",
			version.value, current, current+1)
	}
	return 0, "", nil
}

// endOfPrevious says what a rotation does to the secrets of before.
func endOfPrevious(grace input[time.Time], state ServiceTokenState, now time.Time) string {
	text := "the previous one stops working at once"
	switch {
	case grace.unknown:
		text = "until when the previous one works is not known yet"
	case grace.known && grace.value.After(now):
		text = "the previous one works until " + formatTime(grace.value)
	case grace.known:
		text += ", since previousClientSecretExpiresAt is in the past"
	}
	if running := parseTime(state.PreviousClientSecretExpiresAt); running != nil && running.After(now) {
		text += fmt.Sprintf(", and the one before it, which would have worked until %s, now", formatTime(*running))
	}
	return text
}

// planGrace moves the end of a previous secret that there is. Without one the
// input waits for the next rotation.
func planGrace(pl *plan, want input[time.Time], state ServiceTokenState) {
	const key = "previousClientSecretExpiresAt"
	have := parseTime(state.PreviousClientSecretExpiresAt)
	if have == nil {
		return
	}
	switch {
	case want.unknown:
		pl.add(key, p.Update, "moving the end of the previous client secret: the time is not known yet", key)
	case want.known && !want.value.Equal(*have):
		pl.update.PreviousClientSecretExpiresAt = &want.value
		pl.add(key, p.Update, fmt.Sprintf("moving the end of the previous client secret from %s to %s",
			formatTime(*have), formatTime(want.value)))
	}
}

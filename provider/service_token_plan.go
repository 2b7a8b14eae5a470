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
	previousClientSecretGrace     input[span]
	rotateAfter                   input[span]
	minDaysForRenewal             input[int]
	recoverClientSecret           input[RecoverClientSecret]
	// lastSeenAt is when the token last let anyone in, if a read of this run told.
	lastSeenAt *time.Time
	// What the program asked for in the last run.
	lastClientSecretVersion           input[int]
	lastPreviousClientSecretExpiresAt input[time.Time]
	lastPreviousClientSecretGrace     input[span]
}

// step is one part of a change: what the user sees of it.
type step struct {
	// property is the row of the diff: an input, or an output that goes away. For
	// an output whose new value is not known yet, the engine would show a deletion.
	property string
	kind     p.DiffKind
	// reason says in plain words what will happen, and why.
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
	// cause is why the client secret is rotated, if it is.
	cause cause
	// number is the clientSecretVersion that a rotation carries out with it.
	number input[int]
	// adopts is set when the state is still another provider's.
	adopts bool
	// ageSince is from when the age of the client secret is counted, if that begins
	// with this run. It takes no request.
	ageSince *string
	// computed names the outputs whose new value is not known before the run.
	computed []string
	// warnings are what the user should know of what is not done, or is done late.
	warnings []string
}

func (pl *plan) add(property string, kind p.DiffKind, reason string, computed ...string) {
	pl.steps = append(pl.steps, step{property, kind, reason})
	for _, output := range computed {
		if !slices.Contains(pl.computed, output) {
			pl.computed = append(pl.computed, output)
		}
	}
}

func (pl plan) empty() bool { return len(pl.steps) == 0 }

// rotates tells whether the plan issues a new client secret.
func (pl plan) rotates() bool { return pl.update.ClientSecretVersion != nil }

// movesGrace reports whether the plan moves the end of a previous client secret
// that works.
func (pl plan) movesGrace() bool {
	return pl.update.PreviousClientSecretExpiresAt != nil && !pl.rotates()
}

// renews tells whether the plan counts the token's expiry anew.
func (pl plan) renews() bool { return pl.update.Duration != nil }

// planChange decides what it takes to bring the token from its state to what
// the program asks for. It compares with the state, never with the inputs of
// the last run: after an update that failed half-way the engine keeps old
// inputs with new outputs, and comparing inputs would rotate twice. It is a
// pure function: no I/O, no clock of its own.
//
// An error is the user's to mend, and names the property.
func planChange(want desired, scope cfapi.Scope, state ServiceTokenState, now time.Time) (plan, error) {
	if err := checkAdoption(want, scope, state); err != nil {
		return plan{}, err
	}
	var pl plan
	planScope(&pl, want, scope)
	if pl.replace {
		// What else differs does not matter: it is given to the new token.
		return pl, nil
	}
	planName(&pl, want.name, state)
	planDuration(&pl, want.duration, state)
	planRenewal(&pl, want, state, now)
	planEnabled(&pl, want.enabled, state)
	// A foreign state counts as adopted, so that the run that adopts a token does to
	// its secret what the one after it would.
	if err := planSecret(&pl, want, state.adopted(want.heldVersion()), now); err != nil {
		return plan{}, err
	}
	planAdopt(&pl, state)
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

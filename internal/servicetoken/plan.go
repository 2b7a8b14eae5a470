package servicetoken

import (
	"fmt"
	"slices"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Kind is what a change does to a property, by the names that the engine has for it.
type Kind string

// The kinds of change.
const (
	Add           Kind = "add"
	AddReplace    Kind = "add&replace"
	Delete        Kind = "delete"
	DeleteReplace Kind = "delete&replace"
	Update        Kind = "update"
	UpdateReplace Kind = "update&replace"
)

// Step is one part of a change: what the user sees of it.
type Step struct {
	// Property is the row of the diff: an input, or an output that goes away. For
	// an output whose new value is not known yet, the engine would show a deletion.
	Property string
	Kind     Kind
	// Reason says in plain words what will happen, and why.
	Reason string
}

// Plan is what a change does to a token: decided here once, shown by Diff and
// preview, carried out by Update.
type Plan struct {
	Steps []Step
	// Replace is set when the token has to be made anew in another scope.
	Replace bool
	// Update is the one request that carries the plan out: nothing in it that
	// does not change, since a duration that is merely repeated would reset the
	// token's expiry.
	Update cfapi.UpdateParams
	// endMoves is set when the end of the previous client secret in Update is counted
	// from the run.
	endMoves bool
	// cause is why the client secret is rotated, if it is.
	cause cause
	// Number is the clientSecretVersion that a rotation carries out with it.
	Number Input[int]
	// Adopts is set when the state is still another provider's.
	Adopts bool
	// ageSince is from when the age of the client secret is counted, if that begins
	// with this run. It takes no request.
	ageSince *string
	// Computed names the outputs whose new value is not known before the run.
	Computed []string
	// Warnings are what the user should know of what is not done, or is done late.
	Warnings []string
}

func (pl *Plan) add(property string, kind Kind, reason string, computed ...string) {
	pl.Steps = append(pl.Steps, Step{property, kind, reason})
	for _, output := range computed {
		if !slices.Contains(pl.Computed, output) {
			pl.Computed = append(pl.Computed, output)
		}
	}
}

// Empty reports whether nothing is to be done.
func (pl Plan) Empty() bool { return len(pl.Steps) == 0 }

// Rotates reports whether the plan issues a new client secret.
func (pl Plan) Rotates() bool { return pl.Update.ClientSecretVersion != nil }

// MovesGrace reports whether the plan moves the end of a previous client secret
// that works.
func (pl Plan) MovesGrace() bool {
	return pl.Update.PreviousClientSecretExpiresAt != nil && !pl.Rotates()
}

// Renews reports whether the plan counts the token's expiry anew.
func (pl Plan) Renews() bool { return pl.Update.Duration != nil }

// PlanChange decides what it takes to bring the token from its state to what
// the program asks for. It compares with the state, never with the inputs of
// the last run: after an update that failed half-way the engine keeps old
// inputs with new outputs, and comparing inputs would rotate twice. It is a
// pure function: no I/O, no clock of its own.
//
// An error is for the user to correct, and names the property.
func PlanChange(want Wanted, scope cfapi.Scope, state State, now time.Time) (Plan, error) {
	if err := checkAdoption(want, scope, state); err != nil {
		return Plan{}, err
	}
	var pl Plan
	planScope(&pl, want, scope)
	if pl.Replace {
		// What else differs does not matter: it is given to the new token.
		return pl, nil
	}
	planName(&pl, want.Name, state)
	planDuration(&pl, want.Duration, state)
	planRenewal(&pl, want, state, now)
	planEnabled(&pl, want.Enabled, state)
	if err := planSecret(&pl, want, state, now); err != nil {
		return Plan{}, err
	}
	planAdopt(&pl, state)
	planDueSoon(&pl, want, state, now)
	return pl, nil
}

// ReplacementReason says what a replacement of the token does, and why it happens.
func ReplacementReason(why string) string {
	return "replacing the token, " + why + ": a new one is created, with a new client id and client secret. " +
		"The old ones stop working when the old token is deleted, by default at the end of the run. " +
		"An origin that authorizes clients by the client id (`common_name`) refuses the new one, although Access admits it"
}

// planScope finds whether the token would have to move, which no token can.
func planScope(pl *Plan, want Wanted, scope cfapi.Scope) {
	account, zone := ScopeInputs(scope)
	kindOf := func(in Input[string], have *string) (Kind, bool) {
		switch {
		case in.Unknown:
			return UpdateReplace, true
		case in.Value == deref(have):
			return "", false
		case have == nil:
			return AddReplace, true
		case in.Value == "":
			return DeleteReplace, true
		}
		return UpdateReplace, true
	}
	why := fmt.Sprintf("since it cannot move from %s to %s", scope, want.Scope())
	if want.AccountID.Unknown || want.ZoneID.Unknown {
		why = fmt.Sprintf("unless the account or zone, which is not known yet, is %s, where the token is now", scope)
	}
	reason := ReplacementReason(why)
	for _, property := range []struct {
		name string
		want Input[string]
		have *string
	}{{"accountId", want.AccountID, account}, {"zoneId", want.ZoneID, zone}} {
		if kind, moves := kindOf(property.want, property.have); moves {
			pl.add(property.name, kind, reason)
			pl.Replace = true
		}
	}
}

func planName(pl *Plan, want Input[string], state State) {
	switch {
	case want.Unknown:
		pl.add("name", Update, fmt.Sprintf("renaming %q: the new name is not known yet", state.Name), "name")
	case want.Known && want.Value != state.Name:
		pl.Update.Name = &want.Value
		pl.add("name", Update, fmt.Sprintf("renaming %q to %q", state.Name, want.Value))
	}
}

func planEnabled(pl *Plan, want Input[bool], state State) {
	switch {
	case want.Unknown:
		pl.add("enabled", Update, "enabling or disabling the token: the new value is not known yet", "enabled")
	case want.Known && want.Value != state.IsEnabled():
		pl.Update.Enabled = &want.Value
		reason := "enabling the token: its client secret works again"
		if !want.Value {
			reason = "disabling the token: its client secrets stop working until it is enabled again"
		}
		pl.add("enabled", Update, reason)
	}
}

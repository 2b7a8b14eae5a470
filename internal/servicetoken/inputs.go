package servicetoken

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Input is a value of a program as the engine sees it: absent, unknown until
// something else is created, or known.
type Input[T any] struct {
	Value   T
	Known   bool
	Unknown bool
}

// Known is an input with this value.
func Known[T any](v T) Input[T] { return Input[T]{Value: v, Known: true} }

// Given reports whether the program says anything, known yet or not.
func (in Input[T]) Given() bool { return in.Known || in.Unknown }

// Pointer returns the value, or nil if it is absent or unknown.
func (in Input[T]) Pointer() *T {
	if !in.Known {
		return nil
	}
	return &in.Value
}

// Inputs are what a program says of a token. [ReadInputs] reads them.
type Inputs struct {
	AccountID                     Input[string]
	ZoneID                        Input[string]
	Name                          Input[string]
	Duration                      Input[string]
	Enabled                       Input[bool]
	ClientSecretVersion           Input[int]
	PreviousClientSecretExpiresAt Input[time.Time]
	PreviousClientSecretGrace     Input[Span]
	RotateAfter                   Input[Span]
	MinDaysForRenewal             Input[int]
	RecoverClientSecret           Input[Recover]
}

// Managed reports whether a program manages the token: one that is only read, by a
// program's `get` or by `pulumi do`, has no name among its inputs.
func (in Inputs) Managed() bool { return in.Name.Unknown || in.Name.Value != "" }

// Wanted is what a program asks of a token that exists.
type Wanted struct {
	Inputs
	// Last is what it asked for in the last run.
	Last Inputs
	// HeldBy names what holds rotations and renewals back, empty if nothing does.
	HeldBy string
	// LastSeenAt is when the token was last used, if a read of this run showed it.
	LastSeenAt *time.Time
}

// ScopeGiven is the account or the zone that the inputs name, if they do.
func (in Inputs) ScopeGiven() (cfapi.Scope, bool) {
	return scopeOf(in.AccountID.Pointer(), in.ZoneID.Pointer()), in.AccountID.Known || in.ZoneID.Known
}

// Scope is the account or the zone of inputs that were checked.
func (in Inputs) Scope() cfapi.Scope {
	scope, _ := in.ScopeGiven()
	return scope
}

// Refreshed brings up to date what the program says of the token, so that a refresh
// shows what was changed elsewhere. What the program leaves out stays out: it is
// unmanaged.
func (in Inputs) Refreshed(state State) Inputs {
	if !in.Managed() {
		return in // the program only reads the token, and says nothing of it
	}
	in.Name = Known(state.Name)
	if in.Duration.Known && state.Duration != nil && !sameDuration(in.Duration.Value, *state.Duration) {
		in.Duration = Known(*state.Duration)
	}
	if in.Enabled.Known && state.Enabled != nil {
		in.Enabled = Known(*state.Enabled)
	}
	return in
}

// Recover is what to do where a stack does not hold the token's current client
// secret: the values of recoverClientSecret.
type Recover string

// The ways. Left out is like never, but warns of a client secret that this stack
// was never given.
const (
	RecoverNever    Recover = "never"
	RecoverImported Recover = "imported"
	RecoverAlways   Recover = "always"
)

// Recovers reports whether a client secret of this status calls for a rotation.
func (r Recover) Recovers(status string) bool {
	switch status {
	case StatusUnavailable:
		return r == RecoverImported || r == RecoverAlways
	case StatusStale:
		return r == RecoverAlways
	}
	return false
}

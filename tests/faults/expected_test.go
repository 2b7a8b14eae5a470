package faults

import "slices"

// What errors say, and what they advise.
const (
	aheadOfState  = "nothing was changed, since"
	runAgain      = "Run `pulumi up` again"
	replaceAdvice = "replace the token"
	// lowerRefused are Cloudflare's own words.
	lowerRefused = "must not be lowered"
)

// expected is what an operation asks of Cloudflare under a knob where nothing else
// goes wrong, and what its error says; empty if it succeeds.
func (o operation) expected(k knob) (requests []string, fails string) {
	requests, fails = slices.Clone(o.requests), o.fails
	b := k.behaviour
	if o.looks() && slices.Contains(b.OmitVersionIn, "get") {
		requests = append(requests, "list")
	}
	switch {
	case fails != "" || !o.rotates():
	case o.recovers && k.name == "versions omitted in reads":
		// The state did not know the version, which only a listing shows.
		return []string{"get", "list"}, aheadOfState
	case o.silenced && b.RotateReturnsNoSecret:
		fails = replaceAdvice
	case o.silenced && slices.Contains(b.OmitVersionIn, "rotate"):
		requests = append(requests, "get")
	case o.silenced || !b.PutReturnsNoSecret:
	case o.inZone():
		fails = replaceAdvice
	case o.grace:
		fails = runAgain
	default:
		requests = append(requests, rotateCall)
		if b.RotateReturnsNoSecret {
			fails = replaceAdvice
		}
	}
	return requests, fails
}

// muted reports whether Cloudflare returns no secret of this case's token, by no
// call, so that in the end the token has to be replaced.
func (c scenario) muted() bool {
	b := c.knob.behaviour
	update := b.PutReturnsNoSecret || c.operation.silenced || c.first.name == noSecret && c.first.target == "update"
	call := b.RotateReturnsNoSecret || c.first.name == noSecret && c.first.target == "rotate"
	return c.operation.rotates() && update && (call || c.operation.inZone())
}

// patience is how many runs may fail after the faults are over, until the stack is
// as its program wants it.
func (c scenario) patience() int {
	b := c.knob.behaviour
	switch {
	case !c.operation.rotates():
		return 0
	case c.operation.fails != "":
		return 3 // the user reads it, gives a number, and may not know the token's
	case b.PutReturnsNoSecret, c.operation.recovers && c.knob.name == "versions omitted in reads":
		return 1
	}
	return 0
}

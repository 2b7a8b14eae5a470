// Package servicetoken is what a change of a service token is: what a program says
// of one ([Inputs]), what a stack stores of it ([State]), and what it takes to bring
// the two together ([PlanChange]).
//
// Everything here is a pure function of its arguments. The package has no context, no
// I/O and no clock of its own, and of Pulumi it knows the engine's values alone.
//
//   - fields.go is the table of inputs: each one's name, how it is read, and what it
//     may be. check.go judges what they say together.
//   - decode.go reads a state, and adopt.go one of the cloudflare provider. Nothing
//     behind that knows of foreign states, but that the plan shows the adoption.
//   - plan.go decides on a change, with expiry.go, rotation.go and grace.go.
//   - state.go and outcome.go say what a state is after an answer of Cloudflare.
//   - warnings.go says what is wrong and is not corrected by the plan.
package servicetoken

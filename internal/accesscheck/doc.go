// Package accesscheck finds out whether a service token opens an address behind
// Cloudflare Access: it asks the address, and judges the answers.
//
// Judging is pure, in answer.go, marks.go and judge.go. An address is asked up to
// three times, and the first verdict ends it: with nothing, so that the client secret
// reaches only an address that has just refused as Access refuses for this host; with
// the token; and with made-up credentials, so that nothing is called admitted that
// anybody would get. attempt.go asks, check.go repeats an attempt that would fail, and
// explain.go says what came of it.
//
// It uses the standard library only, and prints nothing.
package accesscheck

package faults

import (
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// effect is what a fault means to the operation that it hits.
type effect int

const (
	// harmless faults leave an answer that can be used.
	harmless effect = iota
	// refused requests had no effect, and asking again changes nothing.
	refused
	// throttled requests had no effect, and are sent again, whatever they are.
	throttled
	// lost answers may hide an effect. What is safe to repeat is repeated.
	lost
	// final answers may hide an effect, and say that repeating is of no use.
	final
	// decided answers may hide an effect too, but repeating them is of no use.
	decided
)

// variant is one way in which a request goes wrong.
type variant struct {
	name  string
	fault cfsim.Fault
	// refusesConnection is a fault of the network, in place of the simulator's.
	refusesConnection bool
	effect            effect
}

// variants are the simulator's kinds of fault, each with the parameters that
// make a difference. What Cloudflare would never say is left out: a 404 of its
// API for a token that exists, and a refusal of work that it has done.
var variants = []variant{
	{name: noFault, effect: harmless},
	{name: "connection refused", refusesConnection: true, effect: throttled},
	{name: "500 before", fault: cfsim.Fault{Kind: cfsim.StatusBefore}, effect: lost},
	{name: "500 after", fault: cfsim.Fault{Kind: cfsim.StatusAfter}, effect: lost},
	{name: "503 after", fault: cfsim.Fault{Kind: cfsim.StatusAfter, Status: 503}, effect: lost},
	{name: "408 before", fault: cfsim.Fault{Kind: cfsim.StatusBefore, Status: 408}, effect: lost},
	{name: "400 before", fault: cfsim.Fault{Kind: cfsim.StatusBefore, Status: 400, Code: 12130}, effect: refused},
	{name: "403 before", fault: cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, effect: refused},
	{name: "success false before", fault: cfsim.Fault{Kind: cfsim.FalseSuccessBefore}, effect: decided},
	{name: "success false after", fault: cfsim.Fault{Kind: cfsim.FalseSuccessAfter}, effect: decided},
	{name: "HTML 502 before", fault: cfsim.Fault{Kind: cfsim.HTMLBefore}, effect: lost},
	{name: "HTML 502 after", fault: cfsim.Fault{Kind: cfsim.HTMLAfter}, effect: lost},
	{name: "HTML 200 after", fault: cfsim.Fault{Kind: cfsim.HTMLAfter, Status: 200}, effect: lost},
	{name: "HTML 404 before", fault: cfsim.Fault{Kind: cfsim.HTMLBefore, Status: 404}, effect: refused},
	{name: "problem 502 before", fault: cfsim.Fault{Kind: cfsim.ProblemBefore, RetryAfter: "20"}, effect: lost},
	{name: "problem 502 after", fault: cfsim.Fault{Kind: cfsim.ProblemAfter}, effect: lost},
	{name: "problem 520 that stays, after", fault: cfsim.Fault{Kind: cfsim.ProblemAfter, Status: 520, Final: true}, effect: final},
	{name: "empty 200 before", fault: cfsim.Fault{Kind: cfsim.EmptyBodyBefore}, effect: lost},
	{name: "empty 200 after", fault: cfsim.Fault{Kind: cfsim.EmptyBody}, effect: lost},
	{name: "empty 404 before", fault: cfsim.Fault{Kind: cfsim.EmptyBodyBefore, Status: 404}, effect: refused},
	{name: "cut before", fault: cfsim.Fault{Kind: cfsim.CutBefore}, effect: lost},
	{name: "cut after", fault: cfsim.Fault{Kind: cfsim.CutAfter}, effect: lost},
	{name: "hang before", fault: cfsim.Fault{Kind: cfsim.HangBefore}, effect: lost},
	{name: "hang after", fault: cfsim.Fault{Kind: cfsim.HangAfter}, effect: lost},
	{name: "slower than the time limit", fault: cfsim.Fault{Kind: cfsim.Slow, Delay: 31 * time.Second}, effect: lost},
	{name: "slow", fault: cfsim.Fault{Kind: cfsim.Slow, Delay: 29 * time.Second}, effect: harmless},
	{name: "truncated", fault: cfsim.Fault{Kind: cfsim.Truncate}, effect: lost},
	{name: "garbage", fault: cfsim.Fault{Kind: cfsim.Garbage}, effect: lost},
	{name: noSecret, fault: cfsim.Fault{Kind: cfsim.MissingSecret}, effect: harmless},
	{name: "256 KiB of space", fault: cfsim.Fault{Kind: cfsim.HugeBody, Size: 256 << 10}, effect: harmless},
	{name: "5 MiB of space", fault: cfsim.Fault{Kind: cfsim.HugeBody, Size: 5 << 20}, effect: decided},
	{name: "429 for 2s", fault: cfsim.Fault{Kind: cfsim.RateLimited, RetryAfter: "2"}, effect: throttled},
	{name: "429 for 280s", fault: cfsim.Fault{Kind: cfsim.RateLimited, RetryAfter: "280"}, effect: throttled},
	{name: "429 without a time", fault: cfsim.Fault{Kind: cfsim.RateLimited, Code: 10100}, effect: throttled},
	{name: "7003", fault: cfsim.Fault{Kind: cfsim.MalformedIDNotFound}, effect: refused},
	{name: "redirect", fault: cfsim.Fault{Kind: cfsim.Redirect, Location: "https://elsewhere.invalid/"}, effect: refused},
}

package faults

import (
	"slices"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// proof is what can be found out about a creation whose answer was lost.
type proof int

const (
	// provable: a token that was left behind is known to be ours.
	provable proof = iota
	// nameable: it is seen, and might be somebody else's.
	nameable
	// blind: it is not seen.
	blind
)

// knob is a way in which Cloudflare may behave, or a setting of the user's.
type knob struct {
	name      string
	behaviour cfsim.Behaviour
	// limit is the program's customTimeouts, in seconds.
	limit float64
	proof proof
	// slow is how far this machine's clock is behind Cloudflare's.
	slow time.Duration
	// matters tells for which operations it is tried.
	matters func(operation) bool
}

func whatever(operation) bool { return true }

// calls reports whether the operation rotates by the call of that name.
func (o operation) calls() bool { return slices.Contains(o.requests, rotateCall) }

func whenUpdating(o operation) bool { return o.has("update") || o.has("get") }

var everywhere = []string{"create", "get", "list", "update", "delete"}

var knobs = []knob{
	{name: asAssumed, matters: whatever},
	{name: "marker refused", behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused}, proof: nameable, matters: operation.creates},
	{name: "marker not echoed", behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}, proof: nameable, matters: operation.creates},
	{name: "marker not listed", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"list"}}, proof: nameable, matters: operation.creates},
	{name: "marker not read", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"get"}}, proof: nameable, matters: whatever},
	{name: "versions omitted", behaviour: cfsim.Behaviour{OmitVersionIn: everywhere}, proof: nameable, matters: whatever},
	{name: "versions omitted in updates", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"update"}}, matters: whenUpdating},
	{name: "versions omitted in reads", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"get"}}, proof: nameable, matters: whatever},
	{name: "versions omitted in reads, listing refused", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"get"}, Refused: []string{"list"}}, proof: blind, matters: operation.rotates},
	{name: "versions omitted in calls of rotate", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"rotate"}}, matters: operation.calls},
	{name: "ends omitted in updates", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"update"}}, matters: whenUpdating},
	{name: "listing refused", behaviour: cfsim.Behaviour{Refused: []string{"list"}}, proof: blind, matters: operation.creates},
	{name: "listing empty", behaviour: cfsim.Behaviour{ListEmpty: true}, proof: blind, matters: operation.creates},
	{name: "listed after 3s", behaviour: cfsim.Behaviour{ListLag: lag3}, matters: operation.creates},
	{name: "listed after 20s", behaviour: cfsim.Behaviour{ListLag: lag20}, matters: operation.creates},
	{name: "listed after 10m", behaviour: cfsim.Behaviour{ListLag: lag600}, proof: blind, matters: operation.creates},
	{name: "name filter ignored", behaviour: cfsim.Behaviour{NameFilter: cfsim.NameIgnored}, matters: operation.creates},
	{name: "fractional times, 200, hex secrets", behaviour: cfsim.Behaviour{FractionalTimes: true, CreateAnswers200: true, HexSecrets: true}, matters: whatever},
	{name: "durations rewritten, enabled omitted", behaviour: cfsim.Behaviour{NormalizedDurations: true, OmitEnabledWhenTrue: true}, matters: whatever},
	{name: "dashboard keeps the version", behaviour: cfsim.Behaviour{DashboardKeepsVersion: true}, matters: seesElsewhere},
	{name: "dashboard sets no end", behaviour: cfsim.Behaviour{DashboardSetsNoEnd: true}, matters: seesElsewhere},
	{name: "lower version stored", behaviour: cfsim.Behaviour{OmitVersionIn: everywhere, LowerVersion: cfsim.LowerStored}, proof: nameable, matters: rotatesBehind},
	{name: "lower version refused", behaviour: cfsim.Behaviour{OmitVersionIn: everywhere, LowerVersion: cfsim.LowerRefused}, proof: nameable, matters: rotatesBehind},
	{name: "lower version rotates", behaviour: cfsim.Behaviour{OmitVersionIn: everywhere, LowerVersion: cfsim.LowerRotates}, proof: nameable, matters: rotatesBehind},
	{name: "no rate-limit headers", behaviour: cfsim.Behaviour{OmitRateLimitHeaders: true}, matters: whatever},
	{name: "updates return no secret", behaviour: cfsim.Behaviour{PutTellsNoSecret: true}, matters: operation.rotates},
	{name: "updates return no secret, rotate keeps the version", behaviour: cfsim.Behaviour{PutTellsNoSecret: true, RotateKeepsVersion: true}, matters: operation.rotates},
	{name: "nothing returns a secret", behaviour: cfsim.Behaviour{PutTellsNoSecret: true, RotateTellsNoSecret: true}, matters: operation.rotates},
	{name: "a slow clock", slow: 4 * time.Minute, matters: operation.rotates},
	{name: "a fast clock", slow: -4 * time.Minute, matters: operation.rotates},
	{name: "customTimeouts of 40s", limit: 40, proof: blind, matters: whatever},
}

func seesElsewhere(o operation) bool { return o.unseen }

func rotatesBehind(o operation) bool { return o.unseen && o.rotates() }

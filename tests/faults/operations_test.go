package faults

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// operation is what a user does while something goes wrong.
type operation struct {
	name string
	// before is the program that was deployed before, after is the one to deploy.
	before, after program
	// prepare, if not nil, changes the world between the two.
	prepare func(*world)
	// act, if not nil, is done instead of deploying after.
	act func(*world) error
	// converge, if not nil, comes before what is done once more.
	converge func(*world, program) error
	// requests is what Cloudflare is asked if nothing goes wrong: each operation
	// of the simulator, with the fields of its body.
	requests []string
	// later is what may be asked besides, once the token is known as it is.
	later string
	// targets are the operations of the simulator at which faults strike.
	targets []string
	// endsAs is the clientSecretStatus in the end; "current" if empty.
	endsAs string
	// variation: it differs from another in what it sends alone, and is tried where
	// Cloudflare behaves as assumed.
	variation bool
	// unseen: somebody rotated a secret, and nothing was read since.
	unseen bool
}

func (o operation) creates() bool { return o.has("create") }

// rotates tells whether the operation issues a new secret for a token.
func (o operation) rotates() bool {
	return slices.ContainsFunc(o.requests, func(request string) bool {
		return strings.HasPrefix(request, "update ") && strings.Contains(request, "client_secret_version")
	})
}

func (o operation) has(target string) bool {
	for _, t := range o.targets {
		if t == target {
			return true
		}
	}
	return false
}

// ci is a token's inputs; more replaces or adds some.
func ci(more inputs) inputs {
	all := inputs{"accountId": cfsim.DefaultAccountID, "name": "ci"}
	maps.Copy(all, more)
	return all
}

// one is a program of one token.
func one(more inputs) program { return program{"ci": ci(more)} }

// three is a program of as many tokens of one name.
var three = program{"a": ci(nil), "b": ci(nil), "c": ci(nil)}

const farOff = "2027-01-01T00:00:00Z"

const (
	rotation     = "update client_secret_version,previous_client_secret_expires_at"
	renameRotate = "update client_secret_version,name,previous_client_secret_expires_at"
)

var operations = []operation{
	{name: "create", after: one(nil), requests: []string{"create name"}, targets: []string{"create"}},
	{name: "create in a zone", after: program{"ci": {"zoneId": cfsim.DefaultZoneID, "name": "ci"}},
		requests: []string{"create name"}, targets: []string{"create"}, variation: true},
	{name: "create with everything", after: one(inputs{"duration": "24h", "enabled": false, "clientSecretVersion": 3, "previousClientSecretExpiresAt": farOff}),
		requests: []string{"create client_secret_version,duration,enabled,name"}, targets: []string{"create"}, variation: true},
	{name: "create 3 of one name", after: three,
		requests: []string{"create name", "create name", "create name"}, targets: []string{"create"}},
	{name: "refresh", before: one(nil), after: one(nil), act: (*world).refresh, requests: []string{"get"}, targets: []string{"get"}},
	{name: "refresh after a rotation elsewhere", before: one(nil), after: one(nil), act: (*world).refresh,
		prepare:  func(w *world) { w.sim.RotateElsewhere(w.token("ci")) },
		requests: []string{"get"}, targets: []string{"get"}, endsAs: "stale", unseen: true},
	{name: "refresh 3 after a rotation elsewhere", before: three, after: three, act: (*world).refresh,
		prepare: func(w *world) {
			for name := range three {
				w.sim.RotateElsewhere(w.token(name))
			}
		},
		requests: []string{"get", "list"}, targets: []string{"get", "list"}, endsAs: "stale", unseen: true},
	{name: "rename", before: one(nil), after: one(inputs{"name": "renamed"}), requests: []string{"update name"}, targets: []string{"update"}},
	{name: "change the duration", before: one(inputs{"duration": "24h"}), after: one(inputs{"duration": "48h"}),
		requests: []string{"update duration"}, targets: []string{"update"}, variation: true},
	{name: "disable", before: one(nil), after: one(inputs{"enabled": false}), requests: []string{"update enabled"}, targets: []string{"update"}, variation: true},
	{name: "rename and renew", before: one(nil), after: one(inputs{"name": "renamed", "duration": "48h"}),
		requests: []string{"update duration,name"}, targets: []string{"update"}},
	{name: "rotate with a grace", before: one(nil), after: one(inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": farOff}),
		requests: []string{rotation}, targets: []string{"update"}},
	{name: "rotate without a grace", before: one(nil), after: one(inputs{"clientSecretVersion": 2}), requests: []string{rotation}, targets: []string{"update"}},
	{name: "rename and rotate", before: one(nil), after: one(inputs{"name": "renamed", "clientSecretVersion": 2, "previousClientSecretExpiresAt": farOff}),
		requests: []string{renameRotate}, targets: []string{"update"}},
	{name: "rotate behind a rotation elsewhere", before: one(nil), after: one(inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": farOff}),
		prepare: func(w *world) {
			w.sim.RotateElsewhere(w.token("ci"))
			w.sim.RotateElsewhere(w.token("ci"))
		},
		converge: (*world).catchUp, requests: []string{rotation}, later: "update previous_client_secret_expires_at", targets: []string{"update"}, endsAs: "?", unseen: true},
	{name: "move the end of a grace", before: one(inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": farOff}),
		after: one(inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2027-02-01T00:00:00Z"}),
		prepare: func(w *world) {
			w.settle(one(inputs{"clientSecretVersion": 3, "previousClientSecretExpiresAt": farOff}))
		},
		requests: []string{"update previous_client_secret_expires_at"}, targets: []string{"update"}},
	{name: "rotate by age", before: one(inputs{"rotateAfter": "2160h"}), after: one(inputs{"rotateAfter": "2160h"}),
		prepare:  func(*world) { time.Sleep(91 * 24 * time.Hour) },
		requests: []string{rotation}, targets: []string{"update"}},
	{name: "renew", before: one(inputs{"minDaysForRenewal": 30}), after: one(inputs{"minDaysForRenewal": 30}),
		prepare:  func(*world) { time.Sleep(340 * 24 * time.Hour) },
		requests: []string{"update duration"}, targets: []string{"update"}},
	{name: "recover what was rotated elsewhere", before: one(inputs{"recoverClientSecret": "always"}), after: one(inputs{"recoverClientSecret": "always"}),
		prepare: func(w *world) {
			w.sim.RotateElsewhere(w.token("ci"))
			if err := w.refresh(); err != nil {
				panic(err)
			}
			w.sim.ResetRequests()
		},
		requests: []string{rotation}, targets: []string{"update"}},
	{name: "delete", before: one(nil), after: program{}, requests: []string{"delete"}, targets: []string{"delete"}},
	{name: "replace", before: one(nil), after: program{"ci": {"zoneId": cfsim.DefaultZoneID, "name": "ci"}},
		requests: []string{"create name", "delete"}, targets: []string{"create", "delete"}},
	{name: "import", after: one(inputs{"duration": "8760h"}), act: func(w *world) error {
		return w.adopt("ci", cfsim.DefaultAccountID+"/"+w.importable)
	},
		prepare:  func(w *world) { w.importable = w.elsewhere(cfsim.NewToken{Name: "ci"}, true).ID },
		requests: []string{"get"}, targets: []string{"get"}, endsAs: "unavailable"},
}

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
	// matters tells for which operations it is tried.
	matters func(operation) bool
}

func always(operation) bool { return true }

func whenUpdating(o operation) bool { return o.has("update") || o.has("get") }

var everywhere = []string{"create", "get", "list", "update", "delete"}

var knobs = []knob{
	{name: asAssumed, matters: always},
	{name: "marker refused", behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused}, proof: nameable, matters: operation.creates},
	{name: "marker not echoed", behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}, proof: nameable, matters: operation.creates},
	{name: "marker not listed", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"list"}}, proof: nameable, matters: operation.creates},
	{name: "marker not read", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"get"}}, proof: nameable, matters: always},
	{name: "versions omitted", behaviour: cfsim.Behaviour{OmitVersionIn: everywhere}, proof: nameable, matters: always},
	{name: "versions omitted in updates", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"update"}}, matters: whenUpdating},
	{name: "versions omitted in reads", behaviour: cfsim.Behaviour{OmitVersionIn: []string{"get"}}, proof: nameable, matters: always},
	{name: "ends omitted in updates", behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"update"}}, matters: whenUpdating},
	{name: "listing refused", behaviour: cfsim.Behaviour{ListRefused: true}, proof: blind, matters: operation.creates},
	{name: "listing empty", behaviour: cfsim.Behaviour{ListEmpty: true}, proof: blind, matters: operation.creates},
	{name: "listed after 3s", behaviour: cfsim.Behaviour{ListLag: lag3}, matters: operation.creates},
	{name: "listed after 20s", behaviour: cfsim.Behaviour{ListLag: lag20}, matters: operation.creates},
	{name: "listed after 10m", behaviour: cfsim.Behaviour{ListLag: lag600}, proof: blind, matters: operation.creates},
	{name: "name filter ignored", behaviour: cfsim.Behaviour{NameFilter: cfsim.NameIgnored}, matters: operation.creates},
	{name: "fractional times, 200, hex secrets", behaviour: cfsim.Behaviour{FractionalTimes: true, CreateAnswers200: true, HexSecrets: true}, matters: always},
	{name: "durations rewritten, enabled omitted", behaviour: cfsim.Behaviour{NormalizedDurations: true, OmitEnabledWhenTrue: true}, matters: always},
	{name: "dashboard keeps the version", behaviour: cfsim.Behaviour{DashboardKeepsVersion: true}, matters: seesElsewhere},
	{name: "dashboard sets no end", behaviour: cfsim.Behaviour{DashboardSetsNoEnd: true}, matters: seesElsewhere},
	{name: "lower version stored", behaviour: cfsim.Behaviour{LowerVersion: cfsim.LowerStored}, matters: rotatesBehind},
	{name: "lower version refused", behaviour: cfsim.Behaviour{LowerVersion: cfsim.LowerRefused}, matters: rotatesBehind},
	{name: "lower version rotates", behaviour: cfsim.Behaviour{LowerVersion: cfsim.LowerRotates}, matters: rotatesBehind},
	{name: "no rate-limit headers", behaviour: cfsim.Behaviour{OmitRateLimitHeaders: true}, matters: always},
	{name: "customTimeouts of 40s", limit: 40, proof: blind, matters: always},
}

func seesElsewhere(o operation) bool { return o.unseen }

func rotatesBehind(o operation) bool { return o.unseen && o.rotates() }

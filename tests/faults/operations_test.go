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
	// requests is what Cloudflare is asked if nothing goes wrong: each operation
	// of the simulator, with the fields of its body.
	requests []string
	// fails is what the error says, where the operation fails though nothing goes wrong.
	fails string
	// targets are the operations of the simulator at which faults strike.
	targets []string
	// endsAs is the clientSecretStatus in the end; "current" if empty.
	endsAs string
	// variation: it differs from another in what it sends alone, and is tried where
	// Cloudflare behaves as assumed.
	variation bool
	// unseen: somebody rotated a secret, and nothing was read since.
	unseen bool
	// grace: the previous secret goes on working after the rotation.
	grace bool
	// recovers: the state knows that it does not hold the token's secret.
	recovers bool
	// silenced: Cloudflare does not return the secret of a rotation by an update, as
	// the first run has found.
	silenced bool
}

func (o operation) creates() bool { return o.has("create") }

// rotates reports whether the operation issues a new secret for a token.
func (o operation) rotates() bool {
	return o.unseen && o.act == nil || slices.ContainsFunc(o.requests, func(request string) bool {
		return strings.HasPrefix(request, "update ") && strings.Contains(request, "client_secret_version") || request == rotateCall
	})
}

// looks reports whether the operation reads the token before it changes it.
func (o operation) looks() bool { return o.act == nil && slices.Contains(o.requests, "get") }

func (o operation) inZone() bool { return o.after["ci"]["zoneId"] != nil }

func (o operation) has(target string) bool { return slices.Contains(o.targets, target) }

// ci is a token's inputs; more replaces or adds some.
func ci(more inputs) inputs {
	all := inputs{"accountId": cfsim.DefaultAccountID, "name": "ci"}
	maps.Copy(all, more)
	return all
}

// one is a program of one token.
func one(more inputs) program { return program{"ci": ci(more)} }

// inZone is one token in a zone.
func inZone(more inputs) program {
	p := one(more)
	delete(p["ci"], "accountId")
	p["ci"]["zoneId"] = cfsim.DefaultZoneID
	return p
}

// three is a program of as many tokens of one name.
var three = program{"a": ci(nil), "b": ci(nil), "c": ci(nil)}

const farOff = "2027-01-01T00:00:00Z"

const (
	rotation     = "update client_secret_version,previous_client_secret_expires_at"
	renameRotate = "update client_secret_version,name,previous_client_secret_expires_at"
	rotateCall   = "rotate previous_client_secret_expires_at"
	moveGrace    = "update previous_client_secret_expires_at"
)

var (
	version2 = inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": farOff}
	byAge    = inputs{"rotateAfter": "2160h"}
	always   = inputs{"recoverClientSecret": "always"}
)

// more is inputs and some others.
func more(some, others inputs) inputs {
	all := maps.Clone(some)
	maps.Copy(all, others)
	return all
}

// afterMonths lets a secret grow old.
func afterMonths(*world) { time.Sleep(91 * 24 * time.Hour) }

// overtaken: somebody rotated elsewhere, and a refresh has noticed.
func overtaken(w *world) {
	w.rotateElsewhere(w.token("ci"))
	if err := w.refresh(); err != nil {
		panic(err)
	}
}

// lose lets a rotation to version 2 fail by this fault.
func lose(fault string) func(*world) {
	return func(w *world) {
		f := variantNamed(fault).fault
		f.Name, f.Operation = fault, "update"
		w.sim.Inject(f)
		p := one(version2)
		if w.stack.resources["ci"].inZone() {
			p = inZone(version2)
		}
		if w.up(p) == nil {
			panic("a rotation whose answer was lost succeeded")
		}
	}
}

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
		prepare:  func(w *world) { w.rotateElsewhere(w.token("ci")) },
		requests: []string{"get"}, targets: []string{"get"}, endsAs: "stale", unseen: true},
	{name: "refresh 3 after a rotation elsewhere", before: three, after: three, act: (*world).refresh,
		prepare: func(w *world) {
			for name := range three {
				w.rotateElsewhere(w.token(name))
			}
		},
		requests: []string{"get", "list"}, targets: []string{"get", "list"}, endsAs: "stale", unseen: true},
	{name: "rename", before: one(nil), after: one(inputs{"name": "renamed"}), requests: []string{"update name"}, targets: []string{"update"}},
	{name: "change the duration", before: one(inputs{"duration": "24h"}), after: one(inputs{"duration": "48h"}),
		requests: []string{"update duration"}, targets: []string{"update"}, variation: true},
	{name: "disable", before: one(nil), after: one(inputs{"enabled": false}), requests: []string{"update enabled"}, targets: []string{"update"}, variation: true},
	{name: "rename and renew", before: one(nil), after: one(inputs{"name": "renamed", "duration": "48h"}),
		requests: []string{"update duration,name"}, targets: []string{"update"}},
	{name: "rotate with a grace", before: one(nil), after: one(version2), requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true},
	{name: "rotate with a grace in a zone", before: inZone(nil), after: inZone(version2),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, variation: true},
	{name: "rotate without a grace", before: one(nil), after: one(inputs{"clientSecretVersion": 2}),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}},
	{name: "rotate without a grace in a zone", before: inZone(nil), after: inZone(inputs{"clientSecretVersion": 2}),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, variation: true},
	{name: "rename and rotate", before: one(nil), after: one(more(version2, inputs{"name": "renamed"})),
		requests: []string{"get", renameRotate}, targets: []string{"get", "update"}, grace: true, variation: true},
	{name: "rotate behind a rotation elsewhere", before: one(nil), after: one(version2),
		prepare: func(w *world) {
			for range 3 {
				w.rotateElsewhere(w.token("ci"))
			}
		},
		requests: []string{"get"}, fails: aheadOfState, targets: []string{"get"}, unseen: true, grace: true},
	{name: "rotate above a rotation elsewhere", before: one(nil), after: one(more(version2, inputs{"clientSecretVersion": 3})),
		prepare:  func(w *world) { w.rotateElsewhere(w.token("ci")) },
		requests: []string{"get"}, fails: aheadOfState, targets: []string{"get"}, unseen: true, grace: true},
	{name: "rotate by age behind a rotation elsewhere", before: one(byAge), after: one(byAge),
		prepare: func(w *world) {
			afterMonths(w)
			w.rotateElsewhere(w.token("ci"))
		},
		requests: []string{"get"}, fails: aheadOfState, targets: []string{"get"}, unseen: true, grace: true, variation: true},
	{name: "complete a lost rotation", before: one(nil), after: one(version2), prepare: lose("cut after"),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true},
	{name: "complete a lost rotation that did not happen", before: one(nil), after: one(version2), prepare: lose("cut before"),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, variation: true},
	{name: "complete a lost rotation in a zone", before: inZone(nil), after: inZone(version2), prepare: lose("cut after"),
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, variation: true},
	{name: "complete a rotation that returned no secret", before: one(nil), after: one(version2), prepare: lose(noSecret),
		requests: []string{"get", rotateCall}, targets: []string{"get", "rotate"}, silenced: true},
	{name: "rename and complete a rotation that returned no secret", before: one(nil), after: one(more(version2, inputs{"name": "renamed"})),
		prepare:  lose(noSecret),
		requests: []string{"get", "update name", rotateCall}, targets: []string{"get", "update", "rotate"}, silenced: true, variation: true},
	{name: "move the end of a grace", before: one(version2),
		after: one(inputs{"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2027-02-01T00:00:00Z"}),
		prepare: func(w *world) {
			w.settle(one(inputs{"clientSecretVersion": 3, "previousClientSecretExpiresAt": farOff}))
		},
		requests: []string{"get", moveGrace}, targets: []string{"get", "update"}},
	{name: "rotate by age", before: one(byAge), after: one(byAge), prepare: afterMonths,
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true},
	{name: "rotate by age in a zone", before: inZone(byAge), after: inZone(byAge), prepare: afterMonths,
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, variation: true},
	{name: "renew", before: one(inputs{"minDaysForRenewal": 30}), after: one(inputs{"minDaysForRenewal": 30}),
		prepare:  func(*world) { time.Sleep(340 * 24 * time.Hour) },
		requests: []string{"update duration"}, targets: []string{"update"}},
	{name: "recover what was rotated elsewhere", before: one(always), after: one(always), prepare: overtaken,
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, recovers: true},
	{name: "recover what was rotated elsewhere in a zone", before: inZone(always), after: inZone(always), prepare: overtaken,
		requests: []string{"get", rotation}, targets: []string{"get", "update"}, grace: true, recovers: true, variation: true},
	{name: "delete", before: one(nil), after: program{}, requests: []string{"delete"}, targets: []string{"delete"}},
	{name: "replace", before: one(nil), after: program{"ci": {"zoneId": cfsim.DefaultZoneID, "name": "ci"}},
		requests: []string{"create name", "delete"}, targets: []string{"create", "delete"}},
	{name: "import", after: one(inputs{"duration": "8760h"}), act: func(w *world) error {
		return w.adopt("ci", cfsim.DefaultAccountID+"/"+w.importable)
	},
		prepare:  func(w *world) { w.importable = w.elsewhere(cfsim.NewToken{Name: "ci"}, true).ID },
		requests: []string{"get"}, targets: []string{"get"}, endsAs: "unavailable"},
}

package faults

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// wreck is a rotation whose process is killed, or whose state is lost afterwards,
// and a user who goes on from there.
type wreck struct {
	operation operation
	knob      knob
	// kill ends the first run; nil: that run succeeds as far as it can, and then the
	// state of before it is brought back.
	kill *kill
	// again, if not nil, ends the second run.
	again *kill
	user  user
}

func (c wreck) String() string {
	s := fmt.Sprintf("%s | %s | ", c.operation.name, c.knob.name)
	if c.kill == nil {
		s += "an older state is brought back"
	} else {
		s += c.kill.String()
	}
	if c.again != nil {
		s += ", then " + c.again.String()
	}
	return s + " | " + c.user.String()
}

func (c wreck) row() (operation, fault string) {
	if c.kill == nil {
		return c.operation.name, olderState
	}
	return c.operation.name, killed
}

// olderState is the name in the table of what an export of the stack does that is
// brought back.
const olderState = "an older state"

func (u user) String() string {
	s := "attended, by a number"
	switch {
	case u.unattended:
		s = "unattended"
	case u.byRecovery:
		s = "attended, by recovery"
	}
	if u.refreshes {
		s += ", refreshing"
	}
	return s
}

const mostRuns = 7

var users = []user{
	{unattended: true, runs: mostRuns},
	{unattended: true, refreshes: true, runs: mostRuns},
	{runs: mostRuns},
	{byRecovery: true, runs: mostRuns},
	{byRecovery: true, refreshes: true, runs: mostRuns},
}

// wrecksOf are the wrecks of a rotation: a kill at every request that it makes, and an
// older state. A second kill, in the run after the first, and every kind of user are
// tried where Cloudflare behaves as assumed, or returns no secret.
func wrecksOf(t *testing.T, o operation) (wrecks []wreck) {
	for _, k := range knobs {
		if !k.matters(o) || k.limit > 0 || o.variation && k.name != asAssumed && !k.behaviour.PutReturnsNoSecret {
			continue
		}
		first, assumed := requestsOf(t, o, k), k.name == asAssumed || k.behaviour.PutReturnsNoSecret
		for i, u := range users {
			if !assumed && i != 0 && i != len(users)-1 {
				continue
			}
			wrecks = append(wrecks, wreck{o, k, nil, nil, u})
			for _, at := range kills(first) {
				wrecks = append(wrecks, wreck{o, k, &at, nil, u})
				if !assumed || u.refreshes != u.byRecovery {
					continue
				}
				for _, then := range kills(3) {
					wrecks = append(wrecks, wreck{o, k, &at, &then, u})
				}
			}
		}
	}
	return wrecks
}

// kills are those before the first of some requests and behind each.
func kills(requests int) []kill {
	all := []kill{{request: 0}}
	for n := range requests {
		all = append(all, kill{request: n, done: true})
	}
	return all
}

// requestsOf is how many requests an operation makes where nothing goes wrong.
func requestsOf(t *testing.T, o operation, k knob) (n int) {
	t.Helper()
	bubble(t, cfsim.Config{Behaviour: k.behaviour}, func(w *world) {
		o.begin(w)
		_ = w.up(o.after) // which fails where updates return no secret
		n = len(w.sim.Requests())
	})
	return n
}

// begin brings a world to where the operation begins.
func (o operation) begin(w *world) {
	if o.before != nil {
		w.settle(o.before)
	}
	if o.prepare != nil {
		o.prepare(w)
	}
	w.sim.ResetRequests()
}

// unattended lets the operation's program recover client secrets by itself.
func (o operation) unattended() operation {
	with := func(p program) program {
		return program{"ci": more(p["ci"], always)}
	}
	o.before, o.after = with(o.before), with(o.after)
	return o
}

func (c wreck) play(t *testing.T, broken *defect) (o outcome) {
	t.Helper()
	operation := c.operation
	if c.user.unattended {
		operation = operation.unattended()
	}
	bubble(t, cfsim.Config{Behaviour: c.knob.behaviour}, func(w *world) {
		operation.begin(w)
		w.broken = broken
		saved := w.stack.export()
		w.kill = c.kill
		err := w.up(operation.after)
		o.injected = 1
		o.log += describe("the wreck", w.sim.Requests(), err, w.said)
		if c.kill == nil {
			w.stack.restore(saved)
			clear(w.silent) // what was seen of updates was in the state
		} else if !errors.Is(err, errKilled) {
			o.add("the wreck", []violation{{untrue, "it was not killed"}})
		}
		o.add("the wreck", w.inspect(inspection{proof: provable, failed: true, unseen: true}))

		w.kill = c.again
		p, _, err := c.user.follow(w, operation.after, func(err error) {
			w.kill = nil
			o.log += describe("a run", w.sim.Requests(), err, w.said)
			o.add("a run", w.inspect(inspection{proof: provable, failed: true, unseen: true}))
			w.sim.ResetRequests()
		})
		c.judge(w, &o, p, err)
	})
	return o
}

// judge looks at what the user has come to: a stack that holds a secret that works,
// and is at rest. Where nothing returns a secret, nobody rotates any more, and a
// message said to replace the token.
func (c wreck) judge(w *world, o *outcome, p program, err error) {
	o.survived = err == nil
	needs := c.needsAttention()
	switch {
	case err == nil:
	case !c.user.unattended || needs == "":
		o.add("in the end", []violation{{lostSecrets, err.Error()}})
		return
	case !strings.Contains(w.said, needs):
		o.add("in the end", []violation{{untrue, "no message says: " + needs}})
		return
	case needs == lowerRefused:
		return // each run asks for the number, and is refused
	}
	for range 2 {
		w.sim.ResetRequests()
		failed := w.refresh()
		said := w.said
		if failed == nil {
			failed = w.up(p)
		}
		o.log += describe("at rest", w.sim.Requests(), failed, said+w.said)
		if failed != nil && err == nil {
			o.add("at rest", []violation{{untrue, failed.Error()}})
		}
		for _, r := range w.sim.Requests() {
			if r.Operation != "get" {
				o.add("at rest", []violation{{unexplained, "nothing explains " + asked(r)}})
			}
		}
		o.add("at rest", w.inspect(inspection{proof: provable, failed: true}))
	}
	if err == nil && !w.holdsWorkingSecrets() {
		o.add("at rest", []violation{{lostSecrets, "the stack holds no secret that works"}})
	}
}

// needsAttention is what is said where no run gets a secret until somebody changes
// the program: no call returns one, or the number is too low and no answer shows the
// token's version. It is empty otherwise.
func (c wreck) needsAttention() string {
	b := c.knob.behaviour
	switch {
	case (b.PutReturnsNoSecret || c.operation.silenced) && (b.RotateReturnsNoSecret || c.operation.inZone()):
		return replaceAdvice
	case b.LowerVersion == cfsim.LowerRefused:
		return lowerRefused
	}
	return ""
}

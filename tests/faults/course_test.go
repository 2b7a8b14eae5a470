package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// course is what a user does with a stack, one command after the other: a life of
// its tokens. Two of its entries may stand for one token.
type course struct {
	name string
	// before is the program that was deployed before. The first token is that of ci,
	// if there is one.
	before program
	// prepare, if not nil, changes the world after that.
	prepare func(*world)
	// commands are made for the id of the first token.
	commands func(id string) []command
	// ends says, for each entry of the stack in the end, whether it stands for the
	// first token.
	ends map[string]bool
	// parallel: what the commands do has no order.
	parallel bool
	// unavailable are those that hold no client secret in the end.
	unavailable []string
}

// command is a run, and what its error says; empty if it succeeds.
type command struct {
	name  string
	run   func(*world) error
	fails string
}

// blow is a fault or a kill at a request of one of a course's commands.
type blow struct {
	variant
	command, request int
	// operation is that of the request, and after how many of its kind come before it.
	operation string
	after     int
	times     int
	kill      *kill
}

func (b blow) String() string {
	if b.kill != nil {
		return fmt.Sprintf("%s of command %d", b.kill, b.command+1)
	}
	if b.name == noFault {
		return noFault
	}
	return strike{b.variant, b.operation, b.after, b.times}.String() + fmt.Sprintf(" of command %d", b.command+1)
}

// passage is a case of the matrix: a course that a blow disturbs.
type passage struct {
	course course
	blow   blow
}

func (p passage) String() string { return p.course.name + " | " + p.blow.String() }

func (p passage) row() (operation, fault string) {
	if p.blow.kill != nil {
		return p.course.name, killed
	}
	return p.course.name, p.blow.name
}

// passages are a course by itself, and with a blow at each request that it makes then.
// Of requests that are alike, in one command or in commands of one name, the first and
// the last stand for all.
func (c course) passages(t *testing.T) []passage {
	var logs [][]cfsim.Request
	undisturbed := passage{c, blow{variant: variantNamed(noFault)}}
	undisturbed.walk(t, nil, func(log []cfsim.Request) { logs = append(logs, log) })
	all := []passage{undisturbed}
	commands := c.commands("")
	for i, log := range logs {
		named := func(other command) bool { return other.name == commands[i].name }
		if slices.ContainsFunc(commands[:i], named) && slices.ContainsFunc(commands[i+1:], named) {
			continue
		}
		total, seen := map[string]int{}, map[string]int{}
		for _, r := range log {
			total[r.Operation]++
		}
		for n, r := range log {
			at := blow{command: i, request: n, operation: r.Operation, after: seen[r.Operation]}
			seen[r.Operation]++
			if at.after > 0 && seen[r.Operation] < total[r.Operation] || r.FaultName != "" {
				continue // alike, or with a fault of the course's own
			}
			for _, v := range variants {
				if v.name == noFault || v.refusesConnection && n > 0 {
					continue // the network does not distinguish requests
				}
				for _, times := range []int{1, -1} {
					at.variant, at.times, at.kill = v, times, nil
					all = append(all, passage{c, at})
				}
			}
			for _, done := range []bool{false, true} {
				if creates(log) && (done && r.Operation == "create" || c.parallel) {
					continue // no process is left to delete what a creation that is under way makes
				}
				at.kill = &kill{request: n, done: done}
				all = append(all, passage{c, at})
			}
		}
	}
	return all
}

func creates(log []cfsim.Request) bool {
	return slices.ContainsFunc(log, func(r cfsim.Request) bool { return r.Operation == "create" })
}

func (p passage) play(t *testing.T, broken *defect) outcome {
	return p.walk(t, broken, func([]cfsim.Request) {})
}

// walk goes through a course. What fails because of the blow is run again, when
// nothing is wrong any more. After each run, ran is given its requests.
func (p passage) walk(t *testing.T, broken *defect, ran func([]cfsim.Request)) (o outcome) {
	t.Helper()
	bubble(t, cfsim.Config{}, func(w *world) {
		bystander := w.elsewhere(cfsim.NewToken{Name: "somebody else's"}, true)
		w.settle(p.course.before)
		if p.course.prepare != nil {
			p.course.prepare(w)
		}
		var first, id string
		if e := w.stack.resources["ci"]; e != nil {
			first, id = e.tokenID(), e.canonicalID()
		}
		w.broken = broken
		o.survived = true
		for i, c := range p.course.commands(id) {
			w.sim.ResetRequests()
			if i == p.blow.command {
				p.blow.strike(w)
			}
			if !p.take(w, &o, c, ran) {
				return
			}
		}
		if p.blow.name != noFault && o.injected == 0 {
			o.add("in the end", []violation{{untrue, "no request was hit"}})
		}
		o.add("in the end", w.inspect(inspection{proof: provable, twice: p.course.twice()}))
		if !p.muted(w) {
			o.add("in the end", p.course.verify(w, first))
		}
		if now, alive := w.sim.Token(bystander.ID); !alive || now != bystander {
			o.add("in the end", []violation{{foreign, "a bystander was touched"}})
		}
		o.named = len(w.named)
	})
	return o
}

// twice reports whether two entries stand for the first token in the end.
func (c course) twice() bool {
	n := 0
	for _, same := range c.ends {
		if same {
			n++
		}
	}
	return n > 1
}

// strike arms the blow.
func (b blow) strike(w *world) {
	switch {
	case b.kill != nil:
		w.kill = b.kill
	case b.name == noFault:
	case b.refusesConnection:
		w.refuseConnections(b.times)
	default:
		fault := b.fault
		fault.Name, fault.Operation, fault.After, fault.Times = b.name, b.operation, b.after, b.times
		w.sim.Inject(fault)
	}
}

// muted reports whether a message said that nothing returns a secret, so that the
// course leads nowhere.
func (p passage) muted(w *world) bool {
	return p.blow.name == noSecret && w.zoned() && strings.Contains(w.said, replaceAdvice)
}

// take runs a command until it comes to what it should. It reports whether the
// course goes on.
func (p passage) take(w *world, o *outcome, c command, ran func([]cfsim.Request)) bool {
	const patience = 3 // a rotation that was cut off is noticed, announced, and carried out
	for range patience + 1 {
		w.sim.ResetRequests()
		err := c.run(w)
		log := w.sim.Requests()
		o.log += describe(c.name, log, err, w.said)
		hits := w.refused
		for _, r := range log {
			if r.FaultName != "" {
				hits++
			}
		}
		if w.stack.dead {
			hits++
		}
		w.refused = 0
		o.injected += hits
		o.add(c.name, w.inspect(inspection{
			proof: provable, names: slices.Collect(maps.Keys(p.course.ends)), failed: true, twice: true, unseen: p.blow.kill != nil,
		}))
		ran(log)
		switch {
		case c.fails == "" && err == nil, c.fails != "" && err != nil && strings.Contains(err.Error(), c.fails):
			return true
		case err != nil && p.muted(w):
			return false
		case err == nil:
			o.add(c.name, []violation{{untrue, "it succeeded, and should fail with " + c.fails}})
			return true
		case o.injected == 0:
			o.add(c.name, []violation{{untrue, "it failed without a fault: " + err.Error()}})
			return true
		}
		o.survived = false
		w.net.refuse = nil
		w.sim.ClearFaults()
	}
	o.add(c.name, []violation{{untrue, "it goes on failing without a fault"}})
	return true
}

// verify compares the stack in the end with what should be in it: exactly these
// entries, each with its token and that token's secret, and no other token.
func (c course) verify(w *world, first string) (violations []violation) {
	broken := func(promise, format string, args ...any) {
		violations = append(violations, violation{promise, fmt.Sprintf(format, args...)})
	}
	names := slices.Sorted(maps.Keys(c.ends))
	if got := slices.Sorted(maps.Keys(w.stack.resources)); !slices.Equal(got, names) || len(w.stack.condemned) > 0 {
		broken(untrue, "the stack holds %q and %d entries that were replaced, want %q", got, len(w.stack.condemned), names)
		return violations
	}
	for _, name := range names {
		e := w.stack.resources[name]
		if same := e.tokenID() == first; same != c.ends[name] {
			broken(untrue, "%s stands for the first token: %v, want %v", name, same, c.ends[name])
		}
		if _, alive := w.sim.Token(e.tokenID()); !alive {
			broken(liveDeleted, "%s stands for a token that is gone", name)
		}
		want := "current"
		if slices.Contains(c.unavailable, name) {
			want = "unavailable"
		}
		if status, _ := e.output("clientSecretStatus"); status != want {
			broken(lostSecrets, "%s: the status is %q, want %q", name, status, want)
		}
	}
	if _, alive := w.sim.Token(first); alive && !slices.Contains(slices.Collect(maps.Values(c.ends)), true) {
		broken(orphans, "the first token is still there")
	}
	return violations
}

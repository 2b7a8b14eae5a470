package faults

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

var (
	only  = flag.String("case", "", "run only the cases of the matrix whose name holds this text, and show what they do")
	every = flag.Int("every", 1, "run only every so many-th case of the matrix: a sample, for the race detector")
)

// outcome is what became of a case.
type outcome struct {
	// injected is how many requests were hit.
	injected int
	// survived: the operation succeeded in spite of that.
	survived bool
	// named orphans could not be proven to be ours, and were named to the user.
	named      int
	violations []violation
	// log is what happened, for a reader who looks into a case.
	log string
}

func (o *outcome) add(stage string, violations []violation) {
	for _, v := range violations {
		o.violations = append(o.violations, violation{v.promise, stage + ": " + v.text})
	}
}

// play runs a case: the operation under its faults, once more without, and then
// what should change nothing.
func (c scenario) play(t *testing.T, broken *defect) (o outcome) {
	t.Helper()
	config := cfsim.Config{Behaviour: c.knob.behaviour, Now: func() time.Time { return time.Now().Add(c.knob.slow) }}
	bubble(t, config, func(w *world) {
		w.stack.timeout, w.slow = c.knob.limit, c.knob.slow
		bystander := w.elsewhere(cfsim.NewToken{Name: "somebody else's"}, true)
		c.operation.begin(w)
		w.broken = broken
		c.inject(w)

		err := c.act(w, c.operation.after)
		log := w.sim.Requests()
		for _, r := range log {
			if r.FaultName != "" {
				o.injected++
			}
		}
		o.injected += w.refused
		o.survived = err == nil
		o.log += describe("under faults", log, err, w.said)
		if c.first.name != noFault && o.injected == 0 {
			o.add("under faults", []violation{{untrue, "no request was hit"}})
		}
		_, fails := c.operation.expected(c.knob)
		switch {
		case err != nil && c.survives() && !(fails != "" && strings.Contains(err.Error(), fails)):
			o.add("under faults", []violation{{untrue, "gave up: " + err.Error()}})
		case err == nil && fails != "" && c.first.name == noFault:
			o.add("under faults", []violation{{untrue, "it succeeded, and should fail with " + fails}})
		}
		o.add("after the faults", w.inspect(inspection{
			proof: c.proof(), names: []string{"ci", "renamed"}, failed: err != nil,
			unseen: c.operation.unseen && (err != nil || c.operation.rotates()),
		}))
		if c.undisturbed() {
			o.add("under faults", c.compare(log))
		} else {
			o.add("under faults", c.explain(log))
		}
		o.named = len(w.named)
		if err == nil {
			o.add("after success", w.verify(c.operation.after, c.endsAs()))
		}

		w.net.refuse, w.company = nil, nil
		w.sim.ClearFaults()
		c.again(w, &o, err == nil)
		if now, alive := w.sim.Token(bystander.ID); !alive || now != bystander {
			o.add("in the end", []violation{{foreign, "a bystander was touched"}})
		}
	})
	return o
}

// act does what the case is about.
func (c scenario) act(w *world, p program) error {
	if c.operation.act != nil {
		return c.operation.act(w)
	}
	return w.up(p)
}

// converge goes on after a rotation that failed, as its errors and warnings say. It
// returns the program that came of it.
func (c scenario) converge(w *world, o *outcome) program {
	patience := c.patience()
	u := user{runs: patience + 1}
	if c.muted() {
		u.runs = patience + 3 // the token is replaced in the end
	}
	w.sim.ResetRequests()
	after, failed, err := u.follow(w, c.operation.after, func(err error) {
		log := w.sim.Requests()
		w.sim.ResetRequests()
		o.log += describe("converging", log, err, w.said)
		o.add("converging", w.inspect(inspection{proof: c.proof(), failed: err != nil}))
		if !c.muted() { // a token that is replaced is another operation
			o.add("converging", c.explain(log))
		}
	})
	if err != nil {
		o.add("converging", []violation{{lostSecrets, err.Error()}})
	}
	if failed > patience && !c.muted() {
		o.add("converging", []violation{{untrue, fmt.Sprintf("%d runs failed without a fault", failed)}})
	}
	return after
}

// again does it once more, after which everything is as the program wants it,
// and then nothing is left to do.
func (c scenario) again(w *world, o *outcome, succeeded bool) {
	after, convergent := c.operation.after, c.operation.rotates() && !succeeded
	if convergent {
		after = c.converge(w, o)
	}
	w.sim.ResetRequests()
	err := c.act(w, after)
	log := w.sim.Requests()
	o.log += describe("once more", log, err, w.said)
	if err != nil {
		o.add("once more", []violation{{untrue, "it failed without a fault: " + err.Error()}})
		return
	}
	if reads := c.operation.act != nil; (succeeded || convergent) && !reads && len(log) > 0 {
		o.add("once more", []violation{{unexplained, fmt.Sprintf("%d requests after a success", len(log))}})
	}
	o.add("once more", w.inspect(inspection{proof: provable}))
	if !c.undisturbed() {
		o.add("once more", c.explain(log))
	}
	o.add("once more", w.verify(after, c.endsAs()))

	w.sim.ResetRequests()
	refreshed := w.refresh()
	said := w.said
	err = errors.Join(refreshed, w.up(after))
	for _, r := range w.sim.Requests() {
		sharing := r.Operation == "list" && len(w.stack.resources) > 1
		if r.Operation != "get" && !sharing {
			o.add("at rest", []violation{{unexplained, "nothing explains " + asked(r)}})
		}
	}
	o.log += describe("at rest", w.sim.Requests(), err, said+w.said)
	if err != nil {
		o.add("at rest", []violation{{untrue, err.Error()}})
	}
}

func (c scenario) endsAs() string {
	if c.operation.endsAs == "" {
		return "current"
	}
	return c.operation.endsAs
}

// inject arms the case's faults and company.
func (c scenario) inject(w *world) {
	for _, s := range []*strike{&c.first, c.second} {
		switch {
		case s == nil, s.name == noFault:
		case s.refusesConnection:
			w.refuseConnections(s.times)
		default:
			fault := s.fault
			fault.Name, fault.Operation, fault.After, fault.Times = s.name, s.target, s.after, s.times
			if s == &c.first && c.knob.behaviour.MarkerAtCreation == cfsim.MarkerRefused && s.target == "create" {
				fault.After++ // the first is the one that is refused for its mark
			}
			w.sim.Inject(fault)
		}
	}
	if !c.company.nobody {
		w.expect(c.company)
	}
}

func describe(stage string, log []cfsim.Request, err error, said string) string {
	text := "\n  " + stage + ":"
	for _, r := range log {
		text += fmt.Sprintf("\n    %s %s -> %d %s", r.Time.Format("15:04:05"), asked(r), r.Status, r.FaultName)
	}
	return text + fmt.Sprintf("\n    error: %v\n    said: %s", err, strings.ReplaceAll(said, "\n", "\n      "))
}

// part is a part of the matrix: the cases of one operation, or of one course.
type part struct {
	name  string
	cases func(*testing.T) []trial
}

var parts = slices.Concat(partsOf(operations), partsOf(courses))

func partsOf[P interface{ part() part }](all []P) (parts []part) {
	for _, p := range all {
		parts = append(parts, p.part())
	}
	return parts
}

func (o operation) part() part {
	return part{o.name, func(t *testing.T) (cases []trial) {
		for _, c := range generate(o) {
			cases = append(cases, c)
		}
		if o.rotates() || o.name == "move the end of a grace" {
			for _, c := range wrecksOf(t, o) {
				cases = append(cases, c)
			}
		}
		return cases
	}}
}

func (c course) part() part {
	return part{c.name, func(t *testing.T) (cases []trial) {
		for _, p := range c.passages(t) {
			cases = append(cases, p)
		}
		return cases
	}}
}

func TestMatrix(t *testing.T) {
	table := newTable()
	t.Run("cases", func(t *testing.T) {
		for _, part := range parts {
			t.Run(part.name, func(t *testing.T) {
				t.Parallel()
				if !strings.HasPrefix(*only, part.name) && !strings.Contains(part.name, *only) {
					return
				}
				for i, c := range part.cases(t) {
					if !strings.Contains(c.String(), *only) || i%*every != 0 {
						continue
					}
					o := c.play(t, nil)
					table.add(c, o)
					if *only != "" {
						t.Log(c.String() + o.log)
					}
					for _, v := range o.violations {
						t.Errorf("%s\n  %s: %s\n  replay: go test ./tests/faults -run TestMatrix -case '%s'", c, v.promise, v.text, c)
					}
				}
			})
		}
	})
	table.print(t)
	const least = 2000
	if total := table.total().cases; total < least && *only == "" && *every == 1 {
		t.Errorf("%d cases, want at least %d", total, least)
	}
}

func TestMatrixTriesEveryKindOfFault(t *testing.T) {
	t.Parallel()
	for _, kind := range cfsim.FaultKinds() {
		if !slices.ContainsFunc(variants, func(v variant) bool { return v.fault.Kind == kind }) {
			t.Errorf("no case has a fault of the kind %s", kind)
		}
	}
}

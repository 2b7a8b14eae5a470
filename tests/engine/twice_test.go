package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A token that is in a stack twice.

// both is a program whose two resources, ci and again, import one token.
func both(id string, properties ...string) string {
	properties = append([]string{inAccount, "name: ci", "duration: 8760h"}, properties...)
	options := "    options:\n      import: " + cfsim.DefaultAccountID + "/" + id + "\n"
	return named("ci", properties...) + options + enginetest.Token("again", properties...) + options
}

// ofTwice are the warnings of a run that a token is in the stack twice.
func ofTwice(r enginetest.Result) (said []string) {
	for _, warning := range warnings(r) {
		if strings.Contains(warning, "is in this stack twice: as this resource and as ") {
			said = append(said, warning)
		}
	}
	return said
}

func TestATokenThatAStackImportsTwiceIsSaid(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Program(both(existing.ID, "recoverClientSecret: never"))
	for _, run := range []func(...string) enginetest.Result{p.Up, p.Up, p.Preview} {
		if r := p.Must(run()); len(ofTwice(r)) != 1 {
			t.Errorf("pulumi %s warned %q\n%s", r.Args[0], warnings(r), r.Output)
		}
	}
	// The way out.
	p.Program(strings.Split(both(existing.ID, "recoverClientSecret: imported"), "  again:")[0])
	p.Must(p.Up())
	if said := ofTwice(p.Must(p.Up("--expect-no-changes"))); len(said) > 0 {
		t.Errorf("warned %q", said)
	}
	p.ExpectWorking("ci")
}

// With the latency, the two updates of a run overlap.
func TestATokenThatAStackHoldsTwiceIsRotatedOnceARunAtTheMost(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{Latency: 500 * time.Millisecond})
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Program(both(existing.ID, "recoverClientSecret: always"))
	for run := 1; run <= 3; run++ {
		p.Simulator.ResetRequests()
		r := p.Up("--refresh")
		if rotations := countRotations(p); rotations > 1 || rotations != 1 && run == 1 {
			t.Errorf("run %d sent %d rotations\n%s", run, rotations, r.Output)
		}
		if len(ofTwice(r)) != 1 {
			t.Errorf("run %d warned %q", run, warnings(r))
		}
	}
	p.Program(strings.Split(both(existing.ID, "recoverClientSecret: always"), "  again:")[0])
	p.Must(p.Up("--refresh"))
	p.ExpectWorking("ci")
	p.Must(p.Up("--refresh", "--expect-no-changes"))
}

// countRotations counts the requests since the last reset that rotate.
func countRotations(p *enginetest.Project) int {
	n := 0
	for _, request := range p.Simulator.Requests() {
		if _, raises := request.Values["client_secret_version"]; raises || request.Operation == "rotate" {
			n++
		}
	}
	return n
}

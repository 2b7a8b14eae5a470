package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Each kind of lost answer once through the real engine and the real command; the
// matrix has the rest. That of a rotation is in tests/engine, with all that is said.

// holds fails unless Cloudflare has exactly the tokens of the state, besides
// those that an error has named, and the stored credential works.
func holds(t *testing.T, p *enginetest.Project, named ...string) {
	t.Helper()
	stored := p.Revealed().Token(t, "ci")
	known := append(named, stored.Output("tokenId"))
	for _, token := range p.Simulator.Tokens() {
		if !strings.Contains(strings.Join(known, " "), token.ID) {
			t.Errorf("nobody holds %s", token.ID)
		}
	}
	if got := len(p.Simulator.Tokens()); got != len(known) {
		t.Errorf("%d tokens exist, want %d", got, len(known))
	}
	secret, marked := stored.Secret("clientSecret")
	if !marked || !p.Simulator.Authenticates(stored.Output("clientId"), secret) {
		t.Errorf("the stored credential does not work (marked as a secret: %v)", marked)
	}
}

func TestEngineGetsExactlyOneTokenWhateverBecomesOfTheAnswer(t *testing.T) {
	t.Parallel()
	const tokens = 10
	program := "resources:\n"
	for i := range tokens {
		program += token(fmt.Sprintf("token%d", i), "name: same")
	}
	p := enginetest.New(t, cfsim.Config{})
	for _, name := range []string{"cut after", "HTML 502 after", "success false after", "garbage", "no secret", "truncated"} {
		fault := variantNamed(name).fault
		fault.Operation = "create"
		p.Simulator.Inject(fault)
	}
	p.Program(program)
	p.Must(p.Up())
	if n := p.Simulator.PendingFaults(); n > 0 {
		t.Errorf("%d faults did not strike", n)
	}
	stored := p.State().Tokens()
	if live := p.Simulator.Tokens(); len(live) != tokens || len(stored) != tokens {
		t.Errorf("%d tokens live and %d are in the state, want %d of each", len(live), len(stored), tokens)
	}
	p.ExpectWorking(slices.Collect(maps.Keys(stored))...)
	p.Must(p.Up("--expect-no-changes"))
}

func TestEngineLearnsOfATokenThatCannotBeProvenToBeOurs(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{Behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}})
	p.Simulator.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
	p.Program(enginetest.OneToken())
	failed := p.Up()
	orphan := p.Simulator.Tokens()[0].ID
	p.MustFail(failed, orphan, "look in the Cloudflare dashboard")
	p.Must(p.Up())
	holds(t, p, orphan)
}

func TestEngineDeletesThroughALostAnswer(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	p.Simulator.Inject(cfsim.Fault{Operation: "delete", Kind: cfsim.CutAfter})
	p.Must(p.Destroy())
	if tokens := p.Simulator.Tokens(); len(tokens) > 0 || len(p.State().Tokens()) > 0 {
		t.Errorf("left behind: %v", tokens)
	}
}

func TestEngineKeepsTheStateThroughARefreshThatProvesNothing(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	for _, name := range []string{"503 after", "HTML 404 before", "7003", "403 before"} {
		fault := variantNamed(name).fault
		fault.Operation, fault.Times = "get", -1
		p.Simulator.Inject(fault)
		p.MustFail(p.Refresh(), "reading service token")
		p.Simulator.ClearFaults()
		holds(t, p)
	}
	p.Must(p.Up("--refresh", "--expect-no-changes"))
}

package faults

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The essential cases once more, through the real engine and the real command.

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
	for _, name := range []string{"cut after", "HTML 502 after", "success false after", "garbage", "no secret", "truncated"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			fault := variantNamed(name).fault
			fault.Operation, fault.Times = "create", 2
			p.Simulator.Inject(fault)
			p.Program(enginetest.OneToken())
			p.Must(p.Up())
			if n := p.Simulator.PendingFaults(); n > 0 {
				t.Errorf("%d faults did not strike", n)
			}
			holds(t, p)
			p.Must(p.Up("--expect-no-changes"))
			holds(t, p)
		})
	}
}

func TestEngineIsToldOfATokenThatCannotBeProvenToBeOurs(t *testing.T) {
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

func TestEngineCompletesALostRotationOnce(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"HTML 502 after": "Whether it was rotated is not known", "cut before": "Whether it was rotated is not known",
		"no secret": "Cloudflare rotated it and returned no client secret",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			p.Program(enginetest.OneToken())
			p.Must(p.Up())
			p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z"))
			fault := variantNamed(name).fault
			fault.Operation = "update"
			p.Simulator.Inject(fault)
			p.Simulator.ResetRequests()
			p.MustFail(p.Up(), says)
			holds(t, p) // by its previous secret, in its grace
			p.Must(p.Up())
			if n := len(p.Simulator.Requests()); n != 4 {
				t.Errorf("%d requests, want a read and a rotation a run", n)
			}
			holds(t, p)
			p.Must(p.Up("--expect-no-changes"))
		})
	}
}

func TestEngineDeletesThroughALostAnswer(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"cut after", "HTML 502 after"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			p.Program(enginetest.OneToken())
			p.Must(p.Up())
			fault := variantNamed(name).fault
			fault.Operation = "delete"
			p.Simulator.Inject(fault)
			p.Must(p.Destroy())
			if tokens := p.Simulator.Tokens(); len(tokens) > 0 || len(p.State().Tokens()) > 0 {
				t.Errorf("left behind: %v", tokens)
			}
		})
	}
}

func TestEngineKeepsTheStateThroughARefreshThatProvesNothing(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	for _, name := range []string{"503 after", "HTML 404 before", "empty 404 before", "7003", "403 before", "success false before"} {
		fault := variantNamed(name).fault
		fault.Operation, fault.Times = "get", -1
		p.Simulator.Inject(fault)
		p.MustFail(p.Refresh(), "reading service token")
		p.Simulator.ClearFaults()
		holds(t, p)
	}
	p.Must(p.Refresh("--expect-no-changes"))
	p.Must(p.Up("--expect-no-changes"))
}

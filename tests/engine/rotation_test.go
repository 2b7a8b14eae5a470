package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestRaisingTheVersionRotatesInPlaceAndKeepsThePreviousSecretUntilItsEnd(t *testing.T) {
	t.Parallel()
	outputs := "outputs:\n  secret: ${ci.clientSecret}\n  clientId: ${ci.clientId}\n"
	p := project(t, enginetest.OneToken()+outputs)
	before := p.Outputs()

	end := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second).Format(time.RFC3339)
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretExpiresAt: "+end) + outputs)
	preview := p.Must(p.Preview("--diff"))
	preview.ExpectOps(t, map[string]string{"ci": "update"})
	preview.MustSay(t, "rotating the client secret to version 2", "the previous one works until "+end)
	step := preview.Step(t, "ci")
	if _, ok := step.DetailedDiff["clientSecretVersion"]; !ok || len(step.DetailedDiff) != 1 {
		t.Errorf("the diff shows %v, want clientSecretVersion alone", step.DetailedDiff)
	}
	p.ExpectRequests()

	p.Must(p.Up()).MustSay(t, "rotating the client secret to version 2")
	p.ExpectRequests("get", rotated)
	after := p.Outputs()
	if after["secret"] == before["secret"] || after["clientId"] != before["clientId"] {
		t.Error("the client secret did not change, or the client id did")
	}
	p.ExpectWorking("ci")
	id, old := before["clientId"].(string), before["secret"].(string)
	if !p.Simulator.Authenticates(id, old) {
		t.Error("the previous secret stopped before its end")
	}
	p.Simulator.Advance(25 * time.Hour)
	if p.Simulator.Authenticates(id, old) {
		t.Error("the previous secret outlived its end")
	}
	p.ExpectQuiet()
}

func TestRotationWithoutAnEndStopsThePreviousSecretAndPreviewSaysSo(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	stored := p.Revealed().Token(t, "ci")
	old, _ := stored.Secret("clientSecret")
	p.Program(enginetest.OneToken("clientSecretVersion: 2"))
	p.Must(p.Preview()).MustSay(t, "the previous one stops working at once")
	p.Must(p.Up())
	if p.Simulator.Authenticates(stored.Output("clientId"), old) {
		t.Error("the previous secret still works")
	}
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestAVersionThatIsRaisedNotFarEnoughIsRefusedInPreview(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("clientSecretVersion: 1"))
	id := only(t, p).ID
	for range 2 {
		p.Simulator.RotateElsewhere(id)
	}
	p.Must(p.Refresh())
	p.Program(enginetest.OneToken("clientSecretVersion: 2"))
	p.MustFail(p.Preview(), "clientSecretVersion", "the token is already at version 3: write 4")
	p.Simulator.ResetRequests()

	p.Program(enginetest.OneToken("clientSecretVersion: 4"))
	p.Must(p.Up())
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
}

func TestTheEndOfThePreviousSecretMovesInPlace(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	stored := p.Revealed().Token(t, "ci")
	old, _ := stored.Secret("clientSecret")
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z"))
	p.Must(p.Up())
	p.Simulator.ResetRequests()

	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretExpiresAt: 2001-01-01T00:00:00Z"))
	p.Must(p.Up()).MustSay(t, "moving the end of the previous client secret from 2099-01-01T00:00:00Z to 2001-01-01T00:00:00Z")
	p.ExpectRequests("get", "update previous_client_secret_expires_at")
	if p.Simulator.Authenticates(stored.Output("clientId"), old) {
		t.Error("the previous secret still works")
	}
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestASecretRotatedElsewhereIsReportedAsStaleOnEveryRun(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"a new version only":             {DashboardSetsNoEnd: true},
		"a new end for the previous one": {DashboardKeepsVersion: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := project(t, enginetest.OneToken())
			p.Simulator.SetBehaviour(behaviour)
			p.Simulator.RotateElsewhere(only(t, p).ID)
			const warning = "was rotated elsewhere"
			p.Must(p.Refresh()).MustSay(t, warning, "clientSecretVersion to")
			if got := p.State().Token(t, "ci").Output("clientSecretStatus"); got != "stale" {
				t.Errorf("clientSecretStatus is %q, want stale", got)
			}
			for range 2 {
				p.Must(p.Up("--expect-no-changes")).MustSay(t, warning)
			}
			if secret, marked := p.Revealed().Token(t, "ci").Secret("clientSecret"); !marked || secret == "" {
				t.Error("the refresh dropped the stored secret, which may still be in its grace")
			}
		})
	}
}

func TestARotationWhoseAnswerWasLostIsCompletedByTheNextUp(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z"))
	p.Simulator.Inject(cfsim.Fault{Operation: "update", Kind: cfsim.CutAfter})
	p.MustFail(p.Up(), "It is not known whether the client secret was rotated", "Run `pulumi up` again", "2099-01-01T00:00:00Z")
	state := p.State().Token(t, "ci")
	if got := state.Output("clientSecretStatus"); got != "stale" {
		t.Errorf("clientSecretStatus is %q, want stale", got)
	}
	p.ExpectWorking("ci") // the previous secret, in its grace
	p.Simulator.ResetRequests()

	p.Must(p.Preview()).MustSay(t, "completing the rotation whose answer was lost")
	p.Must(p.Up())
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
	if got := p.State().Token(t, "ci").Output("clientSecretStatus"); got != "current" {
		t.Errorf("clientSecretStatus is %q, want current", got)
	}
	if got := only(t, p).ClientSecretVersion; got != 3 {
		t.Errorf("the token is at version %d, want 3", got)
	}
	p.Must(p.Up("--expect-no-changes"))
}

func TestStateHoldsTheSecretEncryptedAndNoCredential(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("clientSecretVersion: 1"))
	p.Program(enginetest.OneToken("clientSecretVersion: 2"))
	p.Must(p.Up())
	p.Must(p.Refresh())
	raw := p.State().Raw
	secrets := p.Simulator.IssuedSecrets()
	if len(secrets) != 2 {
		t.Fatalf("%d secrets were issued, want 2", len(secrets))
	}
	for _, secret := range append(secrets, cfsim.DefaultAPIToken) {
		if strings.Contains(raw, secret) {
			t.Error("the state holds a secret in clear")
		}
	}
	if _, marked := p.State().Token(t, "ci").Secret("clientSecret"); !marked {
		t.Error("clientSecret is not stored as a secret")
	}
	for _, provider := range p.State().Providers() {
		for key := range provider.Inputs {
			if key == "apiToken" {
				t.Error("the API token of the environment reached the provider's state")
			}
		}
	}
}

package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestTheAgeOfAnImportedTokensSecretIsCountedFromTheFirstRunThatAsksForIt(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	inUse := newest(p)
	p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID))
	p.Program(enginetest.OneToken("duration: 8760h", "rotateAfter: 720h", "recoverClientSecret: never"))
	p.Must(p.Up()).MustSay(t, "counting rotateAfter from this run")
	stored := p.State().Token(t, "ci")
	if stored.Output("rotateAfterSince") == "" || stored.Output("clientSecretIssuedAt") != "" {
		t.Errorf("stored %v", stored.Outputs)
	}
	p.Must(p.Up("--expect-no-changes"))
	p.Simulator.Advance(29 * day)
	p.ExpectQuiet()
	p.Simulator.ResetRequests()

	p.Simulator.Advance(2 * day)
	_, up := p.Announced("ci")
	p.Must(up).MustSay(t, "it is 31 days old, and rotateAfter is 720h")
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
	if !p.Simulator.Authenticates(existing.ClientID, inUse) {
		t.Error("the secret in use stopped at once")
	}
	p.ExpectQuiet()
}

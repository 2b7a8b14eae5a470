package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// What the oldest supported pulumi command has to do as the newest does. The programs of
// tests/sdks run with it too, and with the oldest SDKs of Pulumi.

func TestTheOldestPulumiTakesATokenThroughItsLife(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.UseOldestPulumi()
	for _, step := range []struct{ program, op string }{
		{enginetest.OneToken("duration: 8760h"), "create"},
		{enginetest.OneToken("duration: 17520h", "clientSecretVersion: 2"), "update"},
		{named("ci", inZone, "name: ci"), "replace"},
	} {
		p.Program(step.program)
		p.Must(p.Preview()).ExpectOps(t, map[string]string{"ci": step.op})
		p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": step.op})
		p.ExpectWorking("ci")
	}
	p.ExpectQuiet()

	p.Simulator.RotateElsewhere(only(t, p).ID)
	expectWarning(t, p.Must(p.Refresh()), "rotated")
	if status := p.State().Token(t, "ci").Output("clientSecretStatus"); status != "stale" {
		t.Errorf("after a rotation elsewhere the client secret is %s, want stale", status)
	}

	p.Must(p.Destroy())
	if left := p.Simulator.Tokens(); len(left) != 0 {
		t.Errorf("the destroyed stack left %v", left)
	}
}

func TestTheOldestPulumiImportsAToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.UseOldestPulumi()
	live := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Duration: "8760h"})
	imported := p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+live.ID))
	p.Program(imported.Program)
	p.ExpectQuiet()
	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "same"})
}

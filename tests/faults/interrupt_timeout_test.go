package faults

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const impatient = "    options:\n      customTimeouts: {create: 2s, update: 2s}\n"

func TestCustomTimeoutEndsACreationThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program("resources:\n" + token("ci", "name: ci") + impatient)
	p.Simulator.Inject(cfsim.Fault{Kind: cfsim.HangAfter, Operation: "create"})
	p.MustFail(p.Up(), `creating service token "ci" in account `+cfsim.DefaultAccountID,
		"stopped before the answer came", "the request may have taken effect", "nobody holds its client secret",
		`look in the Cloudflare dashboard (Zero Trust, Access controls, Service credentials) for a new token named "ci" that was never used, and delete it`)
	if n := p.Simulator.PendingFaults(); n > 0 {
		t.Error("the creation was not kept waiting")
	}
}

func TestCustomTimeoutEndsARotationThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program("resources:\n" + token("ci", "name: ci"))
	p.Must(p.Up())
	p.Program("resources:\n" + token("ci", "name: ci", "clientSecretVersion: 2") + impatient)
	p.Simulator.Inject(cfsim.Fault{Kind: cfsim.HangAfter, Operation: "update"})
	p.MustFail(p.Up(), "rotating the client secret of service token", "stopped before the answer came",
		"this stack does not hold the new one", "Run `pulumi up` again: it rotates once more, and stores the new secret")
	p.Must(p.Up())
	expectCurrent(t, p)
}

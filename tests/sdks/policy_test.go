package sdks

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestPolicyPackRefusesTokensThatNeverExpireOrNeverRotate(t *testing.T) {
	t.Parallel()
	pack := policyPack(t)
	p := enginetest.New(t, cfsim.Config{})
	program := func(property string) {
		p.Program("resources:\n  ci:\n    type: cfaccess:ServiceToken\n    properties:\n      accountId: " +
			cfsim.DefaultAccountID + "\n      name: ci\n      " + property + "\n")
	}
	const endless, unrotated = "duration is forever: write a duration such as 8760h", "rotateAfter is not set: write a duration such as 2160h"
	program("duration: forever")
	p.MustFail(p.Preview("--policy-pack", pack), endless, unrotated)
	p.MustFail(p.Up("--policy-pack", pack), endless, unrotated)
	if made := p.Simulator.Tokens(); len(made) != 0 {
		t.Errorf("Cloudflare holds %v", made)
	}
	program("rotateAfter: 2160h")
	p.Must(p.Up("--policy-pack", pack))
}

// policyPack installs examples/policy-pack, and returns what --policy-pack takes.
func policyPack(t *testing.T) string {
	t.Helper()
	pack := t.TempDir()
	copyTree(t, "examples/policy-pack", pack)
	node := Languages["nodejs"]
	node.install(t, pack, node.oldest...)
	run(t, pack, node.check[0], "--noEmit")
	if !node.inline.needed() {
		return pack
	}
	// The engine starts a folder by the host of its language, which is not here, and a
	// file as a program. This one runs what that host would run.
	const start = "#!/bin/sh\ncd \"$(dirname \"$0\")\"\nexec node node_modules/@pulumi/pulumi/cmd/run-policy-pack \"$1\" .\n"
	file := filepath.Join(pack, "start")
	must(t, os.WriteFile(file, []byte(start), 0o755))
	return file
}

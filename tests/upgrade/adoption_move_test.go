package upgrade

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// deployed is a project whose stack was made by this program, which may use both
// providers.
func deployed(t *testing.T, program string) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	p.UseFakeCloudflare()
	p.Program(program)
	p.Must(p.Up())
	p.Simulator.ResetRequests()
	return p
}

// dependents use the token ci: its secret in a resource and in an output, and its
// id.
const dependents = `  holder:
    type: pulumi:index:Stash
    properties:
      input: ${ci.clientSecret}
outputs:
  secret: ${ci.clientSecret}
  id: ${ci.id}
`

func TestATokenMovesByItsTypeInTheProgramAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	p := deployed(t, "resources:\n"+theirs("ci", account, "name: ci", "duration: 8760h")+dependents)
	before := p.Outputs()
	moved := "resources:\n" + ours("ci", account, "name: ci", "duration: 8760h") + dependents
	p.Program(moved)
	for _, result := range []enginetest.Result{p.Must(p.Preview("--diff")), p.Must(p.Up("--diff"))} {
		for _, event := range result.Events {
			if event.ResourcePreEvent == nil {
				continue
			}
			step, want := event.ResourcePreEvent.Metadata, "same"
			switch {
			case step.Type == "cfaccess:index:ServiceToken":
				want = "update"
			case strings.HasPrefix(step.Type, "pulumi:providers:"):
				continue // this one's is made, and the other's goes
			}
			if string(step.Op) != want {
				t.Errorf("%s: %s, want %s\n%s", step.URN, step.Op, want, result.Output)
			}
		}
	}
	expectAsked(t, p, "accounts "+numberOf(p)+" get")
	after := p.Outputs()
	if after["secret"] != before["secret"] || after["id"] != before["id"] || after["id"] != p.Simulator.Tokens()[0].ID {
		t.Errorf("the outputs are not what they were: the id is %v, and was %v", after["id"], before["id"])
	}
	p.ExpectWorking("ci")
	expectEncrypted(t, p)
	p.ExpectQuiet()

	p.Must(p.Destroy())
	expectTokens(t, p)
}

func TestARefreshBeforeTheMoveIsTheOtherProvidersAndHarmless(t *testing.T) {
	t.Parallel()
	p := deployed(t, "resources:\n"+theirs("ci", account, "name: ci"))
	p.Program("resources:\n" + ours("ci", account, "name: ci"))
	p.Must(p.Refresh())
	p.Must(p.Up("--refresh")).ExpectOps(t, map[string]string{"ci": "update"})
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestAMoveIsUndoneByTheStateOfBefore(t *testing.T) {
	t.Parallel()
	old := "resources:\n" + theirs("ci", account, "name: ci")
	p := deployed(t, old)
	before := p.State()
	p.Program("resources:\n" + ours("ci", account, "name: ci"))
	p.Must(p.Up())
	p.Restore(before)
	p.Program(old)
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes"))
	expectAsked(t, p)
	expectTokens(t, p, p.Simulator.Tokens()[0].ID)
}

// numberOf is how expectAsked names the one token there is.
func numberOf(p *enginetest.Project) string {
	id := p.Simulator.Tokens()[0].ID
	return strings.TrimLeft(id[strings.LastIndex(id, "-")+1:], "0")
}

package engine

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A token that a program only reads cannot follow advice, and is the same each
// time.

// getting is a program that reads a token, with what depends on it.
func getting(id string) string {
	return "resources:\n  ci:\n    type: cfaccess:ServiceToken\n    get:\n      id: " + id + `
  holder:
    type: pulumi:index:Stash
    properties:
      input: ${ci}
outputs:
  all: ${ci}
`
}

func TestATokenThatAProgramReadsSettles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scope, prefix string
		token         cfsim.NewToken
	}{
		"of a zone, that was rotated":        {zone, zone + "/", cfsim.NewToken{Name: "ci", ClientSecretVersion: 7}},
		"that is disabled and expires today": {account, cfsim.DefaultAccountID + "/", cfsim.NewToken{Name: "ci", Disabled: true, Duration: "12h"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			p.FollowSimulator()
			id := test.prefix + p.Simulator.AddToken(test.scope, test.token).ID
			p.Program(getting(id))
			expectWarned(t, p, "", p.Up())
			outputs, stored := p.Outputs(), p.State().Token(t, "ci")
			for i, run := range []func() enginetest.Result{
				func() enginetest.Result { return p.Up("--expect-no-changes") },
				func() enginetest.Result { return p.Refresh() },
				func() enginetest.Result { return p.Up("--refresh", "--expect-no-changes") },
				func() enginetest.Result { return p.Preview("--expect-no-changes") },
			} {
				p.Simulator.Advance(time.Hour)
				expectWarned(t, p, "", run())
				if now := p.State().Token(t, "ci"); !reflect.DeepEqual(now, stored) || !reflect.DeepEqual(p.Outputs(), outputs) {
					t.Errorf("run %d: the stack held %v, and holds %v", i, stored, now)
				}
			}
			if live := only(t, p); live.ClientSecretVersion != max(test.token.ClientSecretVersion, 1) || live.Enabled == test.token.Disabled {
				t.Errorf("a read changed the token: %+v", live)
			}
		})
	}
}

func TestDoGivesNoAdviceThatNobodyCanFollow(t *testing.T) {
	t.Parallel()
	p := holding(t)
	live := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Disabled: true, Duration: "12h", ClientSecretVersion: 7})
	id := cfsim.DefaultAccountID + "/" + live.ID
	for _, args := range [][]string{
		{"read", id}, {"patch", id, "--stateless", "--yes", "--name", "renamed"}, {"delete", id, "--stateless", "--yes"},
	} {
		if r := p.Must(do(t, p, args...)); strings.Contains(strings.ToLower(r.Output), "warning") {
			t.Errorf("pulumi do %s warned\n%s", args[0], r.Output)
		}
	}
}

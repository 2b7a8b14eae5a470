package engine

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Replacements: the guard must let the old token go.

// Each has the engine's calls in another order; provider/guard_test.go has all of them.
func TestAReplacementLeavesTheNewTokenAlone(t *testing.T) {
	t.Parallel()
	const first = "deleteBeforeReplace: true"
	for name, test := range map[string]struct {
		before, after string
		prepare       func(*life)
		args          []string
	}{
		"created first": {before: ofAccount.entry("ci"), after: ofZone.entry("ci")},
		"deleted first": {before: ofAccount.entry("ci", first), after: ofZone.entry("ci", first)},
		"replaceOnChanges": {
			before: ofAccount.entry("ci", "replaceOnChanges: [enabled]"),
			after:  ofAccount.with([]string{"enabled: false"}, "ci", "replaceOnChanges: [enabled]"),
		},
		"replacementTrigger": {
			before: ofAccount.entry("ci", "replacementTrigger: 1"), after: ofAccount.entry("ci", "replacementTrigger: 2"),
		},
		"up --replace": {before: ofAccount.entry("ci"), after: ofAccount.entry("ci"), args: []string{"--replace", urn("ci")}},
		"state taint, with a refresh": {
			before: ofAccount.entry("ci"), after: ofAccount.entry("ci"), args: []string{"--refresh"},
			prepare: func(l *life) { l.ok(l.Run("state", "taint", urn("ci"), "--yes")) },
		},
		"with an alias": {before: ofAccount.entry("ci"), after: ofZone.entry("ci-new", alias("ci"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begun(t, test.before)
			old := only(t, l.Project).ID
			if test.prepare != nil {
				test.prepare(l)
			}
			l.program(test.after)
			l.ok(l.Up(test.args...))
			if only(t, l.Project).ID == old {
				t.Error("the old token lives")
			}
			l.expectDeletes(1)
			l.ended(1)
		})
	}
}

// What depends on a token that is deleted in order to be replaced may have to be
// replaced with it, and is then deleted before it.
func TestAReplacementThatDeletesDependentsFirstLeavesTheNewTokensAlone(t *testing.T) {
	t.Parallel()
	program := func(enabled string) []string {
		return []string{
			ofAccount.with([]string{"enabled: " + enabled}, "base", "deleteBeforeReplace: true", "replaceOnChanges: [enabled]"),
			enginetest.Token("dependent", "accountId: ${base.accountId}", "name: dependent"),
		}
	}
	l := begun(t, program("true")...)
	old := l.state.Tokens()
	l.program(program("false")...)
	l.ok(l.Up())
	l.expectEntries("base", "dependent")
	l.expectDeletes(2)
	for name, entry := range old {
		if _, lives := l.Simulator.Token(entry.Output("tokenId")); lives {
			t.Errorf("the old token of %s lives", name)
		}
	}
	l.expectCurrent("dependent")
	l.ended(2)
}

// A replacement that deleted the old token and could not create the new one.
func TestAnInterruptedReplacementIsTakenUp(t *testing.T) {
	t.Parallel()
	const first = "deleteBeforeReplace: true"
	old, replacement := ofAccount.entry("ci", first), ofZone.entry("ci", first)
	for name, test := range map[string]struct {
		program []string
		tokens  int
	}{
		"by up":          {program: []string{replacement, ofAccount.entry("other")}, tokens: 2},
		"by the removal": {program: nil},
		"by a rename":    {program: []string{ofZone.entry("ci-new", first, alias("ci"))}, tokens: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := interrupted(t, old, replacement)
			l.program(test.program...)
			l.ok(l.Up())
			l.expectTokens(test.tokens)
			for name := range l.state.Tokens() {
				l.expectCurrent(name)
			}
			l.ended(test.tokens)
		})
	}
	t.Run("by refresh and destroy", func(t *testing.T) {
		t.Parallel()
		l := interrupted(t, old, replacement)
		l.ok(l.Refresh())
		l.ok(l.Destroy())
		l.expectEntries()
		l.expectTokens(0)
	})
}

// The secret of the token that was deleted is not shown as if it still worked.
func TestAnInterruptedReplacementShowsNoDeadSecret(t *testing.T) {
	t.Parallel()
	const output = "outputs:\n  secret: ${ci.clientSecret}\n"
	old, replacement := ofAccount.entry("ci", "deleteBeforeReplace: true"), ofZone.entry("ci", "deleteBeforeReplace: true")
	l := interrupted(t, old+output, replacement+output)
	dead := l.Simulator.IssuedSecrets()[0]
	for _, program := range []string{replacement, old} {
		l.program(program + output)
		if got := lastStackOutput(l.ok(l.Preview()), "secret"); got != plugin.UnknownStringValue {
			t.Error("the preview shows the secret as known, and the token of the known one was deleted")
		}
	}
	l.ok(l.Up())
	l.expectCurrent("ci")
	if secret := l.Outputs()["secret"]; secret == dead {
		t.Error("the stack still exports the secret of the token that was deleted")
	}
}

// lastStackOutput is what the engine reported last of an output of the stack.
func lastStackOutput(r enginetest.Result, name string) (value any) {
	for _, event := range r.Events {
		if e := event.ResOutputsEvent; e != nil && e.Metadata.Type == "pulumi:pulumi:Stack" && e.Metadata.New != nil {
			value = e.Metadata.New.Outputs[name]
		}
	}
	return value
}

// interrupted is a life in which the token was deleted in order to be replaced,
// and the creation was refused.
func interrupted(t *testing.T, old, replacement string) *life {
	t.Helper()
	l := begun(t, old)
	l.program(replacement)
	l.Simulator.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusBefore, Status: 403, Code: 10000})
	l.fails(l.Up())
	l.expectLive()
	l.expectDeletes(1)
	return l
}

// expectTokens fails unless this many tokens live.
func (l *life) expectTokens(want int) {
	l.t.Helper()
	if got := len(l.Simulator.Tokens()); got != want {
		l.t.Errorf("%d tokens live, want %d", got, want)
	}
}

// Three replacements whose old tokens could not be deleted leave three entries of
// one URN that wait for it.
func TestTokensThatWaitForTheirDeletionAreDeletedOnceEach(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	l.Simulator.Inject(refused("delete"))
	for range 3 {
		l.fails(l.Up("--replace", urn("ci")))
		l.expectCurrent("ci")
	}
	l.expectTokens(4)
	l.expectEntries("ci", "ci", "ci", "ci")
	newest := l.tokenOf("ci")
	l.Simulator.ClearFaults()
	l.Simulator.ResetRequests()
	l.ok(l.Up())
	l.expectDeletes(3)
	l.expectLive(newest)
	l.expectEntries("ci")
	l.ended(1)
}

// The policy of another stack names the old token until that stack is updated.
func TestAReplacementWhoseOldTokenIsInUseNamesThePolicyAndTheOrder(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	old := l.tokenOf("ci")
	policy := l.Simulator.AddPolicy(account, cfsim.ServiceAuthPolicy("of another stack", cfsim.ServiceTokenRule(old)))
	l.fails(l.Up("--replace", urn("ci")), `the token is still used by policy "of another stack" (`+policy.ID+`): remove it there first (after a replacement, use the new token there), then run again`)
	l.expectCurrent("ci")
	l.expectTokens(2)
	newest := l.tokenOf("ci")
	l.Simulator.RemoveAccess(policy.ID)
	l.Simulator.AddPolicy(account, cfsim.ServiceAuthPolicy("of another stack", cfsim.ServiceTokenRule(newest)))
	l.Simulator.ResetRequests()
	l.ok(l.Up())
	l.expectDeletes(1)
	l.expectLive(newest)
	l.expectEntries("ci")
}

// The import option may name another token than the entry's, which then goes.
func TestAnImportOfAnotherTokenReplacesTheOld(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	other := l.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Duration: "8760h"}).ID
	l.program(ofAccount.entry("ci", ofAccount.imports(other)))
	l.ok(l.Up())
	l.expectLive(other)
	l.expectDeletes(1)
	l.ended(1)
}

// Or the very same token under another spelling of its id, as a state from
// elsewhere has it. The old entry holds the secret, and has the same URN.
func TestAnImportOfTheSameTokenUnderTheSameNameKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.EditState(strings.NewReplacer(`"id": "`+ofAccount.id(id)+`"`, `"id": "`+id+`"`))
	l.program(ofAccount.entry("ci", ofAccount.imports(id)))
	l.refuses(l.Up(), "ci")
	l.expectEntries("ci", "ci")
	l.expectLive(id)
	l.program(ofAccount.with([]string{"recoverClientSecret: imported"}, "ci", ofAccount.imports(id)))
	l.ok(l.Up())
	l.expectEntries("ci")
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

func TestBothEntriesOfATokenAreReplaced(t *testing.T) {
	t.Parallel()
	l, id := renamed(t, ofAccount)
	l.program(ofZone.entry("ci"), ofZone.entry("ci-new"))
	l.ok(l.Up())
	l.expectTokens(2)
	l.expectDeletes(1)
	if _, lives := l.Simulator.Token(id); lives {
		t.Error("the old token lives")
	}
	l.ended(2)
}

func TestAMoveToAnotherProviderKeepsTheTokenAndOneThatReplacesItDoesNot(t *testing.T) {
	t.Parallel()
	explicit := func(name string) string { return "  " + name + ":\n    type: pulumi:providers:cfaccess\n" }
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.program(explicit("second"), ofAccount.entry("ci", "provider: ${second}"))
	l.ok(l.Up())
	l.expectLive(id)
	l.expectDeletes(0)
	l.program(explicit("second"), explicit("third"), ofZone.entry("ci", "provider: ${third}"))
	l.ok(l.Up())
	l.expectDeletes(1)
	l.expectCurrent("ci")
	l.ended(1)
}

package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// What a process remembers, and what it must not: one that serves several
// commands, and one whose engine goes on after an error.

func TestAnAttachedPluginForgetsBetweenCommands(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.Attach()
	l.program(ofAccount.entry("ci"))
	l.ok(l.Up())
	first := only(t, l.Project).ID
	l.ended(1)
	l.ok(l.Up())
	if only(t, l.Project).ID == first {
		t.Error("the token that was deleted is back")
	}
	works(t, l.Project, "ci")
	l.ended(1, "--refresh")
}

func TestAnAttachedPluginKeepsARenamedToken(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.Attach()
	l.program(ofAccount.entry("ci"))
	l.ok(l.Up())
	id := only(t, l.Project).ID
	l.program(ofAccount.entry("ci-new", ofAccount.imports(id)))
	for range 2 {
		l.refuses(l.Up(), "ci-new")
		l.expectBothKept(id)
	}
	l.ended(1)
}

// The engine deletes the old entry although the import of the new one failed.
func TestARenameWhoseImportFailsKeepsTheTokenThoughTheEngineGoesOn(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.program(ofAccount.entry("ci-new", ofAccount.imports(id)))
	l.Simulator.Inject(cfsim.Fault{Operation: "get", Kind: cfsim.StatusBefore, Status: 403, Code: 10000, Times: -1})
	l.fails(l.Up("--continue-on-error"))
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	works(t, l.Project, "ci")

	l.Simulator.ClearFaults()
	l.refuses(l.Up("--continue-on-error"), "ci-new")
	l.expectBothKept(id)
	l.ended(1)
}

// A token that is gone is no reason to keep the old entry.
func TestARenameByImportOfATokenThatIsGoneDropsTheOldEntry(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.Simulator.DeleteToken(id)
	l.program(ofAccount.entry("ci-new", ofAccount.imports(id)))
	l.fails(l.Up("--continue-on-error"), "does not exist")
	l.expectEntries()
	l.expectLive()
}

// The entry that was to be replaced lives on where its replacement fails.
func TestAReplacementThatFailsKeepsTheTokenOfTheOtherEntry(t *testing.T) {
	t.Parallel()
	l, id := twice(t)
	l.program(ofZone.entry("ci-new")) // without ci
	l.Simulator.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusBefore, Status: 403, Code: 10000})
	l.fails(l.Up("--continue-on-error"))
	l.expectBothKept(id)
	works(t, l.Project, "ci")
	l.ended(1)
}

// So does the entry whose rotation fails, without a secret.
func TestARotationThatFailsKeepsTheTokenAndTheSecretOfTheOtherEntry(t *testing.T) {
	t.Parallel()
	l, id := renamed(t, ofAccount)
	l.program(ofAccount.with([]string{"clientSecretVersion: 2"}, "ci-new", ofAccount.imports(id)))
	l.Simulator.Inject(cfsim.Fault{Operation: "update", Kind: cfsim.StatusBefore, Status: 403, Code: 10000, Times: -1})
	l.fails(l.Up("--continue-on-error"))
	l.expectBothKept(id)
	works(t, l.Project, "ci")
	l.Simulator.ClearFaults()
	l.ended(1)
}

// A stack that is rebuilt every night, while somebody outside holds the token.
func TestANightlyRebuildThatImportsKeepsTheToken(t *testing.T) {
	t.Parallel()
	for name, properties := range map[string][]string{"plainly": nil, "and recovers a secret": {"recoverClientSecret: imported"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begun(t, ofAccount.entry("ci"), resource("other", ofAccount.property, "name: other"))
			ci := l.Revealed().Token(t, "ci")
			id, clientID := ci.Output("tokenId"), ci.Output("clientId")
			outsiders, _ := ci.Secret("clientSecret")
			l.Simulator.Use(id)

			l.outside[id] = true // by the user's own doing
			l.ok(l.Run("state", "delete", urn("ci"), "--yes"))
			l.ok(l.Destroy())
			l.expectLive(id)
			l.expectDeletes(1)
			l.outside[id] = false
			l.program(ofAccount.with(properties, "ci", ofAccount.imports(id)))
			l.ok(l.Up())
			l.ok(l.Up())
			l.expectLive(id)
			l.expectDeletes(0)
			if !l.Simulator.Authenticates(clientID, outsiders) {
				t.Error("the secret that is in use outside has stopped working")
			}
			if properties == nil {
				l.ok(l.Up("--expect-no-changes"))
			} else {
				works(t, l.Project, "ci")
			}
			l.ended(1)
		})
	}
}

// With retainOnDelete each rebuild leaves a token behind, which is what it asks
// for.
func TestRetainOnDeleteKeepsEachTokenOfARebuild(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	l.program(ofAccount.entry("ci", "retainOnDelete: true"))
	var retained []string
	for range 2 {
		l.ok(l.Up())
		id := l.State().Token(t, "ci").Output("tokenId")
		retained = append(retained, id)
		l.outside[id] = true
		l.ok(l.Destroy())
		l.expectLive(retained...)
	}
	l.expectDeletes(0)
	l.expectEntries()
}

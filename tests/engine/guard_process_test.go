package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Lives in which a process sees more than one run, or a run less than the user's
// whole doing: an attached plugin, and a stack that is rebuilt.

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
	l.expectCurrent("ci")
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

// A stack that is rebuilt every night, while somebody outside holds the token.
func TestANightlyRebuildThatImportsKeepsTheToken(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"), enginetest.Token("other", ofAccount.property, "name: other"))
	ci := l.state.Token(t, "ci")
	id, clientID := ci.Output("tokenId"), ci.Output("clientId")
	outsiders, _ := ci.Secret("clientSecret")
	l.Simulator.Use(id)

	l.outside[id] = true // by the user's own doing
	l.ok(l.Run("state", "delete", urn("ci"), "--yes"))
	l.ok(l.Destroy())
	l.expectLive(id)
	l.expectDeletes(1)
	l.outside[id] = false
	l.program(ofAccount.with([]string{"recoverClientSecret: imported"}, "ci", ofAccount.imports(id)))
	l.ok(l.Up())
	l.ok(l.Up())
	l.expectLive(id)
	l.expectDeletes(0)
	if !l.Simulator.Authenticates(clientID, outsiders) {
		t.Error("the secret that is in use outside has stopped working")
	}
	l.expectCurrent("ci")
	l.ok(l.Up("--expect-no-changes"))
	l.ended(1)
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
		id := l.tokenOf("ci")
		retained = append(retained, id)
		l.outside[id] = true
		l.ok(l.Destroy())
		l.expectLive(retained...)
	}
	l.expectDeletes(0)
	l.expectEntries()
}

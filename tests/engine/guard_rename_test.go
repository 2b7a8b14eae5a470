package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Renaming a resource by importing its token under the new name, as users of
// Pulumi do.

// renamed is a life in which ci was to be renamed to ci-new by the import option:
// both entries are in the stack, since ci alone holds the client secret. It
// returns the token's id.
func renamed(t *testing.T, s scope, options ...string) (l *life, id string) {
	t.Helper()
	l = begun(t, s.entry("ci", options...))
	id = only(t, l.Project).ID
	l.program(s.entry("ci-new", append(options, s.imports(id))...))
	l.refuses(l.Up(), "ci-new")
	l.expectBothKept(id)
	return l, id
}

// expectBothKept fails unless the token lives, and both entries of it are in the
// stack.
func (l *life) expectBothKept(id string) {
	l.t.Helper()
	l.expectDeletes(0)
	l.expectLive(id)
	l.expectEntries("ci", "ci-new")
}

func TestARenameByTheImportOptionKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scope
		args []string
	}{
		"in an account":            {ofAccount, nil},
		"in a zone with a refresh": {ofZone, []string{"--refresh"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begun(t, test.entry("ci", versioned))
			id := only(t, l.Project).ID
			l.program(test.entry("ci-new", versioned, test.imports(id)))
			for range 2 { // the second run finds both entries
				l.refuses(l.Up(test.args...), "ci-new")
				l.expectBothKept(id)
			}
			l.ended(1, test.args...)
		})
	}
}

func TestARenameByPulumiImportKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scope
		options, args []string
	}{
		"in an account with a refresh": {ofAccount, []string{versioned}, []string{"--refresh"}},
		"in a zone without a version":  {ofZone, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begun(t, test.entry("ci", test.options...))
			id := only(t, l.Project).ID
			l.ok(l.Import("ci-new", test.id(id)))
			l.program(test.entry("ci-new", test.options...))
			l.refuses(l.Up(test.args...), "ci-new")
			l.expectBothKept(id)
			l.ended(1, test.args...)
		})
	}
}

func TestARenameByImportBesideOtherChangesKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	other := func(name string) string {
		return enginetest.Token(name, ofAccount.property, "name: "+name)
	}
	l := begun(t, ofAccount.entry("ci"), other("changed"), other("removed"))
	id := l.tokenOf("ci")
	removed := l.tokenOf("removed")
	l.program(ofAccount.entry("ci-new", ofAccount.imports(id)),
		other("created"), enginetest.Token("changed", ofAccount.property, "name: changed", "enabled: false"))
	l.refuses(l.Up(goOn), "ci-new")
	l.expectEntries("ci", "ci-new", "changed", "created")
	l.expectDeletes(1)
	if _, lives := l.Simulator.Token(removed); lives {
		t.Error("the token of the resource that was removed still lives")
	}
	if changed := l.state.Token(t, "changed"); changed.Outputs["enabled"] != false {
		t.Error("the other resource was not changed")
	}
	l.ended(3)
}

// A token that was itself imported has no secret to lose: the old entry goes.
func TestARenameByImportOfAnImportedTokenSucceeds(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.Simulator.AddToken(zone, cfsim.NewToken{Name: "ci", Duration: "8760h"}).ID
	l.program(ofZone.entry("ci", ofZone.imports(id)))
	l.ok(l.Up())
	l.program(ofZone.entry("ci-new", ofZone.imports(id)))
	expectWarning(t, l.ok(l.Up()), "ci-new")
	l.expectEntries("ci-new")
	l.expectLive(id)
	l.expectDeletes(0)
	l.ok(l.Up("--expect-no-changes"))
	l.ended(1)
}

// The old entry goes where the new one got a secret of its own in the same run.
func TestARenameByImportThatRecoversASecretSucceeds(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.program(ofAccount.with([]string{"recoverClientSecret: imported"}, "ci-new", ofAccount.imports(id)))
	l.ok(l.Up())
	l.expectEntries("ci-new")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci-new")
	l.ended(1)
}

func TestWhatWasRenamedByImportIsRemovedForGood(t *testing.T) {
	t.Parallel()
	l, _ := renamed(t, ofAccount)
	l.program()
	l.ok(l.Up("--refresh"))
	l.expectDeletes(1)
	l.expectLive()
	l.expectEntries()
}

// The first way out that the error names: back to the old name, then an alias.
func TestTheWayOutThatKeepsTheSecretRenames(t *testing.T) {
	t.Parallel()
	dependent := func(on string) string {
		return enginetest.Token("dependent", ofAccount.property, "name: uses ${"+on+".tokenId}") +
			"    options:\n      dependsOn: [\"${" + on + "}\"]\n"
	}
	l := begun(t, ofAccount.entry("ci", versioned), dependent("ci"))
	l.ok(l.Import("ci-new", ofAccount.id(l.tokenOf("ci")), "--protect=true"))
	l.program(ofAccount.entry("ci-new", versioned, "protect: true"), dependent("ci-new"))
	l.refuses(l.Up(), "ci-new")

	l.program(ofAccount.entry("ci", versioned), dependent("ci"))
	l.Must(l.Run("state", "unprotect", urn("ci-new"), "--yes"))
	l.ok(l.Up())
	l.expectEntries("ci", "dependent")
	l.program(ofAccount.entry("ci-new", versioned, alias("ci")), dependent("ci-new"))
	l.ok(l.Up())
	l.expectEntries("ci-new", "dependent")
	l.expectDeletes(0)
	l.expectCurrent("ci-new")
	l.ended(2)
}

// The second way out: the new entry takes a secret of its own.
func TestTheWayOutThatTakesANewSecretRenames(t *testing.T) {
	t.Parallel()
	l, id := renamed(t, ofZone, versioned)
	l.program(ofZone.with([]string{"recoverClientSecret: imported"}, "ci-new", versioned, ofZone.imports(id)))
	l.ok(l.Up())
	l.expectEntries("ci-new")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci-new")
	l.ended(1)
}

// An alias is of no use while both entries are there: the engine looks for the
// new name first.
func TestAnAliasWhileBothEntriesAreThereKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	l, id := renamed(t, ofAccount)
	l.program(ofAccount.entry("ci-new", alias("ci")))
	l.refuses(l.Up(), "ci-new")
	l.expectBothKept(id)
	l.ended(1)
}

func TestARenameByAliasOrStateRenameChangesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options []string
		rename  func(*life)
	}{
		"alias": {[]string{alias("ci")}, func(*life) {}},
		"state rename": {nil, func(l *life) {
			l.ok(l.Run("state", "rename", urn("ci"), "ci-new", "--yes"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begun(t, ofAccount.entry("ci"))
			id := only(t, l.Project).ID
			test.rename(l)
			l.program(ofAccount.entry("ci-new", test.options...))
			l.ok(l.Up())
			l.expectEntries("ci-new")
			l.expectLive(id)
			l.expectDeletes(0)
			l.expectCurrent("ci-new")
			l.ended(1)
		})
	}
}

// Two tokens of one name differ by their ids.
func TestARenameByImportBesideATokenOfTheSameNameKeepsBoth(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"), ofAccount.entry("twin"))
	ci, twin := l.tokenOf("ci"), l.tokenOf("twin")
	l.program(ofAccount.entry("ci-new", ofAccount.imports(ci)), ofAccount.entry("twin"))
	l.refuses(l.Up(), "ci-new")
	l.expectLive(ci, twin)
	l.program(ofAccount.entry("ci-new", ofAccount.imports(ci)))
	l.refuses(l.Up(goOn), "ci-new")
	l.expectDeletes(1)
	l.expectLive(ci)
	l.expectBothKept(ci)
	l.ended(1)
}

// An entry that only reads a token becomes one that manages it.
func TestAReadTokenThatIsImportedLaterLives(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Duration: "8760h"}).ID
	l.outside[id] = true
	l.program("  ci:\n    type: cfaccess:ServiceToken\n    get:\n      id: " + ofAccount.id(id) + "\n")
	l.ok(l.Up())
	l.outside[id] = false
	l.program(ofAccount.entry("ci", ofAccount.imports(id)))
	l.ok(l.Up())
	l.expectLive(id)
	l.expectDeletes(0)
	l.ended(1)
}

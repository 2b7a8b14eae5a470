package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// Two entries of one token in a stack, and what becomes of token and secret when
// one of them, or both, go.

// twice is a life in which ci, which holds the secret, and ci-new, by an import,
// stand for one token.
func twice(t *testing.T) (l *life, id string) {
	t.Helper()
	l = begun(t, ofAccount.entry("ci"))
	id = only(t, l.Project).ID
	l.ok(l.Import("ci-new", ofAccount.id(id)))
	l.Simulator.ResetRequests()
	return l, id
}

func TestTwoEntriesWhoseDeletionIsRefusedStay(t *testing.T) {
	t.Parallel()
	l, id := twice(t)
	l.Simulator.Inject(refused("delete"))
	for _, args := range [][]string{nil, {"--refresh", goOn}} {
		l.fails(l.Destroy(args...))
		l.expectEntries("ci", "ci-new")
		l.expectLive(id)
	}
	l.Simulator.ClearFaults()
	l.ended(1, "--refresh")
}

// One that is in use is refused for as long as the provider waits for what uses
// it to go.
func TestTwoEntriesOfATokenInUseStay(t *testing.T) {
	t.Parallel()
	l, id := twice(t)
	policy := l.Simulator.AddPolicy(account, cfsim.ServiceAuthPolicy("ci", cfsim.ServiceTokenRule(id)))
	l.fails(l.Destroy(), "12139")
	l.expectEntries("ci", "ci-new")
	l.expectLive(id)
	l.Simulator.RemoveAccess(policy.ID)
	l.ended(1)
}

func TestTwoEntriesOfATokenThatWasDeletedElsewhereGo(t *testing.T) {
	t.Parallel()
	l, id := twice(t)
	l.Simulator.DeleteToken(id)
	l.ok(l.Destroy())
	l.expectEntries()
}

func TestDestroyThatRunsTheProgramDeletesTheToken(t *testing.T) {
	t.Parallel()
	l, _ := renamed(t, ofAccount)
	l.ended(1, "--run-program")
}

// The second entry of `pulumi import`, without a secret, goes where the program
// does not take it up, and the token stays: in YAML without a version both have
// one provider.
func TestASecondEntryThatNoProgramTakesUpGoesAndTheTokenStays(t *testing.T) {
	t.Parallel()
	l, id := twice(t)
	expectWarning(t, l.ok(l.Up("--refresh")), "ci")
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

// apart is a life in which ci and ci-new stand for one token and have providers of
// their own, so that no process sees both: the import did not know the version
// that the program, like one with an SDK, asks for.
func apart(t *testing.T) (l *life, id string) {
	t.Helper()
	l = begun(t, ofAccount.entry("ci", versioned))
	id = l.tokenOf("ci")
	l.program(ofAccount.entry("ci"))
	l.ok(l.Import("ci-new", ofAccount.id(id)))
	l.program(ofAccount.entry("ci", versioned))
	if one, other := l.state.Token(t, "ci").Provider, l.state.Token(t, "ci-new").Provider; one == other {
		t.Fatalf("both entries have the provider %s", one)
	}
	l.Simulator.ResetRequests()
	return l, id
}

// The way that the guide gives drops the second entry without the provider.
func TestASecondEntryUnderAnotherProviderGoesByStateDelete(t *testing.T) {
	t.Parallel()
	l, id := apart(t)
	l.ok(l.Run("state", "delete", urn("ci-new"), "--force", "--yes"))
	l.ok(l.Up())
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

// An entry that the program takes up moves to its provider.
func TestASecondEntryThatTheProgramTakesUpKeepsTokenAndSecret(t *testing.T) {
	t.Parallel()
	l, id := apart(t)
	l.program(ofAccount.entry("ci-new", versioned))
	l.refuses(l.Up(), "ci-new")
	l.expectBothKept(id)
	l.ended(1)
}

// Two providers are two processes: each deletes, and what is gone is a success.
func TestTwoEntriesUnderTwoProvidersAreDestroyed(t *testing.T) {
	t.Parallel()
	l, _ := apart(t)
	l.ok(l.Destroy())
	l.expectEntries()
	l.expectLive()
}

// An entry may hold a newer secret than the one that stays, whose state still
// calls its own current.
func TestANewerSecretInOneOfTwoEntriesIsNotLost(t *testing.T) {
	t.Parallel()
	l := begun(t, ofAccount.entry("ci"))
	id := only(t, l.Project).ID
	l.program(ofAccount.entry("ci"), ofAccount.with([]string{"recoverClientSecret: imported"}, "ci-new", ofAccount.imports(id)))
	l.ok(l.Up())
	l.expectCurrent("ci-new")
	version := only(t, l.Project).ClientSecretVersion
	if version != 2 {
		t.Fatalf("the secret has the version %d, want 2: the recovery did not take place", version)
	}

	l.program(ofAccount.entry("ci"))
	l.refuses(l.Up(), "ci")
	l.expectBothKept(id)
	l.expectCurrent("ci-new")

	// The way out that takes a new secret for the entry that stays.
	l.program(ofAccount.with([]string{"clientSecretVersion: 3"}, "ci"))
	l.ok(l.Up("--refresh"))
	l.expectEntries("ci")
	l.expectLive(id)
	l.expectDeletes(0)
	l.expectCurrent("ci")
	l.ended(1)
}

// Two entries that both recover would revoke each other's secret in one run.
func TestTwoEntriesThatRecoverRotateOnceARun(t *testing.T) {
	t.Parallel()
	always := []string{"recoverClientSecret: always"}
	l := begun(t, ofAccount.with(always, "ci"))
	id := only(t, l.Project).ID
	l.program(ofAccount.with(always, "ci"), ofAccount.with(always, "ci-new", ofAccount.imports(id)))
	l.ok(l.Up())
	l.Simulator.RotateElsewhere(id)
	before := only(t, l.Project).ClientSecretVersion
	l.Up("--refresh")
	l.expectNothingLost()
	if after := only(t, l.Project).ClientSecretVersion; after != before+1 {
		t.Errorf("the version went from %d to %d in one run, want one rotation", before, after)
	}
	l.expectBothKept(id)
	l.ended(1)
}

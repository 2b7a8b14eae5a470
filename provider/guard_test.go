package provider

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// guarded is a plugin process as its guard sees it, and Cloudflare as far as a
// Delete sees that.
type guarded struct {
	guard *guard
	// inUse makes Cloudflare refuse each deletion.
	inUse bool
	// requests counts the deletions that were sent.
	requests int
}

func newGuarded() *guarded { return &guarded{guard: newGuard()} }

var errInUse = errors.New("still in use")

func (g *guarded) send() error {
	g.requests++
	if g.inUse {
		return errInUse
	}
	return nil // also where Cloudflare does not have the token
}

// asked is one call of the engine, or what happens between two.
type asked func(*testing.T, *guarded)

// life is what the engine asks of one process, in its order.
type life []asked

func entryURN(name string) resource.URN {
	return resource.NewURN("test", "provider", "", "cfaccess:index:ServiceToken", name)
}

// What the engine does. A Check has the old inputs of an entry that exists, and
// none for a new one, nor the second time for a replacement.

func check(name string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.check(entryURN(name), true) }
}

func checkAnew(name string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.check(entryURN(name), false) }
}

func diff(name string, h holder) asked {
	return func(t *testing.T, g *guarded) {
		t.Helper()
		if err := g.guard.diff(entryURN(name), false, h); err != nil {
			t.Errorf("the Diff of %s fails: %v", name, err)
		}
	}
}

func diffReplaces(name string, h holder) asked {
	return func(t *testing.T, g *guarded) {
		t.Helper()
		if err := g.guard.diff(entryURN(name), true, h); err != nil {
			t.Errorf("the Diff of %s fails: %v", name, err)
		}
	}
}

// diffOfDeleted is a Diff of an entry whose token this process has deleted.
func diffOfDeleted(name string, h holder) asked {
	return func(t *testing.T, g *guarded) {
		t.Helper()
		err := g.guard.diff(entryURN(name), false, h)
		if err == nil || !strings.Contains(err.Error(), h.tokenID+" was deleted earlier in this run") || !strings.Contains(err.Error(), "`pulumi refresh`") {
			t.Errorf("the Diff of %s: %v", name, err)
		}
	}
}

func created(name string, h holder) asked {
	return func(_ *testing.T, g *guarded) { g.guard.created(entryURN(name), h) }
}

func notCreated(name string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.notCreated(entryURN(name)) }
}

func updated(name string, h holder) asked {
	return func(_ *testing.T, g *guarded) { g.guard.updated(entryURN(name), h) }
}

func imported(name, tokenID string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.imported(entryURN(name), tokenID, false) }
}

func notImported(name, tokenID string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.imported(entryURN(name), tokenID, true) }
}

func checkRefused(name string) asked {
	return func(_ *testing.T, g *guarded) { g.guard.refused(entryURN(name)) }
}

// nextRun is Configure: the engine attaches to the same process again.
func nextRun(_ *testing.T, g *guarded) { g.guard.reset() }

func deletionsAreRefused(_ *testing.T, g *guarded)    { g.inUse = true }
func deletionsAreNotRefused(_ *testing.T, g *guarded) { g.inUse = false }

// deleted is a Delete, and what has to come of it.
func deleted(name string, dropped holder, comes outcome) asked {
	return func(t *testing.T, g *guarded) {
		t.Helper()
		before := g.requests
		keptFor, err := g.guard.delete(entryURN(name), dropped, g.send)
		if problem := comes(g.requests-before, keptFor, err); problem != "" {
			t.Errorf("the Delete of %s: %s; it sent %d requests, kept the token for %q, error %v", name, problem, g.requests-before, keptFor, err)
		}
	}
}

// outcome judges a Delete: what is wrong with it, if anything is.
type outcome func(requests int, keptFor string, err error) string

func byARequest(requests int, keptFor string, err error) string {
	if requests != 1 || keptFor != "" || err != nil {
		return "want the token deleted"
	}
	return ""
}

func goneAlready(requests int, keptFor string, err error) string {
	if requests != 0 || keptFor != "" || err != nil {
		return "want a success without a request"
	}
	return ""
}

func refusedByCloudflare(requests int, keptFor string, err error) string {
	if requests != 1 || keptFor != "" || !errors.Is(err, errInUse) {
		return "want Cloudflare's refusal"
	}
	return ""
}

// tokenKeptFor is an entry that goes while its token stays.
func tokenKeptFor(names string) outcome {
	return func(requests int, keptFor string, err error) string {
		if requests != 0 || keptFor != names || err != nil {
			return "want the token kept for " + names
		}
		return ""
	}
}

// failsWithBothWaysOut is an entry that stays, since it alone holds the secret.
func failsWithBothWaysOut(holder string) outcome {
	return fails("the token was kept, since "+holder+" in this stack manages the same token", "(a) Keep the secret", "which removes "+holder, "(b) ")
}

func failsWithOneWayOut() outcome {
	return fails("the stack holds it under this name", "Get a new secret")
}

func failsForTheImportOf(name string) outcome {
	return fails("since its import as " + name + " failed in this run")
}

func fails(says ...string) outcome {
	return func(requests int, keptFor string, err error) string {
		if requests != 0 || keptFor != "" || err == nil {
			return "want a failure without a request"
		}
		for _, part := range says {
			if !strings.Contains(err.Error(), part) {
				return fmt.Sprintf("want an error that says %q", part)
			}
		}
		return ""
	}
}

// What an entry holds of its token.

// secretless is an import's: it holds no client secret.
func secretless(tokenID string) holder { return holder{tokenID: tokenID, next: 2} }

// holds is of an entry whose client secret of that version works.
func holds(tokenID string, version int) holder {
	return holder{tokenID: tokenID, version: version, digest: sha256.Sum256(fmt.Append(nil, "fake secret ", version)), works: true, next: version + 1}
}

// ended is of an entry whose client secret no longer works.
func ended(tokenID string, version int) holder {
	h := holds(tokenID, version)
	h.works = false
	return h
}

// another is a secret of the same version that differs.
func another(h holder) holder {
	h.digest = sha256.Sum256([]byte("another fake secret"))
	return h
}

const (
	t1 = "11111111-0000-4000-8000-000000000001"
	t2 = "22222222-0000-4000-8000-000000000002"
	t3 = "33333333-0000-4000-8000-000000000003"
	t4 = "44444444-0000-4000-8000-000000000004"
)

var lives = map[string]life{
	// Renaming, with the option import.
	"a rename by import keeps the token, and the entry that alone holds its secret": {
		imported("new", t1), check("new"), diff("new", secretless(t1)),
		deleted("old", holds(t1, 1), failsWithBothWaysOut("new")),
	},
	"each later run keeps both too, as does one after pulumi import, one with an alias, and one whose rotation fails": {
		check("new"), diff("new", secretless(t1)),
		deleted("old", holds(t1, 1), failsWithBothWaysOut("new")),
	},
	"a refresh before a rename by import changes nothing of that": {
		diff("old", holds(t1, 1)), diff("new", secretless(t1)),
		check("new"), diff("new", secretless(t1)),
		deleted("old", holds(t1, 1), failsWithBothWaysOut("new")),
	},
	"the old name without import keeps the token and lets the new entry go": {
		check("old"), diff("old", holds(t1, 1)),
		deleted("new", secretless(t1), tokenKeptFor("old")),
	},
	"a rename by alias deletes nothing": {
		check("new"), diff("new", holds(t1, 1)),
		deleted("unrelated", holds(t2, 1), byARequest),
		deleted("old", secretless(t1), tokenKeptFor("new")),
	},
	"a rotation by the new entry lets the old one go": {
		check("new"), diff("new", secretless(t1)), updated("new", holds(t1, 2)),
		deleted("old", holds(t1, 1), tokenKeptFor("new")),
	},
	"a rename that rotates in the same run lets the old entry go at once": {
		imported("new", t1), check("new"), diff("new", secretless(t1)), updated("new", holds(t1, 2)),
		deleted("old", holds(t1, 1), tokenKeptFor("new")),
	},
	"a rename of an import loses nothing": {
		imported("new", t1), check("new"), diff("new", secretless(t1)),
		deleted("old", secretless(t1), tokenKeptFor("new")),
	},
	"of two entries that stay both are named": {
		check("new"), diff("new", secretless(t1)), check("newer"), diff("newer", secretless(t1)),
		deleted("old", secretless(t1), tokenKeptFor("new and newer")),
	},
	"another token of the same name is deleted": {
		imported("new", t2), check("new"), diff("new", secretless(t2)),
		deleted("old", holds(t1, 1), byARequest),
	},

	// Removing for good.
	"two entries of one token are one deletion": {
		deleted("old", holds(t1, 1), byARequest), deleted("new", secretless(t1), goneAlready),
	},
	"two entries of one token are one deletion in the other order too": {
		deleted("new", secretless(t1), byARequest), deleted("old", holds(t1, 1), goneAlready),
	},
	"the comparison of a refresh does not mean that an entry stays": {
		diff("old", holds(t1, 1)), diff("new", secretless(t1)),
		deleted("old", holds(t1, 1), byARequest), deleted("new", secretless(t1), goneAlready),
	},
	"a deletion that Cloudflare refuses deletes neither entry, and is sent for each": {
		deletionsAreRefused,
		deleted("new", secretless(t1), refusedByCloudflare), deleted("old", holds(t1, 1), refusedByCloudflare),
		deletionsAreNotRefused,
		deleted("new", secretless(t1), byARequest), deleted("old", holds(t1, 1), goneAlready),
	},
	"pulumi do deletes what it has just read": {
		imported("", t1), deleted("", secretless(t1), byARequest),
	},
	"a get that becomes a resource deletes nothing, and goes with its token": {
		imported("got", t1), check("got"), diff("got", secretless(t1)),
		nextRun,
		deleted("got", secretless(t1), byARequest),
	},

	// Replacing.
	"create before delete deletes the old token": {
		check("ci"), diffReplaces("ci", holds(t1, 1)), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", holds(t1, 1), byARequest),
	},
	"delete before replace deletes the old token": {
		check("ci"), diffReplaces("ci", holds(t1, 1)), checkAnew("ci"),
		deleted("ci", holds(t1, 1), byARequest), created("ci", holds(t2, 1)),
	},
	"replaceOnChanges, of which the Diff does not know, deletes the old token": {
		check("ci"), diff("ci", holds(t1, 1)), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", holds(t1, 1), byARequest),
	},
	"replaceOnChanges with delete before replace deletes the old token": {
		check("ci"), diff("ci", holds(t1, 1)), checkAnew("ci"),
		deleted("ci", holds(t1, 1), byARequest), created("ci", holds(t2, 1)),
	},
	"pulumi up --replace, which asks for no Diff, deletes the old token": {
		checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", holds(t1, 1), byARequest),
	},
	"replacementTrigger, which asks for no Diff either, deletes the old token": {
		check("ci"), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", holds(t1, 1), byARequest),
	},
	"a replaced token that another entry holds is kept": {
		check("other"), diff("other", secretless(t1)),
		check("ci"), diffReplaces("ci", secretless(t1)), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", secretless(t1), tokenKeptFor("other")),
	},
	"a replaced token that another entry holds is kept where no Diff showed the replacement": {
		check("other"), diff("other", secretless(t1)),
		check("ci"), diff("ci", secretless(t1)), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("ci", secretless(t1), tokenKeptFor("other")),
	},
	"a dependent that is replaced with what it depends on is deleted first": {
		check("base"), diffReplaces("base", holds(t1, 1)), checkAnew("base"),
		diffReplaces("ci", holds(t2, 1)), deleted("ci", holds(t2, 1), byARequest),
		deleted("base", holds(t1, 1), byARequest), created("base", holds(t3, 1)),
		checkAnew("ci"), created("ci", holds(t4, 1)),
		deleted("old", secretless(t4), tokenKeptFor("ci")),
	},
	"a dependent that is deleted first may have been compared before": {
		check("ci"), diff("ci", holds(t2, 1)),
		diffReplaces("ci", holds(t2, 1)), deleted("ci", holds(t2, 1), byARequest),
	},
	"a dependent that is deleted first may have been compared by a refresh": {
		diff("ci", holds(t2, 1)),
		diffReplaces("ci", holds(t2, 1)), deleted("ci", holds(t2, 1), byARequest),
	},
	"an interrupted delete before replace is gone on with": {
		check("ci"), diffReplaces("ci", holds(t1, 1)), checkAnew("ci"),
		deleted("ci", holds(t1, 1), byARequest), notCreated("ci"),
		deleted("old", secretless(t1), goneAlready), // it does not stay
		nextRun,
		check("ci"), diff("ci", holds(t1, 1)), checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("old", secretless(t2), tokenKeptFor("ci")),
	},
	"three pending deletions of one name are three": {
		check("ci"), diff("ci", holds(t4, 1)),
		deleted("ci", holds(t1, 1), byARequest), deleted("ci", holds(t2, 1), byARequest), deleted("ci", holds(t3, 1), byARequest),
	},
	"an alias and a replacement at once delete the old token": {
		check("new"), diffReplaces("new", holds(t1, 1)), checkAnew("new"), created("new", holds(t2, 1)),
		deleted("old", holds(t1, 1), byARequest),
	},
	"an alias and a replacement at once delete the old token with delete before replace too": {
		check("new"), diffReplaces("new", holds(t1, 1)), checkAnew("new"),
		deleted("old", holds(t1, 1), byARequest), created("new", holds(t2, 1)),
	},
	"another parent without an alias deletes the old token": {
		checkAnew("new"), created("new", holds(t2, 1)),
		deleted("old", holds(t1, 1), byARequest),
	},
	"a replacement by import of the same token keeps it, and the secret": {
		imported("ci", t1), check("ci"), diff("ci", secretless(t1)),
		deleted("ci", holds(t1, 1), failsWithOneWayOut()),
	},
	"a rotation after a replacement by import of the same token lets the old entry go": {
		check("ci"), diff("ci", secretless(t1)), updated("ci", holds(t1, 2)),
		deleted("ci", holds(t1, 1), tokenKeptFor("ci")),
	},
	"a replacement by import of another token deletes the old one": {
		imported("ci", t2), check("ci"), diff("ci", secretless(t2)),
		deleted("ci", holds(t1, 1), byARequest),
	},
	"two entries of one token that are both replaced are one deletion": {
		check("a"), diffReplaces("a", holds(t1, 1)), checkAnew("a"), created("a", holds(t2, 1)),
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), created("b", holds(t3, 1)),
		deleted("a", holds(t1, 1), byARequest), deleted("b", secretless(t1), goneAlready),
	},
	"two entries of one token, one of which is deleted before its replacement, are one deletion": {
		check("a"), diffReplaces("a", holds(t1, 1)), checkAnew("a"), created("a", holds(t2, 1)),
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), deleted("b", secretless(t1), byARequest), created("b", holds(t3, 1)),
		deleted("a", holds(t1, 1), goneAlready),
	},
	"a token that was deleted before its other entry was looked at is no token to plan with": {
		check("a"), diffReplaces("a", holds(t1, 1)), checkAnew("a"), deleted("a", holds(t1, 1), byARequest), created("a", holds(t2, 1)),
		check("b"), diffOfDeleted("b", secretless(t1)),
		nextRun,
		check("b"), diff("b", secretless(t1)),
	},

	// Going on after an error.
	"an import that failed keeps the token that it was to import": {
		notImported("new", t1),
		deleted("old", holds(t1, 1), failsForTheImportOf("new")),
		deleted("old", secretless(t1), failsForTheImportOf("new")),
	},
	"an entry whose own import failed may go": {
		notImported("new", t1), deleted("new", secretless(t1), byARequest),
	},
	"an import that failed keeps no other token": {
		notImported("new", t2), deleted("old", holds(t1, 1), byARequest),
	},
	"an import that succeeds after all keeps the token for its entry": {
		notImported("new", t1), imported("new", t1), check("new"), diff("new", secretless(t1)),
		deleted("old", secretless(t1), tokenKeptFor("new")),
	},
	"an import that finds another token lets the first go": {
		notImported("new", t1), imported("new", t2),
		deleted("old", holds(t1, 1), byARequest),
	},
	"of several failed imports the first is named": {
		notImported("c", t1), notImported("b", t1), notImported("a", t2),
		deleted("old", secretless(t1), failsForTheImportOf("b")),
	},
	"an import whose inputs were refused keeps the token": {
		imported("new", t1), check("new"), checkRefused("new"),
		deleted("old", holds(t1, 1), failsForTheImportOf("new")),
	},
	"inputs that were refused of what was not imported keep nothing": {
		check("new"), checkRefused("new"),
		deleted("old", holds(t1, 1), byARequest),
	},
	"a get that succeeded keeps nothing": {
		imported("got", t1), deleted("old", holds(t1, 1), byARequest),
	},
	"a replacement that creates nothing leaves the entry that it was to replace": {
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), notCreated("b"),
		deleted("a", holds(t1, 1), failsWithBothWaysOut("b")),
	},
	"a replacement that no Diff showed and that creates nothing leaves the entry too": {
		check("b"), diff("b", secretless(t1)), checkAnew("b"), notCreated("b"),
		deleted("a", secretless(t1), tokenKeptFor("b")),
	},
	"a replacement that creates nothing does not bring back a token that this process has deleted": {
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), deleted("b", secretless(t1), byARequest), notCreated("b"),
		deleted("a", holds(t1, 1), goneAlready),
	},
	"a creation that fails in place of nothing leaves nothing": {
		checkAnew("b"), notCreated("b"),
		deleted("a", holds(t1, 1), byARequest),
	},
	"a replacement that creates something after a failure takes the entry's place": {
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), notCreated("b"),
		checkAnew("b"), created("b", holds(t2, 1)),
		deleted("a", holds(t1, 1), byARequest),
	},

	// Which secret is the newest.
	"the newer of two secrets is not dropped": {
		check("a"), diff("a", holds(t1, 1)),
		deleted("b", holds(t1, 2), failsWithBothWaysOut("a")),
	},
	"the older of two secrets is dropped": {
		check("b"), diff("b", holds(t1, 2)),
		deleted("a", holds(t1, 1), tokenKeptFor("b")),
	},
	"a secret that another entry holds too is dropped": {
		check("b"), diff("b", holds(t1, 2)),
		deleted("a", holds(t1, 2), tokenKeptFor("b")),
	},
	"two secrets of one version are kept apart": {
		check("b"), diff("b", holds(t1, 2)),
		deleted("a", another(holds(t1, 2)), failsWithBothWaysOut("b")),
	},
	"one of several entries that stay is enough": {
		check("b"), diff("b", secretless(t1)), check("c"), diff("c", holds(t1, 1)),
		deleted("a", holds(t1, 1), tokenKeptFor("b and c")),
	},
	"a secret that no longer works is no loss": {
		check("b"), diff("b", secretless(t1)),
		deleted("a", ended(t1, 1), tokenKeptFor("b")),
	},
	"what a rotation made of another entry is known": {
		check("b"), diff("b", holds(t1, 1)), updated("b", holds(t1, 3)),
		deleted("a", holds(t1, 2), tokenKeptFor("b")),
	},
	"an update of an entry that goes does not make it stay": {
		updated("b", holds(t1, 3)),
		deleted("a", holds(t1, 2), byARequest),
	},

	// One process for several runs, as when it is attached for debugging.
	"what stayed in one run is deleted in the next": {
		check("ci"), diff("ci", holds(t1, 1)),
		nextRun,
		deleted("ci", holds(t1, 1), byARequest),
		nextRun,
		checkAnew("ci"), created("ci", holds(t2, 1)),
		deleted("old", secretless(t2), tokenKeptFor("ci")),
	},
	"what was created in one run is deleted in the next": {
		checkAnew("ci"), created("ci", holds(t1, 1)), nextRun, deleted("ci", holds(t1, 1), byARequest),
	},
	"what was deleted in one run is asked for again in the next": {
		deleted("ci", holds(t1, 1), byARequest), nextRun, deleted("ci", holds(t1, 1), byARequest),
	},
	"an import that failed in one run keeps nothing in the next": {
		notImported("new", t1), nextRun, deleted("old", holds(t1, 1), byARequest),
	},
	"what was imported in one run is not arriving in the next": {
		imported("new", t1), nextRun, checkRefused("new"), deleted("old", holds(t1, 1), byARequest),
	},
	"a replacement of one run leaves nothing in the next": {
		check("b"), diffReplaces("b", secretless(t1)), checkAnew("b"), nextRun, notCreated("b"), deleted("a", holds(t1, 1), byARequest),
	},
	"a Check of one run says nothing of the comparison in the next": {
		check("ci"), nextRun, diff("ci", holds(t1, 1)), deleted("ci", holds(t1, 1), byARequest),
	},
}

func TestADeleteNeverDeletesTheTokenOfAnotherLiveEntry(t *testing.T) {
	t.Parallel()
	for name, calls := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded()
			for _, call := range calls {
				call(t, g)
			}
		})
	}
}

// The guard sees what one process is asked. Entries under two providers have two.
func TestEntriesInTwoProcessesAreTwoDeletions(t *testing.T) {
	t.Parallel()
	one, other := newGuarded(), newGuarded()
	check("moved")(t, other)
	diff("moved", holds(t1, 1))(t, other)
	deleted("moved", holds(t1, 1), byARequest)(t, one)
	deleted("imported", secretless(t1), tokenKeptFor("moved"))(t, other)
}

func TestEntriesOfOneTokenThatGoAtTheSameTimeAreOneDeletion(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{"deleted": nil, "refused": errInUse} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				g, answered := newGuard(), make(chan error)
				comes := make(chan error)
				for _, entry := range []string{"a", "b", "c"} {
					go func() {
						keptFor, err := g.delete(entryURN(entry), secretless(t1), func() error {
							requests.Add(1)
							return <-answered
						})
						if keptFor != "" {
							t.Errorf("%s was kept for %s", entry, keptFor)
						}
						comes <- err
					}()
				}
				synctest.Wait()
				if n := requests.Load(); n != 1 {
					t.Fatalf("%d requests before the first was answered", n)
				}
				answered <- refusal
				for range 3 {
					if err := <-comes; !errors.Is(err, refusal) {
						t.Errorf("got %v, want %v", err, refusal)
					}
				}
				_, err := g.delete(entryURN("d"), secretless(t1), func() error {
					requests.Add(1)
					return nil
				})
				want := int64(1)
				if refusal != nil {
					want = 2 // it was not deleted, so it is asked for again
				}
				if n := requests.Load(); n != want || err != nil {
					t.Errorf("%d requests in all, want %d (%v)", n, want, err)
				}
			})
		})
	}
}

func TestTokensThatGoAtTheSameTimeDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int64
		g, answered, ended := newGuard(), make(chan struct{}), make(chan error)
		for _, tokenID := range []string{t1, t2} {
			go func() {
				_, err := g.delete(entryURN(tokenID), secretless(tokenID), func() error {
					requests.Add(1)
					<-answered
					return nil
				})
				ended <- err
			}()
		}
		synctest.Wait()
		if n := requests.Load(); n != 2 {
			t.Errorf("%d requests are on their way, want 2", n)
		}
		close(answered)
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTheOtherEntriesOfATokenAreKnown(t *testing.T) {
	t.Parallel()
	g := newGuarded()
	for _, call := range []asked{
		check("b"), diff("b", secretless(t1)), check("a"), diff("a", holds(t1, 1)), check("c"), diff("c", holds(t2, 1)), imported("d", t1),
	} {
		call(t, g)
	}
	for name, want := range map[string][]resource.URN{"a": {entryURN("b")}, "c": {entryURN("a"), entryURN("b")}} {
		if got := g.guard.others(entryURN(name), t1); !slices.Equal(got, want) {
			t.Errorf("others than %s: %v", name, got)
		}
	}
}

func TestWhatAnEntryHoldsIsReadFromItsState(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte(oldSecret))
	for name, test := range map[string]struct {
		state func(*servicetoken.State)
		want  holder
	}{
		"a current secret":    {func(*servicetoken.State) {}, holder{version: 1, digest: digest, works: true, next: 2}},
		"of a higher version": {func(s *servicetoken.State) { s.ClientSecretVersion, s.HeldClientSecretVersion = new(7), new(7) }, holder{version: 7, digest: digest, works: true, next: 8}},
		"of a version that is behind": {func(s *servicetoken.State) {
			s.ClientSecretVersion, s.HeldClientSecretVersion, s.ClientSecretStatus = new(7), new(2), servicetoken.StatusStale
			s.PreviousClientSecretExpiresAt = new(servicetoken.FormatTime(past))
		}, holder{version: 2, digest: digest, next: 8}},
		"of which no version is shown": {func(s *servicetoken.State) { s.HeldClientSecretVersion, s.ClientSecretVersion = nil, nil }, holder{version: 1, digest: digest, works: true, next: 2}},
		"none": {func(s *servicetoken.State) {
			s.ClientSecret, s.HeldClientSecretVersion, s.ClientSecretStatus = nil, nil, servicetoken.StatusUnavailable
		}, holder{next: 2}},
		"which no call returns":      {func(s *servicetoken.State) { s.RotationCall = new(servicetoken.RotationCallNone) }, holder{version: 1, digest: digest, works: true, next: 2, mute: true}},
		"which another call returns": {func(s *servicetoken.State) { s.RotationCall = new(servicetoken.RotationCallRotate) }, holder{version: 1, digest: digest, works: true, next: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := servicetoken.ReadState(stored(), nil)
			test.state(&state)
			test.want.tokenID = t1
			if got := holderOf(t1, state, now); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestTheWaysOutNameWhatThereIsToDo(t *testing.T) {
	t.Parallel()
	mute := secretless(t1)
	mute.mute = true
	const never = " Do not remove this entry with `pulumi state delete`: that loses the secret."
	const keep = "the token was kept, since new in this stack manages the same token. This entry of the stack was kept too, since no other entry holds the client secret. Do one of two things. " +
		"(a) Keep the secret: give the resource its old name, old, without the option `import`, and run `pulumi up`, which removes new from the stack " +
		"and keeps the token (first run `pulumi state unprotect`, if `pulumi import` protected new); then rename or move it with the option `aliases`. (b) "
	for name, test := range map[string]struct {
		dropped string
		staying holder
		want    string
	}{
		"an entry without a secret recovers one": {"old", secretless(t1),
			keep + "Get a new secret: set recoverClientSecret to \"imported\" on new and run `pulumi up`, which rotates the client secret and removes this entry from the stack."},
		"one with another secret raises the version": {"old", holds(t1, 6),
			keep + "Get a new secret: set clientSecretVersion to 7 on new and run `pulumi up`, which rotates the client secret and removes this entry from the stack."},
		"one whose token returns no secret cannot have one": {"old", mute,
			keep + "There is no new secret to get, since Cloudflare returns none when it rotates this token."},
		"an entry of the same name cannot have its old name back": {"new", secretless(t1),
			"the token was kept, since the stack holds it under this name. This older entry was kept too, since no other entry holds the client secret. " +
				"Get a new secret: set recoverClientSecret to \"imported\" on new and run `pulumi up`, which rotates the client secret and removes this entry from the stack."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGuarded()
			check("new")(t, g)
			diff("new", test.staying)(t, g)
			_, err := g.guard.delete(entryURN(test.dropped), holds(t1, 7), g.send)
			if want := test.want + never; err == nil || err.Error() != want {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
		})
	}
}

func TestASecretOfNoKnownVersionIsNotDroppedForAStaleOne(t *testing.T) {
	t.Parallel()
	perhaps, known := "fake-secret-of-no-known-version", "fake-secret-of-version-2"
	state := servicetoken.State{TokenID: tokenID, ClientSecretVersion: new(3), ClientSecretStatus: servicetoken.StatusStale}
	dropped, stale := state, state
	dropped.ClientSecret = &perhaps
	stale.ClientSecret, stale.HeldClientSecretVersion = &known, new(2)
	if holderOf(tokenID, stale, now).covers(holderOf(tokenID, dropped, now)) {
		t.Error("the stale secret covers one that may be the current one")
	}
	stale.HeldClientSecretVersion = new(4)
	if !holderOf(tokenID, stale, now).covers(holderOf(tokenID, dropped, now)) {
		t.Error("a newer secret does not cover it")
	}
}

func TestADiffWhileItsTokenIsDeletedFails(t *testing.T) {
	t.Parallel()
	g := newGuarded()
	h := holder{tokenID: tokenID}
	refused := errors.New("refused")
	for _, answer := range []error{refused, nil} {
		_, err := g.guard.delete(entryURN("a"), h, func() error {
			check("b")(t, g)
			if g.guard.diff(entryURN("b"), false, h) == nil {
				t.Error("a Diff passes while the token is being deleted")
			}
			return answer
		})
		if !errors.Is(err, answer) {
			t.Errorf("the deletion returns %v, want %v", err, answer)
		}
		if err := g.guard.diff(entryURN("b"), false, h); (err == nil) != errors.Is(answer, refused) {
			t.Errorf("a Diff after the deletion returned %v: %v", answer, err)
		}
		g.guard.check(entryURN("b"), false) // it goes, too
	}
}

func TestAReplacementThatThePlanDoesNotAskForIsSaid(t *testing.T) {
	t.Parallel()
	const said = "INFO replacing the token, since an option such as replaceOnChanges, or the command, asks for it: "
	changed := props(inAccount, map[string]any{"name": "deploy"})
	h := start(t, nil)
	h.check(t, changed, props(inAccount))
	if resp, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: props(inAccount), Inputs: changed}); err != nil || !resp.HasChanges {
		t.Fatalf("got %+v, %v", resp, err)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("before: %q", log)
	}
	h.check(t, changed, noInputs) // of the new token
	if log := h.log(); len(log) != 1 || !strings.HasPrefix(log[0], said) {
		t.Errorf("got %q, want one that begins %q", log, said)
	}
}

func TestADiffFailsAsLongAsOneOfTwoDeletionsOfItsTokenIsUnderWay(t *testing.T) {
	t.Parallel()
	g := newGuarded()
	h := holder{tokenID: tokenID}
	refused := errors.New("refused")
	_, err := g.guard.delete(entryURN("a"), h, func() error {
		if kept, err := g.guard.keep(entryURN("b"), h); kept != "" || err != nil { // its Delete has begun
			t.Errorf("kept for %q, %v", kept, err)
		}
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("the first deletion returns %v", err)
	}
	check("c")(t, g)
	if g.guard.diff(entryURN("c"), false, h) == nil {
		t.Error("a Diff passes while the second deletion is under way")
	}
}

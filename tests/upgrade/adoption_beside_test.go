package upgrade

import (
	"maps"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A program may hold a token of each provider. Only when this provider's gets the
// name that the other's has in the stack does Pulumi take the one for the other.

// order is a program of both, of which one is registered first.
type order struct{ theirs, ours string }

const (
	first  = ""
	second = "    options:\n      dependsOn: ['${%s}']\n"
)

// orders are the two, in which the resources have the names given.
var orders = map[string]order{
	"the cloudflare provider's first": {first, strings.Replace(second, "%s", "old", 1)},
	"this provider's first":           {strings.Replace(second, "%s", "new", 1), first},
}

// both is a program of two tokens: the cloudflare provider's, and this one's of a
// name and a Cloudflare name.
func (o order) both(pulumiName, name string) string {
	return "resources:\n" +
		named(theirs("old", account, "name: ci")+o.theirs, "ci") +
		named(ours("new", account, "name: "+name)+o.ours, pulumiName)
}

// named gives a resource another name in Pulumi than in the program, where two
// cannot have the same.
func named(resource, name string) string {
	return strings.Replace(resource, "    properties:", "    name: "+name+"\n    properties:", 1)
}

const onlyTheirs = "resources:\n  old:\n    type: " + cloudflareType + "\n    name: ci\n    properties:\n      accountId: 0000000000000000000000000000aaaa\n      name: ci\n"

func eachOrder(t *testing.T, f func(t *testing.T, o order)) {
	for name, o := range orders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, o)
		})
	}
}

func TestTokensOfBothProvidersUnderOneNameThatAreMadeTogetherStayApart(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, o order) {
		p := deployed(t, o.both("ci", "ci"))
		if got := entries(p); len(got) != 2 {
			t.Errorf("the stack holds %v", got)
		}
		p.ExpectWorking("ci")
		p.Must(p.Up("--expect-no-changes"))

		// One can go, and the other stays.
		kept := theirID(t, p)
		p.Program(onlyTheirs)
		p.Must(p.Up())
		expectTokens(t, p, kept)
	})
}

func TestANewTokenUnderTheNameOfTheOtherProvidersFailsInThePreview(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, o order) {
		p := deployed(t, onlyTheirs)
		before := entries(p)
		p.Program(o.both("ci", "ci"))
		p.MustFail(p.Preview(), "Duplicate resource")
		p.MustFail(p.Run("up", "--yes", "--non-interactive"), "Duplicate resource") // with its preview
		expectAsked(t, p)
		if got := entries(p); !maps.Equal(got, before) {
			t.Errorf("the stack held %v, and holds %v", before, got)
		}

		// The way out: another name.
		p.Program(o.both("own", "ci"))
		p.Must(p.Up())
		if got := entries(p); len(got) != 2 {
			t.Errorf("the stack holds %v", got)
		}
		id := theirID(t, p)
		if _, kept := before["ci "+id]; !kept {
			t.Errorf("the cloudflare provider's token is %s, and was %v", id, before)
		}
		p.Must(p.Up("--expect-no-changes"))
	})
}

func TestWithoutAPreviewATokenOfAnotherNameOrPlaceIsStillNotTaken(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]string{
		"of another name":  ours("new", account, "name: own"),
		"in another place": ours("new", zone, "name: ci"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := deployed(t, onlyTheirs)
			before := entries(p)
			p.Program("resources:\n" + named(own, "ci") + named(theirs("old", account, "name: ci"), "ci") + strings.Replace(second, "%s", "new", 1))
			p.MustFail(p.Up(), "under this resource's name the stack already has a token of the cloudflare provider", "give the resource another name")
			expectAsked(t, p)
			if got := entries(p); !maps.Equal(got, before) {
				t.Errorf("the stack held %v, and holds %v", before, got)
			}
		})
	}
}

// Of the same name in the same place, it is the same token as far as anybody can
// say so. Without a preview the engine notices only afterwards.
func TestWithoutAPreviewATokenOfTheSameNameIsAdoptedAndTheRunFails(t *testing.T) {
	t.Parallel()
	eachOrder(t, func(t *testing.T, o order) {
		p := deployed(t, onlyTheirs)
		before := p.State()
		id := theirID(t, p)
		p.Program(o.both("ci", "ci"))
		p.MustFail(p.Up(), "Duplicate resource")
		// No token was made, changed or deleted, and none was lost.
		for _, request := range p.Simulator.Requests() {
			if request.Operation != "get" {
				t.Errorf("Cloudflare was asked to %s", request.Operation)
			}
		}
		expectTokens(t, p, id)
		if o.theirs == first {
			if got := entries(p); got["ci "+id] != cloudflareType {
				t.Errorf("the stack holds %v", got)
			}
			return
		}
		if stored := p.State().Token(t, "ci"); stored.ID != id {
			t.Errorf("the stack holds %+v", stored)
		}
		p.ExpectWorking("ci")

		// One way out: it was meant, so the other goes from the program.
		p.Program("resources:\n" + named(ours("new", account, "name: ci"), "ci"))
		p.Must(p.Up("--expect-no-changes"))
		expectTokens(t, p, id)

		// The other: it was not meant. The state of before, and another name.
		p.Restore(before)
		p.Program(o.both("own", "ci"))
		p.Must(p.Up())
		if kept := theirID(t, p); kept != id {
			t.Errorf("the cloudflare provider's token is %s, and was %s", kept, id)
		}
		p.ExpectWorking("own")
	})
}

// theirID is the id of the cloudflare provider's token in the stack.
func theirID(t *testing.T, p *enginetest.Project) string {
	t.Helper()
	for key, typ := range entries(p) {
		if typ == cloudflareType {
			_, id, _ := strings.Cut(key, " ")
			return id
		}
	}
	t.Fatal("the stack holds no token of the cloudflare provider")
	return ""
}

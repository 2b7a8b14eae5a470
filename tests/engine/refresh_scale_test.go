package engine

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	manyTokens = 60
	pageOfMany = 25
	// pagesOfMany is how many pages a listing takes.
	pagesOfMany = (manyTokens + pageOfMany - 1) / pageOfMany
)

// many is a project whose stack holds many tokens of one account, of which a
// listing takes several pages.
func many(t *testing.T) *enginetest.Project {
	t.Helper()
	program := "resources:\n"
	for i := range manyTokens {
		program += enginetest.Token(nameOfMany(i), inAccount, "name: "+nameOfMany(i))
	}
	p := enginetest.New(t, cfsim.Config{PerPageCap: pageOfMany})
	p.Program(program)
	p.Must(p.Up())
	p.ExpectCounts(map[string]int{"create": manyTokens})
	return p
}

func nameOfMany(i int) string { return fmt.Sprintf("token%02d", i) }

// tokenOfMany is the token of that number at Cloudflare.
func tokenOfMany(t *testing.T, p *enginetest.Project, i int) cfsim.Token {
	t.Helper()
	tokens := p.Simulator.Tokens()
	at := slices.IndexFunc(tokens, func(token cfsim.Token) bool { return token.Name == nameOfMany(i) })
	if at < 0 {
		t.Fatalf("Cloudflare has no token %s", nameOfMany(i))
	}
	return tokens[at]
}

// expectShared fails unless the reads since then took, in each of the phases, no more
// requests than the listings that the time may have called for, two, and one for each
// token that they lack.
func expectShared(t *testing.T, p *enginetest.Project, began time.Time, phases, pages, lacking int) {
	t.Helper()
	most := phases * (pages*int(math.Ceil(time.Since(began).Seconds()/30)) + 2 + lacking)
	counts := p.Counts()
	asked := 0
	for _, count := range counts {
		asked += count
	}
	if asked > most || counts["get"]+counts["list"] != asked || counts["list"] < phases*pages {
		t.Errorf("Cloudflare was asked %v, want at most %d requests, all of them reads", counts, most)
	}
}

func TestReadsOfManyTokensShareListings(t *testing.T) {
	t.Parallel()
	p := many(t)
	t.Run("a preview and an up ask nothing", func(t *testing.T) {
		p.Must(p.Preview("--expect-no-changes"))
		p.Must(p.Up("--expect-no-changes"))
		p.ExpectCounts(map[string]int{})
	})
	for name, args := range map[string][]string{
		"a refresh lists them, at the default parallelism": nil,
		"a refresh lists them, one by one":                 {"--parallel", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			p.Must(p.Refresh(append(args, "--expect-no-changes")...))
			expectShared(t, p, began, 1, pagesOfMany, 0)
			for name, token := range p.State().Tokens() {
				if _, there := token.Outputs["clientSecret"]; !there {
					t.Errorf("the refresh lost the client secret of %s", name)
				}
			}
		})
	}
	// The engine runs a provider for the preview, and another one for the refresh.
	t.Run("a refresh that is previewed lists them twice", func(t *testing.T) {
		began := time.Now()
		p.Must(p.Run("refresh", "--yes", "--non-interactive", "--color=never", "--expect-no-changes"))
		expectShared(t, p, began, 2, pagesOfMany, 0)
	})
	t.Run("a refresh finds what happened elsewhere", func(t *testing.T) { findsElsewhere(t, p) })
	t.Run("a refresh that cannot list asks for each", func(t *testing.T) {
		p.Simulator.SetBehaviour(cfsim.Behaviour{Refused: []string{"list"}})
		rotated := tokenOfMany(t, p, 20)
		p.Simulator.RotateElsewhere(rotated.ID)
		p.Must(p.Refresh()).MustSay(t, "was rotated elsewhere")
		if counts := p.Counts(); counts["get"] != manyTokens-1 || counts["list"] < 1 || counts["list"] > 2 {
			t.Errorf("Cloudflare was asked %v, want one request for each of %d tokens and hardly any listing", counts, manyTokens-1)
		}
		if got := p.State().Token(t, rotated.Name).Output("clientSecretStatus"); got != "stale" {
			t.Errorf("the secret that was rotated elsewhere is %s", got)
		}
	})
}

// findsElsewhere refreshes a stack of many tokens, of which one was deleted, one
// rotated and one renamed elsewhere.
func findsElsewhere(t *testing.T, p *enginetest.Project) {
	const deleted, rotated, renamed = 7, 19, 40
	p.Simulator.DeleteToken(tokenOfMany(t, p, deleted).ID)
	p.Simulator.RotateElsewhere(tokenOfMany(t, p, rotated).ID)
	p.Simulator.SetName(tokenOfMany(t, p, renamed).ID, "renamed elsewhere")

	began := time.Now()
	p.Must(p.Refresh()).MustSay(t, "was rotated elsewhere")
	expectShared(t, p, began, 1, pagesOfMany, 1)
	tokens := p.State().Tokens()
	if _, there := tokens[nameOfMany(deleted)]; there || len(tokens) != manyTokens-1 {
		t.Errorf("the stack holds %d tokens, and the deleted one: %t", len(tokens), there)
	}
	for i := range manyTokens {
		status := "current"
		switch i {
		case deleted:
			continue
		case rotated:
			status = "stale"
		}
		if got := tokens[nameOfMany(i)].Output("clientSecretStatus"); got != status {
			t.Errorf("the secret of %s is %s, want %s", nameOfMany(i), got, status)
		}
	}
	if got := tokens[nameOfMany(renamed)].Output("name"); got != "renamed elsewhere" {
		t.Errorf("the renamed token is %q", got)
	}
}

package engine

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// What it costs to import a thousand tokens: two requests more than it takes to list
// them, and a listing serves for half a minute.
func TestAThousandTokensAreImportedFromAListing(t *testing.T) {
	t.Parallel()
	const tokens, pages = 1000, 2
	p := enginetest.New(t, cfsim.Config{PerPageCap: tokens / pages})
	for i := range tokens {
		p.Simulator.AddToken(account, cfsim.NewToken{Name: fmt.Sprintf("fleet %d", i%250), Duration: "8760h"})
	}
	// Writing the state after each token, as the engine does, takes time that grows
	// with the square of their number, and is not what this test is about.
	p.Env["PULUMI_EXPERIMENTAL"], p.Env["PULUMI_SKIP_CHECKPOINTS"] = "true", "true"
	file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
	p.ExpectCounts(map[string]int{"list": pages})
	began := time.Now()
	importFile(t, p, file, "--skip-preview", "--generate-code=false")
	expectShared(t, p, began, 1, pages, 0)
	if got := len(p.State().Tokens()); got != tokens {
		t.Errorf("the stack holds %d tokens, want %d", got, tokens)
	}
}

func TestAnImportWithItsPreviewListsTwice(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	for _, name := range []string{"ci", "backup", "deploy", "edge", "proxy", "tunnel"} {
		p.Simulator.AddToken(zone, cfsim.NewToken{Name: name})
	}
	file, _ := convert(t, p, "--zone-id", cfsim.DefaultZoneID)
	p.Simulator.ResetRequests()
	began := time.Now()
	importFile(t, p, file)
	expectShared(t, p, began, 2, 1, 0)
}

func TestTokensOfAnyNameGiveAProgramThatPreviewsWithoutAChange(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	// Not among them are "null" and "true", which the generator of YAML programs
	// writes without quotes.
	odd := []string{
		"CI/CD app", "CI/CD app", "ci-cd-app", "2fa", "日本", "ключ", "हिन्दी", "${ci}", "a.b", `"quoted"`, strings.Repeat("long ", 50),
		"pulumi", "resources", "class", "import", "type", "config",
	}
	for _, name := range odd {
		p.Simulator.AddToken(account, cfsim.NewToken{Name: name, Duration: "8760h"})
	}
	file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
	p.Program(importFile(t, p, file, "--skip-preview").Program)
	if got := len(p.State().Tokens()); got != len(odd) {
		t.Errorf("the stack holds %d tokens, want %d", got, len(odd))
	}
	p.ExpectQuiet()
}

func TestASecondRunImportsWhatWasMadeSince(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	for _, want := range []string{"[ci]", "[ci ci-2]"} {
		file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
		importFile(t, p, file, "--skip-preview")
		if got := fmt.Sprint(sorted(p.State().Tokens())); got != want {
			t.Errorf("the stack holds %s, want %s", got, want)
		}
		p.Simulator.Advance(time.Second) // names follow the order of creation
		p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	}
}

// A token under a name that is not its own, on an explicit provider: imported again, its
// second entry would belong to another process of the plugin, and go with the token.
func TestATokenOfTheStackIsNotImportedUnderAnotherName(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	explicit := fmt.Sprintf("resources:\n  p: {type: 'pulumi:providers:cfaccess', properties: {accountId: %s}}\n"+
		"  deploy: {type: 'cfaccess:ServiceToken', properties: {accountId: %[1]s, name: ci}, options: {provider: '${p}'}}\n", cfsim.DefaultAccountID)
	p.Program(explicit)
	p.Must(p.Up())
	p.Simulator.AddToken(account, cfsim.NewToken{Name: "deploy", Duration: "8760h"}) // the name of the resource is taken
	export := filepath.Join(t.TempDir(), "dev.json")
	p.Must(p.Run("stack", "export", "--file", export))

	file, says := convert(t, p, "--account-id", cfsim.DefaultAccountID, "--stack-export", export)
	if !strings.Contains(says, "already manages: ci (as deploy).") || !strings.Contains(says, "Wrote 1 service token.") {
		t.Errorf("said %q", says)
	}
	importFile(t, p, file, "--skip-preview")
	if got := fmt.Sprint(sorted(p.State().Tokens())); got != "[deploy deploy-2]" {
		t.Errorf("the stack holds %s", got)
	}
	p.Program(explicit + fmt.Sprintf("  deploy-2: {type: 'cfaccess:ServiceToken', properties: {accountId: %s, name: deploy, duration: 8760h}}\n", cfsim.DefaultAccountID))
	p.Must(p.Up("--expect-no-changes"))
	if got := len(p.Simulator.Tokens()); got != 2 {
		t.Errorf("Cloudflare has %d tokens, want 2", got)
	}
}

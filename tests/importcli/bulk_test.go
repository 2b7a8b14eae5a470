package importcli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// What it costs to import a thousand tokens: a request a page to list them, and
// then one for each token. A preview would ask for each of them once more.
func TestAThousandTokensAreImportedWithOneRequestEach(t *testing.T) {
	t.Parallel()
	const tokens = 1000
	p := enginetest.New(t, cfsim.Config{})
	for i := range tokens {
		p.Simulator.AddToken(account, cfsim.NewToken{Name: fmt.Sprintf("fleet %d", i%250), Duration: "8760h"})
	}
	// Writing the state after each token, as the engine does, takes time that grows
	// with the square of their number, and is not what this test is about.
	p.Env["PULUMI_EXPERIMENTAL"], p.Env["PULUMI_SKIP_CHECKPOINTS"] = "true", "true"
	file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
	expectRequests(t, p, map[string]int{"list": 1})
	imported(t, p, file, "--skip-preview", "--generate-code=false")
	expectRequests(t, p, map[string]int{"get": tokens})
	if got := len(p.State().Tokens()); got != tokens {
		t.Errorf("the stack holds %d tokens, want %d", got, tokens)
	}
}

func TestAnImportWithItsPreviewAsksForEachTokenTwice(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	for _, name := range []string{"ci", "backup", "deploy"} {
		p.Simulator.AddToken(zone, cfsim.NewToken{Name: name})
	}
	file, _ := convert(t, p, "--zone-id", cfsim.DefaultZoneID)
	imported(t, p, file)
	expectRequests(t, p, map[string]int{"list": 1, "get": 6})
}

func TestTokensOfAnyNameGiveAProgramThatPreviewsWithoutAChange(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	// Not among them are "null" and "true", which the generator of YAML programs
	// writes without quotes.
	odd := []string{
		"CI/CD app", "CI/CD app", "ci-cd-app", "2fa", "日本", "${ci}", "a.b", `"quoted"`, strings.Repeat("long ", 50),
		"pulumi", "resources", "class", "import", "type", "config",
	}
	for _, name := range odd {
		p.Simulator.AddToken(account, cfsim.NewToken{Name: name, Duration: "8760h"})
	}
	file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
	p.Program(imported(t, p, file, "--skip-preview").Program)
	if got := len(p.State().Tokens()); got != len(odd) {
		t.Errorf("the stack holds %d tokens, want %d", got, len(odd))
	}
	expectQuiet(t, p)
}

func TestASecondRunImportsWhatWasMadeSince(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	for _, want := range []string{"[ci]", "[ci ci-2]"} {
		file, _ := convert(t, p, "--account-id", cfsim.DefaultAccountID)
		imported(t, p, file, "--skip-preview")
		if got := fmt.Sprint(sorted(p.State().Tokens())); got != want {
			t.Errorf("the stack holds %s, want %s", got, want)
		}
		p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	}
}

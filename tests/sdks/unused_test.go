package sdks

import (
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestExampleWarnsOfTokensThatNobodyHasUsedForMonths(t *testing.T) {
	t.Parallel()
	const months = 100 * 24 * time.Hour
	p := newProject(t, now.Add(-months))
	example(t, p, "nodejs", "examples/unused-tokens")
	add := func(token cfsim.NewToken) cfsim.Token { return p.Simulator.AddToken(account, token) }
	never, forgotten, used := add(cfsim.NewToken{Name: "never used"}), add(cfsim.NewToken{Name: "forgotten"}), add(cfsim.NewToken{Name: "used"})
	add(cfsim.NewToken{Name: "disabled", Disabled: true})
	p.Simulator.Use(forgotten.ID)
	p.Simulator.Advance(months)
	p.Simulator.Use(used.ID)
	add(cfsim.NewToken{Name: "new"})
	p.Configure(map[string]string{"accountId": cfsim.DefaultAccountID})

	importID := func(token cfsim.Token) string { return cfsim.DefaultAccountID + "/" + token.ID }
	lastUsed := now.Add(-months).UTC().Format(time.RFC3339)
	expectWarnings(t, p,
		"forgotten was last used on "+lastUsed+", and not for 90 days: import "+importID(forgotten)+", or delete it in the dashboard",
		"never used was never used, and not for 90 days: import "+importID(never)+", or delete it in the dashboard",
	)
	got, _ := p.Outputs()["unusedTokens"].([]any)
	if want := []any{importID(forgotten), importID(never)}; !slices.Equal(got, want) {
		t.Errorf("the output is %v, want %v", got, want)
	}
	p.Configure(map[string]string{"days": "120"})
	expectWarnings(t, p)
}

// expectWarnings runs the program, and fails unless it gives exactly these
// warnings.
func expectWarnings(t *testing.T, p *enginetest.Project, want ...string) {
	t.Helper()
	addDriver(t, p, "warnings.mjs")
	var got []string
	printed(t, p, &got, "node", "warnings.mjs")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("it warns\n%q, want\n%q", got, want)
	}
}

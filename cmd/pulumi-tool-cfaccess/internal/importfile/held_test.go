package importfile

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const ours = "cfaccess:index:ServiceToken"

// exportOf writes what `pulumi stack export` prints of a stack of the project app.
func exportOf(t *testing.T, stack string, entries ...map[string]any) (file string) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{
		"manifest":  map[string]any{"time": "2026-10-01T12:00:00Z"},
		"resources": append([]map[string]any{{"urn": fmt.Sprintf("urn:pulumi:%s::app::pulumi:pulumi:Stack::app-%[1]s", stack)}}, entries...),
	}})
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), stack+".json")
	writeFile(t, file, string(text), 0o600)
	return file
}

func entry(stack, kind, name, id string) map[string]any {
	return map[string]any{"urn": fmt.Sprintf("urn:pulumi:%s::app::%s::%s", stack, kind, name), "type": kind, "custom": true, "id": id}
}

func TestOnlyWhatNoStackManagesIsImported(t *testing.T) {
	t.Parallel()
	const inAccount = cfsim.DefaultAccountID + "/"
	c := start(t, cfsim.Config{})
	ids := c.add("accounts/"+cfsim.DefaultAccountID, "ci", "edge")
	ci := inAccount + ids[0]
	external := entry("dev", ours, "deploy", ci)
	external["external"] = true
	user := entry("dev", "a:b:C", "user", "1")
	user["inputs"] = map[string]any{"token": ids[0]}
	for name, test := range map[string]struct {
		stacks [][]map[string]any // dev, and then prod
		want   string
		says   []string
	}{
		"under another name": {[][]map[string]any{{entry("dev", ours, "deploy", ci)}}, "[edge]", []string{"Left out 1 token that app/dev already manages: ci (as deploy).\n"}},
		"under its own name": {[][]map[string]any{{entry("dev", ours, "ci", ci)}}, "[edge]", []string{"Left out 1 token that app/dev already manages: ci.\n"}},
		"twice":              {[][]map[string]any{{entry("dev", ours, "ci", ci), entry("dev", ours, "deploy", ci)}}, "[edge]", []string{"Left out 1 token that app/dev already manages: ci (as ci, deploy).\n"}},
		"by a resource of the cloudflare provider": {[][]map[string]any{{entry("dev", "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken", "moved", strings.ToUpper(ids[0]))}}, "[edge]",
			[]string{"Left out 1 token that app/dev already manages: ci (as moved).\n"}},
		"in two stacks":                  {[][]map[string]any{{entry("dev", ours, "deploy", ci)}, {entry("prod", ours, "deploy", ci)}}, "[edge]", []string{"Left out 1 token that app/dev already manages: ci (as deploy).\n"}},
		"one in each":                    {[][]map[string]any{{}, {entry("prod", ours, "deploy", ci)}}, "[edge]", []string{"Left out 1 token that app/prod already manages: ci (as deploy).\n"}},
		"only read":                      {[][]map[string]any{{external}}, "[ci edge]", nil},
		"only used":                      {[][]map[string]any{{user}}, "[ci edge]", nil},
		"another token of the name":      {[][]map[string]any{{entry("dev", ours, "ci", inAccount+"00000000-0000-4000-8000-000000000000")}}, "[ci-2 edge]", nil},
		"a name that acts on a terminal": {[][]map[string]any{{entry("dev", ours, "\x1b[2J", ci)}}, "[edge]", []string{"ci (as \ufffd[2J)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"--account-id", cfsim.DefaultAccountID}
			for i, entries := range test.stacks {
				args = append(args, "--stack-export", exportOf(t, []string{"dev", "prod"}[i], entries...))
			}
			r := call(t, c.env, "", args...)
			r.expect(t, 0, test.says...)
			if got := fmt.Sprint(names(written(t, []byte(r.stdout)))); got != test.want || (r.stderr == "") != (test.says == nil) {
				t.Errorf("wrote %s, want %s, and said %q", got, test.want, r.stderr)
			}
		})
	}
}

func TestNothingIsWrittenIfStacksManageAllTokens(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	var entries []map[string]any
	var called []string
	for i := range 12 {
		called = append(called, fmt.Sprintf("fleet-%d", i))
	}
	for i, id := range c.add("accounts/"+cfsim.DefaultAccountID, called...) {
		entries = append(entries, entry("dev", ours, called[i], cfsim.DefaultAccountID+"/"+id))
	}
	out := filepath.Join(t.TempDir(), "import.json")
	r := call(t, c.env, "", "--account-id", cfsim.DefaultAccountID, "--stack-export", exportOf(t, "dev", entries...), "--out", out)
	r.expect(t, 1, "Left out 12 tokens that app/dev already manages: fleet-0, fleet-1, ", "fleet-9 and 2 more.\n", "nothing is left to import")
	if found, _ := filepath.Glob(out); found != nil || r.stdout != "" {
		t.Errorf("wrote %v and %q", found, r.stdout)
	}
}

func TestTheTokensOfATerraformStateThatAStackManagesAreLeftOut(t *testing.T) {
	t.Parallel()
	const managed, other = "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002"
	token := func(id, name string) string {
		return fmt.Sprintf(`{"mode": "managed", "type": "cloudflare_zero_trust_access_service_token", "name": %q, "instances": [{"attributes":
			{"id": %q, "account_id": %q, "name": %[1]q, "client_id": "x.access", "client_secret": "fake-secret"}}]}`, name, id, cfsim.DefaultAccountID)
	}
	state := `{"version": 4, "resources": [` + token(managed, "ci") + "," + token(other, "edge") + `]}`
	out := filepath.Join(t.TempDir(), "import.json")
	r := call(t, nil, state, "--terraform-state", "-", "--out", out, "--stack-export", exportOf(t, "dev", entry("dev", ours, "deploy", cfsim.DefaultAccountID+"/"+managed)))
	r.expect(t, 0, "Left out 1 token that app/dev already manages: ci (as deploy).\n", "Wrote 1 service token.")
	if got := fmt.Sprint(names(written(t, readFile(t, out)))); got != "[edge]" {
		t.Errorf("wrote %s", got)
	}
}

func TestOfATerraformStateNothingIsLeftIfAStackManagesAllButWhatIsDeposed(t *testing.T) {
	t.Parallel()
	const managed, deposed = "0a000000-0000-4000-8000-000000000001", "0a000000-0000-4000-8000-000000000002"
	instance := func(id, deposed string) string {
		return fmt.Sprintf(`{"mode": "managed", "type": "cloudflare_zero_trust_access_service_token", "name": "ci", "instances": [{"deposed": %q, "attributes":
			{"id": %q, "account_id": %q, "name": "ci", "client_id": "x.access", "client_secret": "fake-secret"}}]}`, deposed, id, cfsim.DefaultAccountID)
	}
	state := `{"version": 4, "resources": [` + instance(managed, "") + "," + instance(managed, "") + "," + instance(deposed, "f4ce") + `]}`
	out := filepath.Join(t.TempDir(), "import.json")
	r := call(t, nil, state, "--terraform-state", "-", "--out", out, "--stack-export", exportOf(t, "dev", entry("dev", ours, "deploy", cfsim.DefaultAccountID+"/"+managed)))
	r.expect(t, 1, "Left out 1 token that app/dev already manages: ci (as deploy).\n", "nothing is left to import: the stacks already manage all these tokens")
}

func TestWithoutAStackTheCommandSaysHowToLeaveOutWhatOneHas(t *testing.T) {
	t.Parallel()
	const advice = "If a stack already has some of these tokens under other names, leave them out: run `pulumi stack export --file FILE` in it, and repeat this command with --stack-export FILE --force.\n"
	c := start(t, cfsim.Config{})
	c.add("accounts/"+cfsim.DefaultAccountID, "ci")
	for _, test := range []struct {
		args    []string
		advised bool
	}{{nil, true}, {[]string{"--stack-export", exportOf(t, "dev")}, false}} {
		out := filepath.Join(t.TempDir(), "import.json")
		r := call(t, c.env, "", append(test.args, "--account-id", cfsim.DefaultAccountID, "--out", out)...)
		r.expect(t, 0, "Wrote 1 service token.")
		if strings.Contains(r.stderr, advice) != test.advised {
			t.Errorf("said %q", r.stderr)
		}
	}
}

func TestWhatIsNoExportEndsBeforeCloudflareIsAsked(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	r := call(t, c.env, "Current stack is dev", "--account-id", cfsim.DefaultAccountID, "--stack-export", "-")
	r.expect(t, 1, "reading the stack export standard input: it is not JSON")
	if got := len(c.Requests()); got != 0 || r.stdout != "" {
		t.Errorf("sent %d requests and printed %q", got, r.stdout)
	}
}

package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// ran is what the command did.
type ran struct {
	code           int
	stdout, stderr string
}

// call runs the command at a Cloudflare.
func call(t *testing.T, sim *cfsim.Simulator, stdin io.Reader, args ...string) ran {
	t.Helper()
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	env := map[string]string{"CLOUDFLARE_BASE_URL": server.BaseURL, "CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken}
	var stdout, stderr strings.Builder
	code := Command.Execute(t.Context(), args, command.Console{
		Getenv: func(name string) string { return env[name] }, Stdin: stdin, Stdout: &stdout, Stderr: &stderr, Columns: 80,
	})
	if text := stdout.String() + stderr.String(); slices.ContainsFunc(append(sim.IssuedSecrets(), cfsim.DefaultAPIToken), func(s string) bool { return strings.Contains(text, s) }) {
		t.Error("a secret was printed")
	}
	for _, r := range sim.Requests() {
		if r.Operation != "list" {
			t.Errorf("an audit only lists, and sent %s %s", r.Method, r.Operation)
		}
	}
	return ran{code, stdout.String(), stderr.String()}
}

// save writes an export as it is given to the command.
func save(t *testing.T, s stack) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), s.name+".json")
	if err := os.WriteFile(file, []byte(s.text(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// earlier is a Cloudflare at the time at which the tests' tokens are made.
func earlier() *cfsim.Simulator {
	return cfsim.New(cfsim.Config{Now: func() time.Time { return before }})
}

const scope = "accounts/" + cfsim.DefaultAccountID

func TestAnAuditNamesTheTokenThatACreationLeft(t *testing.T) {
	t.Parallel()
	sim := earlier()
	dev := stack{name: "dev"}
	mark := cfapi.NewMarker(dev.urn("ci"))
	left := sim.AddToken(scope, cfsim.NewToken{Name: "deploy", PreviousClientSecretExpiresAt: &mark})
	dev = dev.creating("ci", map[string]any{"accountId": cfsim.DefaultAccountID, "name": "deploy"})
	args := []string{"--account-id", cfsim.DefaultAccountID, "--stack-export", save(t, dev)}

	r := call(t, sim, nil, args...)
	if want := "pulumi import cfaccess:index:ServiceToken ci " + cfsim.DefaultAccountID + "/" + left.ID; r.code != command.Succeeded || r.stderr != "" || !strings.Contains(r.stdout, want) {
		t.Errorf("ended with %d, printed %s and said %s", r.code, r.stdout, r.stderr)
	}
	r = call(t, sim, nil, append(args, "--exit-code", "--output", "json")...)
	var report struct {
		Findings []struct {
			Kind   string
			Tokens []string
			Advice []struct{ Command string }
		}
		Tokens  []map[string]any
		Stacks  []map[string]any
		Remarks []string
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatal(err)
	}
	if r.code != command.Found || len(report.Findings) != 1 || report.Findings[0].Kind != "pendingCreation" || !slices.Equal(report.Findings[0].Tokens, []string{left.ID}) ||
		!strings.HasPrefix(report.Findings[0].Advice[0].Command, "pulumi import") {
		t.Errorf("ended with %d and printed %s", r.code, r.stdout)
	}
	if len(report.Tokens) != 1 || report.Tokens[0]["status"] != "unmentioned" || report.Tokens[0]["creationMark"] != true || report.Tokens[0]["lastSeenAt"] != nil ||
		len(report.Stacks) != 1 || report.Stacks[0]["savedAt"] != "2026-10-01T12:00:00Z" || report.Remarks == nil {
		t.Errorf("printed %s", r.stdout)
	}
}

func TestAnAuditWithoutFindingsSucceeds(t *testing.T) {
	t.Parallel()
	sim := earlier()
	sim.AddToken(scope, cfsim.NewToken{Name: "by hand"})
	from, write := io.Pipe() // standard input has no end
	go func() { _, _ = io.WriteString(write, stack{name: "dev"}.text(t)) }()
	r := call(t, sim, from, "--account-id", cfsim.DefaultAccountID, "--stack-export", "-", "--exit-code")
	if r.code != command.Succeeded || !strings.Contains(r.stdout, "0 FINDINGS") || !strings.Contains(r.stdout, "standard input") || !strings.Contains(r.stdout, "not in the stack") {
		t.Errorf("ended with %d, printed %s and said %s", r.code, r.stdout, r.stderr)
	}
}

func TestAnExportOfWindowsPowerShellIsRead(t *testing.T) {
	t.Parallel()
	file := save(t, stack{name: "dev"}.manages("ci", 1))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, utf16, 0o600); err != nil {
		t.Fatal(err)
	}
	sim := earlier()
	sim.AddToken(scope, cfsim.NewToken{Name: "ci", ID: tokenID(1), ClientID: clientID(1)})
	if r := call(t, sim, nil, "--account-id", cfsim.DefaultAccountID, "--stack-export", file); r.code != command.Succeeded || !strings.Contains(r.stdout, "app/dev: ci") {
		t.Errorf("ended with %d, printed %s and said %s", r.code, r.stdout, r.stderr)
	}
}

func TestOnlyAFindingThatAsksForActionEndsWithThree(t *testing.T) {
	t.Parallel()
	dev := stack{name: "dev"}
	stale := map[string]any{"clientSecretStatus": "stale"}
	for name, test := range map[string]struct {
		stack stack
		age   time.Duration
		says  string
		code  int
	}{
		"a secret that is stale":              {dev.manages("ci", 1, stale), 25 * time.Hour, "Set recoverClientSecret to always", command.Found},
		"only to export again":                {dev.manages("ci", 1, stale), 23 * time.Hour, "Export the stacks again", command.Succeeded},
		"nothing":                             {dev.manages("ci", 1).manages("deploy", 2), 25 * time.Hour, "0 FINDINGS", command.Succeeded},
		"tokens of one name that are in use":  {dev.manages("ci", 2), 25 * time.Hour, "2 tokens of account", command.Succeeded},
		"a creation of today that is pending": {dev.creating("ci", map[string]any{"accountId": cfsim.DefaultAccountID, "name": "new"}), 0, "It probably left none", command.Found},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := cfsim.New(cfsim.Config{Now: func() time.Time { return exported.Add(-test.age) }})
			for n := 1; n <= 2; n++ {
				sim.AddToken(scope, cfsim.NewToken{Name: "ci", ID: tokenID(n), ClientID: clientID(n)})
				sim.Use(tokenID(n))
			}
			r := call(t, sim, nil, "--account-id", cfsim.DefaultAccountID, "--stack-export", save(t, test.stack), "--exit-code")
			if r.code != test.code || !strings.Contains(strings.Join(strings.Fields(r.stdout), " "), test.says) {
				t.Errorf("ended with %d, printed %s and said %s", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestAThousandTokensAndTwentyStacksTakeOneListing(t *testing.T) {
	t.Parallel()
	for perPage, pages := range map[int]int{1000: 1, 300: 4} {
		t.Run(fmt.Sprintf("%d a page", perPage), func(t *testing.T) {
			t.Parallel()
			sim := cfsim.New(cfsim.Config{PerPageCap: perPage, Now: func() time.Time { return before }})
			const tokens, stacks = 1000, 20
			all := make([]stack, stacks)
			for i := range all {
				all[i].name = fmt.Sprintf("stack%d", i)
			}
			for n := range tokens {
				sim.AddToken(scope, cfsim.NewToken{Name: fmt.Sprintf("fleet %d", n), ID: tokenID(n), ClientID: clientID(n)})
				if n%10 > 0 {
					all[n%stacks] = all[n%stacks].manages(fmt.Sprint("fleet", n), n)
				}
			}
			args := []string{"--account-id", cfsim.DefaultAccountID, "--output", "json"}
			for _, s := range all {
				args = append(args, "--stack-export", save(t, s))
			}
			r := call(t, sim, nil, args...)
			if got := len(sim.Requests()); r.code != command.Succeeded || got != pages {
				t.Errorf("ended with %d after %d requests, want %d: %s", r.code, got, pages, r.stderr)
			}
			if managed, free := strings.Count(r.stdout, "\n"+`      "status": "managed"`), strings.Count(r.stdout, "\n"+`      "status": "unmentioned"`); managed != 900 || free != 100 {
				t.Errorf("%d tokens are managed and %d are not, want 900 and 100", managed, free)
			}
		})
	}
}

func TestWrongArgumentsEndWithTwo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no place":               {[]string{"--stack-export", "dev.json"}, "give at least one --account-id or --zone-id"},
		"no stack":               {[]string{"--account-id", accountID}, "give at least one --stack-export"},
		"a wrong id":             {[]string{"--zone-id", "example.com"}, `audit: --zone-id: "example.com" is not the id of a zone: write its 32 hexadecimal`},
		"a place twice":          {[]string{"--account-id", accountID, "--account-id", accountID}, "was given twice"},
		"an empty name":          {[]string{"--stack-export", ""}, "audit: --stack-export: give the name of a file, or - for standard input"},
		"a stack twice":          {[]string{"--stack-export", "-", "--stack-export", "-"}, "- was given twice"},
		"another format":         {[]string{"--output", "yaml"}, `"yaml" is not a format: write table or json`},
		"several stacks at once": {[]string{"--account-id", accountID, "--stack-export", "dev.json", "prod.json"}, `unexpected argument "prod.json": write a flag before each value, even if you repeat the flag`},
		"an unknown flag":        {[]string{"--accountid", accountID}, "audit: there is no flag --accountid"},
		"no value":               {[]string{"--account-id"}, "audit: --account-id needs a value"},
		"a value for a switch":   {[]string{"--exit-code=3"}, "audit: --exit-code takes no value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := earlier()
			if r := call(t, sim, nil, test.args...); r.code != command.Misused || r.stdout != "" || !strings.Contains(r.stderr, test.says) || len(sim.Requests()) > 0 {
				t.Errorf("ended with %d, printed %q and said %q", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestAFailureEndsWithOneAndPrintsNoReport(t *testing.T) {
	t.Parallel()
	broken := save(t, stack{name: "dev"})
	if err := os.WriteFile(broken, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, account, says string }{
		"a file that is no export":    {broken, cfsim.DefaultAccountID, "reading the stack export " + broken + ": it is not an export of version 3 or 4"},
		"a file that is not there":    {broken + ".no", cfsim.DefaultAccountID, "reading the stack export: open " + broken + ".no: "},
		"a folder":                    {filepath.Dir(broken), cfsim.DefaultAccountID, "reading the stack export " + filepath.Dir(broken) + ": read " + filepath.Dir(broken)},
		"an account of somebody else": {save(t, stack{name: "prod"}), "0000000000000000000000000000cccc", "listing the service tokens of account 0000000000000000000000000000cccc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := call(t, earlier(), nil, "--account-id", test.account, "--stack-export", test.file)
			if r.code != command.Failed || r.stdout != "" || !strings.Contains(r.stderr, test.says) {
				t.Errorf("ended with %d, printed %q and said %q", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestHelpNamesEveryFlagAndExitCode(t *testing.T) {
	t.Parallel()
	r := call(t, earlier(), nil, "-h")
	for _, name := range []string{"--account-id", "--zone-id", "--stack-export", "--output", "--exit-code", "CLOUDFLARE_API_TOKEN", "0 on success", "1 on failure", "2 for wrong", "3 for a finding"} {
		if r.code != command.Succeeded || !strings.Contains(r.stdout, name) {
			t.Errorf("the help lacks %s", name)
		}
	}
}

package importfile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
)

// ran is what the program did.
type ran struct {
	code           int
	stdout, stderr string
}

// call runs the program with an environment and a standard input.
func call(t *testing.T, env map[string]string, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr strings.Builder
	code := Command.Execute(t.Context(), args, command.Console{
		Getenv: func(name string) string { return env[name] }, Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr,
	})
	return ran{code, stdout.String(), stderr.String()}
}

// expect fails unless the program ended with this code and said this.
func (r ran) expect(t *testing.T, code int, says ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("ended with %d, want %d: %s", r.code, code, r.stderr)
	}
	for _, text := range says {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("said %q, want %q", r.stderr, text)
		}
	}
}

// written reads an import file.
func written(t *testing.T, text []byte) (resources []map[string]any) {
	t.Helper()
	var file struct{ Resources []map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("reading the import file: %v", err)
	}
	return file.Resources
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func TestWrongArgumentsEndWithTwoAndSayWhatToWrite(t *testing.T) {
	t.Parallel()
	const id = "0000000000000000000000000000aaaa"
	out := filepath.Join(t.TempDir(), "import.json")
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"nothing":                 {nil, "exactly one of --terraform-state, --account-id and --zone-id"},
		"two scopes":              {[]string{"--account-id", id, "--zone-id", id}, "exactly one of"},
		"a state and a scope":     {[]string{"--terraform-state", "x", "--account-id", id}, "exactly one of"},
		"an account's name":       {[]string{"--account-id", "my account"}, `"my account" is not the id of an account`},
		"an upper-case zone":      {[]string{"--zone-id", strings.ToUpper(id)}, "in lower case"},
		"a state without a file":  {[]string{"--terraform-state", "x"}, "--terraform-state needs --out"},
		"a filter of a state":     {[]string{"--terraform-state", "x", "--name-contains", "ci", "--out", out}, "--name-contains is for"},
		"a stack without a file":  {[]string{"--account-id", id, "--stack-export", ""}, "--stack-export: give the name of a file"},
		"a stack twice":           {[]string{"--account-id", id, "--stack-export", "x", "--stack-export", "x"}, "x was given twice"},
		"two standard inputs":     {[]string{"--terraform-state", "-", "--stack-export", "-", "--out", out}, "only one of --terraform-state and --stack-export can be standard input"},
		"an argument":             {[]string{"--account-id", id, "tokens.json"}, `unexpected argument "tokens.json": write a flag before each value`},
		"a flag that is not one":  {[]string{"--acount-id", id}, "there is no flag --acount-id"},
		"a flag without its text": {[]string{"--account-id"}, "--account-id needs a value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// An account in the environment is no answer to what is imported.
			r := call(t, map[string]string{"CLOUDFLARE_ACCOUNT_ID": id}, "", test.args...)
			r.expect(t, 2, test.says, "pulumi-tool-cfaccess import -h")
			if r.stdout != "" {
				t.Errorf("printed %q", r.stdout)
			}
		})
	}
}

func TestHelpNamesEveryFlagAndVariable(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"-h", "--help"} {
		r := call(t, nil, "", flag)
		r.expect(t, 0)
		if r.stderr != "" {
			t.Errorf("%s said %q on standard error", flag, r.stderr)
		}
		for _, name := range []string{
			"--terraform-state", "--account-id", "--zone-id", "--name-contains", "--stack-export", "--out", "--force",
			"CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_BASE_URL",
		} {
			if !strings.Contains(r.stdout, name) {
				t.Errorf("the help lacks %s", name)
			}
		}
	}
}

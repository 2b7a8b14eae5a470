// Package importcli runs cfaccess-import as a user would, and puts what it writes
// through `pulumi import --file` and the real engine.
package importcli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	account = "accounts/" + cfsim.DefaultAccountID
	zone    = "zones/" + cfsim.DefaultZoneID
)

// convert runs cfaccess-import with a project's environment, and returns the file
// that it wrote and what it said.
func convert(t *testing.T, p *enginetest.Project, args ...string) (file, says string) {
	t.Helper()
	tool, err := filepath.Abs(filepath.Join("..", "..", "bin", "cfaccess-import"))
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "import.json")
	cmd := exec.CommandContext(t.Context(), tool, append(args, "--out", file)...)
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("running cfaccess-import (build it with `make build`): %v\n%s", err, output)
	}
	return file, string(output)
}

// imported runs `pulumi import` with a file; the program that it writes is in the
// result's Program.
func imported(t *testing.T, p *enginetest.Project, file string, args ...string) enginetest.Result {
	t.Helper()
	out := filepath.Join(t.TempDir(), "imported.yaml")
	result := p.Must(p.Run(append([]string{"import", "--file", file, "--yes", "--protect=false", "--out", out,
		"--non-interactive", "--color=never"}, args...)...))
	if program, err := os.ReadFile(out); err == nil {
		result.Program = string(program)
	}
	return result
}

// expectQuiet fails unless neither a preview nor a refresh shows a change.
func expectQuiet(t *testing.T, p *enginetest.Project) {
	t.Helper()
	p.Must(p.Preview("--expect-no-changes"))
	p.Must(p.Refresh("--expect-no-changes"))
	p.Must(p.Preview("--expect-no-changes"))
}

// expectRequests fails unless Cloudflare was asked this often for each of these.
func expectRequests(t *testing.T, p *enginetest.Project, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, request := range p.Simulator.Requests() {
		got[request.Operation]++
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("Cloudflare was asked %v, want %v", got, want)
	}
	p.Simulator.ResetRequests()
}

// sorted are the names of a stack's tokens.
func sorted(tokens map[string]enginetest.Resource) (names []string) {
	for name := range tokens {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

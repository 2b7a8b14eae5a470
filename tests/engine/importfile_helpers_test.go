package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The companion command's import, run as a user would, and what it writes put through `pulumi
// import --file`.

// convert runs `pulumi-tool-cfaccess import` with a project's environment, and returns the file
// that it wrote and what it said.
func convert(t *testing.T, p *enginetest.Project, args ...string) (file, says string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "import.json")
	cmd := exec.CommandContext(t.Context(), enginetest.Tool(t), append(append([]string{"import"}, args...), "--out", file)...)
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("running pulumi-tool-cfaccess: %v\n%s", err, output)
	}
	return file, string(output)
}

// importFile runs `pulumi import` with a file; the program that it writes is in the
// result's Program.
func importFile(t *testing.T, p *enginetest.Project, file string, args ...string) enginetest.Result {
	t.Helper()
	out := filepath.Join(t.TempDir(), "imported.yaml")
	result := p.Must(p.Run(append([]string{"import", "--file", file, "--yes", "--protect=false", "--out", out,
		"--non-interactive", "--color=never"}, args...)...))
	if program, err := os.ReadFile(out); err == nil {
		result.Program = string(program)
	}
	return result
}

// sorted are the names of a stack's tokens.
func sorted(tokens map[string]enginetest.Resource) (names []string) {
	for name := range tokens {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

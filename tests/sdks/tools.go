package sdks

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// run runs a tool of a language in a folder, and fails the test unless it succeeds.
func run(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	if output, err := try(t, dir, name, args...); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}

// try is run for a tool that may fail; it returns what the tool said.
func try(t testing.TB, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	// The test's own environment, with what the tools keep in .cache/.
	cmd.Env = append(os.Environ(),
		"npm_config_cache="+inCache(t, "npm"),
		"PIP_CACHE_DIR="+inCache(t, "pip"),
		"MAVEN_OPTS="+mavenOptions(t),
	)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

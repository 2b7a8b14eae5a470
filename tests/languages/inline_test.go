package languages

import (
	"encoding/json"
	"errors"
	"os/exec"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// drive runs a command through the Automation API by a driver: a program of
// testdata/drivers, in the language itself, that runs the project's program
// within itself and prints the changes.
func drive(t *testing.T, p *enginetest.Project, driver string, args ...string) changes {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), driver, args...)
	cmd.Dir = p.Dir
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("driving %v: %v\n%s%s", args, err, output, stderr(err))
	}
	var did changes
	if err := json.Unmarshal(output, &did); err != nil {
		t.Fatalf("reading what the driver printed: %v\n%s", err, output)
	}
	return did
}

// tool runs a tool of a language with the test's own environment.
func tool(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("running %s %v: %v\n%s", name, args, err, output)
	}
}

func stderr(err error) []byte {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.Stderr
	}
	return nil
}

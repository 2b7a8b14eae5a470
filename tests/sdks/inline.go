package sdks

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// inline runs programs of a language through the Automation API, because its host
// comes with Pulumi's own installer and cannot be built here.
type inline struct {
	host string
	// driver is a file of testdata/drivers, in the language itself, that runs the
	// project's program within itself and prints the changes.
	driver string
	// compile and command make the driver, where that takes anything, and run it.
	compile, command []string
}

// needed reports whether programs run inline: where their host is not on PATH.
func (i *inline) needed() bool {
	if i == nil {
		return false
	}
	_, err := exec.LookPath(i.host)
	return err != nil
}

func (i *inline) build(t testing.TB, p *enginetest.Project) {
	t.Helper()
	addDriver(t, p, i.driver)
	if i.compile != nil {
		run(t, p.Dir, i.compile[0], i.compile[1:]...)
	}
}

func addDriver(t testing.TB, p *enginetest.Project, name string) {
	t.Helper()
	driver := filepath.Join(enginetest.Root(t), "tests/sdks/testdata/drivers", name)
	writeFile(t, filepath.Join(p.Dir, name), readFile(t, driver))
}

// printed runs a driver in the project's own environment, and reads what it prints.
func printed(t testing.TB, p *enginetest.Project, into any, driver ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), driver[0], driver[1:]...)
	cmd.Dir = p.Dir
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			stderr = exit.Stderr
		}
		t.Fatalf("running %q: %v\n%s%s", driver, err, output, stderr)
	}
	if err := json.Unmarshal(output, into); err != nil {
		t.Fatalf("reading what %q printed: %v\n%s", driver, err, output)
	}
}

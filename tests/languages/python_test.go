package languages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// python runs against the SDK as a wheel, with the example's requirements.txt.
type python struct{}

var virtualenv = &installation{
	language: "python",
	// The oldest Pulumi that the SDK accepts.
	pins:    []string{"pulumi==3.231.0"},
	sources: []string{"sdk/python", "examples/python/requirements.txt"},
	install: func(t *testing.T, dir string, pins []string) {
		sdk := t.TempDir()
		copyTree(t, filepath.Join(root(t), "sdk/python"), sdk)
		tool(t, dir, "python3", "-m", "venv", ".")
		pip := func(args ...string) {
			t.Helper()
			tool(t, dir, "bin/python", append([]string{"-m", "pip", "--disable-pip-version-check"}, args...)...)
		}
		pip("wheel", "--no-deps", "--wheel-dir", sdk, sdk)
		wheels, err := filepath.Glob(filepath.Join(sdk, "*.whl"))
		if err != nil || len(wheels) != 1 {
			t.Fatalf("pip built %v", wheels)
		}
		// Fails where the example asks for other versions.
		pip(append([]string{"install", "--requirement", filepath.Join(root(t), "examples/python/requirements.txt"), wheels[0]}, pins...)...)
	},
}

func (python) prepare(t *testing.T, p *enginetest.Project) {
	t.Helper()
	// Where the example's Pulumi.yaml says that it is.
	if err := os.Symlink(virtualenv.folder(t), filepath.Join(p.Dir, "venv")); err != nil {
		t.Fatal(err)
	}
	copyFile(t, "testdata/drivers/driver.py", filepath.Join(p.Dir, "driver.py"))
}

func (python) run(t *testing.T, p *enginetest.Project, command string) changes {
	t.Helper()
	return drive(t, p, filepath.Join(p.Dir, "venv/bin/python"), "driver.py", command)
}

package languages

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// now is the simulator's clock, which stands still, so that the same program
// gives the same times in every language.
var now = time.Now()

// newProject makes a project of the files in these folders of the repository,
// later ones in place of earlier ones, whose stack is empty.
func newProject(t *testing.T, folders ...string) *enginetest.Project {
	t.Helper()
	return newProjectAt(t, now, folders...)
}

// newProjectAt is newProject with a simulator that begins at another time.
func newProjectAt(t *testing.T, begin time.Time, folders ...string) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{Now: func() time.Time { return begin }})
	p.Dir = t.TempDir()
	for _, folder := range folders {
		copyTree(t, filepath.Join(root(t), folder), p.Dir)
	}
	usePlugin(t, p.Dir)
	p.Must(p.Run("stack", "init", enginetest.Stack))
	return p
}

// configure sets values of the stack's configuration.
func configure(p *enginetest.Project, values map[string]string) {
	args := []string{"config", "set-all"}
	for key, value := range values {
		args = append(args, "--plaintext", key+"="+value)
	}
	p.Must(p.Run(args...))
}

// usePlugin makes the project use the plugin of bin/, and not one from
// elsewhere. A user's project needs no such lines.
func usePlugin(t *testing.T, dir string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "Pulumi.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	_, err = file.WriteString("\nplugins:\n  providers:\n    - name: cfaccess\n      path: " + filepath.Join(root(t), "bin") + "\n")
	if err != nil {
		t.Fatal(err)
	}
}

// built are folders that hold what tools make of a project, never its source.
var built = []string{"bin", "node_modules", "obj", "target", "venv", "__pycache__"}

// copyTree copies a folder's files into another folder, over what is there.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(built, entry.Name()) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		copyFile(t, path, filepath.Join(to, name))
		return nil
	})
	if err != nil {
		t.Fatalf("copying %s: %v", from, err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// root is the repository's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

package sdks

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// contents are the paths and texts of all files in a folder of the repository.
func contents(t testing.TB, folder string) []string {
	t.Helper()
	var parts []string
	eachFile(t, folder, func(name, path string) { parts = append(parts, name, readFile(t, path)) })
	return parts
}

// copyTree copies the files in a folder of the repository into another folder,
// over what is there.
func copyTree(t testing.TB, folder, to string) {
	t.Helper()
	eachFile(t, folder, func(name, path string) { writeFile(t, filepath.Join(to, name), readFile(t, path)) })
}

// built are folders that hold what tools make of a project, never its source.
var built = []string{"bin", "node_modules", "obj", "target", "venv", "__pycache__"}

// eachFile calls f for each source file in a folder of the repository, with its
// name within the folder and its path.
func eachFile(t testing.TB, folder string, f func(name, path string)) {
	t.Helper()
	root := filepath.Join(enginetest.Root(t), folder)
	must(t, fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			f(name, filepath.Join(root, name))
		case slices.Contains(built, entry.Name()):
			return fs.SkipDir
		}
		return nil
	}))
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// writeFile writes a file, and the folders that it lies in.
func writeFile(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// edit replaces what matches in a file, which has to be there.
func edit(t testing.TB, path string, old *regexp.Regexp, replacement string) {
	t.Helper()
	text := readFile(t, path)
	if !old.MatchString(text) {
		t.Fatalf("%s has nothing like %s", path, old)
	}
	writeFile(t, path, old.ReplaceAllLiteralString(text, replacement))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package packages

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// consumer copies a program of testdata into an empty folder, as a new user
// would begin.
func consumer(t *testing.T, language string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", language))))
	return dir
}

// install makes a consumer's folder ready: it installs the package that was
// made of the SDK, and what checks types in that language.
var install = map[string]func(t *testing.T, dir string){
	"nodejs": func(t *testing.T, dir string) {
		Run(t, dir, "npm", "install", "--prefer-offline", NPM(t), "typescript@5", "@types/node@20")
	},
	"python": func(t *testing.T, dir string) {
		Run(t, dir, "python3", "-m", "venv", "venv")
		Run(t, dir, "venv/bin/pip", "install", "--quiet", Wheel(t), "mypy")
	},
	"go": func(t *testing.T, dir string) {
		const module = "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
		Run(t, dir, "go", "mod", "init", "consumer")
		Run(t, dir, "go", "mod", "edit", "-replace", module+"="+Go(t),
			"-require", module+"@v"+provider.Version, "-require", "github.com/pulumi/pulumi/sdk/v3@v3.259.0")
		Run(t, dir, "go", "mod", "tidy")
	},
	"java": func(t *testing.T, dir string) {
		Maven(t)
		pom := filepath.Join(dir, "pom.xml")
		text, err := os.ReadFile(pom)
		must(t, err)
		must(t, os.WriteFile(pom, []byte(strings.ReplaceAll(string(text), "${cfaccess.version}", provider.Version)), 0o644))
	},
}

// mistake is a program that must not pass the check of types, and what the
// check says about it.
type mistake struct{ sentence, code, says string }

// expectMistakes writes each mistake into a file of its own, checks all of
// them at once, and fails unless each is found.
func expectMistakes(t *testing.T, dir, file, frame string, mistakes []mistake, check ...string) {
	t.Helper()
	name := func(i int) string { return strings.ReplaceAll(file, "#", strconv.Itoa(i)) }
	for i, m := range mistakes {
		path := filepath.Join(dir, name(i))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		text := strings.NewReplacer("#", strconv.Itoa(i), "CODE", m.code).Replace(frame)
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	output, err := Try(t, dir, check[0], check[1:]...)
	if err == nil {
		t.Errorf("the check passed")
	}
	for i, m := range mistakes {
		found := false
		for line := range strings.Lines(output) {
			found = found || strings.Contains(line, name(i)) && strings.Contains(line, m.says)
		}
		if !found {
			t.Errorf("%s: no line about %s says %q\n%s", m.sentence, name(i), m.says, output)
		}
	}
}

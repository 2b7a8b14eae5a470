package packages

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A consumer is a project that installs a package as a new user does, in an
// empty folder. Its program is in testdata, under its language's name.
type consumer struct {
	// install makes the folder ready.
	install func(t *testing.T, dir string)
	// check is the command that compiles the program, or checks its types.
	check []string
	// file and frame are where a mistake is written to and what stands around it:
	// # is its number, CODE the mistake.
	file, frame string
	mistakes    []mistake
	deployment
}

// mistake is code that check must not let pass, and what check says about it.
type mistake struct{ sentence, code, says string }

var consumers = map[string]consumer{"nodejs": nodejs, "python": python, "go": golang, "java": java}

func TestConsumerOfAPackage(t *testing.T) {
	t.Parallel()
	for language, c := range consumers {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", language))))
			c.install(t, dir)
			t.Run("is compiled strictly", func(t *testing.T) { Run(t, dir, c.check[0], c.check[1:]...) })
			t.Run("deploys tokens and looks one up", func(t *testing.T) { c.expectDeployment(t, dir) })
			t.Run("is told its mistakes", func(t *testing.T) { c.expectMistakes(t, dir) })
		})
	}
}

// expectMistakes writes each mistake into a file of its own, checks all of
// them at once, and fails unless each is found.
func (c consumer) expectMistakes(t *testing.T, dir string) {
	t.Helper()
	name := func(i int) string { return strings.ReplaceAll(c.file, "#", strconv.Itoa(i)) }
	for i, m := range c.mistakes {
		path := filepath.Join(dir, name(i))
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		text := strings.NewReplacer("#", strconv.Itoa(i), "CODE", m.code).Replace(c.frame)
		must(t, os.WriteFile(path, []byte(text), 0o644))
	}
	output, err := Try(t, dir, c.check[0], c.check[1:]...)
	if err == nil {
		t.Error("the check passed")
	}
	for i, m := range c.mistakes {
		found := false
		for line := range strings.Lines(output) {
			found = found || strings.Contains(line, name(i)) && strings.Contains(line, m.says)
		}
		if !found {
			t.Errorf("%s: no line about %s says %q\n%s", m.sentence, name(i), m.says, output)
		}
	}
}

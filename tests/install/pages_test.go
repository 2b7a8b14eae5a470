package install

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	readme       = "README.md"
	installation = "docs/installation-configuration.md"
	examples     = "examples/README.md"
)

// snippet is a code block of a page.
type snippet struct{ language, text string }

var fence = regexp.MustCompile("(?ms)^```(\\w*)[^\n]*\n(.*?)^```$")

// snippets lists the code blocks of a page of the repository.
func snippets(t *testing.T, page string) []snippet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(enginetest.Root(t), page))
	if err != nil {
		t.Fatal(err)
	}
	var found []snippet
	for _, block := range fence.FindAllStringSubmatch(string(text), -1) {
		found = append(found, snippet{block[1], block[2]})
	}
	return found
}

// firstProgram is the first complete program on README's page, and what is typed to
// deploy it: all commands from there to the first `pulumi up`.
func firstProgram(t *testing.T) (program, commands string) {
	t.Helper()
	for _, s := range snippets(t, readme) {
		switch {
		case program == "" && s.language == "yaml" && strings.HasPrefix(s.text, "name: "):
			program = s.text
		case program != "" && s.language == "sh":
			commands += s.text
			if strings.Contains(s.text, "pulumi up") {
				return program, commands
			}
		}
	}
	t.Fatalf("%s has no program in YAML that is followed by its `pulumi up`", readme)
	return "", ""
}

// command is the one snippet of a page whose first line has this text.
func command(t *testing.T, page, text string) string {
	t.Helper()
	var found []string
	for _, s := range snippets(t, page) {
		if first, _, _ := strings.Cut(s.text, "\n"); s.language == "sh" && strings.Contains(first, text) {
			found = append(found, s.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d snippets that begin with %q, want one", page, len(found), text)
	}
	return found[0]
}

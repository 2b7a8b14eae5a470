package install

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// bareProgram is the first program without the lines that say where the plugin is.
func bareProgram(t *testing.T) string {
	t.Helper()
	program, _ := firstProgram(t)
	return packagesSection.ReplaceAllString(program, "")
}

var packagesSection = regexp.MustCompile(`(?m)^packages:\n(?: .*\n)+`)

// snippetOf is the one snippet of a page in this language whose first line has
// these texts.
func snippetOf(t *testing.T, page, language string, texts ...string) string {
	t.Helper()
	var found []string
	for _, s := range snippets(t, page) {
		first, _, _ := strings.Cut(s.text, "\n")
		if s.language == language && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(first, text) }) {
			found = append(found, s.text)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d snippets that begin with %q, want one", page, len(found), texts)
	}
	return found[0]
}

// command is the one shell snippet of a page whose first line has these texts.
func command(t *testing.T, page string, texts ...string) string {
	t.Helper()
	return snippetOf(t, page, "sh", texts...)
}

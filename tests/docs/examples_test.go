package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A page's snippets in languages other than YAML are generated from examples,
// and the examples run.

func TestEveryExampleRuns(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(root, "docs", "examples", "*", "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			s := newSession(t)
			s.run(fence{page: name, lang: "yaml", text: string(text)}, nil)
			if outputs := s.Outputs(); len(outputs) == 0 {
				t.Error("the example has no outputs")
			} else if secret, _ := outputs["clientSecret"].(string); secret == "" && strings.Contains(string(text), "resources:") {
				t.Error("the example has no client secret among its outputs")
			}
		})
	}
}

// readExample returns the program in YAML of this name.
func readExample(t *testing.T, name string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "examples", "*", name+".yaml"))
	if err != nil || len(files) != 1 {
		t.Fatalf("of the name %s there are the examples %q (%v)", name, files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExamplesAreThoseThatTheirProgramsGive(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".", "examples", "-check",
		"-schema", "../../schema.json", "-docs", "../../docs", "-sections", "../../provider")
	cmd.Dir = filepath.Join(root, "internal", "sdkgen")
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// Anyone who copies a time far ahead keeps the previous client secret for as long.
func TestNoProgramSetsATimeDecadesAhead(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"schema.json": readPage(t, "schema.json")}
	for _, page := range append(pages(t), otherPages...) {
		texts[page] = readPage(t, page)
	}
	for name, text := range texts {
		for _, found := range regexp.MustCompile(`\b(2\d{3})-\d\d-\d\dT`).FindAllStringSubmatch(text, -1) {
			if found[1] >= "2030" {
				t.Errorf("%s has the time %s…", name, found[0])
			}
		}
	}
}

func TestAProgramOnAPageIsThatOfItsFile(t *testing.T) {
	t.Parallel()
	shown := 0
	for _, page := range pages(t) {
		for _, f := range fences(t, page) {
			if f.file == "" {
				continue
			}
			shown++
			if f.text != readPage(t, f.file) {
				t.Errorf("%s:%d: the snippet differs from %s", page, f.line, f.file)
			}
		}
	}
	if shown == 0 {
		t.Error("no page shows a file")
	}
}

func TestExampleOnAPageIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	shown := 0
	for _, page := range pages(t) {
		languages := map[string][]string{}
		for _, f := range fences(t, page) {
			if f.inTabs {
				languages[f.example] = append(languages[f.example], f.lang)
			}
		}
		for example, have := range languages {
			shown++
			if want := []string{"typescript", "python", "go", "csharp", "java", "yaml"}; !slices.Equal(have, want) {
				t.Errorf("%s shows the example %s in %s", page, example, strings.Join(have, ", "))
			}
		}
	}
	if shown == 0 {
		t.Error("no page shows an example")
	}
}

package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A page's snippets in languages other than YAML are generated from examples,
// and the examples run.

func TestEveryExampleRuns(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(root, "docs", "examples", "*.yaml"))
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
			if secret, _ := s.Outputs()["clientSecret"].(string); secret == "" {
				t.Error("the example has no client secret among its outputs")
			}
		})
	}
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

func TestExampleOnAPageIsInEveryLanguage(t *testing.T) {
	t.Parallel()
	shown := 0
	for _, page := range pages(t) {
		languages := map[string][]string{}
		for _, f := range fences(t, page) {
			if f.example != "" {
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

// Package importprograms looks at the programs that `pulumi import` writes, in
// every language but YAML, whose are tested with the rest of an import in
// tests/engine. It is a module of its own because Pulumi's generators of
// programs bring many dependencies.
package importprograms

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
	"github.com/cfaccess/pulumi-cfaccess/tests/sdks"
)

// programs are, by language, the file that the program goes into, and what has
// to change in the text so that it is the project's.
var programs = map[string]struct {
	file  string
	adapt *strings.Replacer
}{
	"nodejs": {"index.ts", strings.NewReplacer()},
	"python": {"__main__.py", strings.NewReplacer()},
	// The project's own main function runs a variable, or a function, named program.
	"go": {"program.go", strings.NewReplacer(
		"func main() {", "var program pulumi.RunFunc\n\nfunc init() {", "pulumi.Run(", "program = (")},
	"java": {"src/main/java/example/App.java", strings.NewReplacer("package generated_program;", "package example;")},
}

func TestProgramOfAnImportIsCompleteAndPreviewsWithoutAChange(t *testing.T) {
	t.Parallel()
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			sdks.Consumer(t, p, name)
			text := program.adapt.Replace(importTokens(t, p, name))
			write(t, filepath.Join(p.Dir, program.file), text)
			language := sdks.Languages[name]
			language.Build(t, p)
			language.Operate(t, p, "preview")

			// A program that lacks an input would preview as quietly, because what is
			// left out is not managed.
			for _, value := range []string{cfsim.DefaultAccountID, "8760h", cfsim.DefaultZoneID, "forever", `"ключ 日本 हिन्दी"`, `"null"`} {
				if n := strings.Count(text, value); n != 1 {
					t.Errorf("the program says %s %d times:\n%s", value, n, text)
				}
			}
			if enabled := strings.Count(strings.ToLower(text), "enabled"); enabled != 1 {
				t.Errorf("the program says %d times whether a token is enabled, want it of the disabled one:\n%s", enabled, text)
			}
			if strings.Contains(strings.ToLower(text), "secret") {
				t.Errorf("the program names a secret, which the import does not know:\n%s", text)
			}
		})
	}
}

// importTokens imports one token of an account and a disabled one of a zone,
// and returns the program that describes them.
func importTokens(t *testing.T, p *enginetest.Project, language string) string {
	t.Helper()
	ci := p.Simulator.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "null", Duration: "8760h"})
	edge := p.Simulator.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "ключ 日本 हिन्दी", Duration: "forever", Disabled: true})
	type resource struct {
		Type string `json:"type"`
		Name string `json:"name"`
		ID   string `json:"id"`
	}
	const token = "cfaccess:index:ServiceToken"
	list, err := json.Marshal(map[string][]resource{"resources": {
		// As pulumi-tool-cfaccess names them.
		{token, "token-null", cfsim.DefaultAccountID + "/" + ci.ID},
		{token, "ключ-日本-हिन्दी", "zones/" + cfsim.DefaultZoneID + "/" + edge.ID},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, out := filepath.Join(dir, "import.json"), filepath.Join(dir, "program")
	write(t, file, string(list))
	args := []string{"import", "--file", file, "--out", out, "--yes", "--skip-preview", "--protect=false", "--non-interactive"}

	generate, inProcess := generators[language]
	if !inProcess {
		p.Must(p.Run(args...))
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	// The command would start the language's host, to have the program generated;
	// as a project of YAML it starts another one.
	project := filepath.Join(p.Dir, "Pulumi.yaml")
	before, err := os.ReadFile(project)
	if err != nil {
		t.Fatal(err)
	}
	runtime := strings.NewReplacer("runtime: "+language, "runtime: yaml", "  name: "+language, "  name: yaml")
	write(t, project, runtime.Replace(string(before)))
	p.Must(p.Run(args...))
	write(t, project, string(before))
	return describe(t, p.State(), generate)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

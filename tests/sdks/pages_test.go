package sdks

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The programs that internal/sdkgen converts, for the descriptions of the schema and
// for the pages of docs, compile. C# is compiled by `make test_dotnet`.
func TestConvertedProgramsCompile(t *testing.T) {
	t.Parallel()
	for name, as := range map[string]struct{ fence, file string }{
		"nodejs": {"typescript", "converted#.ts"},
		"python": {"python", "converted#.py"},
		"go":     {"go", "converted#/main.go"},
		"java":   {"java", "src/main/java/converted#/App.java"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			programs := converted(t, as.fence)
			p := enginetest.New(t, cfsim.Config{})
			Consumer(t, p, name)
			for i, program := range programs {
				number := strconv.Itoa(i)
				program = strings.Replace(program, "package generated_program;", "package converted"+number+";", 1)
				writeFile(t, filepath.Join(p.Dir, strings.ReplaceAll(as.file, "#", number)), program)
			}
			check := Languages[name].check
			if output, err := try(t, p.Dir, check[0], check[1:]...); err != nil {
				t.Errorf("%v\n%s", err, output)
				for i, program := range programs {
					if strings.Contains(output, "converted"+strconv.Itoa(i)) {
						t.Logf("converted%d:\n%s", i, program)
					}
				}
			}
		})
	}
}

var conversion = regexp.MustCompile(`(?s)<!-- (?:example: |the program above).*?<!-- end of example -->`)

// converted are the programs in a language that the pages and descriptions show.
func converted(t *testing.T, language string) []string {
	t.Helper()
	var text string
	descriptions, err := filepath.Glob(filepath.Join(enginetest.Root(t), "provider/*_examples.md"))
	must(t, err)
	for _, name := range descriptions {
		text += readFile(t, name)
	}
	eachFile(t, "docs", func(_, path string) {
		if filepath.Ext(path) == ".md" {
			text += strings.Join(conversion.FindAllString(readFile(t, path), -1), "\n")
		}
	})
	programs := map[string]bool{}
	for _, found := range regexp.MustCompile(fmt.Sprintf("(?s)```%s\n(.*?)```", language)).FindAllStringSubmatch(text, -1) {
		programs[found[1]] = true
	}
	if len(programs) < len(descriptions) {
		t.Fatalf("there are %d programs in %s: this test looks at the wrong thing", len(programs), language)
	}
	return slices.Sorted(maps.Keys(programs))
}

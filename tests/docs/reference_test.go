package docs

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// packageSchema is what of schema.json the pages repeat.
type packageSchema struct {
	PluginDownloadURL string
	Config            struct {
		Variables map[string]struct{ Description string }
	}
	Functions map[string]struct {
		Inputs, Outputs struct{ Properties map[string]any }
	}
	Language struct {
		NodeJS struct{ PackageName string }
		Python struct{ PackageName string }
		Go     struct{ ModulePath string }
		CSharp struct {
			RootNamespace string
			Namespaces    map[string]string
		}
		Java struct{ BasePackage string }
	}
}

func readSchema(t *testing.T) packageSchema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema packageSchema
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

const configurationPage = "docs/installation-configuration.md"

func TestConfigurationTablesHaveEveryKeyWithItsVariable(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile("Environment: `([A-Z_]+)`")
	named := regexp.MustCompile("`(cfaccess:\\w+)`")
	variables := regexp.MustCompile("`([A-Z]+_[A-Z_]+)`")
	for _, page := range []string{configurationPage, "README.md"} {
		want := map[string][]string{}
		for key, described := range readSchema(t).Config.Variables {
			want["cfaccess:"+key] = nil
			if found := variable.FindStringSubmatch(described.Description); found != nil {
				want["cfaccess:"+key] = []string{found[1]}
			}
		}
		have := map[string][]string{}
		for line := range strings.Lines(readPage(t, page)) {
			cells := strings.Split(line, "|")
			const columns = 4 // key, variable, what it is, default
			if len(cells) != columns+2 || !named.MatchString(cells[1]) {
				continue
			}
			keys, values := named.FindAllStringSubmatch(cells[1], -1), variables.FindAllStringSubmatch(cells[2], -1)
			// A row may be of a pair that belongs together.
			for i, key := range keys {
				have[key[1]] = nil
				if i < len(values) {
					have[key[1]] = []string{values[i][1]}
				}
			}
			if len(values) > len(keys) {
				t.Errorf("%s names too many variables: %s", page, line)
			}
		}
		if !maps.EqualFunc(have, want, slices.Equal) {
			t.Errorf("%s has\n%v\nthe schema has\n%v", page, have, want)
		}
	}
}

func TestFunctionTablesHaveEveryArgumentAndResult(t *testing.T) {
	t.Parallel()
	code := regexp.MustCompile("`([a-z]\\w*)`")
	names := func(cell string) []string {
		var found []string
		for _, name := range code.FindAllStringSubmatch(cell, -1) {
			found = append(found, name[1])
		}
		slices.Sort(found)
		return found
	}
	functions := readSchema(t).Functions
	section := false
	arguments, results := map[string][]string{}, []string{}
	for line := range strings.Lines(readPage(t, "README.md")) {
		if strings.HasPrefix(line, "## ") {
			section = line == "## Functions\n"
		}
		cells := strings.Split(line, "|")
		switch {
		case !section || len(cells) < 4:
		case strings.HasPrefix(cells[1], " `cfaccess:"):
			arguments[strings.Trim(cells[1], " `")] = names(cells[2])
		default:
			results = append(results, names(cells[1])...)
		}
	}
	want := map[string][]string{}
	for token, function := range functions {
		want[strings.Replace(token, ":index:", ":", 1)] = slices.Sorted(maps.Keys(function.Inputs.Properties))
	}
	if !maps.EqualFunc(arguments, want, slices.Equal) {
		t.Errorf("README.md has the functions\n%v\nthe schema has\n%v", arguments, want)
	}
	slices.Sort(results)
	if want := slices.Sorted(maps.Keys(functions["cfaccess:index:getServiceToken"].Outputs.Properties)); !slices.Equal(results, want) {
		t.Errorf("README.md has the results\n%v\nthe schema has\n%v", results, want)
	}
}

func TestPackagesAreNamedAsTheSDKsAre(t *testing.T) {
	t.Parallel()
	languages := readSchema(t).Language
	page := readPage(t, configurationPage)
	for _, name := range []string{
		languages.NodeJS.PackageName, languages.Python.PackageName, languages.Go.ModulePath,
		languages.CSharp.RootNamespace + "." + languages.CSharp.Namespaces["cfaccess"], languages.Java.BasePackage + ":cfaccess",
	} {
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("%s lacks the package %s", configurationPage, name)
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.HasPrefix(target, "https://") {
				continue // not of this repository
			}
			file := page
			if target != "" {
				file = path.Join(path.Dir(page), target)
			}
			checkTarget(t, page, file, anchor)
		}
	}
}

func TestDescriptionsLinkToGuidesThatExist(t *testing.T) {
	t.Parallel()
	const page = "schema.json"
	link := regexp.MustCompile(`https://github\.com/cfaccess/pulumi-cfaccess/blob/main/([\w./-]+)#?([\w-]*)`)
	found := link.FindAllStringSubmatch(readPage(t, page), -1)
	if len(found) == 0 {
		t.Fatal("no description links to a guide")
	}
	for _, target := range found {
		checkTarget(t, page, target[1], target[2])
	}
}

// checkTarget makes sure that a link leads to a file of the repository, and to a
// heading in it if the link has an anchor.
func checkTarget(t *testing.T, page, file, anchor string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, file)); err != nil {
		t.Errorf("%s links to %s, which does not exist", page, file)
		return
	}
	if anchor != "" && !slices.ContainsFunc(headings(t, file, 2), func(h string) bool { return slug(h) == anchor }) {
		t.Errorf("%s links to %s#%s, and there is no such heading", page, file, anchor)
	}
}

// slug is a heading's name in a link.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ', r == '-':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

func TestEveryPageSaysInItsFrontMatterWhatItIs(t *testing.T) {
	t.Parallel()
	matter := regexp.MustCompile(`^---\ntitle: \S.*\nmeta_desc: \S.*\.\nlayout: package\n---\n`)
	for _, page := range pages(t) {
		if page != "README.md" && !strings.HasPrefix(page, "docs/decisions/") && !matter.MatchString(readPage(t, page)) {
			t.Errorf("%s does not begin with a title, a meta_desc and the layout", page)
		}
	}
}

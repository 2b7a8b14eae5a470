package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// packageSchema is what of schema.json the pages repeat.
type packageSchema struct {
	PluginDownloadURL string
	Config            struct {
		Variables map[string]struct{ Description string }
	}
	Resources map[string]struct {
		InputProperties, Properties map[string]struct {
			WillReplaceOnChanges, ReplaceOnChanges bool
		}
	}
	Functions map[string]struct {
		Inputs, Outputs struct{ Properties map[string]any }
	}
	Language struct {
		NodeJS struct{ PackageName string }
		Python struct{ PackageName string }
		Go     struct{ ModulePath string }
		CSharp csharpNames
		Java   struct{ BasePackage string }
	}
}

type csharpNames struct {
	RootNamespace string
	Namespaces    map[string]string
}

func (n csharpNames) packageName() string { return n.RootNamespace + "." + n.Namespaces[provider.Name] }

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

func TestConfigurationTableHasEveryKeyWithItsVariable(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile("Environment: `([A-Z_]+)`")
	named := regexp.MustCompile("`(cfaccess:\\w+)`")
	variables := regexp.MustCompile("`([A-Z]+_[A-Z_]+)`")
	want := map[string][]string{}
	for key, described := range readSchema(t).Config.Variables {
		want["cfaccess:"+key] = nil
		if found := variable.FindStringSubmatch(described.Description); found != nil {
			want["cfaccess:"+key] = []string{found[1]}
		}
	}
	have := map[string][]string{}
	for line := range strings.Lines(readPage(t, configurationPage)) {
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
			t.Errorf("%s names too many variables: %s", configurationPage, line)
		}
	}
	if !maps.EqualFunc(have, want, slices.Equal) {
		t.Errorf("%s has\n%v\nthe schema has\n%v", configurationPage, have, want)
	}
}

const overviewPage = "docs/_index.md"

func TestReferenceHasEveryInputAndOutput(t *testing.T) {
	t.Parallel()
	for token, resource := range readSchema(t).Resources {
		section := "The resource `" + strings.Replace(token, ":index:", ":", 1) + "`"
		rows := tableRows(t, overviewPage, section)
		if have, want := namesIn(rows["input"]), slices.Sorted(maps.Keys(resource.InputProperties)); !slices.Equal(have, want) {
			t.Errorf("%s has the inputs\n%v\nthe schema has\n%v", overviewPage, have, want)
		}
		if have, want := namesIn(rows["output"]), slices.Sorted(maps.Keys(resource.Properties)); !slices.Equal(have, want) {
			t.Errorf("%s has the outputs\n%v\nthe schema has\n%v", overviewPage, have, want)
		}
	}
}

func TestReferenceHasEveryArgumentAndResultOfTheFunctions(t *testing.T) {
	t.Parallel()
	functions := readSchema(t).Functions
	rows := tableRows(t, overviewPage, "Functions")
	arguments, want := map[string][]string{}, map[string][]string{}
	for _, row := range rows["function"] {
		arguments[strings.Trim(row[0], " `")] = namesIn([][]string{{row[1]}})
	}
	for token, function := range functions {
		want[strings.Replace(token, ":index:", ":", 1)] = slices.Sorted(maps.Keys(function.Inputs.Properties))
	}
	if !maps.EqualFunc(arguments, want, slices.Equal) {
		t.Errorf("%s has the functions\n%v\nthe schema has\n%v", overviewPage, arguments, want)
	}
	results := namesIn(rows["of each token"])
	if want := slices.Sorted(maps.Keys(functions["cfaccess:index:getServiceToken"].Outputs.Properties)); !slices.Equal(results, want) {
		t.Errorf("%s has the results\n%v\nthe schema has\n%v", overviewPage, results, want)
	}
}

// tableRows are the cells of the tables in a section, each table by the head of its
// first column.
func tableRows(t *testing.T, page, section string) map[string][][]string {
	t.Helper()
	tables := map[string][][]string{}
	in, head := false, ""
	for line := range strings.Lines(readPage(t, page)) {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			in = strings.TrimSpace(heading) == section
		}
		cells := strings.Split(strings.Trim(line, "| \n"), "|")
		switch {
		case !strings.HasPrefix(line, "|"):
			head = ""
		case head == "":
			head = strings.TrimSpace(cells[0])
		case in && !strings.HasPrefix(line, "| ---"):
			tables[head] = append(tables[head], cells)
		}
	}
	if len(tables) == 0 {
		t.Fatalf("%s has no tables in the section %q", page, section)
	}
	return tables
}

// namesIn are the properties that the first cells of rows name.
func namesIn(rows [][]string) []string {
	names := map[string]bool{}
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`([a-z]\\w*)`").FindAllStringSubmatch(row[0], -1) {
			names[name[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func TestPackagesAreNamedAsTheSDKsAre(t *testing.T) {
	t.Parallel()
	languages := readSchema(t).Language
	page, readme := readPage(t, configurationPage), readPage(t, "README.md")
	for _, name := range []string{
		languages.NodeJS.PackageName, languages.Python.PackageName, languages.Go.ModulePath,
		languages.CSharp.packageName(), languages.Java.BasePackage + ":cfaccess",
	} {
		for where, text := range map[string]string{configurationPage: page, "README.md": readme} {
			if !strings.Contains(text, "| `"+name+"` |") {
				t.Errorf("%s lacks the package %s", where, name)
			}
		}
	}
	maven := "    <groupId>" + languages.Java.BasePackage + "</groupId>\n    <artifactId>" + provider.Name + "</artifactId>\n    <version>" + provider.Version + "</version>\n"
	if !strings.Contains(page, maven) {
		t.Errorf("%s lacks the coordinates for Maven:\n%s", configurationPage, maven)
	}
}

// otherPages are read, and their snippets are not run.
var otherPages = []string{"CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range append(pages(t), otherPages...) {
		for _, found := range link.FindAllStringSubmatch(readPage(t, page), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			file, ours := inRepository(target)
			switch {
			case ours:
			case strings.HasPrefix(target, "https://"):
				continue
			case target == "":
				file = page
			default:
				file = path.Join(path.Dir(page), target)
			}
			checkTarget(t, page, file, anchor)
		}
	}
}

func TestEveryMakeTargetThatAPageNamesExists(t *testing.T) {
	t.Parallel()
	makefile := readPage(t, "Makefile")
	named := regexp.MustCompile("(?m)(?:^|`| )make ([a-z_]+)(?:$|`| +#)")
	for _, page := range append(pages(t), otherPages...) {
		for _, target := range named.FindAllStringSubmatch(readPage(t, page), -1) {
			if !regexp.MustCompile(`(?m)^` + target[1] + `:`).MatchString(makefile) {
				t.Errorf("%s names the target %s, which the Makefile does not have", page, target[1])
			}
		}
	}
}

func TestDescriptionsLinkToGuidesThatExist(t *testing.T) {
	t.Parallel()
	const page = "schema.json"
	link := regexp.MustCompile(`\]\((https://[^)\s#]+)#?([\w-]*)\)`)
	found := 0
	for _, target := range link.FindAllStringSubmatch(readPage(t, page), -1) {
		if file, ours := inRepository(target[1]); ours {
			found++
			checkTarget(t, page, file, target[2])
		}
	}
	if found == 0 {
		t.Fatal("no description links to a guide")
	}
}

// inRepository returns the file or folder of this repository that an address is of.
func inRepository(address string) (file string, ours bool) {
	place, ours := strings.CutPrefix(address, "https://github.com/cfaccess/pulumi-cfaccess/")
	_, file, below := strings.Cut(place, "/main/")
	return file, ours && below
}

// checkTarget makes sure that a link leads to a file of the repository, and to a
// heading in it if the link has an anchor.
func checkTarget(t *testing.T, page, file, anchor string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, file)); err != nil {
		t.Errorf("%s links to %s, which does not exist", page, file)
		return
	}
	if anchor != "" && !slices.Contains(anchors(t, file), anchor) {
		t.Errorf("%s links to %s#%s, and there is no such heading", page, file, anchor)
	}
}

// anchors are the names of a page's headings in links. Headings of one name are
// numbered.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	var names []string
	count := map[string]int{}
	for _, heading := range headings(t, page, 2) {
		name := slug(heading)
		if n := count[name]; n > 0 {
			names = append(names, fmt.Sprintf("%s-%d", name, n))
		} else {
			names = append(names, name)
		}
		count[name]++
	}
	return names
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

package docs

import (
	"encoding/json"
	"image/png"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What Pulumi's registry asks of a package: it publishes two pages, and takes what
// else it shows from the schema.

var published = []string{overviewPage, configurationPage}

func TestEveryPageSaysInItsFrontMatterWhatItIs(t *testing.T) {
	t.Parallel()
	matter := regexp.MustCompile(`^---\ntitle: \S.*\nmeta_desc: \S.*\.\nlayout: package\n---\n`)
	for _, page := range pages(t) {
		if page != "README.md" && !strings.HasPrefix(page, "docs/decisions/") && !matter.MatchString(readPage(t, page)) {
			t.Errorf("%s does not begin with a title, a meta_desc and the layout", page)
		}
	}
}

func TestPublishedPagesLinkToEachOtherAndElsewhereByWholeAddresses(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s#]+)`)
	for _, page := range published {
		found := link.FindAllStringSubmatch(readPage(t, page), -1)
		if len(found) == 0 {
			t.Errorf("%s has no links", page)
		}
		for _, target := range found {
			whole := strings.HasPrefix(target[1], "https://")
			if !whole && !slices.Contains(published, path.Join(path.Dir(page), target[1])) {
				t.Errorf("%s links to %s, which the registry does not publish: write its whole address", page, target[1])
			}
		}
	}
}

func TestOnlyPublishedPagesHaveTabs(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		if !slices.Contains(published, page) && regexp.MustCompile(`{{[<%]`).MatchString(readPage(t, page)) {
			t.Errorf("%s has shortcodes of the registry, which GitHub shows as they are", page)
		}
	}
}

func TestInstallationPageHasTheCommandsThatTheRegistryAsksFor(t *testing.T) {
	t.Parallel()
	page := readPage(t, configurationPage)
	for _, command := range []string{
		"\npulumi plugin install resource cfaccess ", "\npulumi config set --secret cfaccess:apiToken ", "\nexport CLOUDFLARE_API_TOKEN=",
	} {
		if !strings.Contains(page, command) {
			t.Errorf("%s lacks the command %q", configurationPage, command)
		}
	}
}

func TestSchemaSaysWhatTheRegistryShows(t *testing.T) {
	t.Parallel()
	var schema struct {
		DisplayName, Description, Publisher, Homepage, Repository, License, LogoURL, PluginDownloadURL string
		Keywords                                                                                       []string
	}
	if err := json.Unmarshal([]byte(readPage(t, "schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	const repository = "https://github.com/cfaccess/pulumi-cfaccess"
	for name, field := range map[string][2]string{
		"displayName":       {schema.DisplayName, `^Cloudflare Access service tokens$`},
		"description":       {schema.Description, `\.$`},
		"publisher":         {schema.Publisher, `^cfaccess$`},
		"homepage":          {schema.Homepage, `^` + repository + `$`},
		"repository":        {schema.Repository, `^` + repository + `$`},
		"license":           {schema.License, `^Apache-2\.0$`},
		"pluginDownloadURL": {schema.PluginDownloadURL, `^github://api\.github\.com/cfaccess/pulumi-cfaccess$`},
	} {
		if !regexp.MustCompile(field[1]).MatchString(field[0]) {
			t.Errorf("%s is %q", name, field[0])
		}
	}
	for prefix, known := range map[string][]string{
		"category/": {"cloud", "infrastructure", "network", "database", "monitoring", "utility"},
		"kind/":     {"native", "component"},
	} {
		var values []string
		for _, keyword := range schema.Keywords {
			if value, ok := strings.CutPrefix(keyword, prefix); ok {
				values = append(values, value)
			}
		}
		if len(values) != 1 || !slices.Contains(known, values[0]) {
			t.Errorf("the keywords %s* are %q, want one of %q", prefix, values, known)
		}
	}

	file, ours := strings.CutPrefix(schema.LogoURL, "https://raw.githubusercontent.com/cfaccess/pulumi-cfaccess/main/")
	if !ours {
		t.Fatalf("the logo's address is %q, not that of a file of this repository", schema.LogoURL)
	}
	logo, err := os.Open(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logo.Close() }()
	picture, err := png.DecodeConfig(logo)
	if err != nil || picture.Width != picture.Height || picture.Width < 100 {
		t.Errorf("the logo is no square picture of at least 100 pixels: %+v (%v)", picture, err)
	}
}

// The SDKs act on replaceOnChanges: they would replace a token whose scope is left out.
func TestTheRegistryShowsThatAChangeOfTheScopeReplaces(t *testing.T) {
	t.Parallel()
	token := readSchema(t).Resources["cfaccess:index:ServiceToken"]
	if len(token.InputProperties) == 0 {
		t.Fatal("the schema has no service token")
	}
	for name, input := range token.InputProperties {
		if isScope := name == "accountId" || name == "zoneId"; input.WillReplaceOnChanges != isScope {
			t.Errorf("willReplaceOnChanges of %s is %t", name, input.WillReplaceOnChanges)
		}
		if input.ReplaceOnChanges || token.Properties[name].ReplaceOnChanges {
			t.Errorf("%s has replaceOnChanges", name)
		}
	}
}

func TestEveryDescribedFunctionAndResourceHasAnExampleInEveryLanguage(t *testing.T) {
	t.Parallel()
	var schema struct {
		Resources, Functions map[string]struct{ Description string }
	}
	if err := json.Unmarshal([]byte(readPage(t, "schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for token, resource := range schema.Resources {
		described[token] = resource.Description
	}
	for token, function := range schema.Functions {
		described[token] = function.Description
	}
	for token, description := range described {
		for _, text := range []string{"## Example Usage\n", "```typescript\n", "```python\n", "```go\n", "```csharp\n", "```java\n", "```yaml\n"} {
			if !strings.Contains(description, text) {
				t.Errorf("the description of %s lacks %q", token, text)
			}
		}
	}
}

func TestReadmeAndOverviewLinkToEveryPage(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"README.md", overviewPage} {
		linked := map[string]bool{}
		for _, target := range regexp.MustCompile(`\]\(([^)\s#]+)`).FindAllStringSubmatch(readPage(t, from), -1) {
			file, ours := inRepository(target[1])
			if !ours {
				file = path.Join(path.Dir(from), target[1])
			}
			linked[file] = true
		}
		for _, page := range pages(t) {
			guide := strings.HasPrefix(page, "docs/guides/") || page == configurationPage
			if page != from && (guide || from == "README.md" && path.Dir(page) == "docs") && !linked[page] {
				t.Errorf("%s does not link to %s", from, page)
			}
		}
	}
}

package docs

import (
	"regexp"
	"strings"
	"testing"
)

// The table of supported versions says what the manifests ask for and the tests run.
func TestSupportedVersionsAreThoseOfTheManifests(t *testing.T) {
	t.Parallel()
	_, table, found := strings.Cut(readPage(t, configurationPage), "\n## Supported versions\n")
	if !found {
		t.Fatalf("%s does not say which versions are supported", configurationPage)
	}
	table, _, _ = strings.Cut(table, "\n## ")
	for _, test := range []struct{ manifest, pattern, row string }{
		{"tools/oldest-pulumi/go.mod", `pulumi/pkg/v3 v(\S+)`, "| the `pulumi` command | VERSION or newer | VERSION and "},
		{"tools/go.mod", `pulumi/pkg/v3 v(\S+)`, " and VERSION |\n"},
		{"sdk/nodejs/package.json", `"node": ">=(\d+)"`, "| Node.js VERSION with "},
		{"sdk/nodejs/package.json", `"@pulumi/pulumi": "\^([\d.]+)"`, "or newer with VERSION or newer | `@pulumi/pulumi` VERSION, "},
		{"sdk/python/pyproject.toml", `requires-python = ">=(\S+)"`, "| Python VERSION or newer with "},
		{"sdk/python/pyproject.toml", `"pulumi>=([\d.]+)`, "`pulumi` VERSION or newer | `pulumi` VERSION and "},
		{"sdk/go/cfaccess/go.mod", `(?m)^go (\S+)`, "| Go VERSION or newer with "},
		{"sdk/go/cfaccess/go.mod", `pulumi/sdk/v3 v(\S+)`, "`github.com/pulumi/pulumi/sdk/v3` VERSION or newer | "},
		{"sdk/go/cfaccess/go.mod", `pulumi/sdk/v3 v(\S+)`, "; compiled with VERSION |\n"},
		{"examples/go/go.mod", `pulumi/sdk/v3 v(\S+)`, "| VERSION; compiled with "},
		{"sdk/java/pom.xml", `<maven.compiler.release>(\d+)<`, "| Java VERSION or newer with "},
		{"sdk/java/pom.xml", `<artifactId>pulumi</artifactId>\s*<version>(\S+)<`, "`com.pulumi:pulumi` VERSION or newer | VERSION |\n"},
	} {
		version := regexp.MustCompile(test.pattern).FindStringSubmatch(readPage(t, test.manifest))
		if version == nil {
			t.Errorf("%s says nothing like %s", test.manifest, test.pattern)
			continue
		}
		if row := strings.ReplaceAll(test.row, "VERSION", version[1]); !strings.Contains(table, row) {
			t.Errorf("the table lacks %q, as %s has it", row, test.manifest)
		}
	}
}

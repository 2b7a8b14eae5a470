// Package release checks what has to be true of a commit that becomes a release.
package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// versions are the places beside provider/version.go that state the version.
var versions = map[string]string{
	"cmd/pulumi-tool-cfaccess/internal/command/version.go":                       `(?m)^const Version = "(.*)"$`,
	"sdk/nodejs/package.json":                                                    `(?m)^    "version": "(.*)",$`,
	"sdk/python/pyproject.toml":                                                  `(?m)^  version = "(.*)"$`,
	"sdk/python/pulumi_cfaccess/pulumi-plugin.json":                              `"version": "(.*)"`,
	"sdk/go/cfaccess/pulumi-plugin.json":                                         `"version": "(.*)"`,
	"sdk/go/cfaccess/internal/pulumiUtilities.go":                                `MustParse\("(.*)"\)`,
	"sdk/java/pom.xml":                                                           `(?m)^    <version>(.*)</version>$`,
	"sdk/java/src/main/resources/io/github/cfaccess/pulumi/cfaccess/version.txt": `^(.*)\s*$`,
	"sdk/java/src/main/resources/io/github/cfaccess/pulumi/cfaccess/plugin.json": `"version": "(.*)"`,
	"sdk/dotnet/CfAccess.Access.csproj":                                          `(?m)^    <Version>(.*)</Version>$`,
	"sdk/dotnet/version.txt":                                                     `^(.*)\s*$`,
	"sdk/dotnet/pulumi-plugin.json":                                              `"version": "(.*)"`,
}

func TestSDKsAndCompanionCommandHaveTheVersionOfThePlugin(t *testing.T) {
	t.Parallel()
	for path, pattern := range versions {
		found := regexp.MustCompile(pattern).FindStringSubmatch(read(t, path))
		switch {
		case found == nil:
			t.Errorf("%s has nothing like %s", path, pattern)
		case found[1] != provider.Version:
			t.Errorf("%s has version %s, and provider/version.go %s", path, found[1], provider.Version)
		}
	}
}

func TestChangelogBeginsWithThisVersion(t *testing.T) {
	t.Parallel()
	if version, _ := newest(t, read(t, "CHANGELOG.md")); version != provider.Version {
		t.Errorf("CHANGELOG.md begins with version %s, and provider/version.go has %s", version, provider.Version)
	}
}

func TestTagOfThisCommitIsItsVersion(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "git", "tag", "--points-at", "HEAD")
	cmd.Dir = enginetest.Root(t)
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the tags: %v", err)
	}
	_, dated := newest(t, read(t, "CHANGELOG.md"))
	for _, problem := range wrongTags(strings.Fields(string(output)), provider.Version, dated) {
		t.Error(problem)
	}
}

// wrongTags says what is wrong with the tags of a commit of this version, whose section
// of the changelog is dated or is not.
func wrongTags(tags []string, version string, dated bool) (problems []string) {
	for _, tag := range tags {
		number, plugin := strings.CutPrefix(tag, "v")
		number, sdk := strings.CutPrefix(number, "sdk/go/cfaccess/v")
		switch {
		case !plugin && !sdk:
		case number != version:
			problems = append(problems, tag+" is the tag of a commit with version "+version)
		case !dated:
			problems = append(problems, tag+" is the tag of a commit whose changelog calls "+version+" unreleased")
		}
	}
	return problems
}

func TestWrongTagsAreNoticed(t *testing.T) {
	t.Parallel()
	const version = "1.2.3"
	for name, test := range map[string]struct {
		tags  []string
		dated bool
		want  []string
	}{
		"none":             {},
		"those of release": {[]string{"v1.2.3", "sdk/go/cfaccess/v1.2.3", "begin"}, true, nil},
		"another version":  {[]string{"v1.2.4"}, true, []string{"v1.2.4 is the tag of a commit with version 1.2.3"}},
		"another SDK":      {[]string{"sdk/go/cfaccess/v1.2"}, true, []string{"sdk/go/cfaccess/v1.2 is the tag of a commit with version 1.2.3"}},
		"unreleased":       {[]string{"v1.2.3"}, false, []string{"v1.2.3 is the tag of a commit whose changelog calls 1.2.3 unreleased"}},
	} {
		if got := wrongTags(test.tags, version, test.dated); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// newest is the version of a changelog's first section, and whether it has the date of
// its release.
func newest(t *testing.T, changelog string) (version string, dated bool) {
	t.Helper()
	heading := regexp.MustCompile(`(?m)^## .*$`).FindString(changelog)
	if found := regexp.MustCompile(`^## (\S+) \(\d{4}-\d{2}-\d{2}\)$`).FindStringSubmatch(heading); found != nil {
		return found[1], true
	}
	found := regexp.MustCompile(`^## Unreleased \((\S+)\)$`).FindStringSubmatch(heading)
	if found == nil {
		t.Fatalf("the changelog begins with %q, want \"## X.Y.Z (YYYY-MM-DD)\" or \"## Unreleased (X.Y.Z)\"", heading)
	}
	return found[1], false
}

// read returns the text of a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(enginetest.Root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

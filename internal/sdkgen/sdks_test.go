package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/BurntSushi/toml"
	"golang.org/x/mod/modfile"
)

const (
	testVersion = "1.2.3"
	schemaFile  = "../../schema.json"
	pluginHost  = "github://api.github.com/cfaccess/pulumi-cfaccess"
	repository  = "https://github.com/cfaccess/pulumi-cfaccess"
	javaFolder  = "io/github/cfaccess/pulumi/cfaccess/"
)

var generateOnce = sync.OnceValues(func() (tree, error) {
	src, err := readSource(schemaFile, testVersion)
	if err != nil {
		return nil, err
	}
	return generate(src)
})

func generated(t *testing.T) tree {
	t.Helper()
	files, err := generateOnce()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read gives a generated file, which has to be there.
func read(t *testing.T, name string) []byte {
	t.Helper()
	content, ok := generated(t)[name]
	if !ok {
		t.Fatalf("%s is not generated", name)
	}
	return content
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestNodeJSPackageSaysWhatItIs(t *testing.T) {
	var p packageJSON
	if err := json.Unmarshal(read(t, "nodejs/package.json"), &p); err != nil {
		t.Fatal(err)
	}
	equal(t, "the name", p.Name, "@cfaccess/pulumi-cfaccess")
	equal(t, "the version", p.Version, testVersion)
	equal(t, "the licence", p.License, "Apache-2.0")
	equal(t, "the homepage", p.Homepage, repository)
	equal(t, "the repository", p.Repository.(map[string]any)["url"].(string), "git+"+repository+".git")
	equal(t, "the entry", p.Main, "bin/index.js")
	equal(t, "the types", p.Types, "bin/index.d.ts")
	equal(t, "what is packed", strings.Join(p.Files, " "), "bin")
	equal(t, "who may install it", p.PublishConfig["access"], "public")
	equal(t, "Pulumi's SDK", p.Dependencies["@pulumi/pulumi"], "^3.231.0")
	equal(t, "the oldest Node.js", p.Engines["node"], ">=20")
	if p.Description == "" {
		t.Error("there is no description")
	}
	checkPlugin(t, p.Pulumi)

	for _, setting := range []string{`"outDir": "bin"`, `"declaration": true`, `"strict": true`, `"serviceToken.ts"`} {
		if !bytes.Contains(read(t, "nodejs/tsconfig.json"), []byte(setting)) {
			t.Errorf("tsconfig.json lacks %s", setting)
		}
	}
}

func TestPythonPackageSaysWhatItIs(t *testing.T) {
	var p struct {
		Project struct {
			Name, Version, License, README, Description string
			RequiresPython                              string `toml:"requires-python"`
			Dependencies                                []string
			URLs                                        map[string]string
		}
		BuildSystem struct{ Requires []string } `toml:"build-system"`
		Tool        struct {
			Setuptools struct {
				PackageData map[string][]string `toml:"package-data"`
			}
		}
	}
	if _, err := toml.Decode(string(read(t, "python/pyproject.toml")), &p); err != nil {
		t.Fatal(err)
	}
	equal(t, "the name", p.Project.Name, "pulumi_cfaccess")
	equal(t, "the version", p.Project.Version, testVersion)
	equal(t, "the licence", p.Project.License, "Apache-2.0")
	equal(t, "the read-me", p.Project.README, "README.md")
	equal(t, "the oldest Python", p.Project.RequiresPython, ">=3.10")
	equal(t, "the homepage", p.Project.URLs["Homepage"], repository)
	equal(t, "the repository", p.Project.URLs["Repository"], repository)
	equal(t, "what builds it", strings.Join(p.BuildSystem.Requires, " "), "setuptools>=77.0")
	if p.Project.Description == "" {
		t.Error("there is no description")
	}
	if !slices.Contains(p.Project.Dependencies, "pulumi>=3.231.0,<4.0.0") {
		t.Errorf("Pulumi's SDK is not among %q", p.Project.Dependencies)
	}
	for _, name := range []string{"py.typed", "pulumi-plugin.json"} {
		read(t, "python/pulumi_cfaccess/"+name)
		if !slices.Contains(p.Tool.Setuptools.PackageData["pulumi_cfaccess"], name) {
			t.Errorf("%s is not packed", name)
		}
	}
	checkPlugin(t, read(t, "python/pulumi_cfaccess/pulumi-plugin.json"))
}

func TestGoModuleSaysWhatItIs(t *testing.T) {
	mod, err := modfile.Parse("go.mod", read(t, "go/cfaccess/go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the module", mod.Module.Mod.Path, "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess")
	versions := map[string]string{}
	for _, require := range mod.Require {
		versions[require.Mod.Path] = require.Mod.Version
	}
	equal(t, "Pulumi's SDK", versions["github.com/pulumi/pulumi/sdk/v3"], "v3.231.0")
	equal(t, "the number of replacements", len(mod.Replace), 0)

	sums := string(read(t, "go/cfaccess/go.sum"))
	for path, version := range versions {
		if !strings.Contains(sums, path+" "+version+"/go.mod h1:") {
			t.Errorf("go.sum lacks %s %s", path, version)
		}
	}
	if !bytes.Contains(read(t, "go/cfaccess/serviceToken.go"), []byte(mod.Module.Mod.Path+`/internal"`)) {
		t.Error("the generated code imports its parts by another path than the module's")
	}
	checkPlugin(t, read(t, "go/cfaccess/pulumi-plugin.json"))
	for _, option := range []string{`semver.MustParse("` + testVersion + `")`, `pulumi.PluginDownloadURL("` + pluginHost + `")`} {
		if !bytes.Contains(read(t, "go/cfaccess/internal/pulumiUtilities.go"), []byte(option)) {
			t.Errorf("a resource does not ask for its plugin with %s", option)
		}
	}
}

func TestJavaPackageSaysWhatItIs(t *testing.T) {
	type artifact struct {
		GroupID    string `xml:"groupId"`
		ArtifactID string `xml:"artifactId"`
		Version    string `xml:"version"`
	}
	var p struct {
		artifact
		Description  string     `xml:"description"`
		URL          string     `xml:"url"`
		License      string     `xml:"licenses>license>name"`
		Repository   string     `xml:"scm>url"`
		Dependencies []artifact `xml:"dependencies>dependency"`
	}
	if err := xml.Unmarshal(read(t, "java/pom.xml"), &p); err != nil {
		t.Fatal(err)
	}
	equal(t, "the package", p.artifact, artifact{"io.github.cfaccess.pulumi", "cfaccess", testVersion})
	equal(t, "the licence", p.License, "Apache-2.0")
	equal(t, "the homepage", p.URL, repository)
	equal(t, "the repository", p.Repository, repository)
	if p.Description == "" {
		t.Error("there is no description")
	}
	if !slices.Contains(p.Dependencies, artifact{"com.pulumi", "pulumi", "1.36.1"}) {
		t.Errorf("Pulumi's SDK is not among %v", p.Dependencies)
	}

	equal(t, "the version resource", string(read(t, "java/src/main/resources/"+javaFolder+"version.txt")), testVersion)
	checkPlugin(t, read(t, "java/src/main/resources/"+javaFolder+"plugin.json"))
	if !bytes.Contains(read(t, "java/src/main/java/"+javaFolder+"ServiceToken.java"), []byte("package io.github.cfaccess.pulumi.cfaccess;")) {
		t.Error("the generated classes are in another package")
	}
}

func TestDotnetPackageSaysWhatItIs(t *testing.T) {
	type project struct {
		Properties []struct {
			Version, PackageLicenseExpression, Description string
			PackageIcon, PackageReadmeFile, PackageTags    string
			Homepage                                       string `xml:"PackageProjectUrl"`
			Repository                                     string `xml:"RepositoryUrl"`
		} `xml:"PropertyGroup"`
		Packages []struct {
			Include string `xml:",attr"`
			Version string `xml:",attr"`
		} `xml:"ItemGroup>PackageReference"`
	}
	decode := func(name string) (p project) {
		if err := xml.Unmarshal(read(t, name), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	main := decode("dotnet/CfAccess.Access.csproj")
	equal(t, "the version", main.Properties[0].Version, testVersion)
	equal(t, "the licence", main.Properties[0].PackageLicenseExpression, "Apache-2.0")
	equal(t, "the homepage", main.Properties[0].Homepage, repository)
	equal(t, "the repository", main.Properties[0].Repository, repository)
	if main.Properties[0].Description == "" {
		t.Error("there is no description")
	}
	references := map[string]string{}
	for _, reference := range main.Packages {
		references[reference.Include] = reference.Version
	}
	equal(t, "Pulumi's SDK", references["Pulumi"], "[3.76.1,4)")

	added := decode("dotnet/Directory.Build.props")
	equal(t, "the read-me", added.Properties[0].PackageReadmeFile, "README.md")
	equal(t, "the first tags", strings.HasPrefix(added.Properties[0].PackageTags, "pulumi;cloudflare;"), true)

	ownLogo, err := logo.ReadFile("logo.png")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "whether the icon is our own", bytes.Equal(read(t, "dotnet/"+main.Properties[0].PackageIcon), ownLogo), true)
	equal(t, "the version resource", string(read(t, "dotnet/version.txt")), testVersion)
	checkPlugin(t, read(t, "dotnet/pulumi-plugin.json"))
}

// checkPlugin checks what names to the engine which plugin an SDK needs, and from where.
func checkPlugin(t *testing.T, text []byte) {
	t.Helper()
	type info struct {
		Resource              bool
		Name, Version, Server string
	}
	var got info
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	equal(t, "the plugin", got, info{true, "cfaccess", testVersion, pluginHost})
}

func TestEverySDKHasAReadMeAndTheLicence(t *testing.T) {
	for _, lang := range languages {
		top := lang.name + "/"
		if lang.top != "" {
			top += lang.top + "/"
		}
		readme := string(read(t, top+"README.md"))
		for _, want := range []string{"Written by internal/sdkgen", repository, "ServiceToken", "8760h"} {
			if !strings.Contains(readme, want) {
				t.Errorf("%sREADME.md lacks %q", top, want)
			}
		}
		if !bytes.Contains(read(t, top+"LICENSE"), []byte("Apache License")) {
			t.Errorf("%sLICENSE is not the licence", top)
		}
	}
}

func TestCommentsOfAnSDKHaveTheExamplesOfItsLanguageAlone(t *testing.T) {
	own := map[string]string{"nodejs": "typescript", "python": "python", "go": "go", "dotnet": "csharp", "java": ""}
	begins := regexp.MustCompile("```([a-z]+)\\s")
	files := generated(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lang, _, _ := strings.Cut(name, "/")
		if strings.HasSuffix(name, ".md") || strings.HasSuffix(name, "schema.json") {
			continue
		}
		for _, match := range begins.FindAllSubmatch(files[name], -1) {
			if found := string(match[1]); slices.Contains(exampleLanguages(), found) && found != own[lang] {
				t.Errorf("%s has an example in %s", name, found)
			}
		}
	}
}

func TestSDKsNameOnlyKnownHosts(t *testing.T) {
	known := []string{
		"github.com", "api.github.com", "api.cloudflare.com", "developers.cloudflare.com",
		"www.apache.org", "maven.apache.org", "www.w3.org", "golang.org",
		"app.example.com", // reserved for documentation
	}
	url := regexp.MustCompile(`[a-z]+://([A-Za-z0-9.-]+)`)
	files := generated(t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, match := range url.FindAllStringSubmatch(string(files[name]), -1) {
			if !slices.Contains(known, match[1]) {
				t.Errorf("%s names the host %s", name, match[1])
			}
		}
	}
}

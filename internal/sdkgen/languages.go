package main

import (
	"fmt"
	"path"

	dotnet "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// tree is files by their slash-separated paths.
type tree map[string][]byte

// language is one SDK: how it is generated, and where in its folder the
// package's own top is.
type language struct {
	name     string
	top      string
	generate func(schema.PackageSpec) (tree, error)
}

// The generators name the tool in each file they write; these are the names
// that Pulumi's own CLI would leave there.
var languages = []language{
	{name: "nodejs", generate: generateNodeJS},
	{name: "python", generate: generatePython},
	{name: "go", top: "cfaccess", generate: generateGo},
	{name: "java", generate: generateJava},
	{name: "dotnet", generate: generateDotnet},
}

// generate makes every SDK, each below the name of its language.
func generate(src source) (tree, error) {
	all := tree{}
	for _, lang := range languages {
		spec, err := src.spec()
		if err != nil {
			return nil, err
		}
		files, err := lang.generate(spec)
		if err != nil {
			return nil, fmt.Errorf("generating the SDK for %s: %w", lang.name, err)
		}
		if err := addOverlay(files, lang.name, spec); err != nil {
			return nil, fmt.Errorf("completing the SDK for %s: %w", lang.name, err)
		}
		files[path.Join(lang.top, "LICENSE")] = src.license
		for name, content := range files {
			all[path.Join(lang.name, name)] = content
		}
	}
	return all, nil
}

func generateNodeJS(spec schema.PackageSpec) (tree, error) {
	pkg, err := bind(spec)
	if err != nil {
		return nil, err
	}
	files, err := nodejs.GeneratePackage("pulumi-language-nodejs", pkg, nil, nil, false, nil)
	if err != nil {
		return nil, err
	}
	manifest, err := completePackageJSON(files["package.json"])
	if err != nil {
		return nil, err
	}
	files["package.json"] = manifest
	return files, nil
}

func generatePython(spec schema.PackageSpec) (tree, error) {
	pkg, err := bind(spec)
	if err != nil {
		return nil, err
	}
	files, err := python.GeneratePackage("pulumi-language-python", pkg, nil, nil)
	if err != nil {
		return nil, err
	}
	project, err := completePyproject(files["pyproject.toml"], spec.License)
	if err != nil {
		return nil, err
	}
	files["pyproject.toml"] = project
	return files, nil
}

func generateGo(spec schema.PackageSpec) (tree, error) {
	pkg, err := bind(spec)
	if err != nil {
		return nil, err
	}
	return gogen.GeneratePackage("pulumi-language-go", pkg, nil)
}

func generateJava(spec schema.PackageSpec) (tree, error) {
	deduplicated, diagnostics, err := java.DeduplicateTypes(&spec)
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	if err != nil {
		return nil, fmt.Errorf("deduplicating types: %w", err)
	}
	pkg, err := bind(*deduplicated)
	if err != nil {
		return nil, err
	}
	return java.GeneratePackage("pulumi-language-java", pkg, nil, nil, false, false)
}

func generateDotnet(spec schema.PackageSpec) (tree, error) {
	serveLogo()
	spec.LogoURL = logoURL
	// The generator filters the examples of resources alone.
	for token, function := range spec.Functions {
		function.Description = codegen.FilterExamples(function.Description, "csharp")
		spec.Functions[token] = function
	}
	pkg, err := bind(spec)
	if err != nil {
		return nil, err
	}
	return dotnet.GeneratePackage("pulumi-language-dotnet", pkg, nil, nil)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/blang/semver"
	"github.com/hashicorp/hcl/v2"
	dotnet "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml"
	"github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// programLanguage is a language that a program is converted to. Its name is the
// one that Pulumi's registry knows it by, in fences and in tabs.
type programLanguage struct {
	name     string
	generate func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)
}

var programLanguages = []programLanguage{
	{"typescript", nodejs.GenerateProgram},
	{"python", python.GenerateProgram},
	{"go", gogen.GenerateProgram},
	{"csharp", dotnet.GenerateProgram},
	{"java", java.GenerateProgram},
}

// convert turns a YAML program that uses this package alone into one for each
// of exampleLanguages.
func convert(yaml []byte, src source) (map[string]string, error) {
	programs := map[string]string{}
	for _, lang := range programLanguages {
		// Generators write into the program, and into the package, they are given.
		program, err := bindProgram(yaml, src)
		if err != nil {
			return nil, err
		}
		files, diagnostics, err := lang.generate(program)
		if err == nil && len(diagnostics) > 0 {
			err = diagnostics
		}
		if err == nil && len(files) != 1 {
			err = fmt.Errorf("it takes %d files", len(files))
		}
		if err != nil {
			return nil, fmt.Errorf("converting to %s: %w", lang.name, err)
		}
		for _, content := range files {
			programs[lang.name] = strings.TrimSpace(string(content)) + "\n"
		}
	}
	imports, err := javaImports(src)
	if err != nil {
		return nil, err
	}
	programs["java"] = javaResults(imports.Replace(programs["java"]))
	lookups, err := goLookups(programs["go"], src)
	if err != nil {
		return nil, err
	}
	programs["go"] = goResults(lookups)
	programs["yaml"] = string(yaml)
	return programs, nil
}

// bindProgram reads a YAML program and resolves its names, strictly: what the
// schema does not know is an error.
func bindProgram(yaml []byte, src source) (*pcl.Program, error) {
	spec, err := src.spec()
	if err != nil {
		return nil, err
	}
	pkg, err := bind(spec)
	if err != nil {
		return nil, err
	}
	template, notes, err := pulumiyaml.LoadYAMLBytes("Pulumi.yaml", yaml)
	if err == nil && len(notes) > 0 {
		err = notes
	}
	if err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	loader := onePackage{pkg}
	text, diagnostics, err := codegen.ConvertTemplateIL(template, loader)
	if err == nil && len(diagnostics) > 0 {
		err = diagnostics
	}
	if err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	parser := syntax.NewParser()
	if err := parser.ParseFile(strings.NewReader(text), "program.pp"); err != nil {
		return nil, fmt.Errorf("reading the program: %w", err)
	}
	program, diagnostics, err := pcl.BindProgram(parser.Files, loader)
	if diagnostics = append(parser.Diagnostics, diagnostics...); len(diagnostics) > 0 {
		err = diagnostics
	}
	if err != nil {
		return nil, fmt.Errorf("resolving the program's names: %w", err)
	}
	return program, nil
}

// onePackage loads the package that it holds and no other, so that a conversion
// needs neither a plugin nor a network.
type onePackage struct{ pkg *schema.Package }

var _ schema.ReferenceLoader = onePackage{}

func (l onePackage) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	if name != l.pkg.Name {
		return nil, errors.New("there is no package " + name + " here")
	}
	return l.pkg, nil
}

func (l onePackage) LoadPackageV2(_ context.Context, descriptor *schema.PackageDescriptor) (*schema.Package, error) {
	return l.LoadPackage(descriptor.Name, descriptor.Version)
}

func (l onePackage) LoadPackageReference(name string, version *semver.Version) (schema.PackageReference, error) {
	pkg, err := l.LoadPackage(name, version)
	if err != nil {
		return nil, err
	}
	return pkg.Reference(), nil
}

func (l onePackage) LoadPackageReferenceV2(_ context.Context, descriptor *schema.PackageDescriptor) (schema.PackageReference, error) {
	return l.LoadPackageReference(descriptor.Name, descriptor.Version)
}

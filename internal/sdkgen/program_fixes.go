package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-java/pkg/codegen/java"
)

// What the generators of programs write that does not compile is put right here.

// javaImports puts right what the generator for Java imports: it takes the
// package's own base package for resources, and Pulumi's for functions.
func javaImports(src source) (*strings.Replacer, error) {
	spec, err := src.spec()
	if err != nil {
		return nil, err
	}
	var info java.PackageInfo
	if err := json.Unmarshal(spec.Language["java"], &info); err != nil {
		return nil, fmt.Errorf("reading the schema's options for Java: %w", err)
	}
	return strings.NewReplacer("import com.pulumi."+spec.Name+".", "import "+info.BasePackage+"."+spec.Name+"."), nil
}

var javaCall = regexp.MustCompile(`final var (\w+) = \w+Functions\.`)

// javaResults reads the result of a function as an output. Where all arguments are
// known, the generator reads it as a value.
func javaResults(program string) string {
	for _, call := range javaCall.FindAllStringSubmatch(program, -1) {
		field := regexp.MustCompile(`\b` + call[1] + `\.(\w+)\(\)`)
		program = field.ReplaceAllString(program, call[1]+".applyValue(_"+call[1]+" -> _"+call[1]+".$1())")
	}
	return program
}

// goLookups calls functions by the names that they have in the SDK for Go: getX is
// LookupX where there is a resource X.
func goLookups(program string, src source) (string, error) {
	spec, err := src.spec()
	if err != nil {
		return "", err
	}
	for token := range spec.Resources {
		resource := token[strings.LastIndex(token, ":")+1:]
		call := regexp.MustCompile(`\.Get(` + resource + `(?:Output)?(?:Args)?\b)`)
		program = call.ReplaceAllString(program, ".Lookup$1")
	}
	return program, nil
}

var goCall = regexp.MustCompile(`(\w+), err := \w+\.(?:Get|Lookup)\w+\(ctx, &`)

// goResults makes an input of a function's result that is exported as it is. The
// generator does so for strings and the like, and not for lists.
func goResults(program string) string {
	for _, call := range goCall.FindAllStringSubmatch(program, -1) {
		export := regexp.MustCompile(`(ctx\.Export\("\w+", )(` + call[1] + `\.\w+)\)`)
		program = export.ReplaceAllString(program, "${1}pulumi.Any($2))")
	}
	return program
}

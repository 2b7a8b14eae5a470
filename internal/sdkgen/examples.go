package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// errStaleExamples says that -check found a difference, which has been listed.
var errStaleExamples = errors.New("the examples are not what their YAML programs give: convert them again")

// runExamples writes the examples into the pages of the documentation and into
// the resources' own descriptions.
func runExamples(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("sdkgen examples", flag.ContinueOnError)
	schemaPath := flags.String("schema", "", "the package's `file` schema.json")
	docs := flags.String("docs", "", "the documentation's `folder`: its examples/*.yaml are converted, its pages (*.md) show them")
	sections := flags.String("sections", "", "the `folder` for the examples in the descriptions of the resources, a file for each")
	check := flags.Bool("check", false, "write nothing; list the files that differ, and fail if there are any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *schemaPath == "" || *docs == "" || *sections == "" || flags.NArg() > 0 {
		flags.Usage()
		return errors.New("-schema, -docs and -sections are needed, and nothing else")
	}

	examples, err := readExamples(filepath.Join(*docs, "examples"), *schemaPath)
	if err != nil {
		return err
	}
	files := tree{}
	for name, shows := range sectionFiles {
		var shown []example
		for _, e := range examples {
			if shows(e) {
				shown = append(shown, e)
			}
		}
		files[filepath.Join(*sections, name)] = renderSection(shown)
	}
	if err := renderPages(files, *docs, examples); err != nil {
		return err
	}
	stale := false
	for name, want := range files {
		have, err := os.ReadFile(name)
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("reading what is there: %w", err)
		case err == nil && bytes.Equal(have, want):
		case *check:
			stale = true
			fmt.Fprintln(stdout, "changed: "+name)
		default:
			if err := os.WriteFile(name, want, 0o644); err != nil {
				return fmt.Errorf("writing the examples: %w", err)
			}
		}
	}
	if stale {
		return errStaleExamples
	}
	return nil
}

// example is a YAML program, and the same program in every other language.
type example struct {
	name     string
	title    string
	programs map[string]string
}

// exampleLanguages are an example's languages in the order of their tabs.
func exampleLanguages() []string {
	var names []string
	for _, lang := range programLanguages {
		names = append(names, lang.name)
	}
	return append(names, "yaml")
}

// sectionFiles are the files of examples, and which each has: those with a check are
// the check's.
var sectionFiles = map[string]func(example) bool{
	"service_token_examples.md": func(e example) bool { return !e.checks() },
	"access_check_examples.md":  example.checks,
}

// checks reports whether the example has an AccessCheck.
func (e example) checks() bool {
	return strings.Contains(e.programs["yaml"], "type: cfaccess:AccessCheck")
}

// readExamples converts the programs of a folder, in the order of their names.
// A program's description is the example's title.
func readExamples(folder, schemaPath string) ([]example, error) {
	text, err := os.ReadFile(schemaPath)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("reading the examples: %s holds no *.yaml", folder)
	}
	var examples []example
	for _, name := range names {
		program, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the examples: %w", err)
		}
		var project struct{ Description string }
		if err := yaml.Unmarshal(program, &project); err != nil {
			return nil, fmt.Errorf("reading the example %s: %w", name, err)
		}
		if project.Description == "" {
			return nil, fmt.Errorf("reading the example %s: it has no description, which is its title", name)
		}
		programs, err := convert(program, source{schema: text})
		if err != nil {
			return nil, fmt.Errorf("converting the example %s: %w", name, err)
		}
		programs["yaml"] = string(program)
		examples = append(examples, example{
			name:     strings.TrimSuffix(filepath.Base(name), ".yaml"),
			title:    project.Description,
			programs: programs,
		})
	}
	return examples, nil
}

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
// the descriptions of resources and functions.
func runExamples(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("sdkgen examples", flag.ContinueOnError)
	schemaPath := flags.String("schema", "", "the package's `file` schema.json")
	docs := flags.String("docs", "", "the documentation's `folder`: its examples/*/*.yaml are converted, its pages (*.md) show them")
	sections := flags.String("sections", "", "the `folder` of the descriptions' examples: examples/x/*.yaml are put into x_examples.md")
	check := flags.Bool("check", false, "write nothing; list the files that differ, and fail if there are any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *schemaPath == "" || *docs == "" || *sections == "" || flags.NArg() > 0 {
		flags.Usage()
		return errors.New("-schema, -docs and -sections are needed, and nothing else")
	}

	schema, err := os.ReadFile(*schemaPath)
	if err != nil {
		return fmt.Errorf("reading the schema: %w", err)
	}
	src := source{schema: schema}
	examples, err := readExamples(filepath.Join(*docs, "examples"), src)
	if err != nil {
		return err
	}
	files := tree{}
	for section, shown := range bySection(examples) {
		files[filepath.Join(*sections, section+"_examples.md")] = renderSection(shown)
	}
	if err := renderPages(files, *docs, examples, src); err != nil {
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
	// section is the resource or function whose description shows the example.
	section  string
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

// readExamples converts the programs of a folder, <section>/<name>.yaml, in the
// order of their names.
func readExamples(folder string, src source) ([]example, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*", "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("reading the examples: %s holds no */*.yaml", folder)
	}
	var examples []example
	for _, name := range names {
		e, err := readExample(name, src)
		if err != nil {
			return nil, fmt.Errorf("reading the example %s: %w", name, err)
		}
		examples = append(examples, e)
	}
	return examples, nil
}

// readExample converts one program. Its description is the example's title.
func readExample(name string, src source) (example, error) {
	program, err := os.ReadFile(name)
	if err != nil {
		return example{}, err
	}
	var project struct{ Description string }
	if err := yaml.Unmarshal(program, &project); err != nil {
		return example{}, err
	}
	if project.Description == "" {
		return example{}, errors.New("it has no description, which is its title")
	}
	programs, err := convert(program, src)
	if err != nil {
		return example{}, err
	}
	return example{
		section:  filepath.Base(filepath.Dir(name)),
		name:     strings.TrimSuffix(filepath.Base(name), ".yaml"),
		title:    project.Description,
		programs: programs,
	}, nil
}

func bySection(examples []example) map[string][]example {
	sections := map[string][]example{}
	for _, e := range examples {
		sections[e.section] = append(sections[e.section], e)
	}
	return sections
}

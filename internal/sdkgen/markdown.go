package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// renderSection puts examples in the form in which a description carries them:
// Pulumi's registry makes tabs of it, and each SDK's comments keep their own
// language.
func renderSection(examples []example) []byte {
	var b strings.Builder
	b.WriteString("{{% examples %}}\n## Example Usage\n\n")
	for _, e := range examples {
		fmt.Fprintf(&b, "{{%% example %%}}\n### %s\n\n", e.title)
		for _, lang := range exampleLanguages() {
			b.WriteString(fence(lang, e.programs[lang]))
		}
		b.WriteString("{{% /example %}}\n\n")
	}
	b.WriteString("{{% /examples %}}\n")
	return []byte(b.String())
}

func fence(lang, program string) string {
	return "```" + lang + "\n" + program + "```\n\n"
}

const exampleEnds = "<!-- end of example -->"

// exampleBegins is a comment that asks for an example by its name, or for the YAML
// program above it: in tabs, or in some languages one after the other.
var exampleBegins = regexp.MustCompile(`<!-- (?:example: (\S+)|the program above)(?: in ([a-z, ]+))? -->`)

// renderPages adds to files every page of the documentation, with the examples
// that it asks for: what stands between the two comments is replaced.
func renderPages(files tree, docs string, examples []example, src source) error {
	return filepath.WalkDir(docs, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		page, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("reading the page: %w", err)
		}
		rendered, err := renderPage(string(page), examples, src)
		if err != nil {
			return fmt.Errorf("writing examples into %s: %w", name, err)
		}
		files[name] = []byte(rendered)
		return nil
	})
}

func renderPage(page string, examples []example, src source) (string, error) {
	var b strings.Builder
	for {
		begins := exampleBegins.FindStringSubmatchIndex(page)
		if begins == nil {
			b.WriteString(page)
			return b.String(), nil
		}
		comment := exampleBegins.FindStringSubmatch(page)
		b.WriteString(page[:begins[1]] + "\n")
		_, rest, found := strings.Cut(page[begins[1]:], exampleEnds)
		if !found {
			return "", fmt.Errorf("%s is not followed by %s", comment[0], exampleEnds)
		}
		programs, err := programsFor(comment[1], b.String(), examples, src)
		if err != nil {
			return "", fmt.Errorf("%s: %w", comment[0], err)
		}
		shown, err := show(programs, comment[2])
		if err != nil {
			return "", fmt.Errorf("%s: %w", comment[0], err)
		}
		b.WriteString(shown + exampleEnds)
		page = rest
	}
}

// programsFor are those of the example of a name, or without one those that the
// last YAML program above is converted to.
func programsFor(name, above string, examples []example, src source) (map[string]string, error) {
	if name == "" {
		const begins, ends = "\n```yaml\n", "\n```\n"
		start := strings.LastIndex(above, begins)
		if start < 0 {
			return nil, errors.New("there is no program above")
		}
		program, _, _ := strings.Cut(above[start+len(begins):], ends)
		return convert([]byte(program+"\n"), src)
	}
	i := slices.IndexFunc(examples, func(e example) bool { return e.name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no example %q", name)
	}
	return examples[i].programs, nil
}

// show puts programs into tabs, or those of the given languages one after the other.
func show(programs map[string]string, languages string) (string, error) {
	if languages == "" {
		return chooser(programs), nil
	}
	var b strings.Builder
	b.WriteString("\n")
	for lang := range strings.SplitSeq(languages, ", ") {
		program, ok := programs[lang]
		if !ok {
			return "", fmt.Errorf("there is no language %q", lang)
		}
		b.WriteString(fence(lang, program))
	}
	return b.String(), nil
}

// chooser shows programs in tabs, one a language.
func chooser(programs map[string]string) string {
	languages := exampleLanguages()
	var b strings.Builder
	fmt.Fprintf(&b, "{{< chooser language %q >}}\n\n", strings.Join(languages, ","))
	for _, lang := range languages {
		fmt.Fprintf(&b, "{{%% choosable language %s %%}}\n\n%s{{%% /choosable %%}}\n\n", lang, fence(lang, programs[lang]))
	}
	b.WriteString("{{< /chooser >}}\n")
	return b.String()
}

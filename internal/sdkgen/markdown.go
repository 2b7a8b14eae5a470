package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// renderSection puts all examples in the form in which a resource's description
// carries them: Pulumi's registry makes tabs of it, and each SDK's comments keep
// their own language.
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

const (
	exampleBegins = "<!-- example: "
	exampleEnds   = "<!-- end of example -->"
)

// renderPages adds to files every page of the documentation, with the examples
// that it asks for: what stands between the two comments is replaced.
func renderPages(files tree, docs string, examples []example) error {
	return filepath.WalkDir(docs, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".md" {
			return err
		}
		page, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("reading the page: %w", err)
		}
		rendered, err := renderPage(string(page), examples)
		if err != nil {
			return fmt.Errorf("writing examples into %s: %w", name, err)
		}
		files[name] = []byte(rendered)
		return nil
	})
}

func renderPage(page string, examples []example) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(page, exampleBegins)
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, rest, _ := strings.Cut(rest, " -->")
		i := slices.IndexFunc(examples, func(e example) bool { return e.name == name })
		if i < 0 {
			return "", fmt.Errorf("there is no example %q", name)
		}
		_, rest, found = strings.Cut(rest, exampleEnds)
		if !found {
			return "", fmt.Errorf("the example %q is not followed by %s", name, exampleEnds)
		}
		fmt.Fprintf(&b, "%s%s -->\n%s%s", exampleBegins, name, examples[i].chooser(), exampleEnds)
		page = rest
	}
}

// chooser shows the example in tabs, one a language.
func (e example) chooser() string {
	languages := exampleLanguages()
	var b strings.Builder
	fmt.Fprintf(&b, "{{< chooser language %q >}}\n\n", strings.Join(languages, ","))
	for _, lang := range languages {
		fmt.Fprintf(&b, "{{%% choosable language %s %%}}\n\n%s{{%% /choosable %%}}\n\n", lang, fence(lang, e.programs[lang]))
	}
	b.WriteString("{{< /chooser >}}\n")
	return b.String()
}

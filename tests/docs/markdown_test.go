// Package docs holds the README and the documentation to what the provider does:
// every snippet runs, every message is one that can be seen, every link leads
// somewhere.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// fence is a snippet of a page.
type fence struct {
	page, section string
	line          int
	lang, text    string
	// example is the name of the example that the snippet is generated from, or
	// above where that is the program above it.
	example string
	// inTabs reports whether the example is in every language, in tabs.
	inTabs bool
	// file is the file of the repository that the snippet shows.
	file string
}

// generated is the comment that internal/sdkgen writes an example below.
var generated = regexp.MustCompile(`^<!-- (?:example: (\S+)|the program (above))( in [a-z, ]+)? -->$`)

// pages are the README and every page of the documentation, as paths from the
// repository's root.
func pages(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(name string, _ fs.DirEntry, err error) error {
		if filepath.Ext(name) == ".md" {
			relative, _ := filepath.Rel(root, name)
			names = append(names, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 2 {
		t.Fatal("there is no documentation")
	}
	return names
}

func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fences lists the snippets of a page, in its order.
func fences(t *testing.T, page string) []fence {
	t.Helper()
	var found []fence
	var open *fence
	var section, example, file string
	var inTabs bool
	for i, line := range strings.Split(readPage(t, page), "\n") {
		marker, isMarker := strings.CutPrefix(line, "```")
		begins := generated.FindStringSubmatch(line)
		shown, shows := strings.CutPrefix(line, "<!-- file: ")
		switch {
		case open != nil && line == "```":
			found = append(found, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		case !isMarker && (strings.Contains(line, "```") || strings.Contains(line, "~~~")):
			t.Fatalf("%s:%d: a snippet has to begin at the start of its line, with ```", page, i+1)
		case isMarker:
			open = &fence{page: page, section: section, line: i + 1, lang: marker, example: example, inTabs: inTabs, file: file}
			file = ""
		case strings.HasPrefix(line, "## "):
			section = strings.TrimPrefix(line, "## ")
		case begins != nil:
			example, inTabs = begins[1]+begins[2], begins[3] == ""
		case line == "<!-- end of example -->":
			example, inTabs = "", false
		case shows:
			file = strings.TrimSuffix(shown, " -->")
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the snippet has no end", page, open.line)
	}
	return found
}

// headings lists the headings of a page that have at least this many #.
func headings(t *testing.T, page string, depth int) []string {
	t.Helper()
	var found []string
	inFence := false
	for line := range strings.Lines(readPage(t, page)) {
		if strings.HasPrefix(line, "```") {
			inFence = !inFence
		}
		text := strings.TrimLeft(line, "#")
		if level := len(line) - len(text); !inFence && level >= depth && strings.HasPrefix(text, " ") {
			found = append(found, strings.TrimSpace(text))
		}
	}
	return slices.Clip(found)
}

// Command report reads what the benchmarks print and prints tables of it. With
// -docs it writes the documentation's: the run as JSON, the tables, and a chart.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	docs := flag.String("docs", "", "the documentation's folder, in which benchmarks.json, benchmarks.md and benchmarks.svg are written")
	flag.Parse()
	if err := report(os.Stdin, os.Stdout, *docs); err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(1)
	}
}

func report(output io.Reader, out io.Writer, docs string) error {
	parsed, err := parse(output)
	if err != nil {
		return err
	}
	if docs == "" {
		_, err := io.WriteString(out, tables(parsed))
		return err
	}
	page, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	if err != nil {
		return err
	}
	files, err := render(parsed, string(page))
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(docs, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// The page's generated part is between these lines.
const begin, end = "<!-- benchmarks -->\n", "<!-- end of benchmarks -->\n"

// render makes the documentation's files of a run, the page of the one that is
// there.
func render(r run, page string) (map[string]string, error) {
	before, rest, begins := strings.Cut(page, begin)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return nil, fmt.Errorf("benchmarks.md has no place for the tables: write the lines %q and %q", begin, end)
	}
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return nil, err
	}
	return map[string]string{
		"benchmarks.json": data.String(),
		"benchmarks.svg":  chart(r),
		"benchmarks.md":   before + begin + "\n" + tables(r) + "\n" + end + after,
	}, nil
}

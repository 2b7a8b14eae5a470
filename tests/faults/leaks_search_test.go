package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secret is a value that must not be found, and what to call it instead.
type secret struct{ name, value string }

// forms are the ways in which a value may be written: as it is, and as encodings
// that anybody can read back.
func forms(value string) []string {
	quoted, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings can always be written
	}
	twice, err := json.Marshal(string(quoted))
	if err != nil {
		panic(err)
	}
	all := []string{
		value, strings.Trim(string(quoted), `"`), strings.Trim(string(twice), `"\`),
		url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		hex.EncodeToString([]byte(value)), strings.ToUpper(value), strings.ToLower(value),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			all = append(all, inside(encoding, value, offset))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// inside is what every base64 text has in it that holds the value after so many
// bytes (of each three) of something else. Characters that also depend on what
// stands before or behind are left out.
func inside(encoding *base64.Encoding, value string, offset int) string {
	text := encoding.EncodeToString(append(make([]byte, offset), value...))
	const bits = 6
	first := (8*offset + bits - 1) / bits
	last := 8 * (offset + len(value)) / bits
	return text[first:last]
}

// leak is a place where a secret was found.
type leak struct{ source, secret, line string }

func (l leak) String() string { return fmt.Sprintf("%s: %s, in %q", l.source, l.secret, l.line) }

// search returns where any of the secrets stands in a text, in any form: each
// line once, and what it says without the secrets.
func search(source, text string, secrets []secret) []leak {
	type pair struct{ form, name string }
	var found []pair
	for _, s := range secrets {
		for _, form := range forms(s.value) {
			if strings.Contains(text, form) {
				found = append(found, pair{form, s.name})
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	var leaks []leak
	for line := range strings.Lines(text) {
		names, clean := []string{}, line
		for _, f := range found {
			if strings.Contains(line, f.form) {
				names = append(names, f.name)
				clean = strings.ReplaceAll(clean, f.form, "<"+f.name+">")
			}
		}
		if len(names) > 0 {
			slices.Sort(names)
			leaks = append(leaks, leak{source, strings.Join(slices.Compact(names), ", "), excerpt(clean)})
		}
	}
	return leaks
}

// excerpt shortens a line to its beginning and what surrounds a secret's place.
func excerpt(line string) string {
	const begin, around = 160, 80
	line = strings.TrimSpace(line)
	if len(line) <= 2*begin {
		return line
	}
	at := strings.Index(line, "<secret:")
	if at < begin+around {
		return line[:2*begin] + "…"
	}
	return line[:begin] + " … " + line[at-around:min(at+around, len(line))] + "…"
}

// searchFolder searches every file below a folder, and what is compressed also
// unpacked. It returns how many it read.
func searchFolder(t testing.TB, folder string, secrets []secret) (leaks []leak, files int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files++
		leaks = append(leaks, search(name, string(data), secrets)...)
		leaks = append(leaks, search(name+" (unpacked)", unpacked(data), secrets)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return leaks, files
}

// unpacked is what can be read of a file that gzip wrote, to its end or not.
func unpacked(data []byte) string {
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return ""
	}
	text, _ := io.ReadAll(reader) // a killed process left half a file
	return string(text)
}

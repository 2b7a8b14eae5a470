package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A search that finds nothing proves something only if it would have found it.

const (
	canary    = "cfast_0fake0canary0fake0canary0fake0canary0fake0cana"
	oddCanary = "fake \"canary\" & <token>/with+odd=characters\n"
)

func TestSearchFindsACanaryInEveryForm(t *testing.T) {
	t.Parallel()
	for _, value := range []string{canary, oddCanary} {
		quoted, err := json.Marshal(map[string]string{"client_secret": value})
		if err != nil {
			t.Fatal(err)
		}
		twice, err := json.Marshal(string(quoted))
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{
			"plain":           "secret: " + value,
			"JSON":            string(quoted),
			"JSON in JSON":    string(twice),
			"a query":         "https://example.test/?secret=" + url.QueryEscape(value),
			"a path":          "https://example.test/" + url.PathEscape(value),
			"hexadecimal":     hex.EncodeToString([]byte(value)),
			"capitals":        strings.ToUpper(value),
			"amid other text": strings.Repeat("x", 100_000) + value + strings.Repeat("y", 100_000),
		}
		for _, before := range []string{"", "a", "ab", "abc", `{"client_secret":"`} {
			for _, behind := range []string{"", "z", `"}`} {
				text := []byte(before + value + behind)
				texts["base64 after "+before+" before "+behind] = base64.StdEncoding.EncodeToString(text)
				texts["base64 for URLs after "+before+" before "+behind] = base64.URLEncoding.EncodeToString(text)
			}
		}
		for name, text := range texts {
			if len(search(name, text, []secret{{"secret 1", value}})) == 0 {
				t.Errorf("a canary in %s is not found", name)
			}
		}
	}
}

func TestSearchDoesNotFindWhatIsNotThere(t *testing.T) {
	t.Parallel()
	other := strings.Replace(canary, "canary", "parrot", 1)
	if leaks := search("text", "secret: "+other+" [secret]", []secret{{"secret 1", canary}}); len(leaks) > 0 {
		t.Errorf("found %v", leaks)
	}
}

func TestSearchOfAFolderReadsWhatIsHiddenAndCompressed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write([]byte(canary)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Flush(); err != nil { // not closed, as by a process that was killed
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{".hidden/deep/state.json": []byte(canary), "logs/packed.log": packed.Bytes(), "plain": []byte("nothing")} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaks, files := searchFolder(t, folder, []secret{{"secret 1", canary}})
	if len(leaks) != 2 || files != 3 {
		t.Errorf("found %v in %d files, want two leaks in three", leaks, files)
	}
	for _, l := range leaks {
		if strings.Contains(l.String(), canary) {
			t.Error("the report of a leak repeats it")
		}
	}
}

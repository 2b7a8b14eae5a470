package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestABuildOlderThanItsSourcesIsRefused(t *testing.T) {
	t.Parallel()
	hour := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		edited map[string]time.Time
		says   string
	}{
		"built since":     {edited: map[string]time.Time{"built": hour, "code/a.go": hour.Add(-time.Hour)}},
		"a test is newer": {edited: map[string]time.Time{"built": hour, "code/a_test.go": hour.Add(time.Hour)}},
		"a source is newer": {edited: map[string]time.Time{"built": hour, "code/a.go": hour.Add(-time.Hour), "code/deep/b.go": hour.Add(time.Hour)},
			says: "built is older than " + filepath.Join("code", "deep", "b.go") + ": run `make build`"},
		"never built": {edited: map[string]time.Time{"code/a.go": hour}, says: "built is not there: run `make build`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for file, at := range test.edited {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, at, at); err != nil {
					t.Fatal(err)
				}
			}
			err := current(root, "built", []string{filepath.Join(root, "code")}, "make build")
			if said := errorText(err); said != test.says {
				t.Errorf("got %q, want %q", strings.ReplaceAll(said, root, "…"), test.says)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

package languages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// An installation is a folder of packages that a language's programs share,
// kept in .cache from run to run, until one of its sources changes.
type installation struct {
	language string
	// pins are the versions of packages that are not in the sources.
	pins []string
	// sources are the files and folders of the repository that it is made from.
	sources []string
	// install fills a folder. It may be moved afterwards.
	install func(t *testing.T, dir string, pins []string)

	mu sync.Mutex
}

// folder returns the installation's folder, complete.
func (i *installation) folder(t *testing.T) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	cache := filepath.Join(root(t), ".cache", "languages")
	folder := filepath.Join(cache, i.language+"-"+i.key(t))
	if _, err := os.Stat(folder); err == nil {
		return folder
	}
	outdated, err := filepath.Glob(filepath.Join(cache, i.language+"-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range outdated {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	unfinished, err := os.MkdirTemp(cache, i.language+"-")
	if err != nil {
		t.Fatal(err)
	}
	i.install(t, unfinished, i.pins)
	if err := os.Rename(unfinished, folder); err != nil {
		t.Fatal(err)
	}
	return folder
}

// key is a digest of all that the installation is made from.
func (i *installation) key(t *testing.T) string {
	t.Helper()
	digest := sha256.New()
	fmt.Fprintln(digest, i.pins)
	for _, source := range i.sources {
		err := filepath.WalkDir(filepath.Join(root(t), source), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				if entry != nil && slices.Contains(built, entry.Name()) {
					return fs.SkipDir
				}
				return err
			}
			content, err := os.ReadFile(path)
			fmt.Fprintf(digest, "%s %d %s", entry.Name(), len(content), content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(digest.Sum(nil))[:16]
}

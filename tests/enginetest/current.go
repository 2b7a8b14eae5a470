package enginetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// pluginSources are what the plugin is built from.
var pluginSources = []string{"go.mod", "cmd/pulumi-resource-cfaccess", "provider", "internal/cfapi"}

// current returns an error if a file that is built is missing, or older than one of
// its sources, which are files or folders of a repository. A test that runs
// yesterday's build tells nothing of what was edited since.
func current(root, built string, sources []string) error {
	binary, err := os.Stat(filepath.Join(root, built))
	if err != nil {
		return fmt.Errorf("%s is not there: run `make build`", built)
	}
	newest, at := "", time.Time{}
	for _, source := range sources {
		err := filepath.WalkDir(filepath.Join(root, source), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := entry.Info()
			if err == nil && file.ModTime().After(at) {
				newest, at = path, file.ModTime()
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if at.After(binary.ModTime()) {
		return fmt.Errorf("%s is older than %s: run `make build`", built, strings.TrimPrefix(newest, root+string(filepath.Separator)))
	}
	return nil
}

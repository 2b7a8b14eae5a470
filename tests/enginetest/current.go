package enginetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// currentPlugin looks once in a process whether the plugin in bin/ is current.
var currentPlugin = sync.OnceValue(func() error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	sources, err := pluginSources()
	if err != nil {
		return err
	}
	return current(root, filepath.Join("bin", "pulumi-resource-cfaccess"), sources, "make build")
})

// pluginSources are the files and folders that the plugin is built from.
var pluginSources = sync.OnceValues(func() ([]string, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	folders, err := pluginFolders(root)
	return append(folders, filepath.Join(root, "go.mod")), err
})

// current returns an error if a file that is built is missing, or older than one of
// its sources, which are files or folders. A test of an old build shows
// nothing about what was edited since.
func current(root, built string, sources []string, command string) error {
	binary, err := os.Stat(filepath.Join(root, built))
	if err != nil {
		return fmt.Errorf("%s is not there: run `%s`", built, command)
	}
	newest, at := "", time.Time{}
	for _, source := range sources {
		err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
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
		return fmt.Errorf("%s is older than %s: run `%s`", built, strings.TrimPrefix(newest, root+string(filepath.Separator)), command)
	}
	return nil
}

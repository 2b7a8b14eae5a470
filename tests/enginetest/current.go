package enginetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// currentPlugin and currentTool look once in a process whether what is in bin/ is current.
var (
	currentPlugin = sync.OnceValue(func() error { return currentCommand("pulumi-resource-cfaccess") })
	currentTool   = sync.OnceValue(func() error { return currentCommand(tool) })
)

const tool = "pulumi-tool-cfaccess"

// Tool is the companion command, built from the present sources.
func Tool(t testing.TB) string {
	t.Helper()
	if err := currentTool(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(Root(t), "bin", tool)
}

func currentCommand(name string) error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	sources, err := commandSources(root, name)
	if err != nil {
		return err
	}
	return current(root, filepath.Join("bin", name), sources, "make build")
}

// commandSources are the files and folders that a command is built from.
func commandSources(root, name string) ([]string, error) {
	folders, err := commandFolders(root, name)
	return append(folders, filepath.Join(root, "go.mod")), err
}

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

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// replaceTree makes a folder hold these files and no other. They are written
// beside it first, so that what is there stays whole until all is written.
func replaceTree(folder string, files tree) error {
	beside, err := os.MkdirTemp(filepath.Dir(folder), ".sdkgen-*")
	if err != nil {
		return fmt.Errorf("making a folder beside %s: %w", folder, err)
	}
	defer os.RemoveAll(beside)

	next, previous := filepath.Join(beside, "next"), filepath.Join(beside, "previous")
	if err := writeTree(next, files); err != nil {
		return err
	}
	if err := os.Rename(folder, previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("moving the previous SDKs away: %w", err)
	}
	if err := os.Rename(next, folder); err != nil {
		_ = os.Rename(previous, folder) // the first error is the one to return
		return fmt.Errorf("moving the SDKs into place: %w", err)
	}
	return nil
}

func writeTree(folder string, files tree) error {
	for name, content := range files {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return nil
}

// compareTree says, in the order of the paths, where a folder differs from
// these files. What building or installing an SDK leaves in it does not count.
func compareTree(folder string, want tree) ([]string, error) {
	have, err := readTree(folder)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(want)
	maps.Copy(all, have)

	var differences []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		wanted, isWanted := want[name]
		found, isThere := have[name]
		switch {
		case !isThere:
			differences = append(differences, "missing: "+name)
		case !isWanted:
			differences = append(differences, "surplus: "+name)
		case !bytes.Equal(wanted, found):
			differences = append(differences, "changed: "+name)
		}
	}
	return differences, nil
}

// readTree reads a folder's files; a folder that does not exist has none.
func readTree(folder string) (tree, error) {
	files := tree{}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && file == folder:
			return nil
		case err != nil:
			return err
		case entry.IsDir() && isBuildOutput(entry.Name()):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(file)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the SDKs: %w", err)
	}
	return files, nil
}

// isBuildOutput knows the folders that npm, pip, Maven and dotnet make.
func isBuildOutput(folder string) bool {
	eggInfo, _ := path.Match("*.egg-info", folder)
	return eggInfo || slices.Contains([]string{"node_modules", "bin", "obj", "build", "dist", "target", "__pycache__"}, folder)
}

package importfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// target is the file to write.
type target struct {
	path  string
	force bool
}

// check refuses, before anything else is done, what must not be replaced. source
// is the file that is read, if there is one.
func (t target) check(source string) error {
	if t.path == "" {
		return nil
	}
	existing, err := os.Lstat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the file to write: %w", err)
	}
	if !t.force {
		return t.exists()
	}
	if !existing.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file, so --force does not replace it", t.path)
	}
	if read, err := os.Stat(source); err == nil && os.SameFile(read, existing) {
		return fmt.Errorf("%s is the Terraform state itself: write to another file", t.path)
	}
	return nil
}

func (t target) exists() error {
	return fmt.Errorf("%s exists: write to another file, or replace it with --force", t.path)
}

// write puts the text into the file, whole or not at all, for its owner's eyes
// only, also where it replaces one that others could read.
func (t target) write(text []byte) (err error) {
	if !t.force {
		// The name is taken first, so that nothing made meanwhile is replaced.
		name, err := os.OpenFile(t.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return t.exists()
		}
		if err != nil {
			return fmt.Errorf("writing the import file: %w", err)
		}
		name.Close()
		defer func() {
			if err != nil {
				os.Remove(t.path)
			}
		}()
	}
	temporary, err := os.CreateTemp(filepath.Dir(t.path), ".cfaccess-import-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("writing the import file: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), t.path)
	}
	if err != nil {
		return fmt.Errorf("writing the import file: %w", err)
	}
	return nil
}

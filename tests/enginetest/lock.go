package enginetest

import (
	"os"
	"path/filepath"
	"syscall"
)

// Lock waits until no other process holds the lock of this file. Tests of several
// packages run at once, and make some things for all of them: the first one makes it.
func Lock(file string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, err
	}
	lock, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return func() { _ = lock.Close() }, nil
}

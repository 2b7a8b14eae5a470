package sdks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// cached returns the folder .cache/<name>. It calls fill with that folder, empty,
// unless the folder was filled from the same parts before. Tests of several
// packages run at once: the first one fills, and the others wait.
func cached(t testing.TB, name string, parts []string, fill func(folder string)) string {
	t.Helper()
	folder := inCache(t, name)
	must(t, os.MkdirAll(filepath.Dir(folder), 0o755))
	lock, err := os.Create(folder + ".lock")
	must(t, err)
	defer lock.Close() // which unlocks it
	must(t, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX))

	stamp, want := filepath.Join(folder, "made-from"), digest(parts...)
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return folder
	}
	must(t, os.RemoveAll(folder))
	must(t, os.MkdirAll(folder, 0o755))
	fill(folder)
	must(t, os.WriteFile(stamp, []byte(want), 0o644))
	return folder
}

func inCache(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(enginetest.Root(t), ".cache", name)
}

func digest(parts ...string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return hex.EncodeToString(sum[:8])
}

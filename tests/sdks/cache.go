package sdks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// cached returns the folder .cache/<name>. It calls fill with that folder, empty,
// unless the folder was filled from the same parts before.
func cached(t testing.TB, name string, parts []string, fill func(folder string)) string {
	t.Helper()
	folder := inCache(t, name)
	unlock, err := enginetest.Lock(folder + ".lock")
	must(t, err)
	defer unlock()

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

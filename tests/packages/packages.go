// Package packages makes of the generated SDKs what their users install: an npm
// tarball, a Python wheel, an artifact in a Maven repository. They are built
// from copies, so that nothing is left in sdk/, and kept in .cache/ until an
// SDK changes. The SDK for .NET is not among them: nothing here compiles C#, and
// internal/sdkgen inspects the generated code.
package packages

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Root returns the repository's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "schema.json")); err == nil {
			return dir
		}
	}
	t.Fatal("the repository's root was not found above the test's folder")
	return ""
}

// Environ is the environment in which packages are made and installed: the
// test's own, with the caches of npm, pip and Maven in .cache/.
func Environ(t testing.TB) []string {
	t.Helper()
	return append(os.Environ(),
		"npm_config_cache="+cache(t, "npm"),
		"PIP_CACHE_DIR="+cache(t, "pip"),
		"MAVEN_OPTS="+MavenOptions(t),
	)
}

// Run runs a command in a folder, in Environ, and fails the test unless it
// succeeds.
func Run(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	if output, err := Try(t, dir, name, args...); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
}

// Try is Run for a command that may fail; it returns what the command said.
func Try(t testing.TB, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = Environ(t)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func cache(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(Root(t), ".cache", name)
}

// build makes folder, in .cache/, from a copy of an SDK, unless it was made of
// the same files before. Tests of several packages run at once: the first one
// builds, and the others wait.
func build(t testing.TB, sdk, folder string, pack func(source string)) {
	t.Helper()
	locked(t, sdk, func() {
		source := filepath.Join(Root(t), "sdk", sdk)
		stamp := filepath.Join(folder, "built-from")
		want := digest(t, source)
		if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
			return
		}
		must(t, os.RemoveAll(folder))
		must(t, os.MkdirAll(folder, 0o755))
		copied := t.TempDir()
		must(t, os.CopyFS(copied, os.DirFS(source)))
		pack(copied)
		must(t, os.WriteFile(stamp, []byte(want), 0o644))
	})
}

// locked calls f while no other process does so under the same name.
func locked(t testing.TB, name string, f func()) {
	t.Helper()
	must(t, os.MkdirAll(cache(t, ""), 0o755))
	file, err := os.Create(cache(t, name+".lock"))
	must(t, err)
	defer file.Close() // which unlocks it
	must(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	f()
}

// digest is a hash over a folder's paths and files.
func digest(t testing.TB, folder string) string {
	t.Helper()
	hash := sha256.New()
	must(t, fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(folder, path))
		fmt.Fprintf(hash, "%q %q\n", path, content)
		return err
	}))
	return hex.EncodeToString(hash.Sum(nil))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

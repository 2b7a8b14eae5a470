package packages

import (
	"path/filepath"
	"testing"
)

// NPM compiles and packs the SDK for Node.js, and returns the tarball.
func NPM(t testing.TB) string {
	t.Helper()
	folder := cache(t, "packages/nodejs")
	build(t, "nodejs", folder, func(source string) {
		Run(t, source, "npm", "install", "--prefer-offline", "--no-package-lock")
		Run(t, source, "npm", "pack", "--pack-destination", folder)
	})
	return only(t, filepath.Join(folder, "*.tgz"))
}

// Wheel builds the SDK for Python, and returns the wheel.
func Wheel(t testing.TB) string {
	t.Helper()
	folder := cache(t, "packages/python")
	build(t, "python", folder, func(source string) {
		Run(t, source, "python3", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
	})
	return only(t, filepath.Join(folder, "*.whl"))
}

// Maven compiles the SDK for Java and installs it into the local repository
// that MavenOptions names; it returns the jar.
func Maven(t testing.TB) string {
	t.Helper()
	folder := cache(t, "maven/io/github/cfaccess/pulumi/cfaccess")
	build(t, "java", folder, func(source string) {
		Run(t, source, "mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "install")
	})
	return only(t, filepath.Join(folder, "*", "*[0-9].jar"))
}

// MavenOptions is the value of MAVEN_OPTS that makes any mvn, that which Pulumi's
// language host starts too, find the SDK and keep what it downloads in .cache/.
func MavenOptions(t testing.TB) string {
	t.Helper()
	return "-Dmaven.repo.local=" + cache(t, "maven")
}

// Go returns the folder of the SDK's module for Go, for a replace directive.
func Go(t testing.TB) string {
	t.Helper()
	return filepath.Join(Root(t), "sdk", "go", "cfaccess")
}

// only returns the one file of a pattern.
func only(t testing.TB, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%s matches %q, want one file", pattern, files)
	}
	return files[0]
}

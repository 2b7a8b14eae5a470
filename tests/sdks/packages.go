package sdks

import (
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// tarball is the SDK for Node.js, compiled and packed by npm.
func tarball(t testing.TB) string {
	t.Helper()
	return packaged(t, "nodejs", "packages/nodejs", "*.tgz", asReleased(t, "nodejs"))
}

// wheel is the SDK for Python, built by setuptools.
func wheel(t testing.TB) string {
	t.Helper()
	return packaged(t, "python", "packages/python", "*.whl", asReleased(t, "python"))
}

// sdist is the SDK for Python as sources, from which the wheel was built.
func sdist(t testing.TB) string {
	t.Helper()
	return packaged(t, "python", "packages/python", "*.tar.gz", asReleased(t, "python"))
}

// asReleased packs an SDK as its registry gets it.
func asReleased(t testing.TB, language string) func(folder string) {
	return func(folder string) { run(t, enginetest.Root(t), "scripts/package.sh", language, folder) }
}

// jar is the SDK for Java, compiled by Maven, in the repository that mavenOptions
// names.
func jar(t testing.TB) string {
	t.Helper()
	return packaged(t, "java", "maven/io/github/cfaccess/pulumi/cfaccess", "*/*[0-9].jar", func(string) {
		source := t.TempDir()
		copyTree(t, "sdk/java", source)
		run(t, source, "mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "install")
	})
}

// mavenOptions is the value of MAVEN_OPTS that makes any mvn, that which Pulumi's
// language host starts too, find the SDK and keep what it downloads in .cache/. The
// rest spares the compilation of code, and collectors, for servers: mvn runs for seconds.
func mavenOptions(t testing.TB) string {
	t.Helper()
	return "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dmaven.repo.local=" + inCache(t, "maven")
}

// packaged returns the one file of a pattern in a cached folder, which pack fills
// from an SDK.
func packaged(t testing.TB, sdk, name, pattern string, pack func(folder string)) string {
	t.Helper()
	parts := append(contents(t, filepath.Join("sdk", sdk)), contents(t, "scripts")...)
	folder := cached(t, name, parts, pack)
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%s of %s is %q, want one file", pattern, folder, files)
	}
	return files[0]
}

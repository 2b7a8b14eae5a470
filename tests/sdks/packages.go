package sdks

import (
	"path/filepath"
	"testing"
)

// tarball is the SDK for Node.js, compiled and packed by npm.
func tarball(t testing.TB) string {
	t.Helper()
	return packaged(t, "nodejs", "packages/nodejs", "*.tgz", func(source, folder string) {
		run(t, source, "npm", "install", "--prefer-offline", "--no-package-lock")
		run(t, source, "npm", "pack", "--pack-destination", folder)
	})
}

// wheel is the SDK for Python, built by pip.
func wheel(t testing.TB) string {
	t.Helper()
	return packaged(t, "python", "packages/python", "*.whl", func(source, folder string) {
		run(t, source, "python3", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
	})
}

// jar is the SDK for Java, compiled by Maven, in the repository that mavenOptions
// names.
func jar(t testing.TB) string {
	t.Helper()
	return packaged(t, "java", "maven/io/github/cfaccess/pulumi/cfaccess", "*/*[0-9].jar", func(source, _ string) {
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

// packaged returns the one file of a pattern in a cached folder, which pack makes
// from a copy of an SDK.
func packaged(t testing.TB, sdk, name, pattern string, pack func(source, folder string)) string {
	t.Helper()
	sdk = filepath.Join("sdk", sdk)
	folder := cached(t, name, contents(t, sdk), func(folder string) {
		source := t.TempDir()
		copyTree(t, sdk, source)
		pack(source, folder)
	})
	files, err := filepath.Glob(filepath.Join(folder, pattern))
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%s of %s is %q, want one file", pattern, folder, files)
	}
	return files[0]
}

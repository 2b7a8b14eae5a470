package sdks

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func installNode(t testing.TB, dir string, pins ...string) {
	t.Helper()
	manifest, sdk := filepath.Join(dir, "package.json"), tarball(t)
	folder := installed(t, "nodejs", manifest, pins, func(folder string) {
		writeFile(t, filepath.Join(folder, "package.json"), readFile(t, manifest))
		run(t, folder, "npm", append([]string{"install", "--prefer-offline", "--no-save", "--no-package-lock", sdk}, pins...)...)
		// Fails where the manifest asks for other versions.
		run(t, folder, "npm", "ls")
	})
	must(t, os.Symlink(filepath.Join(folder, "node_modules"), filepath.Join(dir, "node_modules")))
}

func installPython(t testing.TB, dir string, pins ...string) {
	t.Helper()
	manifest, sdk := filepath.Join(dir, "requirements.txt"), wheel(t)
	folder := installed(t, "python", manifest, pins, func(folder string) {
		run(t, folder, "python3", "-m", "venv", ".")
		// Fails where the manifest asks for other versions.
		run(t, folder, "bin/pip", append([]string{"install", "--quiet", "--requirement", manifest, sdk, "mypy"}, pins...)...)
	})
	// Where the examples' Pulumi.yaml says that it is.
	must(t, os.Symlink(folder, filepath.Join(dir, "venv")))
}

func installGo(t testing.TB, dir string, _ ...string) {
	t.Helper()
	const sdk = "sdk/go/cfaccess"
	run(t, dir, "go", "mod", "edit", "-replace", "github.com/cfaccess/pulumi-cfaccess/"+sdk+"="+filepath.Join(enginetest.Root(t), sdk))
	run(t, dir, "go", "mod", "tidy")
}

// Maven installs what the manifest asks for when it compiles.
func installJava(t testing.TB, _ string, _ ...string) {
	t.Helper()
	jar(t)
}

// installed returns a folder into which fill installs an SDK's package. Projects
// whose manifests ask for the same, with the same pins, share it.
func installed(t testing.TB, language, manifest string, pins []string, fill func(folder string)) string {
	t.Helper()
	name := "installed/" + language + "-" + digest(append(pins, readFile(t, manifest))...)
	return cached(t, name, contents(t, filepath.Join("sdk", language)), fill)
}

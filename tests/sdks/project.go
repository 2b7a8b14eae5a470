package sdks

import (
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Consumer gives p the program of testdata/consumer, as a new user's: the project
// asks for the package alone, which has to bring Pulumi along.
func Consumer(t testing.TB, p *enginetest.Project, language string) {
	t.Helper()
	setUp(t, p, "examples/"+language, "tests/sdks/testdata/consumer/"+language)
	l := Languages[language]
	if l.pulumi != nil {
		edit(t, filepath.Join(p.Dir, l.manifest), l.pulumi, "")
	}
	l.install(t, p.Dir)
}

// example gives p the program in these folders of the repository, later ones in
// place of earlier ones, and the oldest Pulumi: the command that is supported, and the
// SDK that this package's accepts.
func example(t testing.TB, p *enginetest.Project, language string, folders ...string) {
	t.Helper()
	p.UseOldestPulumi()
	setUp(t, p, folders...)
	l := Languages[language]
	l.install(t, p.Dir, l.oldest...)
	l.Build(t, p)
}

// setUp gives p a copy of the files in these folders, and an empty stack.
func setUp(t testing.TB, p *enginetest.Project, folders ...string) {
	t.Helper()
	p.Dir = t.TempDir()
	for _, folder := range folders {
		copyTree(t, folder, p.Dir)
	}
	file := filepath.Join(p.Dir, "Pulumi.yaml")
	writeFile(t, file, readFile(t, file)+"\n"+p.Plugins())
	p.Env["MAVEN_OPTS"] = mavenOptions(t)
	p.Must(p.Run("stack", "init", enginetest.Stack, "--secrets-provider", enginetest.SecretsProvider))
}

// Package sdks makes of the generated SDKs what their users install: an npm
// tarball, a Python wheel, an artifact in a Maven repository. With them it runs
// programs through the real engine: the examples, which it holds to what the one
// in YAML does, and those of new users. Everything is built from copies, so that
// nothing is left in sdk/ and examples/, and kept in .cache/ until an SDK changes.
// C# is compiled and run by make test_dotnet instead: see dotnet_test.go.
package sdks

import (
	"regexp"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A Language is how the programs of one language are installed, checked and run.
// A new language is a row of Languages, its folders in examples/ and in testdata/,
// and its rows in the tables of adoption_test.go and mistakes_test.go.
type Language struct {
	// manifest is the file by which a project asks for packages, and pulumi how it
	// asks there for Pulumi itself, where it may leave that to the SDK.
	manifest string
	pulumi   *regexp.Regexp
	// oldest are the oldest versions of Pulumi that the SDK accepts.
	oldest []string
	// install installs what the manifest in the folder asks for, in these versions,
	// with the package that is made of this repository's SDK.
	install func(t testing.TB, dir string, pins ...string)
	// check is the command that compiles the program, or checks its types.
	check []string
	// inline runs the program where its host is not on PATH.
	inline *inline
}

// Languages are all that can run on a machine with the toolchains that
// CONTRIBUTING names.
var Languages = map[string]Language{
	// YAML has no SDK.
	"yaml": {install: func(testing.TB, string, ...string) {}},
	"nodejs": {
		manifest: "package.json",
		pulumi:   regexp.MustCompile(`,\s*"@pulumi/pulumi": "[^"]*"`),
		oldest:   []string{"@pulumi/pulumi@3.231.0"},
		install:  installNode,
		check:    []string{"node_modules/.bin/tsc"},
		inline:   &inline{host: "pulumi-language-nodejs", driver: "driver.mjs", command: []string{"node", "driver.mjs"}},
	},
	"python": {
		manifest: "requirements.txt",
		pulumi:   regexp.MustCompile(`(?m)^pulumi>.*\n`),
		oldest:   []string{"pulumi==3.231.0"},
		install:  installPython,
		// What mypy finds in Pulumi is kept beside it.
		check:  []string{"venv/bin/mypy", "--strict", "--cache-dir", "venv/.mypy_cache", "."},
		inline: &inline{host: "pulumi-language-python", driver: "driver.py", command: []string{"venv/bin/python", "driver.py"}},
	},
	"go": {
		manifest: "go.mod",
		install:  installGo,
		check:    []string{"go", "vet", "./..."},
		inline: &inline{
			host: "pulumi-language-go",
			// A test of the program's own package, as main packages cannot be imported.
			driver:  "driver_test.go",
			compile: []string{"go", "test", "-mod=mod", "-trimpath", "-ldflags=-w", "-c", "-o", "driver", "."},
			command: []string{"./driver"},
		},
	},
	// The host is built into bin/ (scripts/tools.sh bin java).
	"java": {
		manifest: "pom.xml",
		pulumi:   regexp.MustCompile(`(?s)<dependency>\s*<groupId>com\.pulumi<.*?</dependency>`),
		install:  installJava,
		check:    []string{"mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "compile"},
	},
}

// Build checks the project's program, and makes it ready to run.
func (l Language) Build(t testing.TB, p *enginetest.Project) {
	t.Helper()
	if l.check != nil {
		run(t, p.Dir, l.check[0], l.check[1:]...)
	}
	if l.inline.needed() {
		l.inline.build(t, p)
	}
}

// Changes counts resources by what the engine did with them: "create", "same",
// "update", "import", "read". The stack itself is one of them.
type Changes map[string]int

// Operate runs the program that Build made ready: "up", or "preview", which fails
// if there is anything to change. It returns what the engine's summary says.
func (l Language) Operate(t testing.TB, p *enginetest.Project, command string) Changes {
	t.Helper()
	did := Changes{}
	if l.inline.needed() {
		printed(t, p, &did, append(l.inline.command, command)...)
		return did
	}
	var result enginetest.Result
	if command == "preview" {
		result = p.Preview("--expect-no-changes")
	} else {
		result = p.Up()
	}
	for _, event := range p.Must(result).Events {
		if event.SummaryEvent != nil {
			for op, n := range event.SummaryEvent.ResourceChanges {
				did[string(op)] = n
			}
		}
	}
	return did
}

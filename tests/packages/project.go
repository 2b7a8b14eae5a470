package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A Language is how a project of one language, in any folder, comes to run.
type Language struct {
	// Check is the command that compiles the program, or checks its types. It
	// comes before Operate, which may need what it compiles.
	Check []string

	install func(t testing.TB, dir string)
	// driver is a file of tests/languages/testdata/drivers, which runs the program
	// through the Automation API because the language's host cannot be built here;
	// without one, the pulumi command runs it as a user's.
	driver string
	// compile and command make the driver and run it.
	compile, command []string
}

// Languages are those that packages are made for and that can run here.
var Languages = map[string]Language{
	"nodejs": {
		Check: []string{"npx", "tsc"},
		install: func(t testing.TB, dir string) {
			Run(t, dir, "npm", "install", "--prefer-offline", NPM(t), "typescript@5", "@types/node@20")
		},
		driver:  "driver.mjs",
		command: []string{"node", "driver.mjs"},
	},
	"python": {
		Check: []string{"venv/bin/mypy", "--strict", "."},
		install: func(t testing.TB, dir string) {
			Run(t, dir, "python3", "-m", "venv", "venv")
			Run(t, dir, "venv/bin/pip", "install", "--quiet", Wheel(t), "mypy")
		},
		driver:  "driver.py",
		command: []string{"venv/bin/python", "driver.py"},
	},
	"go": {
		Check: []string{"go", "vet", "./..."},
		install: func(t testing.TB, dir string) {
			const module = "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
			Run(t, dir, "go", "mod", "init", "consumer")
			Run(t, dir, "go", "mod", "edit", "-replace", module+"="+Go(t),
				"-require", module+"@v"+provider.Version, "-require", "github.com/pulumi/pulumi/sdk/v3@v3.259.0")
			Run(t, dir, "go", "mod", "tidy")
		},
		driver:  "driver_test.go",
		compile: []string{"go", "test", "-mod=mod", "-c", "-o", "driver", "."},
		command: []string{"./driver"},
	},
	"java": {
		Check: []string{"mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "compile"},
		install: func(t testing.TB, dir string) {
			Maven(t)
			edit(t, filepath.Join(dir, "pom.xml"), "${cfaccess.version}", provider.Version)
		},
	},
}

// NewProject gives p a copy of a language's program of testdata in an empty
// folder, in which it installs the package that was made of the SDK, as a new
// user does, and an empty stack.
func NewProject(t testing.TB, p *enginetest.Project, language string) {
	t.Helper()
	p.Dir = t.TempDir()
	must(t, os.CopyFS(p.Dir, os.DirFS(filepath.Join(Root(t), "tests/packages/testdata", language))))
	// The plugin of bin/, and not one from elsewhere.
	edit(t, filepath.Join(p.Dir, "Pulumi.yaml"), "$PLUGIN", filepath.Join(Root(t), "bin"))
	p.Env["MAVEN_OPTS"] = MavenOptions(t)
	Languages[language].install(t, p.Dir)
	p.Must(p.Run("stack", "init", enginetest.Stack))
}

// Operate runs the project's program: "up", or "preview", which fails if there
// is anything to change.
func (l Language) Operate(t testing.TB, p *enginetest.Project, command string) {
	t.Helper()
	switch {
	case l.driver != "":
		l.drive(t, p, command)
	case command == "up":
		p.Must(p.Up())
	default:
		p.Must(p.Preview("--expect-no-changes"))
	}
}

func (l Language) drive(t testing.TB, p *enginetest.Project, command string) {
	t.Helper()
	driver, err := os.ReadFile(filepath.Join(Root(t), "tests/languages/testdata/drivers", l.driver))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(p.Dir, l.driver), driver, 0o644))
	if l.compile != nil {
		Run(t, p.Dir, l.compile[0], l.compile[1:]...)
	}
	cmd := exec.CommandContext(t.Context(), l.command[0], append(l.command[1:], command)...)
	cmd.Dir = p.Dir
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s by %s: %v\n%s", command, l.driver, err, output)
	}
}

// edit replaces a text in a file.
func edit(t testing.TB, file, old, replacement string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s does not hold %s", file, old)
	}
	must(t, os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, replacement)), 0o644))
}

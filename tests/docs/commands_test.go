package docs

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// command tries one line of a shell snippet.
func (s *session) command(f fence, line string) {
	s.t.Helper()
	line, comment, _ := strings.Cut(line, " #")
	if passed := later.FindStringSubmatch(comment); passed != nil {
		days, _ := strconv.Atoi(passed[1]) // the pattern's digits
		s.Simulator.Advance(time.Duration(days) * 24 * time.Hour)
	}
	if strings.Contains(line, " | jq ") {
		s.shell(line)
		return
	}
	words := strings.Fields(line)
	if len(words) > 0 && assignment.MatchString(words[0]) { // for this command alone
		defer func(env map[string]string) { s.Env = env }(maps.Clone(s.Env))
	}
	for len(words) > 0 && assignment.MatchString(words[0]) {
		s.assign(f, words[0])
		words = words[1:]
	}
	if len(words) == 0 {
		return
	}
	switch words[0] {
	case "export":
		for _, word := range words[1:] {
			s.assign(f, word)
		}
	case "pulumi":
		s.pulumi(f, words[1:], fails.MatchString(comment))
	case "npm", "pip", "go", "dotnet":
		s.packageManager(f, strings.Join(words, " "))
	case "make":
		s.make(f, words[1:])
	case "curl":
		s.request(line)
	case "terraform":
		s.terraform(f, words)
	case "rm":
		for _, name := range words[1:] {
			if err := os.Remove(filepath.Join(s.Dir, name)); err != nil {
				s.t.Errorf("%s:%d: %v", f.page, f.line, err)
			}
		}
	default:
		s.t.Errorf("%s:%d: nothing says how to try the command %s", f.page, f.line, words[0])
	}
}

// shell runs a line that needs a shell.
func (s *session) shell(line string) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "bash", "-o", "pipefail", "-c", line)
	cmd.Dir = s.Dir
	for key, value := range s.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", line, err, output)
	}
	s.last = enginetest.Result{Args: []string{line}, Output: string(output)}
}

// later is a comment by which time passes before its command.
var later = regexp.MustCompile(`(\d+) days later`)

// fails is a comment by which its command is to fail.
var fails = regexp.MustCompile(`\bfails\b`)

var assignment = regexp.MustCompile(`^[A-Z_]+=`)

// assign sets a variable for the commands that follow, to what it has to be here.
func (s *session) assign(f fence, word string) {
	s.t.Helper()
	here := map[string]string{
		"CLOUDFLARE_API_TOKEN":    cfsim.DefaultAPIToken,
		"CFACCESS_HOLD_ROTATIONS": "true",
	}
	name, _, _ := strings.Cut(word, "=")
	value, known := here[name]
	if !known {
		s.t.Errorf("%s:%d: nothing says what %s stands for", f.page, f.line, name)
	}
	s.Env[name] = value
}

// pulumi runs a pulumi command, answering what it would ask a reader at a
// terminal.
func (s *session) pulumi(f fence, words []string, fails bool) {
	s.t.Helper()
	switch words[0] {
	case "up", "refresh", "destroy", "import":
		words = append(words, "--yes", "--skip-preview", "--non-interactive")
	case "preview":
		words = append(words, "--non-interactive")
	case "state":
		words = append(words, "--yes")
	case "do":
		s.installPlugin()
		if slices.Contains(words, "patch") {
			words = append(words, "--yes")
		}
	case "stack":
		if slices.Equal(words[1:], []string{"init", enginetest.Stack}) {
			return // the session has it
		}
	case "plugin", "package", "install":
		if len(words) > 1 && words[1] == "run" {
			s.pluginRun(words, "")
			return
		}
		if f.page == "README.md" || f.page == configurationPage {
			return // tests/install runs them, where no plugin is
		}
		if words[0] == "install" {
			words = append(words, "--no-plugins") // the project names the plugin's folder
		}
		maps.Copy(s.Env, s.GitHub().Environment())
	}
	s.last = s.Run(append(words, "--color=never")...)
	if fails {
		s.MustFail(s.last)
	} else {
		s.Must(s.last)
	}
}

// packageManager looks at the command; tests/sdks installs the packages from this
// repository, and tests/dotnet those for .NET.
func (s *session) packageManager(f fence, command string) {
	s.t.Helper()
	languages := readSchema(s.t).Language
	known := []string{
		"npm install " + languages.NodeJS.PackageName,
		"pip install " + languages.Python.PackageName,
		"go get " + languages.Go.ModulePath,
		"dotnet new console",
		"dotnet add package Pulumi",
		"dotnet add package " + languages.CSharp.packageName(),
	}
	if !slices.Contains(known, command) {
		s.t.Errorf("%s:%d: this installs something else than this package: %s", f.page, f.line, command)
	}
}

// installPlugin installs the plugin as a deployment leaves it on a reader's machine,
// where `pulumi do` looks for it.
func (s *session) installPlugin() {
	s.t.Helper()
	plugin, err := filepath.Abs(filepath.Join(root, "bin", "pulumi-resource-cfaccess"))
	if err != nil {
		s.t.Fatal(err)
	}
	s.Must(s.Run("plugin", "install", "resource", provider.Name, provider.Version, "--file", plugin))
}

// make looks for the target; running one is the caller's own business.
func (s *session) make(f fence, targets []string) {
	s.t.Helper()
	makefile := readPage(s.t, "Makefile")
	for _, target := range targets {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).MatchString(makefile) {
			s.t.Errorf("%s:%d: the Makefile has no target %s", f.page, f.line, target)
		}
	}
}

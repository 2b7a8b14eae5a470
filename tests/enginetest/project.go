// Package enginetest runs Pulumi programs through the real pulumi command and
// engine, with the plugin built from this repository, against a simulator of
// Cloudflare that lives in the test's own process.
package enginetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const (
	// Stack is the name of every project's one stack.
	Stack = "dev"
	// Name is the name of every project.
	Name = "enginetest"
	// Passphrase encrypts the secrets of states that earlier versions left.
	Passphrase = "fake-passphrase-for-tests"
)

// Project is a Pulumi project in a folder of its own, with its own Pulumi home
// and backend, whose provider talks to Simulator.
type Project struct {
	Simulator *cfsim.Simulator
	BaseURL   string
	// Dir holds Pulumi.yaml.
	Dir string
	// Env is the environment of every command. A test may change it.
	Env map[string]string

	t    testing.TB
	root string
	// commands is the folder of the pulumi command and its language hosts.
	commands string
	// plugins are the folders of the plugins that the program may use, by name.
	plugins map[string]string

	followsSimulator bool
	// inline runs the program if it is a function of the test's.
	inline *inline
}

// New makes a project with an empty stack. Its environment configures the
// provider: the simulator's address, a credential, and no default account.
func New(t testing.TB, simulated cfsim.Config) *Project {
	t.Helper()
	sim := cfsim.New(simulated)
	server, err := sim.Serve()
	if err != nil {
		t.Fatalf("starting the simulator: %v", err)
	}
	t.Cleanup(server.Close)
	return NewAt(t, sim, server.BaseURL)
}

// NewAt makes a project for a simulator that runs already.
func NewAt(t testing.TB, sim *cfsim.Simulator, baseURL string) *Project {
	t.Helper()
	root := Root(t)
	if err := currentPlugin(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	p := &Project{
		Simulator: sim,
		BaseURL:   baseURL,
		Dir:       t.TempDir(),
		t:         t,
		root:      root,
		commands:  filepath.Join(root, "bin"),
		plugins:   map[string]string{"cfaccess": filepath.Join(root, "bin")},
		Env: map[string]string{
			"PATH":                     filepath.Join(root, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
			"HOME":                     home,
			"PULUMI_HOME":              filepath.Join(home, ".pulumi"),
			"PULUMI_BACKEND_URL":       "file://" + home,
			"PULUMI_STACK":             Stack,
			"PULUMI_CONFIG_PASSPHRASE": Passphrase,
			"VAULT_SERVER_URL":         vault().URL,
			"PULUMI_SKIP_UPDATE_CHECK": "true",
			"GOGC":                     "400",  // commands are short: with the default, a fifth of their time is collection
			"PULUMI_DEBUG_COMMANDS":    "true", // for --event-log
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
			"CLOUDFLARE_BASE_URL":                         baseURL,
			"CLOUDFLARE_API_TOKEN":                        cfsim.DefaultAPIToken,
		},
	}
	p.Program("")
	p.initStack()
	return p
}

// Program replaces the project's program: the part of a Pulumi.yaml that
// follows its name and runtime (config, resources, outputs).
func (p *Project) Program(yaml string) {
	p.t.Helper()
	p.inline = nil
	p.write("yaml", yaml)
}

// write writes the Pulumi.yaml of a program in a language. Only one in YAML is
// part of it.
func (p *Project) write(runtime, yaml string) {
	p.t.Helper()
	text := fmt.Sprintf("name: %s\nruntime: %s\n", Name, runtime) + p.Plugins() + yaml
	if err := os.WriteFile(filepath.Join(p.Dir, "Pulumi.yaml"), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Plugins is the part of a Pulumi.yaml that says where the plugins are. A user's
// project needs no such lines.
func (p *Project) Plugins() string {
	if len(p.plugins) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("plugins:\n  providers:\n")
	for name, folder := range p.plugins {
		fmt.Fprintf(&text, "    - name: %s\n      path: %s\n", name, folder)
	}
	return text.String()
}

// UsePlugin has the next Program use the plugin of another folder.
func (p *Project) UsePlugin(folder string) { p.plugins["cfaccess"] = folder }

// Up runs `pulumi up`.
func (p *Project) Up(args ...string) Result {
	return p.operate("up", append([]string{"--yes", "--skip-preview"}, args...))
}

// Preview runs `pulumi preview`.
func (p *Project) Preview(args ...string) Result { return p.operate("preview", args) }

// Refresh runs `pulumi refresh`.
func (p *Project) Refresh(args ...string) Result {
	return p.operate("refresh", append([]string{"--yes", "--skip-preview"}, args...))
}

// Destroy runs `pulumi destroy`.
func (p *Project) Destroy(args ...string) Result {
	return p.operate("destroy", append([]string{"--yes", "--skip-preview"}, args...))
}

// Import runs `pulumi import` for a token; the program that it writes is in the
// result's Program.
func (p *Project) Import(name, id string, args ...string) Result {
	p.t.Helper()
	out := filepath.Join(p.t.TempDir(), "imported.yaml")
	result := p.operate("import", append([]string{"cfaccess:index:ServiceToken", name, id, "--yes", "--skip-preview",
		"--protect=false", "--out", out}, args...))
	if program, err := os.ReadFile(out); err == nil {
		result.Program = string(program)
	}
	return result
}

// Config sets a value of the stack's configuration.
func (p *Project) Config(key, value string, args ...string) {
	p.t.Helper()
	p.Must(p.Run(append([]string{"config", "set", key, value}, args...)...))
}

// Must fails the test unless the command succeeded.
func (p *Project) Must(r Result) Result {
	p.t.Helper()
	if r.ExitCode != 0 {
		p.t.Fatalf("pulumi %s: exit code %d\n%s", strings.Join(r.Args, " "), r.ExitCode, r.Output)
	}
	return r
}

// MustFail fails the test unless the command failed and said each of the texts.
func (p *Project) MustFail(r Result, texts ...string) Result {
	p.t.Helper()
	if r.ExitCode == 0 {
		p.t.Fatalf("pulumi %s succeeded, and should not have\n%s", strings.Join(r.Args, " "), r.Output)
	}
	r.MustSay(p.t, texts...)
	return r
}

// operate runs a command of the engine and reads the events that it logs.
func (p *Project) operate(command string, args []string) Result {
	p.t.Helper()
	log := filepath.Join(p.t.TempDir(), "events.json")
	if p.inline != nil {
		args = append([]string{"--client", p.inline.address}, args...)
	}
	result := p.Run(append([]string{command, "--color=never", "--non-interactive", "--event-log", log}, args...)...)
	result.Events = readEvents(p.t, log)
	return result
}

// Run runs any pulumi command in the project's folder.
func (p *Project) Run(args ...string) Result {
	p.t.Helper()
	return p.RunContext(p.t.Context(), args...)
}

// RunContext is Run with a context whose end kills the command.
func (p *Project) RunContext(ctx context.Context, args ...string) Result {
	p.t.Helper()
	cmd := p.Command(ctx, args...)
	if p.followsSimulator {
		variable, detach := p.attach()
		defer detach()
		cmd.Env = append(cmd.Env, variable)
	}
	output, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.t.Fatalf("running pulumi: %v (build it with `make tools`)", err)
	}
	return Result{Args: args, Output: string(output), ExitCode: cmd.ProcessState.ExitCode()}
}

// Command prepares a pulumi command without starting it.
func (p *Project) Command(ctx context.Context, args ...string) *exec.Cmd {
	p.t.Helper()
	cmd := exec.CommandContext(ctx, p.pulumi(), args...)
	cmd.Dir = p.Dir
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	return cmd
}

// pulumi is the command that `make tools` built, or else the one on PATH.
func (p *Project) pulumi() string {
	if built := filepath.Join(p.commands, "pulumi"); exists(built) {
		return built
	}
	return "pulumi"
}

// Root is the folder of the repository, above that of the test.
func Root(t testing.TB) string {
	t.Helper()
	root, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// findRoot is the folder of the repository, above that of the process.
func findRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := folder; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "schema.json")) && exists(filepath.Join(dir, "go.mod")) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("the repository's root was not found above %s", folder)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// EditState rewrites the stack's stored state.
func (p *Project) EditState(edit *strings.Replacer) {
	p.t.Helper()
	before := p.State().Raw
	after := edit.Replace(before)
	if after == before {
		p.t.Fatal("the edit changed nothing in the state")
	}
	p.importState([]byte(after))
}

// Restore puts back a state that was exported before.
func (p *Project) Restore(before State) {
	p.t.Helper()
	p.importState([]byte(before.Raw))
}

// ImportState makes these the resources of the stack, which has none. Secrets in
// clear are encrypted.
func (p *Project) ImportState(resources []map[string]any) {
	p.t.Helper()
	var stack map[string]any
	if err := json.Unmarshal([]byte(p.State().Raw), &stack); err != nil {
		p.t.Fatalf("reading the exported stack: %v", err)
	}
	// The rest of the export says with which key the stack encrypts.
	stack["deployment"].(map[string]any)["resources"] = resources
	state, err := json.Marshal(stack)
	if err != nil {
		p.t.Fatal(err)
	}
	p.importState(state)
}

func (p *Project) importState(state []byte) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "state.json")
	if err := os.WriteFile(file, state, 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.Must(p.Run("stack", "import", "--file", file))
}

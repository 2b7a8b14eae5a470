package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A deployment is how a consumer's program runs: by the pulumi command, as a
// user's does, or where its language's host cannot be built here, by a driver
// that runs it through the Automation API.
type deployment struct {
	// driver is a file of tests/languages/testdata/drivers; none: run natively.
	driver string
	// compile and command make the driver and run it.
	compile, command []string
}

// expectDeployment runs the consumer in dir against a simulator that holds one
// token already, and looks at what it left.
func (d deployment) expectDeployment(t *testing.T, dir string) {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	known := p.Simulator.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "known-before"})
	p.Dir = dir
	usePlugin(t, dir)
	p.Env["MAVEN_OPTS"] = MavenOptions(t)
	p.Must(p.Run("stack", "init", enginetest.Stack))
	p.Config("accountId", cfsim.DefaultAccountID)
	p.Config("zoneId", cfsim.DefaultZoneID)
	p.Config("knownId", "zones/"+cfsim.DefaultZoneID+"/"+known.ID)

	d.prepare(t, dir)
	d.run(t, p, "up")
	state := p.Revealed()
	for _, name := range []string{"ci", "edge"} {
		token := state.Token(t, name)
		secret, marked := token.Secret("clientSecret")
		if !marked || !p.Simulator.Authenticates(token.Output("clientId"), secret) {
			t.Errorf("%s: the client secret is marked as one: %v; or it does not work", name, marked)
		}
	}
	if looked := state.Token(t, "known"); !looked.External || looked.Output("name") != "known-before" {
		t.Errorf("the token that was looked up by its id alone is %+v", looked)
	}
	encrypted := p.State()
	for _, secret := range p.Simulator.IssuedSecrets() {
		if strings.Contains(encrypted.Raw, secret) {
			t.Error("the state holds a client secret in clear")
		}
	}
	d.run(t, p, "preview")
	p.Must(p.Destroy())
	if tokens := p.Simulator.Tokens(); len(tokens) != 1 || tokens[0].ID != known.ID {
		t.Errorf("the destroyed stack left %v", tokens)
	}
}

func (d deployment) prepare(t *testing.T, dir string) {
	t.Helper()
	if d.driver == "" {
		return
	}
	driver, err := os.ReadFile(filepath.Join("../languages/testdata/drivers", d.driver))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, d.driver), driver, 0o644))
	if d.compile != nil {
		Run(t, dir, d.compile[0], d.compile[1:]...)
	}
}

// run runs the program: "up", or "preview", which fails if it shows a change.
func (d deployment) run(t *testing.T, p *enginetest.Project, command string) {
	t.Helper()
	switch {
	case d.driver != "":
		cmd := exec.CommandContext(t.Context(), d.command[0], append(d.command[1:], command)...)
		cmd.Dir = p.Dir
		for key, value := range p.Env {
			cmd.Env = append(cmd.Env, key+"="+value)
		}
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s by %s: %v\n%s", command, d.driver, err, output)
		}
	case command == "up":
		p.Must(p.Up())
	default:
		p.Must(p.Preview("--expect-no-changes"))
	}
}

// usePlugin makes the project use the plugin of bin/, and not one from elsewhere.
func usePlugin(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "Pulumi.yaml")
	project, err := os.ReadFile(path)
	must(t, err)
	project = append(project, "plugins:\n  providers:\n    - name: cfaccess\n      path: "+filepath.Join(Root(t), "bin")+"\n"...)
	must(t, os.WriteFile(path, project, 0o644))
}

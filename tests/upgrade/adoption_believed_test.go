package upgrade

import (
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A refresh by the cloudflare provider writes the token's version over the one in
// the state, and keeps the client secret beside it. So that version says nothing of
// the secret.

const notCurrent = "the client secret that this stack holds is not the token's current one: it was rotated elsewhere"

// expectStale fails unless a run warned once of each of these tokens, and of no
// other.
func expectStale(t *testing.T, r enginetest.Result, names ...string) {
	t.Helper()
	var warned []string
	for _, event := range r.Events {
		d := event.DiagnosticEvent
		if d == nil || d.Severity != "warning" || d.URN == "" {
			continue
		}
		if !strings.Contains(d.Message, notCurrent) {
			t.Errorf("warned: %s", d.Message)
		}
		warned = append(warned, d.URN[strings.LastIndex(d.URN, "::")+2:])
	}
	slices.Sort(warned)
	slices.Sort(names)
	if !slices.Equal(warned, names) {
		t.Errorf("pulumi %s warned of %q, want %q\n%s", r.Args[0], warned, names, r.Output)
	}
}

func TestAVersionThatARefreshWroteIsNotTakenForTheSecrets(t *testing.T) {
	t.Parallel()
	// Each was rotated in the dashboard, up to version 3, but for the last one.
	asking := func(version int) map[string]any { return map[string]any{"clientSecretVersion": version} }
	of := func(number int, name string, version int, inputs map[string]any) oldToken {
		token := fakeToken(number, name, "8760h")
		token.ClientSecretVersion = version
		old := version6(name, account, token)
		old.inputs, old.outputs["clientSecretVersion"] = inputs, 3
		return old
	}
	p := holding(t, of(1, "plain", 1, nil), of(2, "asked", 2, asking(2)), of(3, "written", 2, asking(3)), of(4, "right", 3, asking(3)))
	for _, token := range p.Simulator.Tokens() {
		for version := token.ClientSecretVersion; version < 3; version++ {
			p.Simulator.RotateElsewhere(token.ID)
		}
	}
	program := "resources:\n" + ours("plain", account, "name: plain") + ours("asked", account, "name: asked", "clientSecretVersion: 2") +
		ours("written", account, "name: written", "clientSecretVersion: 2") + ours("right", account, "name: right", "clientSecretVersion: 3")
	p.Program(program)
	stale := []string{"plain", "asked", "written"}
	expectStale(t, p.Must(p.Preview()), stale...)
	expectAsked(t, p)
	expectStale(t, p.Must(p.Up()), stale...)
	expectAsked(t, p, "accounts 1 get", "accounts 2 get", "accounts 3 get", "accounts 4 get")
	state := p.State()
	for name, want := range map[string]float64{"plain": 1, "asked": 2, "written": 2, "right": 3} {
		stored := state.Token(t, name)
		if held := stored.Outputs["heldClientSecretVersion"]; held != want || (stored.Output("clientSecretStatus") == "current") != (want == 3) {
			t.Errorf("%s: holds version %v, which is %s", name, held, stored.Output("clientSecretStatus"))
		}
	}
	p.ExpectWorking("right")
	expectStale(t, p.Must(p.Up("--expect-no-changes")), stale...)
	expectAsked(t, p)

	// The way out.
	p.Program(strings.NewReplacer("name: plain", "name: plain\n      clientSecretVersion: 4", "Version: 2", "Version: 4").Replace(program))
	expectStale(t, p.Must(p.Up()))
	for _, name := range stale {
		p.ExpectWorking(name)
	}
}

// moving is a project whose stack the cloudflare provider has made and refreshed:
// of its two tokens, elsewhere was rotated in the dashboard and here by the program.
// The program now has this provider's type.
func moving(t *testing.T) *enginetest.Project {
	t.Helper()
	program := func(token func(name, scope string, properties ...string) string) string {
		return "resources:\n" + token("elsewhere", account, "name: elsewhere") + token("here", account, "name: here", "clientSecretVersion: 2")
	}
	p := deployed(t, "resources:\n"+theirs("elsewhere", account, "name: elsewhere")+theirs("here", account, "name: here"))
	for _, token := range p.Simulator.Tokens() {
		if token.Name == "elsewhere" {
			p.Simulator.RotateElsewhere(token.ID)
		}
	}
	p.Program(program(theirs))
	p.Must(p.Up())
	p.Must(p.Refresh())
	for _, resource := range p.State().Deployment.Resources {
		if resource.Type == cloudflareType && resource.Outputs["clientSecretVersion"] != 2.0 {
			t.Errorf("the cloudflare provider has stored version %v", resource.Outputs["clientSecretVersion"])
		}
	}
	p.Program(program(ours))
	p.Simulator.ResetRequests()
	return p
}

func TestTheFirstRunOfThisProviderSaysThatASecretIsStale(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*enginetest.Project) enginetest.Result{
		"up":                    func(p *enginetest.Project) enginetest.Result { return p.Up() },
		"up --refresh":          func(p *enginetest.Project) enginetest.Result { return p.Up("--refresh") },
		"refresh --run-program": func(p *enginetest.Project) enginetest.Result { return p.Refresh("--run-program") },
		"up --refresh --run-program": func(p *enginetest.Project) enginetest.Result {
			return p.Up("--refresh", "--run-program")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := moving(t)
			expectStale(t, p.Must(run(p)), "elsewhere")
			for _, resource := range p.State().Deployment.Resources {
				if strings.HasSuffix(resource.URN, "::elsewhere") && resource.Outputs["clientSecretStatus"] == "current" {
					t.Error("a secret that is not the token's is called current")
				}
			}
			expectStale(t, p.Must(p.Up()), "elsewhere")
			for name, want := range map[string]string{"elsewhere": "stale", "here": "current"} {
				if got := p.State().Token(t, name).Output("clientSecretStatus"); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			p.ExpectWorking("here")
			for _, request := range p.Simulator.Requests() {
				if request.Operation != "get" && request.Operation != "list" {
					t.Errorf("Cloudflare was asked to %s", request.Operation)
				}
			}
			if live := p.Simulator.Tokens(); slices.ContainsFunc(live, func(token cfsim.Token) bool { return token.ClientSecretVersion != 2 }) {
				t.Errorf("Cloudflare holds %v", live)
			}
			expectStale(t, p.Must(p.Up("--expect-no-changes")), "elsewhere")
		})
	}
}

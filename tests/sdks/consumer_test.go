package sdks

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A consumer is a project that installs a package as a new user does. Its
// program, in testdata, states the types that it relies on. The package brings the
// address of the plugin along, which the machine does not have.
func TestConsumerOfAPackage(t *testing.T) {
	t.Parallel()
	for name, language := range Languages {
		if name == "yaml" {
			continue // which has no package
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			github := p.NewMachine()
			Consumer(t, p, name)
			t.Run("is compiled strictly", func(t *testing.T) { language.Build(t, p) })
			t.Run("deploys tokens, and looks one up and what uses it", func(t *testing.T) { expectDeployment(t, p, language) })
			t.Run("has the plugin downloaded", func(t *testing.T) {
				if got := github.Requests(); !slices.Equal(got, github.Download()) {
					t.Errorf("GitHub was asked %q, want %q", got, github.Download())
				}
			})
			t.Run("learns its mistakes", func(t *testing.T) { expectMistakes(t, p.Dir, language, wrong[name]) })
		})
	}
}

func expectDeployment(t *testing.T, p *enginetest.Project, language Language) {
	t.Helper()
	known := p.Simulator.AddToken(zone, cfsim.NewToken{Name: "known-before"})
	p.Simulator.AddApplication(zone, cfsim.Application{Name: "app", Policies: []cfsim.Policy{
		cfsim.ServiceAuthPolicy("own", cfsim.ServiceTokenRule(known.ID)),
	}})
	p.Configure(map[string]string{
		"accountId": cfsim.DefaultAccountID,
		"zoneId":    cfsim.DefaultZoneID,
		"knownId":   zone + "/" + known.ID,
	})
	language.Operate(t, p, "up")
	state := p.Revealed()
	for _, name := range []string{"ci", "edge"} {
		token := state.Token(t, name)
		secret, marked := token.Secret("clientSecret")
		if !marked {
			t.Errorf("%s: the client secret is not marked as a secret", name)
		}
		if !p.Simulator.Authenticates(token.Output("clientId"), secret) {
			t.Errorf("%s: the stored credential does not work", name)
		}
	}
	if found := state.Token(t, "known"); !found.External || found.Output("name") != "known-before" {
		t.Errorf("the token that was looked up by its id alone is %+v", found)
	}
	if users := p.Outputs()["users"]; users != "app: own admits" {
		t.Errorf("it is used by %v", users)
	}
	encrypted := p.State()
	for _, secret := range p.Simulator.IssuedSecrets() {
		if strings.Contains(encrypted.Raw, secret) {
			t.Error("the state holds a client secret in clear")
		}
	}
	language.Operate(t, p, "preview")
	p.Must(p.Destroy())
	if tokens := p.Simulator.Tokens(); len(tokens) != 1 || tokens[0].ID != known.ID {
		t.Errorf("the destroyed stack left %v", tokens)
	}
}

// expectMistakes writes each mistake into a file of its own, checks all of
// them at once, and fails unless each is found.
func expectMistakes(t *testing.T, dir string, language Language, wrong mistakes) {
	t.Helper()
	name := func(i int) string { return strings.ReplaceAll(wrong.file, "#", strconv.Itoa(i)) }
	for i, m := range wrong.list {
		text := strings.NewReplacer("#", strconv.Itoa(i), "CODE", m.code).Replace(wrong.frame)
		writeFile(t, filepath.Join(dir, name(i)), text)
	}
	output, err := try(t, dir, language.check[0], language.check[1:]...)
	if err == nil {
		t.Error("the check passed")
	}
	for i, m := range wrong.list {
		found := false
		for line := range strings.Lines(output) {
			found = found || strings.Contains(line, name(i)) && strings.Contains(line, m.says)
		}
		if !found {
			t.Errorf("%s: no line about %s says %q\n%s", m.sentence, name(i), m.says, output)
		}
	}
}

func TestGoModuleIsVetted(t *testing.T) {
	t.Parallel()
	run(t, filepath.Join(enginetest.Root(t), "sdk/go/cfaccess"), "go", "vet", "./...")
}

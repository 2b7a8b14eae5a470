package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// What docs/guides/secrets.md says of places that are not the provider's own.

const oneToken = `resources:
  ci:
    type: cfaccess:ServiceToken
    properties:
      accountId: ` + cfsim.DefaultAccountID + `
      name: ci
`

func TestPulumisLogHoldsTheClientSecretFromVerbosityNineOn(t *testing.T) {
	t.Parallel()
	for verbosity, want := range map[string]bool{"-v=8": false, "-v=9": true} {
		p := enginetest.New(t, cfsim.Config{})
		p.Program(oneToken)
		log := p.Must(p.Run("up", "--yes", "--skip-preview", "--non-interactive", "--logtostderr", verbosity)).Output
		if !strings.Contains(log, "pulumi-resource-cfaccess") {
			t.Fatalf("with %s nothing was logged", verbosity)
		}
		if has := strings.Contains(log, p.Simulator.IssuedSecrets()[0]); has != want {
			t.Errorf("with %s, that the log holds the client secret is %t", verbosity, has)
		}
		if strings.Contains(log, cfsim.DefaultAPIToken) {
			t.Errorf("with %s, the log holds the API token of the environment", verbosity)
		}
	}
}

func TestPulumisRecordOfCallsHoldsTheClientSecretAndAConfiguredAPIToken(t *testing.T) {
	t.Parallel()
	for configured, want := range map[bool]bool{false: false, true: true} {
		p := enginetest.New(t, cfsim.Config{})
		if configured {
			delete(p.Env, "CLOUDFLARE_API_TOKEN")
			p.Config("cfaccess:apiToken", cfsim.DefaultAPIToken, "--secret")
		}
		file := filepath.Join(t.TempDir(), "calls.json")
		p.Env["PULUMI_DEBUG_GRPC"] = file
		p.Program(oneToken)
		p.Must(p.Up())
		calls, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(calls), p.Simulator.IssuedSecrets()[0]) {
			t.Error("the record of calls does not hold the client secret")
		}
		if has := strings.Contains(string(calls), cfsim.DefaultAPIToken); has != want {
			t.Errorf("that the API token is configured is %t, and that it is in the record of calls %t", configured, has)
		}
	}
}

func TestAnAbsentClientSecretIsNullInYAMLAndNilInAText(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	s.Program(oneToken + "      duration: 8760h\n    options:\n      import: " + cfsim.DefaultAccountID + "/" + s.token + "\n" +
		"outputs:\n  secret: ${ci.clientSecret}\n  text: Bearer ${ci.clientSecret}\n")
	s.Must(s.Up())
	outputs := s.Outputs()
	if secret, ok := outputs["secret"]; secret != nil || outputs["text"] != "Bearer <nil>" {
		t.Errorf("the outputs are %v (%t)", outputs, ok)
	}
}

func TestStateDeleteRefusesWhileResourcesDependOnTheToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(oneToken + "  dependent:\n    type: cfaccess:ServiceToken\n    properties:\n      accountId: " + cfsim.DefaultAccountID +
		"\n      name: ${ci.tokenId}\n")
	p.Must(p.Up())
	urn := "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::cfaccess:index:ServiceToken::ci"
	p.MustFail(p.Run("state", "delete", "--yes", urn), "depend")
}

func TestARetainedResourceIsDroppedAndItsTokenKept(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(oneToken + "    options:\n      retainOnDelete: true\n")
	p.Must(p.Up())
	live := p.Simulator.Tokens()[0]
	// The same token under another name, as when another package's resource is replaced.
	p.Program(strings.Replace(oneToken, "  ci:", "  moved:", 1) + "      duration: 8760h\n      clientSecretVersion: 2\n    options:\n      import: " +
		cfsim.DefaultAccountID + "/" + live.ID + "\n")
	p.Must(p.Up())
	if tokens := p.Simulator.Tokens(); len(tokens) != 1 || tokens[0].ID != live.ID {
		t.Errorf("Cloudflare holds %v", tokens)
	}
	stored := p.Revealed().Token(t, "moved")
	if secret, _ := stored.Secret("clientSecret"); !p.Simulator.Authenticates(stored.Output("clientId"), secret) {
		t.Error("the stored credential does not work")
	}
}

// docs/guides/emergencies.md: tests/engine shows that the refresh takes the revoked one.
func TestThereAreWaysPastARevokedAPITokenInTheState(t *testing.T) {
	t.Parallel()
	provider := "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::pulumi:providers:cfaccess::default"
	for name, way := range map[string][]string{
		"up without a refresh": {"up", "--refresh=false"},
		"up of the provider":   {"up", "--target", provider},
		"up with the program":  {"up", "--run-program"},
		"refresh":              {"refresh", "--run-program"},
		"destroy":              {"destroy", "--refresh=false", "--run-program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			delete(p.Env, "CLOUDFLARE_API_TOKEN")
			p.Config("cfaccess:apiToken", cfsim.DefaultAPIToken, "--secret")
			p.Program("options:\n  refresh: always\n" + oneToken)
			p.Must(p.Up())
			p.Restore(enginetest.State{Raw: strings.ReplaceAll(p.Revealed().Raw, cfsim.DefaultAPIToken, "fake-api-token-that-was-revoked")})
			p.MustFail(p.Up(), "This run used the credential that the last `pulumi up` stored in the stack's state")
			p.Must(p.Run(append(way, "--yes", "--skip-preview", "--non-interactive")...))
			if way[0] == "up" {
				p.Must(p.Up())
			}
		})
	}
}

func TestALookupByAnotherResourcesNewNameFailsInThePreview(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	lookup := func(name string) string {
		return strings.Replace(oneToken, "name: ci", "name: "+name, 1) + `variables:
  found:
    fn::invoke:
      function: cfaccess:getServiceToken
      arguments:
        accountId: ` + cfsim.DefaultAccountID + `
        name: ${ci.name}
outputs:
  lastSeenAt: ${found.lastSeenAt}
`
	}
	p.Program(lookup("ci"))
	p.MustFail(p.Preview(), "no service token of")
	p.Must(p.Up())
	p.Program(lookup("deploy"))
	p.MustFail(p.Preview(), "no service token of")
}

func TestADriftJobFailsOverWhatTheProgramManages(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(oneToken)
	p.Must(p.Up())
	live := p.Simulator.Tokens()[0].ID
	p.Simulator.SetEnabled(live, false)
	p.Simulator.RotateElsewhere(live)
	job := func() enginetest.Result { return p.Preview("--refresh", "--expect-no-changes") }
	p.Must(job()).MustSay(t, "the token is disabled", "it was rotated elsewhere")
	for _, managed := range []string{"enabled: true", "recoverClientSecret: always"} {
		p.Program(oneToken + "      " + managed + "\n")
		p.MustFail(job(), "no changes were expected")
	}
	p.Simulator.SetEnabled(live, true)
	p.Simulator.SetName(live, "renamed")
	p.Program(oneToken)
	p.MustFail(job(), `renaming "renamed" to "ci"`)
}

func TestStateMoveTakesTheClientSecretIntoTheOtherStack(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(oneToken)
	p.Must(p.Up())
	p.Must(p.Run("stack", "init", "other"))
	urn := p.State().Token(t, "ci").URN
	p.Must(p.Run("state", "move", "--yes", "--source", enginetest.Stack, "--dest", "other", urn))
	p.Must(p.Run("stack", "export", "--stack", "other", "--show-secrets")).MustSay(t, p.Simulator.IssuedSecrets()[0])
	unchanged := func(stack string) {
		p.Must(p.Run("up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive", "--expect-no-changes"))
	}
	unchanged("other")
	p.Program("resources: {}\n")
	unchanged(enginetest.Stack)
	if tokens := p.Simulator.Tokens(); len(tokens) != 1 || tokens[0].ClientSecretVersion != 1 {
		t.Errorf("Cloudflare has %v, want the token as it was", tokens)
	}
}

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

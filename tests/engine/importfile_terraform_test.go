package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Terraform states as the provider's versions 5 and 4 write them.
const (
	version5 = "../../cmd/pulumi-tool-cfaccess/internal/importfile/testdata/terraform-v5.json"
	version4 = "../../cmd/pulumi-tool-cfaccess/internal/importfile/testdata/terraform-v4.json"
)

// attributes are a token's in a Terraform state.
type attributes struct {
	ID                            string     `json:"id"`
	AccountID                     string     `json:"account_id"`
	ZoneID                        string     `json:"zone_id"`
	Name                          string     `json:"name"`
	Duration                      string     `json:"duration"`
	ClientID                      string     `json:"client_id"`
	ClientSecret                  string     `json:"client_secret"`
	ClientSecretVersion           int        `json:"client_secret_version"`
	PreviousClientSecretExpiresAt *time.Time `json:"previous_client_secret_expires_at"`
}

// afterTerraform is a project at a Cloudflare that holds the tokens of a recorded
// Terraform state, made when that state was; and those tokens, by their ids.
func afterTerraform(t *testing.T, state string) (p *enginetest.Project, tokens map[string]attributes) {
	t.Helper()
	text, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Resources []struct {
			Mode, Type string
			Instances  []struct{ Attributes attributes }
		}
	}
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p = enginetest.New(t, cfsim.Config{Now: func() time.Time { return made }})
	tokens = map[string]attributes{}
	for _, resource := range recorded.Resources {
		if resource.Mode != "managed" || !strings.HasSuffix(resource.Type, "access_service_token") {
			continue
		}
		for _, instance := range resource.Instances {
			a := instance.Attributes
			scope := account
			if a.ZoneID != "" {
				scope = zone
			}
			p.Simulator.AddToken(scope, cfsim.NewToken{
				Name: a.Name, Duration: a.Duration, ID: a.ID, ClientID: a.ClientID, ClientSecret: a.ClientSecret,
				ClientSecretVersion: cmp.Or(a.ClientSecretVersion, 1), PreviousClientSecretExpiresAt: a.PreviousClientSecretExpiresAt,
			})
			tokens[a.ID] = a
		}
	}
	return p, tokens
}

func TestATerraformStateMovesWithItsSecrets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state string
		names []string
		// bare are tokens of whose secret the Terraform state knows nothing, and unsure
		// those whose secret has no known version.
		bare, unsure []string
		// asked is what the import asks Cloudflare, with its preview.
		asked map[string]int
	}{
		"of version 5": {version5, []string{"ci", "edge", "platform-a-fleet-eu", "platform-a-fleet-us"}, nil, []string{"ci"}, map[string]int{}},
		"of version 4": {version4, []string{"backup", "deploy", "imported", "worker-0", "worker-1"}, []string{"imported"}, nil, map[string]int{"get": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, tokens := afterTerraform(t, test.state)
			file, says := convert(t, p, "--terraform-state", test.state)
			p.ExpectCounts(map[string]int{})
			result := importFile(t, p, file)
			p.ExpectCounts(test.asked)

			stored, revealed := p.State(), p.Revealed()
			if got := sorted(stored.Tokens()); !slices.Equal(got, test.names) {
				t.Fatalf("the stack holds %q, want %q", got, test.names)
			}
			for _, secret := range p.Simulator.IssuedSecrets() {
				if strings.Contains(says+result.Output+result.Program+stored.Raw, secret) {
					t.Error("a client secret is in what was printed, in the program or unencrypted in the state")
				}
			}
			program := result.Program + "outputs:\n"
			for _, name := range test.names {
				token := revealed.Token(t, name)
				recorded := tokens[token.Output("tokenId")]
				secret, marked := token.Secret("clientSecret")
				status := "current"
				switch {
				case slices.Contains(test.bare, name):
					status = "unavailable"
				case slices.Contains(test.unsure, name):
					status = "stale"
				}
				if status != "unavailable" {
					program += fmt.Sprintf("  %s: ${%s.clientSecret}\n", name, name)
				}
				if secret != recorded.ClientSecret || marked != (status != "unavailable") || token.Output("clientSecretStatus") != status {
					t.Errorf("%s: the client secret is not the one of the Terraform state, marked as a secret: %v", name, token.Output("clientSecretStatus"))
				}
				if want := token.Output("tokenId"); token.Output("name") != recorded.Name || !strings.HasSuffix(token.ID, "/"+want) {
					t.Errorf("%s: stored with the id %s and the name %q", name, token.ID, token.Output("name"))
				}
			}

			p.Program(result.Program)
			p.ExpectQuiet()
			p.Program(program)
			p.Must(p.Up())
			for name, secret := range p.Outputs() {
				if !p.Simulator.Authenticates(revealed.Token(t, name).Output("clientId"), secret.(string)) {
					t.Errorf("%s: the stack's client secret does not work", name)
				}
			}
			if got, want := len(p.Outputs()), len(test.names)-len(test.bare); got != want {
				t.Errorf("the stack has %d outputs, want %d", got, want)
			}
			p.Must(p.Destroy())
			if left := p.Simulator.Tokens(); len(left) != 0 {
				t.Errorf("Cloudflare still holds %v", left)
			}
		})
	}
}

func TestATokenFromTerraformIsManagedFromThenOn(t *testing.T) {
	t.Parallel()
	p, _ := afterTerraform(t, version5)
	file, _ := convert(t, p, "--terraform-state", version5)
	program := importFile(t, p, file).Program
	p.Program(program)
	p.Must(p.Refresh())
	p.Must(p.Preview()).MustSay(t, "this stack's client secret came from a Terraform state, and may not be the token's current one",
		"clientSecretVersion to 4")
	p.Simulator.ResetRequests()
	p.Program(strings.NewReplacer("name: CI/CD app", "name: CI/CD app\n      clientSecretVersion: 4", "name: edge worker", "name: edge").Replace(program))
	result := p.Must(p.Up())
	want := map[string]string{"ci": "update", "edge": "update", "platform-a-fleet-eu": "same", "platform-a-fleet-us": "same"}
	if got := result.Ops(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the engine did %v, want %v\n%s", got, want, result.Output)
	}
	p.ExpectCounts(map[string]int{"get": 1, "update": 2})
	ci := p.Revealed().Token(t, "ci")
	if status := ci.Output("clientSecretStatus"); status != "current" {
		t.Errorf("clientSecretStatus is %s", status)
	}
	if secret, _ := ci.Secret("clientSecret"); p.Simulator.SecretState(ci.Output("clientId"), secret) != cfsim.SecretCurrent {
		t.Error("after a rotation the stack does not hold the current secret")
	}
	p.ExpectQuiet()
}

func TestASecretRotatedBehindTerraformsBackIsStaleAfterARefresh(t *testing.T) {
	t.Parallel()
	p, tokens := afterTerraform(t, version4)
	for id, token := range tokens {
		if token.Name == "deploy" {
			p.Simulator.RotateElsewhere(id)
		}
	}
	file, _ := convert(t, p, "--terraform-state", version4)
	p.Program(importFile(t, p, file).Program)
	p.Must(p.Refresh()).MustSay(t, "deploy")
	for name, want := range map[string]string{"deploy": "stale", "backup": "current"} {
		if got := p.State().Token(t, name).Output("clientSecretStatus"); got != want {
			t.Errorf("%s: the client secret is %s, want %s", name, got, want)
		}
	}
}

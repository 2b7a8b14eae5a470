package upgrade

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestTheStackOfAnEarlierVersionIsReadUpdatedAndDestroyed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(states, "*", "*.json"))
	if err != nil || len(files) < len(cases) {
		t.Fatalf("there are %d recorded states: %v", len(files), err)
	}
	for _, file := range files {
		version, name := filepath.Base(filepath.Dir(file)), strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(version+" "+name, func(t *testing.T) {
			t.Parallel()
			c, ok := cases[name]
			if !ok {
				t.Fatal("no case is called that")
			}
			p, before := restored(t, read(t, file))
			secret, _ := before.Secret("clientSecret")
			p.Program(c.program())

			if c.does == "" {
				p.Must(p.Refresh("--expect-no-changes"))
				p.Must(p.Preview("--expect-no-changes"))
			} else {
				p.Must(p.Refresh())
				p.Must(p.Preview()).MustSay(t, c.does)
			}
			refreshed := p.Revealed().Token(t, "ci")
			if kept, marked := refreshed.Secret("clientSecret"); kept != secret || marked != (secret != "") {
				t.Error("the refresh lost the client secret, or its mark")
			}
			for _, output := range []string{"tokenId", "clientId", "clientSecretStatus", "expiresAt", "createdAt"} {
				if is, was := refreshed.Output(output), before.Output(output); is != was {
					t.Errorf("%s was %q, and after the refresh it is %q", output, was, is)
				}
			}
			p.Simulator.ResetRequests()

			p.Program(strings.Replace(c.program(), "name: ci", "name: renamed", 1))
			if ops := p.Must(p.Up()).Ops(); ops["ci"] != "update" {
				t.Errorf("the rename does %v", ops)
			}
			if c.asks == nil {
				c.asks = []string{"update name"}
			}
			p.ExpectRequests(c.asks...)
			if live, ok := p.Simulator.Token(before.Output("tokenId")); !ok || live.Name != "renamed" {
				t.Errorf("the token is now %+v", live)
			}
			after := p.Revealed().Token(t, "ci")
			current, _ := after.Secret("clientSecret")
			if rotated := c.does != ""; after.ID != before.ID || (current != secret) != rotated {
				t.Errorf("the id was %s, and is %s; that the secret changed is %t", before.ID, after.ID, current != secret)
			}
			if after.Output("clientSecretStatus") == "current" && after.Outputs["enabled"] == true && !p.Simulator.Authenticates(after.Output("clientId"), current) {
				t.Error("the stored credential does not work")
			}

			p.Must(p.Destroy())
			p.ExpectRequests("delete")
			if left := p.Simulator.Tokens(); len(left) > 0 {
				t.Errorf("Cloudflare still holds %v", left)
			}
		})
	}
}

// restored is a project with the recorded state, at a Cloudflare that holds its
// token as it was then.
func restored(t *testing.T, recorded enginetest.State) (*enginetest.Project, enginetest.Resource) {
	t.Helper()
	created, err := time.Parse(time.RFC3339, recorded.Token(t, "ci").Output("createdAt"))
	if err != nil {
		t.Fatal(err)
	}
	p := enginetest.New(t, cfsim.Config{Now: func() time.Time { return created }})
	p.Restore(recorded)
	stored := p.Revealed().Token(t, "ci")

	token := cfsim.NewToken{
		ID: stored.Output("tokenId"), ClientID: stored.Output("clientId"), Name: stored.Output("name"), Duration: stored.Output("duration"),
		Disabled: stored.Outputs["enabled"] == false, ClientSecretVersion: number(stored, "clientSecretVersion"),
	}
	if stored.Output("clientSecretStatus") == "current" {
		token.ClientSecret, _ = stored.Secret("clientSecret")
	}
	// A rotation whose answer was lost did take effect.
	token.ClientSecretVersion = max(token.ClientSecretVersion, number(stored, "pendingClientSecretVersion"))
	if end, err := time.Parse(time.RFC3339, stored.Output("previousClientSecretExpiresAt")); err == nil {
		token.PreviousClientSecretExpiresAt = &end
	}
	scope := account
	if stored.Output("zoneId") != "" {
		scope = zone
	}
	p.Simulator.AddToken(scope, token)
	return p, stored
}

func number(r enginetest.Resource, key string) int {
	n, _ := r.Outputs[key].(float64)
	return int(n)
}

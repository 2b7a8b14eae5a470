package languages

import (
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	account = "accounts/" + cfsim.DefaultAccountID
	zone    = "zones/" + cfsim.DefaultZoneID
)

func TestExampleDoesTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	inEveryLanguage(t, deployExample, func(t *testing.T, records map[string]record) {
		expectRequests(t, records, map[string][]string{
			"1 up": {
				account + " create duration=8760h name=ci-staging",
				zone + " create duration=forever name=edge-staging",
			},
			"2 preview": nil,
			"3 rename": {
				account + " update <token id of ci> name=ci-production",
				zone + " update <token id of edge> name=edge-production",
			},
			"4 preview": nil,
			"5 destroy": {
				account + " delete <token id of ci>",
				zone + " delete <token id of edge>",
			},
		})
		up := records["1 up"]
		expectLeaves(t, "ci", up.Tokens["ci"], map[string]string{"outputs.clientSecret": `secret "<client secret of ci>"`})
		expectLeaves(t, "edge", up.Tokens["edge"], map[string]string{"outputs.clientSecret": `secret "<client secret of edge>"`})
		expectLeaves(t, "the stack's output", up.Outputs, map[string]string{
			"ciTokenId":                         `"<token id of ci>"`,
			"ciHeaders.CF-Access-Client-Secret": `secret "<client secret of ci>"`,
			"edgeClientId":                      `"<client id of edge>"`,
			"edgeClientSecret":                  `secret "<client secret of edge>"`,
		})
	})
}

// deployExample takes the example through its life.
func deployExample(t *testing.T, name string) map[string]record {
	p := newProject(t, "examples/"+name)
	l := languages[name]
	l.prepare(t, p)
	records := map[string]record{}
	records["1 up"] = observe(t, p, l.run(t, p, "up"))
	credentialsWork(t, p, "ci", "edge")
	records["2 preview"] = observe(t, p, l.run(t, p, "preview"))
	p.Config("environment", "production")
	records["3 rename"] = observe(t, p, l.run(t, p, "up"))
	credentialsWork(t, p, "ci", "edge")
	records["4 preview"] = observe(t, p, l.run(t, p, "preview"))
	records["5 destroy"] = destroy(t, p)
	return records
}

// destroy runs no program, and so is the same command for every language.
func destroy(t *testing.T, p *enginetest.Project) record {
	t.Helper()
	names := placeholders(p.Revealed())
	p.Must(p.Destroy())
	r := observe(t, p, nil)
	for i, request := range r.Requests {
		r.Requests[i] = names.Replace(request)
	}
	slices.Sort(r.Requests)
	return r
}

// credentialsWork fails unless Access lets the stored credentials in.
func credentialsWork(t *testing.T, p *enginetest.Project, tokens ...string) {
	t.Helper()
	state := p.Revealed()
	for _, name := range tokens {
		token := state.Token(t, name)
		if secret, _ := token.Secret("clientSecret"); !p.Simulator.Authenticates(token.Output("clientId"), secret) {
			t.Errorf("the stored credential of %s does not work", name)
		}
	}
}

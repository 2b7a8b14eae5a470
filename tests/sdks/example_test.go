package sdks

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
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
	t.Helper()
	p := newProject(t, now)
	example(t, p, name, "examples/"+name)
	p.Configure(map[string]string{"accountId": cfsim.DefaultAccountID, "zoneId": cfsim.DefaultZoneID})
	l, r := Languages[name], newRecorder(p)
	r.record(t, "1 up", l.Operate(t, p, "up"))
	r.record(t, "2 preview", l.Operate(t, p, "preview"))
	p.Configure(map[string]string{"environment": "production"})
	r.record(t, "3 rename", l.Operate(t, p, "up"))
	r.record(t, "4 preview", l.Operate(t, p, "preview"))
	// Destroying runs no program, and so is the same command for every language.
	p.Must(p.Destroy())
	r.record(t, "5 destroy", nil)
	return r.steps
}

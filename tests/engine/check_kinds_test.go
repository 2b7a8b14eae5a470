package engine

import (
	"encoding/json"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// What a user sees of origins that answer for themselves, and of each kind of
// application. internal/accesscheck has every combination.
func TestOriginsAndKindsOfApplicationsAreJudgedAsTheUserExpects(t *testing.T) {
	t.Parallel()
	origin := func(status int, headers ...string) cfsim.Edge {
		header := map[string]string{}
		for i := 0; i < len(headers); i += 2 {
			header[headers[i]] = headers[i+1]
		}
		return cfsim.Edge{Origin: cfsim.Origin{Status: status, Header: header}}
	}
	const json401 = `{"error":"an API key is required"}`
	machines := []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())}
	selfHosted := cfsim.Application{Name: "app", Domain: new("127.0.0.1"), Policies: machines}
	ofType := func(kind string) cfsim.Application {
		return cfsim.Application{Name: "app", Domain: new("127.0.0.1"), Type: kind, Policies: machines}
	}
	managedOAuth := selfHosted
	managedOAuth.OAuthConfiguration = json.RawMessage(`{"enabled":true}`)
	elsewhere := selfHosted
	elsewhere.Domain = new("app.example.com")

	p := enginetest.New(t, cfsim.Config{})
	server, err := p.Simulator.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for _, test := range []struct {
		name string
		app  cfsim.Application
		edge cfsim.Edge
		// listed is an input of the check besides those that it always has.
		listed string
		// status is that of a check that passes; says is why it fails.
		status float64
		says   string
	}{
		{name: "the origin answers 404", app: selfHosted, edge: origin(404), status: 404},
		{name: "the origin answers 405", app: selfHosted, edge: origin(405), status: 405},
		{name: "the origin answers 401 JSON", app: selfHosted, edge: cfsim.Edge{Origin: cfsim.Origin{Status: 401, Body: json401}},
			says: "add 401 to originStatuses"},
		{name: "it is listed", app: selfHosted, edge: cfsim.Edge{Origin: cfsim.Origin{Status: 401, Body: json401}}, listed: "originStatuses: [401]", status: 401},
		{name: "the origin answers 403", app: selfHosted, edge: origin(403), listed: "originStatuses: [401]",
			says: "add 403 to originStatuses"},
		{name: "it is listed too", app: selfHosted, edge: origin(403), listed: "originStatuses: [401, 403]", status: 403},
		{name: "an MCP server's own challenge", app: selfHosted, edge: origin(401, "Www-Authenticate", "Bearer"),
			says: "add 401 to originStatuses"},
		{name: "managed OAuth", app: managedOAuth, status: 200},
		{name: "an SSH application", app: ofType("ssh"), status: 200},
		{name: "a TCP application", app: ofType("tcp"), status: 200},
		{name: "its tunnel is down", app: ofType("tcp"), edge: cfsim.Edge{TunnelDown: true},
			says: "the tunnel or the origin failed"},
		{name: "no application covers the address", app: elsewhere,
			says: "is open to everybody: it answered 200"},
		{name: "the zone requires Access", app: elsewhere, edge: cfsim.Edge{DenyUnmatchedRequests: true},
			says: "the answer does not name this host"},
	} {
		app := p.Simulator.AddApplication(account, test.app)
		p.Simulator.SetEdge(test.edge)
		timeout := "30s" // of which a check that passes takes what it needs
		if test.says != "" {
			timeout = "2s"
		}
		inputs := []string{"url: " + server.BaseURL + "/api", "clientId: ${ci.clientId}", "clientSecret: ${ci.clientSecret}",
			"clientSecretStatus: ${ci.clientSecretStatus}", "timeout: " + timeout, "triggers: [" + test.name + "]"}
		if test.listed != "" {
			inputs = append(inputs, test.listed)
		}
		p.Program(enginetest.OneToken() + enginetest.ResourceOf("cfaccess:AccessCheck", "check", inputs...))
		if test.says != "" {
			p.MustFail(p.Up(), test.says)
		} else {
			p.Must(p.Up())
			if check := p.State().OfType("cfaccess:index:AccessCheck"); len(check) != 1 || check[0].Output("outcome") != "admitted" || check[0].Outputs["status"] != test.status {
				t.Errorf("%s: stored %v", test.name, check)
			}
		}
		p.Simulator.RemoveAccess(app.ID)
	}
}

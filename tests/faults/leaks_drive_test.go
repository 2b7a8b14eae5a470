package faults

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// drive is a project whose every command logs as much as it can, into the
// folder where everything of the project is.
type drive struct {
	*enginetest.Project
	server *talkative
	folder string
	flags  []string
	// printed is what the commands said.
	printed strings.Builder
}

// apiToken is what a report calls the credential.
const apiToken = "secret: the API token"

// credential is how the provider gets its API token.
type credential int

const (
	fromEnvironment credential = iota
	fromConfiguration
)

func newDrive(t *testing.T, behaviour cfsim.Behaviour, from credential, flags ...string) *drive {
	t.Helper()
	sim := cfsim.New(cfsim.Config{Behaviour: behaviour})
	server, address := newTalkative(t, sim)
	p := enginetest.NewAt(t, sim, address)
	d := &drive{Project: p, server: server, folder: filepath.Dir(p.Dir), flags: flags}
	p.Env["TMPDIR"] = t.TempDir() // for log files
	p.Config("cfaccess:maxRetries", "0")
	if from == fromConfiguration {
		delete(p.Env, "CLOUDFLARE_API_TOKEN")
		p.Config("cfaccess:apiToken", cfsim.DefaultAPIToken, "--secret")
	}
	return d
}

// says replaces the program: these tokens, the first of which is ci and whose
// secret is an output.
func (d *drive) says(tokens ...string) {
	d.Program("resources:\n" + strings.Join(tokens, "") +
		"outputs:\n  secret: ${ci.clientSecret}\n  header: \"CF-Access-Client-Secret: ${ci.clientSecret}\"\n")
}

// keep adds what a command said to what is searched.
func (d *drive) keep(r enginetest.Result) enginetest.Result {
	fmt.Fprintf(&d.printed, "$ pulumi %s\n%s\n", strings.Join(r.Args, " "), r.Output)
	return r
}

func (d *drive) up(t *testing.T)      { t.Helper(); d.Must(d.keep(d.Up(d.flags...))) }
func (d *drive) preview(t *testing.T) { t.Helper(); d.Must(d.keep(d.Preview(d.flags...))) }
func (d *drive) refresh(t *testing.T) { t.Helper(); d.Must(d.keep(d.Refresh(d.flags...))) }

// fails runs up, which has to fail and say so.
func (d *drive) fails(t *testing.T, texts ...string) {
	t.Helper()
	d.MustFail(d.keep(d.Up(d.flags...)), texts...)
	if d.server.waiting() {
		t.Error("the server was not asked what it was to answer")
	}
}

// everything drives every operation, and the faults whose answers could leak.
func (d *drive) everything(t *testing.T) {
	t.Helper()
	d.operations(t)
	d.checks(t)
	d.faults(t)
	d.Must(d.keep(d.Run("stack", "output")))
	d.Must(d.keep(d.Run("stack", "export")))
	d.Must(d.keep(d.Destroy(d.flags...)))
}

func (d *drive) operations(t *testing.T) {
	t.Helper()
	d.says(token("ci", "name: ci"))
	d.preview(t)
	d.up(t)
	d.says(token("ci", "name: renamed", "clientSecretVersion: 2", "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z"))
	d.preview(t)
	d.up(t)
	ci := d.Simulator.Tokens()[0]
	d.Simulator.RotateElsewhere(ci.ID)
	d.refresh(t) // the stored secret is stale now
	d.up(t)

	existing := d.Simulator.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "existing"})
	d.Must(d.keep(d.Import("existing", cfsim.DefaultAccountID+"/"+existing.ID, d.flags...)))
	d.MustFail(d.keep(d.Import("none", cfsim.DefaultAccountID+"/00000000-0000-4000-8000-00000000feed", d.flags...)), "does not exist")
	d.MustFail(d.keep(d.Import("none", "no id", d.flags...)), "is not a service token id")
	d.Program("resources:\n  got:\n    type: cfaccess:ServiceToken\n    get:\n      id: " + cfsim.DefaultAccountID + "/" + existing.ID + "\n" +
		token("ci", "name: renamed", "clientSecretVersion: 2"))
	d.up(t)
}

// checks asks an application with a client secret, in both forms, and meets each kind of
// answer.
func (d *drive) checks(t *testing.T) {
	t.Helper()
	edge, err := d.Simulator.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(edge.Close)
	d.Simulator.AddApplication(enginetest.Account, cfsim.Application{Name: "app", Domain: new("127.0.0.1"), ReadServiceTokensFromHeader: "Authorization",
		Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())}})
	answers := func(status int, header, value string) cfsim.Edge {
		return cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: status, Header: map[string]string{header: value}}}}
	}
	with := func(form, trigger string) {
		d.says(token("ci", "name: renamed", "clientSecretVersion: 2"), token("checked", "name: checked"),
			enginetest.ResourceOf("cfaccess:AccessCheck", "check", "url: "+edge.BaseURL+"/health", "clientId: ${checked.clientId}",
				"clientSecret: ${checked.clientSecret}", "timeout: 2s", form, "triggers: ["+trigger+"]"))
	}
	const twoHeaders, oneHeader = "acceptOpen: false", "header: Authorization"
	with(twoHeaders, "two headers")
	d.preview(t)
	d.up(t)
	with(oneHeader, "one header")
	d.up(t)
	with(oneHeader, "another answer") // and not what is expected, which the run may print
	for says, edge := range map[string]cfsim.Edge{
		"refused the token":                 answers(403, "Cf-Access-Domain", "127.0.0.1"),
		"is open to everybody":              answers(200, "Server", "fake"),
		"The answer came from the WAF":      answers(403, "Cf-Mitigated", "challenge"),
		"for another host":                  answers(403, "Cf-Access-Domain", "billing.example.net"),
		"The answer came from a rate limit": answers(429, "Retry-After", "60"),
		"add 401 to":                        {Origin: cfsim.Origin{Status: 401}},
		"to originRedirects":                {Origin: cfsim.Origin{Status: 302, Header: map[string]string{"Location": "https://login.example.com/"}}},
	} {
		d.Simulator.SetEdge(edge)
		d.fails(t, says)
	}
	d.Simulator.SetEdge(cfsim.Edge{})
}

func (d *drive) faults(t *testing.T) {
	t.Helper()
	ci := token("ci", "name: renamed", "clientSecretVersion: 2")
	with := func(name string) { d.says(ci, token(name, "name: "+name)) }

	// A creation whose answer holds too much, or too little, is repeated.
	for i, kind := range []cfsim.FaultKind{cfsim.Garbage, cfsim.Truncate, cfsim.MissingSecret, cfsim.StatusAfter} {
		d.Simulator.Inject(cfsim.Fault{Kind: kind, Operation: "create"})
		with(fmt.Sprintf("fault%d", i))
		d.up(t)
	}
	for i, answer := range []func(http.ResponseWriter, string){garbage, page(http.StatusBadGateway), refusing(http.StatusInternalServerError)} {
		d.server.next(http.MethodPost, answer)
		with(fmt.Sprintf("answered%d", i))
		d.up(t)
	}
	with("refused")
	for _, answer := range []func(http.ResponseWriter, string){redirecting, refusing(http.StatusForbidden), page(http.StatusForbidden)} {
		d.server.next(http.MethodPost, answer)
		d.fails(t, "creating service token")
	}

	d.says(ci)
	d.up(t)
	for _, answer := range []func(http.ResponseWriter, string){garbage, page(http.StatusNotFound), refusing(http.StatusForbidden), redirecting} {
		d.server.next(http.MethodGet, answer)
		d.MustFail(d.keep(d.Refresh(d.flags...)), "reading service token")
	}

	// A rotation whose answer is lost, again and again, and then is not.
	d.says(token("ci", "name: renamed", "clientSecretVersion: 9"))
	for _, answer := range []func(http.ResponseWriter, string){garbage, page(http.StatusBadGateway), refusing(http.StatusInternalServerError)} {
		d.server.next(http.MethodPut, answer)
		d.fails(t, "rotating the client secret")
	}
	d.up(t)

	for _, answer := range []func(http.ResponseWriter, string){page(http.StatusForbidden), refusing(http.StatusForbidden), redirecting} {
		d.server.next(http.MethodPut, answer)
		d.says(token("ci", "name: renamed again", "clientSecretVersion: 9"))
		d.fails(t, "updating service token")
	}
	d.server.next(http.MethodDelete, page(http.StatusForbidden))
	d.MustFail(d.keep(d.Destroy(d.flags...)), "deleting service token")
}

// search looks for the credential and for whatever was issued in all that was
// printed, and in every file that Pulumi left behind. It returns how many these
// are.
func (d *drive) search(t *testing.T) (leaks []leak, files int) {
	t.Helper()
	secrets := []secret{{apiToken, cfsim.DefaultAPIToken}}
	for i, issued := range d.Simulator.IssuedSecrets() {
		secrets = append(secrets, secret{fmt.Sprintf("secret: client secret %d", i+1), issued})
	}
	leaks, files = searchFolder(t, d.folder, secrets)
	return append(leaks, search("output", d.printed.String(), secrets)...), files
}

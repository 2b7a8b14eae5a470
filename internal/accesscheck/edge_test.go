package accesscheck

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const account = "accounts/" + cfsim.DefaultAccountID

var began = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// world is one row: what the policies of an application say, what has become of the
// token, how the application and the organisation are set up, and what answers before
// Access.
type world struct {
	policies policies
	token    tokenState
	kind     kind
	strict   strictness
	before   front
}

func (w world) String() string {
	return strings.Join([]string{w.policies.name, w.token.name, w.kind.name, w.strict.name, w.before.name}, " | ")
}

type policies struct {
	name string
	// of makes the policies for a token.
	of func(sim *cfsim.Simulator, tokenID string) []cfsim.Policy
	// admits says that a token that works is let in, and open that everybody is.
	admits, open bool
	// loggedIn says that the application also lets people log in.
	loggedIn bool
}

var everyone = cfsim.Rule{"everyone": json.RawMessage("{}")}

var allPolicies = []policies{
	{name: "Service Auth, the token", admits: true, of: func(_ *cfsim.Simulator, id string) []cfsim.Policy {
		return []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule(id))}
	}},
	{name: "Service Auth, a group", admits: true, of: func(sim *cfsim.Simulator, id string) []cfsim.Policy {
		group := sim.AddGroup(account, cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{cfsim.ServiceTokenRule(id)}}})
		return []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.GroupRule(group.ID))}
	}},
	{name: "Service Auth, any valid token", admits: true, of: func(*cfsim.Simulator, string) []cfsim.Policy {
		return []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())}
	}},
	{name: "Service Auth and Allow", admits: true, loggedIn: true, of: func(_ *cfsim.Simulator, id string) []cfsim.Policy {
		return []cfsim.Policy{
			{Name: "people", Decision: "allow", Rules: cfsim.Rules{Include: []cfsim.Rule{everyone}}},
			cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule(id)),
		}
	}},
	{name: "Service Auth, a requirement that this machine meets", admits: true, of: required("127.0.0.0/8")},
	{name: "Service Auth, a requirement that it does not meet", of: required("192.0.2.0/24")},
	{name: "Service Auth, another token", of: func(*cfsim.Simulator, string) []cfsim.Policy {
		return []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule("another"))}
	}},
	{name: "Allow, the token", loggedIn: true, of: func(_ *cfsim.Simulator, id string) []cfsim.Policy {
		return []cfsim.Policy{{Name: "people", Decision: "allow", Rules: cfsim.Rules{Include: []cfsim.Rule{cfsim.ServiceTokenRule(id)}}}}
	}},
	{name: "Bypass", open: true, of: func(*cfsim.Simulator, string) []cfsim.Policy {
		return []cfsim.Policy{{Name: "everybody", Decision: "bypass", Rules: cfsim.Rules{Include: []cfsim.Rule{everyone}}}}
	}},
	{name: "no policy", loggedIn: true, of: func(*cfsim.Simulator, string) []cfsim.Policy { return nil }},
}

func required(addresses string) func(*cfsim.Simulator, string) []cfsim.Policy {
	return func(_ *cfsim.Simulator, id string) []cfsim.Policy {
		policy := cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule(id))
		policy.Require = []cfsim.Rule{{"ip": json.RawMessage(`{"ip":"` + addresses + `"}`)}}
		return []cfsim.Policy{policy}
	}
}

type tokenState struct {
	name  string
	works bool
	// becomes does what has become of the token, and returns the secret to ask with.
	becomes func(sim *cfsim.Simulator, token cfsim.Token, secret string) string
}

var allTokens = []tokenState{
	{"valid", true, func(_ *cfsim.Simulator, _ cfsim.Token, secret string) string { return secret }},
	{"wrong secret", false, func(*cfsim.Simulator, cfsim.Token, string) string { return "cfast_" + strings.Repeat("fake", 12) }},
	{"the new secret", true, rotated(0, func(_, now string) string { return now })},
	{"previous secret in its grace", true, rotated(0, func(previous, _ string) string { return previous })},
	{"previous secret after its grace", false, rotated(2*time.Hour, func(previous, _ string) string { return previous })},
	{"disabled", false, func(sim *cfsim.Simulator, token cfsim.Token, secret string) string {
		sim.SetEnabled(token.ID, false)
		return secret
	}},
	{"expired", false, func(sim *cfsim.Simulator, _ cfsim.Token, secret string) string {
		sim.Advance(2 * 8760 * time.Hour)
		return secret
	}},
	{"deleted", false, func(sim *cfsim.Simulator, token cfsim.Token, secret string) string {
		sim.DeleteToken(token.ID)
		return secret
	}},
}

// rotated rotates with a grace of an hour.
func rotated(after time.Duration, which func(previous, now string) string) func(*cfsim.Simulator, cfsim.Token, string) string {
	return func(sim *cfsim.Simulator, token cfsim.Token, secret string) string {
		body := fmt.Sprintf(`{"previous_client_secret_expires_at": %q}`, sim.Now().Add(time.Hour).Format(time.RFC3339))
		r := httptest.NewRequest(http.MethodPost, "/client/v4/"+account+"/access/service_tokens/"+token.ID+"/rotate", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+cfsim.DefaultAPIToken)
		sim.Handler().ServeHTTP(httptest.NewRecorder(), r)
		sim.Advance(after)
		issued := sim.IssuedSecrets()
		return which(secret, issued[len(issued)-1])
	}
}

type kind struct {
	name string
	set  func(*cfsim.Application, *cfsim.Edge)
	// header carries the token.
	header string
	// hidden says that a refusal without credentials names no host: always, or where
	// nobody can log in.
	hidden, hiddenWithoutLogin bool
}

var allKinds = []kind{
	{name: "self-hosted", set: func(*cfsim.Application, *cfsim.Edge) {}},
	{name: "a domain with a wildcard and a path", set: func(app *cfsim.Application, e *cfsim.Edge) {
		app.Domain, e.DomainAsConfigured = new("127.0.0.*/admin"), true
	}},
	{name: "the token in one header", header: "Authorization", set: func(app *cfsim.Application, _ *cfsim.Edge) { app.ReadServiceTokensFromHeader = "Authorization" }},
	{name: "401 in place of the redirect", set: func(app *cfsim.Application, _ *cfsim.Edge) { app.ServiceAuth401Redirect = true }},
	{name: "managed OAuth", set: func(app *cfsim.Application, _ *cfsim.Edge) {
		app.OAuthConfiguration = json.RawMessage(`{"enabled":true}`)
	}},
	{name: "managed OAuth, metadata at the team's host", hidden: true, set: func(app *cfsim.Application, e *cfsim.Edge) {
		app.OAuthConfiguration, e.OAuthMetadataAtTeam = json.RawMessage(`{"enabled":true}`), true
	}},
	{name: "a deny address, with marks", set: func(app *cfsim.Application, _ *cfsim.Edge) {
		app.CustomNonIdentityDenyURL = "https://www.example.com/denied"
	}},
	{name: "a deny address, without marks", hiddenWithoutLogin: true, set: func(app *cfsim.Application, e *cfsim.Edge) {
		app.CustomNonIdentityDenyURL, e.DenyURLOmitsMarks = "https://www.example.com/denied", true
	}},
	{name: "SSH", set: func(app *cfsim.Application, _ *cfsim.Edge) { app.Type = "ssh" }},
	{name: "TCP", set: func(app *cfsim.Application, _ *cfsim.Edge) { app.Type = "tcp" }},
}

type strictness struct {
	name     string
	on, bare bool
}

var allStrictness = []strictness{{name: "not strict"}, {name: "strict", on: true}, {name: "strict, without marks", on: true, bare: true}}

type front struct {
	name   string
	answer *cfsim.Before
}

var nothingBefore = front{name: "nothing before"}

// befores are what may answer before Access, to everybody or to who sends credentials.
func befores() (all []front) {
	for name, answer := range map[string]cfsim.Origin{
		"WAF challenge": {Status: 403, Header: map[string]string{"Cf-Mitigated": "challenge"}},
		"WAF block":     {Status: 403}, "WAF 401": {Status: 401}, "WAF 404": {Status: 404}, "WAF 406": {Status: 406},
		"rate limit":    {Status: 429, Header: map[string]string{"Retry-After": "60"}},
		"redirect rule": {Status: 301, Header: map[string]string{"Location": "https://www.example.com/"}},
		"proxy's page":  {Status: 200, Body: "a proxy"},
		"proxy's 502":   {Status: 502},
	} {
		all = append(all, front{name, &cfsim.Before{Origin: answer}}, front{name + " for credentials", &cfsim.Before{Origin: answer, CredentialsOnly: true}})
	}
	return all
}

// want is the outcome that the world has to have.
func (w world) want() Outcome {
	always := w.before.answer != nil && !w.before.answer.CredentialsOnly
	hidden := w.kind.hidden || w.kind.hiddenWithoutLogin && !w.policies.loggedIn
	switch {
	case always && w.before.answer.Status == 200, !always && w.policies.open:
		return Open
	case w.before.answer != nil, hidden:
		return Unclear
	case w.policies.admits && w.token.works:
		return Admitted
	case w.strict.bare:
		return Unclear
	}
	return Refused
}

// judged is the outcome that the check comes to, with what else is changed.
func (w world) judged(t *testing.T, change ...func(*cfsim.Edge, *Rules)) Outcome {
	t.Helper()
	sim := cfsim.New(cfsim.Config{Now: func() time.Time { return began }})
	token := sim.AddToken(account, cfsim.NewToken{Name: "ci"})
	secret := sim.IssuedSecrets()[0]
	app := cfsim.Application{Name: "app", Domain: new("127.0.0.1"), Policies: w.policies.of(sim, token.ID)}
	edge := cfsim.Edge{StrictServiceTokenAuth: w.strict.on, StrictOmitsMarks: w.strict.bare, Before: w.before.answer}
	w.kind.set(&app, &edge)
	var rules Rules
	for _, f := range change {
		f(&edge, &rules)
	}
	sim.AddApplication(account, app)
	sim.SetEdge(edge)
	secret = w.token.becomes(sim, token, secret)

	var err error
	if rules.Asked, err = url.Parse("http://127.0.0.1/admin/health"); err != nil {
		t.Fatal(err)
	}
	var outcome Outcome
	fromHere := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "127.0.0.1:12345"
		sim.EdgeHandler().ServeHTTP(w, r)
	})
	bubble(t, fromHere, func(t *testing.T, c *Checker) {
		verdict, err := c.Check(t.Context(), Question{Rules: rules, Header: w.kind.header, Timeout: time.Second, Credentials: Credentials{token.ClientID, secret}})
		switch outcome = verdict.Outcome; {
		case err == nil:
		case strings.Contains(err.Error(), "refused the token"):
			outcome = Refused
		case strings.Contains(err.Error(), "is open to everybody"):
			outcome = Open
		case strings.Contains(err.Error(), "it is not known"):
			outcome = Unclear
		}
	})
	w.expectCare(t, sim.EdgeRequests())
	return outcome
}

// expectCare fails if the token was sent without a refusal before.
func (w world) expectCare(t *testing.T, requests []cfsim.EdgeRequest) {
	t.Helper()
	for i, r := range requests {
		if r.Carries != (i > 0) || i > 0 && !slices.Contains([]int{302, 401, 403}, requests[0].Status) || i > 2 {
			t.Errorf("%s: request %d carries credentials: %v, after %d", w, i+1, r.Carries, requests[0].Status)
		}
	}
}

func (w world) expect(t *testing.T) {
	t.Helper()
	if got, want := w.judged(t), w.want(); got != want {
		t.Errorf("%s: %s, want %s", w, got, want)
	}
}

func TestEveryPolicyTokenAndApplicationIsJudged(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			for _, policies := range allPolicies {
				for _, token := range allTokens {
					for _, strict := range allStrictness {
						world{policies, token, kind, strict, nothingBefore}.expect(t)
					}
				}
			}
		})
	}
}

func TestWhatAnswersBeforeAccessIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	for _, before := range befores() {
		t.Run(before.name, func(t *testing.T) {
			t.Parallel()
			for _, policies := range allPolicies {
				for _, token := range allTokens[:2] {
					for _, strict := range allStrictness {
						world{policies, token, allKinds[0], strict, before}.expect(t)
					}
				}
			}
		})
	}
}

func TestWhatTheOriginAnswersIsNotTakenForAccess(t *testing.T) {
	t.Parallel()
	bearer := map[string]string{"Www-Authenticate": "Bearer"}
	for _, test := range []struct {
		name   string
		origin cfsim.Origin
		listed Rules
		want   Outcome
	}{
		{"204", cfsim.Origin{Status: 204}, Rules{}, Admitted},
		{"404", cfsim.Origin{Status: 404}, Rules{}, Admitted},
		{"405", cfsim.Origin{Status: 405}, Rules{}, Admitted},
		{"a redirect at the host", cfsim.Origin{Status: 302, Header: map[string]string{"Location": "/start"}}, Rules{}, Admitted},
		{"401 JSON", cfsim.Origin{Status: 401, Body: `{"error":"no key"}`}, Rules{}, Unclear},
		{"401 JSON, listed", cfsim.Origin{Status: 401, Body: `{"error":"no key"}`}, Rules{OriginStatuses: []int{401}}, Admitted},
		{"a bare challenge of MCP", cfsim.Origin{Status: 401, Header: bearer}, Rules{OriginStatuses: []int{403}}, Unclear},
		{"a bare challenge of MCP, listed", cfsim.Origin{Status: 401, Header: bearer}, Rules{OriginStatuses: []int{401}}, Admitted},
		{"403, listed", cfsim.Origin{Status: 403}, Rules{OriginStatuses: []int{403}}, Admitted},
		{"a login elsewhere", cfsim.Origin{Status: 302, Header: map[string]string{"Location": "https://login.example.com/"}}, Rules{}, Unclear},
		{"a login elsewhere, listed", cfsim.Origin{Status: 302, Header: map[string]string{"Location": "https://login.example.com/"}},
			Rules{OriginRedirects: []string{"login.example.com"}}, Admitted},
		{"500", cfsim.Origin{Status: 500}, Rules{}, Unclear},
	} {
		valid := world{allPolicies[0], allTokens[0], allKinds[0], allStrictness[0], nothingBefore}
		if got := valid.judged(t, func(e *cfsim.Edge, r *Rules) { e.Origin, *r = test.origin, test.listed }); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		wrong := world{allPolicies[0], allTokens[1], allKinds[0], allStrictness[0], nothingBefore}
		if got := wrong.judged(t, func(e *cfsim.Edge, r *Rules) { e.Origin, *r = test.origin, test.listed }); got != Refused {
			t.Errorf("%s, with a wrong secret: %s", test.name, got)
		}
	}
}

func TestATunnelThatIsDownIsUnclear(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds {
		for _, token := range allTokens[:2] {
			w := world{allPolicies[0], token, kind, allStrictness[0], nothingBefore}
			want := w.want()
			if token.works {
				want = Unclear
			}
			if got := w.judged(t, func(e *cfsim.Edge, _ *Rules) { e.TunnelDown = true }); got != want {
				t.Errorf("%s: %s, want %s", w, got, want)
			}
		}
	}
}

// The host of the application is another, so the address is covered by none.
func TestAnAddressWithoutAnApplicationIsOpenOrRefusedByItsZone(t *testing.T) {
	t.Parallel()
	elsewhere := kind{name: "another host", set: func(app *cfsim.Application, _ *cfsim.Edge) { app.Domain = new("app.example.com") }}
	for _, test := range []struct {
		edge cfsim.Edge
		want Outcome
	}{
		{cfsim.Edge{}, Open},
		{cfsim.Edge{DenyUnmatchedRequests: true}, Unclear},
		{cfsim.Edge{DenyUnmatchedRequests: true, UnmatchedHasMarks: true}, Refused},
	} {
		w := world{allPolicies[0], allTokens[0], elsewhere, allStrictness[0], nothingBefore}
		if got := w.judged(t, func(e *cfsim.Edge, _ *Rules) { *e = test.edge }); got != test.want {
			t.Errorf("%+v: %s, want %s", test.edge, got, test.want)
		}
	}
}

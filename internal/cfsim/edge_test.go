package cfsim_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// edge is a simulator whose applications are served, with one token.
type edge struct {
	*api
	url    string
	token  cfsim.Token
	secret string
}

func startEdge(t *testing.T) *edge {
	t.Helper()
	a := start(t, cfsim.Config{})
	server, err := a.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	token := a.AddToken(account[1:], cfsim.NewToken{Name: "ci"})
	return &edge{a, server.BaseURL, token, a.IssuedSecrets()[0]}
}

// application adds one for a host, which admits the token.
func (e *edge) application(domain string, change ...func(*cfsim.Application)) cfsim.Application {
	app := cfsim.Application{Name: "app", Domain: &domain, Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule(e.token.ID))}}
	for _, f := range change {
		f(&app)
	}
	return e.AddApplication(account[1:], app)
}

// visit asks a host with headers in pairs, and returns the answer as
// "status name=value …" with the named headers.
func (e *edge) visit(host, show string, headers ...string) string {
	e.t.Helper()
	name, path, _ := strings.Cut(host, "/")
	r, err := http.NewRequest(http.MethodGet, e.url+"/"+path, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	r.Host = name
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	text := fmt.Sprint(resp.StatusCode)
	for name := range strings.FieldsSeq(show) {
		text += " " + name + "=" + resp.Header.Get(name)
	}
	return text
}

func (e *edge) credentials() []string {
	return []string{"CF-Access-Client-Id", e.token.ClientID, "CF-Access-Client-Secret", e.secret}
}

func TestRefusalsAreAnsweredAsRecorded(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	allow := func(app *cfsim.Application) {
		app.Policies = append(app.Policies, cfsim.Policy{Name: "people", Decision: "allow", Rules: cfsim.Rules{Include: []cfsim.Rule{{"everyone": json.RawMessage("{}")}}}})
	}
	alone := e.application("alone.example.com")
	people := e.application("people.example.com", allow)
	e.application("oauth.example.com", allow, func(app *cfsim.Application) { app.OAuthConfiguration = json.RawMessage(`{"enabled":true}`) })
	e.application("redirect401.example.com", allow, func(app *cfsim.Application) { app.ServiceAuth401Redirect = true })
	e.application("deny.example.com", func(app *cfsim.Application) { app.CustomNonIdentityDenyURL = "https://www.example.com/denied" })
	ssh := e.application("ssh.example.com", allow, func(app *cfsim.Application) { app.Type = "ssh" })
	const marks = "Cf-Access-Domain Cf-Access-Aud"
	login := "https://team.cloudflareaccess.com/cdn-cgi/access/login/people.example.com?kid=" + people.AUD + "&redirect_url=%2Fa"
	wrong := []string{"CF-Access-Client-Id", e.token.ClientID, "CF-Access-Client-Secret", "wrong"}
	for _, test := range []struct {
		host, show string
		headers    []string
		want       string
	}{
		{"alone.example.com", marks + " Content-Type", nil, "403 Cf-Access-Domain=alone.example.com Cf-Access-Aud=" + alone.AUD + " Content-Type=text/html"},
		{"alone.example.com", "Content-Type", []string{"Accept", "application/json"}, "403 Content-Type=application/json"},
		{"alone.example.com", marks, wrong, "403 Cf-Access-Domain=alone.example.com Cf-Access-Aud=" + alone.AUD},
		{"people.example.com/a", "Location", nil, "302 Location=" + login},
		{"people.example.com/a", "Location", wrong, "302 Location=" + login},
		{"people.example.com", "Location Cf-Access-Domain", []string{"X-Requested-With", "XMLHttpRequest"}, "401 Location= Cf-Access-Domain=people.example.com"},
		{"oauth.example.com", "Www-Authenticate", wrong, `401 Www-Authenticate=Bearer realm="OAuth", resource_metadata="https://oauth.example.com/.well-known/cloudflare-access-protected-resource/"`},
		{"redirect401.example.com", "Cf-Access-Domain", nil, "401 Cf-Access-Domain=redirect401.example.com"},
		{"deny.example.com", "Location Cf-Access-Domain", nil, "302 Location=https://www.example.com/denied Cf-Access-Domain=deny.example.com"},
		{"ssh.example.com", marks, nil, "403 Cf-Access-Domain=ssh.example.com Cf-Access-Aud=" + ssh.AUD},
		{"nobody.example.com", marks, nil, "200 Cf-Access-Domain= Cf-Access-Aud="},
	} {
		equal(t, test.host, e.visit(test.host, test.show, test.headers...), test.want)
	}
	e.SetEdge(cfsim.Edge{DenyUnmatchedRequests: true})
	equal(t, "a zone that requires Access", e.visit("nobody.example.com", marks), "403 Cf-Access-Domain= Cf-Access-Aud=")
	e.SetEdge(cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 403, Header: map[string]string{"Cf-Mitigated": "challenge"}}}})
	equal(t, "a challenge of the WAF", e.visit("alone.example.com", "Cf-Mitigated Cf-Access-Domain"), "403 Cf-Mitigated=challenge Cf-Access-Domain=")
}

func TestStrictModeAnswersCredentialsAlone(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	e.application("app.example.com", func(app *cfsim.Application) {
		app.Policies = append(app.Policies, cfsim.Policy{Name: "people", Decision: "allow"})
		app.ReadServiceTokensFromHeader = "Authorization"
	})
	e.application("other.example.com", func(app *cfsim.Application) { app.Policies = nil })
	e.SetEdge(cfsim.Edge{StrictServiceTokenAuth: true})
	id, secret := e.token.ClientID, e.secret
	pair := e.credentials()
	for _, test := range []struct {
		name, host, want string
		headers          []string
	}{
		{"nothing", "app.example.com", "302", nil},
		{"a token that is admitted", "app.example.com", "200", pair},
		{"a token that no policy admits", "other.example.com", "403", pair},
		{"a wrong secret", "app.example.com", "401", []string{"CF-Access-Client-Id", id, "CF-Access-Client-Secret", "wrong"}},
		{"half a pair", "app.example.com", "401", pair[:2]},
		{"a pair twice", "app.example.com", "401", append(append([]string{}, pair...), pair...)},
		{"both forms", "app.example.com", "401", append([]string{"Authorization", `{"cf-access-client-id":"` + id + `","cf-access-client-secret":"` + secret + `"}`}, pair...)},
	} {
		equal(t, test.name, e.visit(test.host, "", test.headers...), test.want)
	}
	equal(t, "no cookie", e.visit("app.example.com", "Set-Cookie", pair...), "200 Set-Cookie=")
}

func TestPoliciesDecideWhoIsAdmitted(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	everyone := cfsim.Rule{"everyone": json.RawMessage("{}")}
	address := func(prefix string) cfsim.Rule { return cfsim.Rule{"ip": json.RawMessage(`{"ip":"` + prefix + `"}`)} }
	token, other := cfsim.ServiceTokenRule(e.token.ID), cfsim.ServiceTokenRule("another")
	group := e.AddGroup(account[1:], cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{token}}})
	nested := e.AddGroup(account[1:], cfsim.Group{Name: "all machines", Rules: cfsim.Rules{Include: []cfsim.Rule{other, cfsim.GroupRule(group.ID)}}})
	policy := func(decision string, rules cfsim.Rules) cfsim.Policy {
		return cfsim.Policy{Name: decision, Decision: decision, Rules: rules}
	}
	serviceAuth := func(rules cfsim.Rules) []cfsim.Policy { return []cfsim.Policy{policy("non_identity", rules)} }
	include := func(rules ...cfsim.Rule) cfsim.Rules { return cfsim.Rules{Include: rules} }
	for i, test := range []struct {
		name     string
		policies []cfsim.Policy
		// nothing, with and wrong are the answers to no credentials, to the token and to a wrong secret.
		nothing, with, wrong string
	}{
		{"by the token", serviceAuth(include(token)), "403", "200", "403"},
		{"by a group", serviceAuth(include(cfsim.GroupRule(group.ID))), "403", "200", "403"},
		{"by a group in a group", serviceAuth(include(cfsim.GroupRule(nested.ID))), "403", "200", "403"},
		{"any valid token", serviceAuth(include(cfsim.AnyValidServiceTokenRule())), "403", "200", "403"},
		{"another token", serviceAuth(include(other)), "403", "403", "403"},
		{"a requirement that is met", serviceAuth(cfsim.Rules{Include: []cfsim.Rule{token}, Require: []cfsim.Rule{address("127.0.0.0/8")}}), "403", "200", "403"},
		{"a requirement that is not met", serviceAuth(cfsim.Rules{Include: []cfsim.Rule{token}, Require: []cfsim.Rule{address("192.0.2.0/24")}}), "403", "403", "403"},
		{"excluded", serviceAuth(cfsim.Rules{Include: []cfsim.Rule{token}, Exclude: []cfsim.Rule{everyone}}), "403", "403", "403"},
		{"denied before", append([]cfsim.Policy{policy("deny", include(token))}, serviceAuth(include(token))...), "403", "403", "403"},
		{"denied behind", append(serviceAuth(include(token)), policy("deny", include(token))), "403", "200", "403"},
		{"in an Allow policy", []cfsim.Policy{policy("allow", include(token))}, "302", "302", "302"},
		{"Bypass", []cfsim.Policy{policy("bypass", include(everyone))}, "200", "200", "200"},
		{"no policy", nil, "302", "302", "302"},
	} {
		host := fmt.Sprintf("app%d.example.com", i)
		e.application(host, func(app *cfsim.Application) { app.Policies = test.policies })
		equal(t, test.name+", without credentials", e.visit(host, ""), test.nothing)
		equal(t, test.name, e.visit(host, "", e.credentials()...), test.with)
		equal(t, test.name+", with a wrong secret", e.visit(host, "", "CF-Access-Client-Id", e.token.ClientID, "CF-Access-Client-Secret", "wrong"), test.wrong)
	}
}

// Nobody has recorded these.
func TestWhatIsNotKnownOfTheEdgeCanBeSetEitherWay(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	oauth := func(app *cfsim.Application) { app.OAuthConfiguration = json.RawMessage(`{"enabled":true}`) }
	e.application("*.example.com/a")
	e.application("oauth.example.com", oauth)
	e.application("deny.example.com", func(app *cfsim.Application) { app.CustomNonIdentityDenyURL = "https://www.example.com/denied" })
	e.application("tcp.example.com", func(app *cfsim.Application) { app.Type = "tcp" })
	wrong := []string{"CF-Access-Client-Id", e.token.ClientID, "CF-Access-Client-Secret", "wrong"}
	const domain, challenge = "Cf-Access-Domain", "Www-Authenticate"
	for _, test := range []struct {
		name, host, show string
		edge             cfsim.Edge
		headers          []string
		want             string
	}{
		{"strict", "app.example.com/a", domain, cfsim.Edge{StrictServiceTokenAuth: true}, wrong, "401 Cf-Access-Domain=app.example.com"},
		{"strict, without marks", "app.example.com/a", domain, cfsim.Edge{StrictServiceTokenAuth: true, StrictOmitsMarks: true}, wrong, "401 Cf-Access-Domain="},
		{"a domain as it is configured", "app.example.com/a", domain, cfsim.Edge{DomainAsConfigured: true}, nil, "403 Cf-Access-Domain=*.example.com/a"},
		{"a deny address without marks", "deny.example.com", domain, cfsim.Edge{DenyURLOmitsMarks: true}, nil, "302 Cf-Access-Domain="},
		{"a zone that requires Access, with marks", "nobody.example.net", domain, cfsim.Edge{DenyUnmatchedRequests: true, UnmatchedHasMarks: true}, nil, "403 Cf-Access-Domain=nobody.example.net"},
		{"metadata at the team's host", "oauth.example.com", challenge, cfsim.Edge{OAuthMetadataAtTeam: true, Team: "fake"}, nil,
			`401 Www-Authenticate=Bearer realm="OAuth", resource_metadata="https://fake.cloudflareaccess.com/.well-known/cloudflare-access-protected-resource/"`},
		{"a tunnel that is down", "app.example.com/a", domain, cfsim.Edge{TunnelDown: true}, e.credentials(), "530 Cf-Access-Domain="},
		{"a tunnel that is down, refused", "app.example.com/a", domain, cfsim.Edge{TunnelDown: true}, wrong, "403 Cf-Access-Domain=app.example.com"},
		{"TCP", "tcp.example.com", domain, cfsim.Edge{Origin: cfsim.Origin{Status: 404}}, e.credentials(), "200 Cf-Access-Domain="},
		{"TCP, the tunnel is down", "tcp.example.com", domain, cfsim.Edge{TunnelDown: true}, e.credentials(), "530 Cf-Access-Domain="},
	} {
		e.SetEdge(test.edge)
		equal(t, test.name, e.visit(test.host, test.show, test.headers...), test.want)
	}
}

func TestATokenInOneHeaderHasLowerCaseKeys(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	e.application("app.example.com", func(app *cfsim.Application) { app.ReadServiceTokensFromHeader = "Authorization" })
	in := func(id, secret string) string {
		return fmt.Sprintf(`{%q: %q, %q: %q}`, id, e.token.ClientID, secret, e.secret)
	}
	equal(t, "lower case", e.visit("app.example.com", "", "Authorization", in("cf-access-client-id", "cf-access-client-secret")), "200")
	equal(t, "capitals", e.visit("app.example.com", "", "Authorization", in("CF-Access-Client-Id", "CF-Access-Client-Secret")), "403")
	equal(t, "two headers", e.visit("app.example.com", "", e.credentials()...), "200")
	equal(t, "a cookie beside the token", e.visit("app.example.com", "", append([]string{"Cookie", "CF_Authorization=fake"}, e.credentials()...)...), "403")
}

func TestAnAdmittedRequestReachesTheOriginWithoutTheSecret(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	app := e.application("app.example.com")
	e.SetEdge(cfsim.Edge{Origin: cfsim.Origin{Status: 401, Header: map[string]string{"Www-Authenticate": "Bearer"}}})
	equal(t, "the origin's answer", e.visit("app.example.com", "Www-Authenticate Cf-Access-Domain", append(e.credentials(), "X-Kept", "yes")...), "401 Www-Authenticate=Bearer Cf-Access-Domain=")
	requests := e.EdgeRequests()
	equal(t, "requests", len(requests), 1)
	r := requests[0]
	if !r.Admitted || !r.Carries || r.TokenID != e.token.ID || r.Status != 401 || r.Host != "app.example.com" || !r.Time.Equal(began) {
		t.Errorf("logged %+v", r)
	}
	equal(t, "what is kept", r.OriginHeader.Get("X-Kept"), "yes")
	equal(t, "the credentials", r.OriginHeader.Get("CF-Access-Client-Id")+r.OriginHeader.Get("CF-Access-Client-Secret"), "")
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(r.OriginHeader.Get("Cf-Access-Jwt-Assertion"), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "the assertion", string(claims), `{"aud":["`+app.AUD+`"],"common_name":"`+e.token.ClientID+`","type":"app"}`)
	token, _ := e.Token(e.token.ID)
	equal(t, "the last use", token.LastSeenAt.Equal(began), true)
	e.ResetEdgeRequests()
	equal(t, "after the reset", len(e.EdgeRequests()), 0)
}

func TestANewSecretIsKnownAtTheEdgeAfterItsLag(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	e.application("app.example.com")
	e.SetEdge(cfsim.Edge{SecretLag: 20 * time.Second})
	equal(t, "at once", e.visit("app.example.com", "", e.credentials()...), "403")
	e.Advance(20 * time.Second)
	equal(t, "after 20 seconds", e.visit("app.example.com", "", e.credentials()...), "200")
}

func TestTheApplicationWithTheClosestDomainAnswers(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	e.application("*.example.com", func(app *cfsim.Application) { app.Name = "all" })
	e.application("app.example.com/admin/*", func(app *cfsim.Application) { app.Policies = nil })
	equal(t, "the wildcard", e.visit("app.example.com/", "", e.credentials()...), "200")
	equal(t, "the path", e.visit("app.example.com/admin/users", "", e.credentials()...), "302")
	equal(t, "another path", e.visit("app.example.com/administrators", "", e.credentials()...), "200")
	equal(t, "another level", e.visit("a.b.example.com", "", "X-Nothing", "1"), "200")
	equal(t, "without credentials", e.visit("b.example.com", ""), "403")
}

func TestTheEdgeIsSetThroughTheControlAPI(t *testing.T) {
	t.Parallel()
	e := startEdge(t)
	control, err := e.ServeControlAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(control.Close)
	e.application("app.example.com")
	call := func(method, path, body string) (int, string) {
		r, err := http.NewRequest(method, control.BaseURL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	for body, want := range map[string]int{
		`{"secret_lag": "20s", "team": "fake", "origin": {"status": 204}, "before": {"status": 429, "credentials_only": true}}`: 204,
		`{"strict": true}`: 400, `{"origin": {"status": 99}}`: 400, `{"before": {"status": 600}}`: 400,
	} {
		status, text := call(http.MethodPut, "/edge", body)
		equal(t, body+text, status, want)
	}
	equal(t, "before Access", e.visit("app.example.com", "", e.credentials()...), "429")
	_, text := call(http.MethodGet, "/edge/requests", "")
	if !strings.Contains(text, `"carries":true`) || strings.Contains(text, e.secret) {
		t.Error("the log lacks the request, or holds its secret")
	}
	status, _ := call(http.MethodDelete, "/edge/requests", "")
	equal(t, "the reset", status, 204)
	equal(t, "after it", len(e.EdgeRequests()), 0)
}

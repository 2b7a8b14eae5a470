package provider_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

const (
	simAccount = "accounts/" + cfsim.DefaultAccountID
	simZone    = "zones/" + cfsim.DefaultZoneID
)

// inMemory answers requests without a network, which a bubble of testing/synctest has
// not.
type inMemory struct{ handler http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if recover() != nil { // the simulator cuts the connection
			err = cmp.Or(r.Context().Err(), errors.New("connection reset"))
		}
	}()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorded := httptest.NewRecorder()
	m.handler.ServeHTTP(recorded, r)
	return recorded.Result(), nil
}

// serverInMemory is a provider whose calls get ctx, configured for a simulator without
// a network.
func serverInMemory(ctx context.Context, t *testing.T, sim *cfsim.Simulator) integration.Server {
	t.Helper()
	prov, err := provider.New(provider.WithClient(func(c *cfapi.Client) { c.SetTransport(inMemory{sim.Handler()}) }))
	if err != nil {
		t.Fatal(err)
	}
	s, err := integration.NewServer(ctx, provider.Name, semver.MustParse(provider.Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Configure(p.ConfigureRequest{Args: property.NewMap(map[string]property.Value{
		"apiToken": property.New(cfsim.DefaultAPIToken), "baseUrl": property.New("http://127.0.0.1:1/client/v4"),
	})}); err != nil {
		t.Fatal(err)
	}
	return s
}

// find calls the function for a token.
func find(t *testing.T, s integration.Server, scope, id, tokenID string) property.Map {
	t.Helper()
	resp, err := s.Invoke(p.InvokeRequest{Token: "cfaccess:index:getServiceTokenReferences", Args: property.NewMap(map[string]property.Value{
		scope: property.New(id), "tokenId": property.New(tokenID),
	})})
	if err != nil || len(resp.Failures) > 0 {
		t.Fatal(resp.Failures, err)
	}
	return resp.Return
}

// refuseDelete deletes a token that is in use, and returns what the error says.
func refuseDelete(t *testing.T, s integration.Server, token cfsim.Token) string {
	t.Helper()
	return refuseDeleteWithin(t, s, token, 0)
}

// refuseDeleteWithin has customTimeouts of so many seconds, unless they are 0.
func refuseDeleteWithin(t *testing.T, s integration.Server, token cfsim.Token, seconds float64) string {
	t.Helper()
	owner := map[bool]string{true: "accountId", false: "zoneId"}[token.Scope == simAccount]
	id := strings.TrimPrefix(token.Scope, "accounts/") + "/" + token.ID
	err := s.Delete(p.DeleteRequest{ID: id, Urn: urn, Timeout: seconds, Properties: property.NewMap(map[string]property.Value{
		owner: property.New(token.Scope[strings.Index(token.Scope, "/")+1:]), "tokenId": property.New(token.ID), "name": property.New(token.Name),
		"clientId": property.New(token.ClientID), "clientSecretStatus": property.New("unavailable"), "clientSecretVersion": property.New(1.0),
		"heldClientSecretVersion": property.New(1.0), "createdAt": property.New("2026-01-01T00:00:00Z"), "enabled": property.New(true),
	})})
	if err == nil {
		t.Fatal("the token was deleted")
	}
	if !strings.Contains(err.Error(), "12139") {
		t.Fatalf("the error is another one: %v", err)
	}
	return err.Error()
}

// list returns the objects of an array.
func list(m property.Map, key string) (objects []property.Map) {
	if v := m.Get(key); v.IsArray() {
		for _, object := range v.AsArray().All {
			objects = append(objects, object.AsMap())
		}
	}
	return objects
}

// word is the text at a key, or "".
func word(m property.Map, key string) string {
	if v := m.Get(key); v.IsString() {
		return v.AsString()
	}
	return ""
}

func TestAReferenceSaysWhatItIs(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	token := sim.AddToken(simAccount, cfsim.NewToken{Name: "ci"})
	rule := cfsim.ServiceTokenRule(token.ID)
	group := sim.AddGroup(simAccount, cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{rule}}})
	policy := sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy("deploy", cfsim.GroupRule(group.ID)))
	sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy("any", cfsim.AnyValidServiceTokenRule()))
	domain := "app.example.com"
	mistake := cfsim.Policy{Name: "mistake", Decision: "allow", Rules: cfsim.Rules{Include: []cfsim.Rule{rule}}}
	app := sim.AddApplication(simAccount, cfsim.Application{Name: "app", Domain: &domain, Policies: []cfsim.Policy{{ID: policy.ID}, mistake}})
	scim := json.RawMessage(fmt.Sprintf(`{"authentication":{"scheme":"access_service_token","client_id":%q,"client_secret":"fake-secret-that-nobody-should-see"}}`, token.ClientID))
	sim.AddApplication(simAccount, cfsim.Application{Name: "hr", SCIMConfig: scim})
	s := server(t, sim)

	found := find(t, s, "accountId", cfsim.DefaultAccountID, token.ID)
	if strings.Contains(fmt.Sprint(found), "nobody-should-see") {
		t.Error("the secret of the SCIM configuration is shown")
	}
	references := list(found, "references")
	if len(references) != 4 {
		t.Fatalf("found %v", references)
	}
	for i, want := range []map[string]any{
		{"kind": "application", "id": app.ID, "name": "app", "domain": domain, "place": "include", "decision": "allow", "admits": false},
		{"kind": "application", "name": "hr", "place": "scimConfig", "admits": nil, "policy": nil, "decision": nil},
		{"kind": "group", "id": group.ID, "name": "machines", "place": "include", "admits": nil, "decision": nil, "applications": nil},
		{"kind": "policy", "id": policy.ID, "name": "deploy", "place": "include", "decision": "non_identity", "admits": true, "appCount": 1.0, "domain": nil},
	} {
		for key, value := range want {
			if got := plain(references[i].Get(key)); got != value {
				t.Errorf("reference %d: %s is %v, want %v", i, key, got, value)
			}
		}
	}
	if got := word(references[0].Get("policy").AsMap(), "name"); got != "mistake" {
		t.Errorf("the policy of the application is %q", got)
	}
	if via := list(references[3], "via"); len(via) != 1 || word(via[0], "id") != group.ID || word(via[0], "name") != "machines" {
		t.Errorf("the policy matches the token through %v", via)
	}
	if apps := list(references[3], "applications"); len(apps) != 1 || word(apps[0], "id") != app.ID || word(apps[0], "domain") != domain {
		t.Errorf("the policy is used by %v", apps)
	}
	if anyToken := list(found, "anyValidServiceToken"); len(anyToken) != 1 || word(anyToken[0], "name") != "any" || plain(anyToken[0].Get("admits")) != false {
		t.Errorf("any token is matched by %v", anyToken)
	}
	if unread := list(found, "unread"); len(unread) != 0 {
		t.Errorf("unread: %v", unread)
	}
}

func plain(v property.Value) any {
	switch {
	case v.IsString():
		return v.AsString()
	case v.IsBool():
		return v.AsBool()
	case v.IsNumber():
		return v.AsNumber()
	}
	return nil
}

func TestATokenOfAZoneIsLookedForWhereAZoneShowsIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := cfsim.New(cfsim.Config{})
		token := sim.AddToken(simZone, cfsim.NewToken{Name: "ci"})
		sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy("unseen", cfsim.ServiceTokenRule(token.ID)))
		app := sim.AddApplication(simZone, cfsim.Application{Name: "app", Policies: []cfsim.Policy{
			cfsim.ServiceAuthPolicy("own", cfsim.ServiceTokenRule(token.ID), cfsim.GroupRule("of-the-account")),
		}})
		s := serverInMemory(t.Context(), t, sim)
		found := find(t, s, "zoneId", cfsim.DefaultZoneID, token.ID)
		if references := list(found, "references"); len(references) != 1 || word(references[0], "id") != app.ID || plain(references[0].Get("admits")) != true {
			t.Errorf("found %v", references)
		}
		const policies = "they belong to the zone's account, and the zone does not list them: check in the Zero Trust dashboard whether they name the token"
		unread := list(found, "unread")
		if len(unread) != 2 || word(unread[0], "what") != "policies" || word(unread[0], "reason") != policies || plain(unread[0].Get("permission")) != nil {
			t.Fatalf("unread: %v", unread)
		}
		if word(unread[1], "what") != "groups" || !strings.HasSuffix(word(unread[1], "reason"), "did not list them for zone "+cfsim.DefaultZoneID+": of-the-account") {
			t.Errorf("unread: %v", unread[1])
		}
		said := refuseDelete(t, s, token)
		for _, want := range []string{
			fmt.Sprintf(`; the token is still used by policy "own" (%s) of application "app" (%s): remove it there first`, word(list(found, "references")[0].Get("policy").AsMap(), "id"), app.ID),
			". This run did not look at reusable policies (" + policies + "), Access groups (", "Hyperdrive configurations",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("the refusal says %s\nwant %s", said, want)
			}
		}
	})
}

// With as many requests as they may take, these know whether the token exists.
func TestATokenThatDoesNotExistIsAnErrorAlsoWhereNothingIsListed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		scope, id string
		refused   []string
	}{
		"a zone that has nothing":                   {"zoneId", cfsim.DefaultZoneID, nil},
		"an account of which nothing can be listed": {"accountId", cfsim.DefaultAccountID, []string{"list-policies", "list-applications", "list-groups"}},
	} {
		sim := cfsim.New(cfsim.Config{Behaviour: cfsim.Behaviour{Refused: test.refused}})
		_, err := server(t, sim).Invoke(p.InvokeRequest{Token: "cfaccess:index:getServiceTokenReferences", Args: property.NewMap(map[string]property.Value{
			test.scope: property.New(test.id), "tokenId": property.New("00000000-0000-4000-8000-00000000dead"),
		})})
		if err == nil || !strings.Contains(err.Error(), "does not exist: check the id") {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(sim.Requests()); n > 4 || len(test.refused) == 0 && n > 3 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

func TestReferencesOfWhatIsNotThereAreAnError(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	sim.AddGroup(simAccount, cfsim.Group{Name: "machines"})
	s := server(t, sim)
	const absent = "00000000-0000-4000-8000-00000000dead"
	for name, test := range map[string]struct {
		args map[string]property.Value
		want string
	}{
		"a token that does not exist": {map[string]property.Value{"tokenId": property.New(absent)}, "service token " + absent + " of account " + cfsim.DefaultAccountID + " does not exist: check the id"},
		"an import id":                {map[string]property.Value{"tokenId": property.New(cfsim.DefaultAccountID + "/" + absent)}, "is an import id, which contains the account or zone too"},
		"no id":                       {nil, "tokenId is required: write the id of the token"},
		"a number":                    {map[string]property.Value{"tokenId": property.New(5.0)}, "{tokenId "},
		"another argument":            {map[string]property.Value{"tokenId": property.New(absent), "name": property.New("ci")}, "{name there is no such argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := property.NewMap(test.args).Set("accountId", property.New(cfsim.DefaultAccountID))
			resp, err := s.Invoke(p.InvokeRequest{Token: "cfaccess:index:getServiceTokenReferences", Args: args})
			said := fmt.Sprint(resp.Failures, err)
			if err == nil && len(resp.Failures) == 0 || !strings.Contains(said, test.want) || strings.Contains(said, "provider.") {
				t.Errorf("got %s\nwant %s", said, test.want)
			}
		})
	}
}

// Some of Cloudflare's APIs answer so for want of a permission, with which all of them
// answer to credentials that are not valid.
func TestARefusalWith401IsAPermissionIfTheCredentialsAuthenticate(t *testing.T) {
	t.Parallel()
	listings := []string{"list-policies", "list-applications", "list-groups"}
	for name, test := range map[string]struct {
		refused []string
		unread  int
		// says is the error of the function, and inRefusal what a refused deletion names.
		says, inRefusal string
	}{
		"one listing":                     {refused: listings[:1], unread: 1, inRefusal: `reusable policies (the API token needs the permission "Access: Apps and Policies Read"`},
		"one listing, and the token":      {refused: []string{"list-policies", "get"}, unread: 1, inRefusal: "reusable policies (the API token needs"},
		"every listing":                   {refused: listings, unread: 3, inRefusal: `Access groups (the API token needs the permission "Access: Organizations, Identity Providers, and Groups Read"`},
		"the token":                       {refused: []string{"get"}, inRefusal: "Access group"},
		"everything, as to no credential": {refused: append(slices.Clone(listings), "get"), says: "Authentication error", inRefusal: "Access groups (the API token needs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := cfsim.New(cfsim.Config{Behaviour: cfsim.Behaviour{Refused: test.refused, RefusedWith401: true}})
				token := sim.AddToken(simAccount, cfsim.NewToken{Name: "ci"})
				sim.AddGroup(simAccount, cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{cfsim.ServiceTokenRule(token.ID)}}})
				s := serverInMemory(t.Context(), t, sim)
				resp, err := s.Invoke(p.InvokeRequest{Token: "cfaccess:index:getServiceTokenReferences", Args: property.NewMap(map[string]property.Value{
					"accountId": property.New(cfsim.DefaultAccountID), "tokenId": property.New(token.ID),
				})})
				if unread := list(resp.Return, "unread"); len(unread) != test.unread || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("unread %v, %v", unread, err)
				}
				if n := len(sim.Requests()); n > 4 {
					t.Errorf("%d requests, want at most 4", n)
				}
				if said := refuseDelete(t, s, token); !strings.Contains(said, test.inRefusal) {
					t.Errorf("the refusal says %s\nwant %s", said, test.inRefusal)
				}
			})
		})
	}
}

// A destroy deletes the tokens of a stack at once, and its policies are not in it.
func TestDeletionsThatAreRefusedTogetherAreExplainedByOneSearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const tokens = 20
		sim := cfsim.New(cfsim.Config{})
		s := serverInMemory(t.Context(), t, sim)
		searched := func() (n int) {
			for _, r := range sim.Requests() {
				if strings.HasPrefix(r.Operation, "list-") {
					n++
				}
			}
			sim.ResetRequests()
			return n
		}
		var used []cfsim.Token
		var policies []cfsim.Policy
		for i := range tokens {
			used = append(used, sim.AddToken(simAccount, cfsim.NewToken{Name: fmt.Sprint("ci ", i)}))
			policies = append(policies, sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy(fmt.Sprint("policy ", i), cfsim.ServiceTokenRule(used[i].ID))))
		}
		var deletions sync.WaitGroup
		for i, token := range used {
			deletions.Go(func() {
				if said, want := refuseDelete(t, s, token), fmt.Sprintf(`still used by policy "policy %d" (%s):`, i, policies[i].ID); !strings.Contains(said, want) {
					t.Errorf("the refusal says %s\nwant %s", said, want)
				}
			})
		}
		deletions.Wait()
		if n := searched(); n != 3 {
			t.Errorf("%d requests for what uses the tokens, want 3", n)
		}
		refuseDelete(t, s, used[0]) // half a minute later
		if n := searched(); n != 3 {
			t.Errorf("%d requests for what uses the token later, want 3", n)
		}
	})
}

// customTimeouts may end one deletion, and its search, before the others.
func TestADeletionThatEndsEarlyLeavesTheSearchToTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := cfsim.New(cfsim.Config{})
		s := serverInMemory(t.Context(), t, sim)
		tokens := []cfsim.Token{sim.AddToken(simAccount, cfsim.NewToken{Name: "hurried"}), sim.AddToken(simAccount, cfsim.NewToken{Name: "patient"})}
		sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy("machines", cfsim.ServiceTokenRule(tokens[0].ID), cfsim.ServiceTokenRule(tokens[1].ID)))
		var deletions sync.WaitGroup
		deletions.Go(func() { refuseDeleteWithin(t, s, tokens[0], 25) })
		deletions.Go(func() {
			if said := refuseDelete(t, s, tokens[1]); !strings.Contains(said, `still used by policy "machines"`) {
				t.Errorf("the refusal says %s", said)
			}
		})
		deletions.Wait()
	})
}

// A search that fails or takes too long leaves the refusal as it is, and a Ctrl-C ends
// it.
func TestARefusedDeletionStaysARefusalIfItsUsersCannotBeFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault cfsim.Fault
		// cancelled says that the run is interrupted a second after the search began.
		cancelled bool
		// atMost is how long the search may take.
		atMost time.Duration
	}{
		"the listing breaks off": {fault: cfsim.Fault{Kind: cfsim.Garbage, Operation: "list-applications", Times: -1}, atMost: 10 * time.Second},
		"the listing hangs":      {fault: cfsim.Fault{Kind: cfsim.HangBefore, Operation: "list-groups", Times: -1}, atMost: 10 * time.Second},
		"interrupted":            {fault: cfsim.Fault{Kind: cfsim.HangBefore, Operation: "list-policies", Times: -1}, cancelled: true, atMost: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				sim := cfsim.New(cfsim.Config{})
				token := sim.AddToken(simAccount, cfsim.NewToken{Name: "ci"})
				sim.AddPolicy(simAccount, cfsim.ServiceAuthPolicy("ci", cfsim.ServiceTokenRule(token.ID)))
				sim.Inject(test.fault)
				if test.cancelled {
					time.AfterFunc(31*time.Second, cancel)
				}
				began := time.Now()
				said := refuseDelete(t, serverInMemory(ctx, t, sim), token)
				if want := "; a policy, an Access group or an application's SCIM configuration still uses the token: remove it there first (after a replacement, use the new token there), then run again. " +
					"In this program, make everything that uses the token depend on it"; !strings.HasSuffix(said, want) {
					t.Errorf("the refusal says %s", said)
				}
				if searched := time.Since(began) - 30*time.Second; searched > test.atMost {
					t.Errorf("the search took %s, want at most %s", searched, test.atMost)
				}
			})
		})
	}
}

// planted is a generated account, in which a token is used here and there.
type planted struct {
	sim   *cfsim.Simulator
	token cfsim.Token
	// groups lead to the token, themselves or through each other; policies are the
	// reusable ones.
	groups   map[string]bool
	policies []cfsim.Policy
	apps     []cfsim.Application
	all      []cfsim.Group
	scim     map[string]bool
}

// plant generates 300 policies, 300 applications and 400 groups.
func plant(seed uint64, config cfsim.Config) *planted {
	random := rand.New(rand.NewPCG(seed, 0))
	w := &planted{sim: cfsim.New(config), groups: map[string]bool{}, scim: map[string]bool{}}
	w.token = w.sim.AddToken(simAccount, cfsim.NewToken{Name: "ci"})
	other := w.sim.AddToken(simAccount, cfsim.NewToken{Name: "other"})
	groupID := func(i int) string { return fmt.Sprintf("00000000-0000-4000-9000-%012d", i) }
	const groups = 400
	rules := func() (rules []cfsim.Rule) {
		for range random.IntN(4) {
			switch n := random.IntN(200); {
			case n < 4:
				rules = append(rules, cfsim.ServiceTokenRule(w.token.ID))
			case n < 20:
				rules = append(rules, cfsim.GroupRule(groupID(random.IntN(groups))))
			case n < 80:
				rules = append(rules, cfsim.ServiceTokenRule(other.ID))
			case n < 90:
				rules = append(rules, cfsim.AnyValidServiceTokenRule())
			default:
				rules = append(rules, cfsim.Rule{"email": json.RawMessage(`{"email":"somebody@example.com"}`)})
			}
		}
		return rules
	}
	all := func() cfsim.Rules { return cfsim.Rules{Include: rules(), Exclude: rules(), Require: rules()} }
	policy := func(name string) cfsim.Policy {
		return cfsim.Policy{Name: name, Decision: []string{"allow", "deny", "non_identity", "bypass"}[random.IntN(4)], Rules: all()}
	}
	for i := range groups {
		w.all = append(w.all, w.sim.AddGroup(simAccount, cfsim.Group{ID: groupID(i), Name: fmt.Sprint("group ", i), Rules: all()}))
	}
	for i := range 300 {
		w.policies = append(w.policies, w.sim.AddPolicy(simAccount, policy(fmt.Sprint("policy ", i))))
	}
	for i := range 300 {
		app := cfsim.Application{Name: fmt.Sprint("app ", i)}
		for range random.IntN(3) {
			app.Policies = append(app.Policies, cfsim.Policy{ID: w.policies[random.IntN(len(w.policies))].ID})
		}
		if random.IntN(2) == 0 {
			app.Policies = append(app.Policies, policy("own"))
		}
		client := map[bool]string{true: w.token.ClientID, false: other.ClientID}[random.IntN(10) == 0]
		if random.IntN(5) == 0 {
			app.SCIMConfig = json.RawMessage(fmt.Sprintf(`{"authentication":{"scheme":"access_service_token","client_id":%q}}`, client))
		}
		made := w.sim.AddApplication(simAccount, app)
		w.apps = append(w.apps, made)
		w.scim[made.ID] = app.SCIMConfig != nil && client == w.token.ClientID
	}
	// Groups until no more lead to the token.
	for grown := true; grown; {
		grown = false
		for _, g := range w.all {
			if leads := w.names(g.Include) + w.names(g.Exclude) + w.names(g.Require); leads != "" && !w.groups[g.ID] {
				w.groups[g.ID], grown = true, true
			}
		}
	}
	return w
}

// names says how rules match the token: "direct", "through groups", or "" for not at
// all.
func (w *planted) names(rules []cfsim.Rule) string {
	how := ""
	for _, rule := range rules {
		if rule.ServiceToken() == w.token.ID {
			return "direct"
		}
		if w.groups[rule.Group()] {
			how = "through groups"
		}
	}
	return how
}

// expected are the references that can be found without one of the permissions.
func (w *planted) expected(refused string, byID bool) []string {
	var want []string
	if refused == "list-groups" {
		w = &planted{token: w.token, policies: w.policies, apps: w.apps, scim: w.scim}
	}
	add := func(name string, rules cfsim.Rules) {
		for place, rules := range map[string][]cfsim.Rule{"include": rules.Include, "exclude": rules.Exclude, "require": rules.Require} {
			if how := w.names(rules); how != "" {
				want = append(want, name+" "+place+" "+how)
			}
		}
	}
	reusable := map[string]cfsim.Policy{}
	for _, policy := range w.policies {
		reusable[policy.ID] = policy
		if refused != "list-policies" {
			add("policy "+policy.ID, policy.Rules)
		}
	}
	for _, app := range w.apps {
		if refused == "list-applications" {
			break
		}
		applied := map[string]bool{}
		for _, policy := range app.Policies {
			shared, isReusable := reusable[policy.ID]
			switch {
			case !isReusable:
				add("application "+app.ID+"/"+policy.ID, policy.Rules)
			case refused == "list-policies" && !byID:
				add("application "+app.ID+"/"+policy.ID, shared.Rules)
			}
			applied[policy.ID] = true
		}
		if w.scim[app.ID] && refused != "get" {
			want = append(want, "application "+app.ID+" scimConfig direct")
		}
	}
	for _, g := range w.all {
		add("group "+g.ID, g.Rules)
	}
	slices.Sort(want)
	return want
}

// said are the references of the function's result, in the same form. It fails unless
// the groups of each lead from one to the next.
func (w *planted) said(t *testing.T, found property.Map) []string {
	t.Helper()
	rules := map[string]cfsim.Rules{}
	for _, g := range w.all {
		rules[g.ID] = g.Rules
	}
	var got []string
	for _, r := range list(found, "references") {
		line := word(r, "kind") + " " + word(r, "id")
		if policy := r.Get("policy"); policy.IsMap() {
			line += "/" + word(policy.AsMap(), "id")
		}
		via := list(r, "via")
		for i, g := range via {
			within := rules[word(g, "id")]
			all := slices.Concat(within.Include, within.Exclude, within.Require)
			last := i == len(via)-1
			if !slices.ContainsFunc(all, func(rule cfsim.Rule) bool {
				return last && rule.ServiceToken() == w.token.ID || !last && rule.Group() == word(via[i+1], "id")
			}) {
				t.Errorf("%s: the group %s does not lead on", line, word(g, "id"))
			}
		}
		got = append(got, line+" "+word(r, "place")+" "+map[bool]string{true: "direct", false: "through groups"}[len(via) == 0])
	}
	slices.Sort(got)
	return got
}

var inParentheses = regexp.MustCompile(`\(([0-9a-f-]{36})\)`)

// mentioned are the ids in a refusal, and in the function's result, in their order.
func mentioned(refusal string, found property.Map) (inRefusal, inResult string) {
	var ids []string
	for _, match := range inParentheses.FindAllStringSubmatch(refusal, -1) {
		ids = append(ids, match[1])
	}
	var want []string
	for _, r := range list(found, "references") {
		if policy := r.Get("policy"); policy.IsMap() {
			want = append(want, word(policy.AsMap(), "id"))
		}
		want = append(want, word(r, "id"))
		for _, g := range list(r, "via") {
			want = append(want, word(g, "id"))
		}
	}
	return strings.Join(ids, "\n"), strings.Join(want, "\n")
}

func TestExactlyThePlantedReferencesAreFound(t *testing.T) {
	t.Parallel()
	permissions := map[string][2]string{
		"":                  {"", ""},
		"list-policies":     {"policies", "Access: Apps and Policies Read"},
		"list-applications": {"applications", "Access: Apps and Policies Read"},
		"list-groups":       {"groups", "Access: Organizations, Identity Providers, and Groups Read"},
		"get":               {"scimConfigs", "Access: Service Tokens Read"},
	}
	worlds := uint64(0)
	for _, page := range []int{1000, 25} {
		for refused, unread := range permissions {
			for _, byID := range []bool{false, true} {
				worlds++
				seed := worlds
				t.Run(fmt.Sprintf("seed %d, pages of %d, without %s, policies by id %v", seed, page, cmp.Or(refused, "nothing"), byID), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						w := plant(seed, cfsim.Config{PerPageCap: page, Behaviour: cfsim.Behaviour{PoliciesByID: byID}})
						allowed := cfsim.Behaviour{PoliciesByID: byID}
						lacking := allowed
						if refused != "" {
							lacking.Refused = []string{refused}
						}
						w.sim.SetBehaviour(lacking)
						s := serverInMemory(t.Context(), t, w.sim)
						found := find(t, s, "accountId", cfsim.DefaultAccountID, w.token.ID)
						got, want := w.said(t, found), w.expected(refused, byID)
						if !slices.Equal(got, want) {
							t.Errorf("found %d references, planted %d:\n%s\n\n%s", len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
						}
						if len(want) < 10 {
							t.Errorf("only %d references are planted", len(want))
						}
						bound := (1000+page-1)/page + 3
						if n := len(w.sim.Requests()); n > bound {
							t.Errorf("%d requests, want at most %d", n, bound)
						}
						named := ""
						for _, u := range list(found, "unread") {
							named += word(u, "what") + ": " + word(u, "permission")
						}
						if want := strings.TrimSuffix(unread[0]+": "+unread[1], ": "); named != want {
							t.Errorf("unread is %q, want %q", named, want)
						}

						// A refused deletion knows the client id.
						if refused == "get" {
							w.sim.SetBehaviour(allowed)
							found = find(t, s, "accountId", cfsim.DefaultAccountID, w.token.ID)
							w.sim.SetBehaviour(lacking)
						}
						w.sim.ResetRequests()
						refusal := refuseDelete(t, s, w.token)
						if got, want := mentioned(refusal, found); got != want {
							t.Errorf("the refusal names\n%s\nwant\n%s", got, want)
						}
						if refused != "get" && strings.Contains(refusal, "permission") != (refused != "") {
							t.Errorf("the refusal says %s", refusal)
						}
						reads := 0
						for _, r := range w.sim.Requests() {
							if r.Operation != "delete" {
								reads++
							}
						}
						if reads > bound {
							t.Errorf("a refusal took %d requests, want at most %d", reads, bound)
						}
					})
				})
			}
		}
	}
}

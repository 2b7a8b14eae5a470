package cfsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// objects returns what a listing of policies, applications or groups shows.
func (a *api) objects(path string) []map[string]any {
	a.t.Helper()
	r := a.call("GET", path, "")
	if r.status != 200 {
		a.t.Fatalf("GET %s answered %d %s", path, r.status, r.raw)
	}
	return decode[[]map[string]any](a.t, r.fields["result"])
}

func TestPoliciesApplicationsAndGroupsAreListedWhereTheyAre(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{Accounts: []string{otherAccount}})
	domain := "app.example.com"
	group := a.AddGroup(account[1:], cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{cfsim.ServiceTokenRule("one")}}})
	reusable := a.AddPolicy(account[1:], cfsim.ServiceAuthPolicy("reusable", cfsim.GroupRule(group.ID)))
	a.AddPolicy(account[1:], cfsim.Policy{Name: "unused", Decision: "allow", Rules: cfsim.Rules{
		Include: []cfsim.Rule{{"everyone": json.RawMessage("{}")}}, Require: []cfsim.Rule{{"unheard_of": json.RawMessage(`{"kept":[1]}`)}},
	}})
	a.AddApplication(account[1:], cfsim.Application{Name: "app", Domain: &domain, Policies: []cfsim.Policy{
		{ID: reusable.ID, Precedence: 2}, {Name: "own", Decision: "bypass", Precedence: 1}, {ID: "removed long ago"},
	}, SCIMConfig: json.RawMessage(`{"enabled":true}`), ReadServiceTokensFromHeader: "Authorization"})
	a.AddApplication(zone[1:], cfsim.Application{Name: "worker"})

	policies := a.objects(account + "/access/policies")
	equal(t, "the policies", names(policies), []string{"reusable", "unused"})
	equal(t, "the applications of the first", policies[0]["app_count"], 1)
	equal(t, "the applications of the second", policies[1]["app_count"], 0)
	equal(t, "a rule of an unknown kind", policies[1]["require"], `[map[unheard_of:map[kept:[1]]]]`)
	apps := a.objects(account + "/access/apps")
	equal(t, "the applications", names(apps), []string{"app"})
	equal(t, "the domain", apps[0]["domain"], domain)
	equal(t, "the type", apps[0]["type"], "self_hosted")
	equal(t, "the header", apps[0]["read_service_tokens_from_header"], "Authorization")
	equal(t, "the SCIM configuration", apps[0]["scim_config"], "map[enabled:true]")
	applied := apps[0]["policies"].([]any)
	equal(t, "the number of policies", len(applied), 2)
	equal(t, "the first policy", applied[0].(map[string]any)["name"], "own")
	second := applied[1].(map[string]any)
	equal(t, "the second policy", second["id"], reusable.ID)
	equal(t, "its decision", second["decision"], "non_identity")
	equal(t, "its rules", second["include"], fmt.Sprintf("[map[group:map[id:%s]]]", group.ID))
	equal(t, "the groups", a.objects(account + "/access/groups")[0]["include"], "[map[service_token:map[token_id:one]]]")

	worker := a.objects(zone + "/access/apps")
	equal(t, "the zone's applications", names(worker), []string{"worker"})
	equal(t, "the domain of one without", worker[0]["domain"], nil)
	equal(t, "the zone's groups", len(a.objects(zone+"/access/groups")), 0)
	equal(t, "the other account's policies", len(a.objects("/accounts/"+otherAccount+"/access/policies")), 0)
	a.call("GET", zone+"/access/policies", "").refused(t, 404, 7000)

	a.SetBehaviour(cfsim.Behaviour{PoliciesByID: true})
	applied = a.objects(account + "/access/apps")[0]["policies"].([]any)
	equal(t, "the reusable policy by its id", applied[1], fmt.Sprintf("map[id:%s precedence:2]", reusable.ID))
	equal(t, "the application's own policy", applied[0].(map[string]any)["decision"], "bypass")

	if !a.RemoveAccess(reusable.ID) || a.RemoveAccess(reusable.ID) {
		t.Error("a removal does not show whether the object was there")
	}
	equal(t, "the policies of an application without the reusable one", len(a.objects(account + "/access/apps")[0]["policies"].([]any)), 1)
}

func names(objects []map[string]any) (names []string) {
	for _, o := range objects {
		names = append(names, o["name"].(string))
	}
	return names
}

func TestPoliciesApplicationsAndGroupsComeInPages(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{PerPageCap: 2})
	for i := range 5 {
		a.AddGroup(account[1:], cfsim.Group{Name: fmt.Sprint(i)})
		a.AddPolicy(account[1:], cfsim.ServiceAuthPolicy(fmt.Sprint(i)))
		a.AddApplication(account[1:], cfsim.Application{Name: fmt.Sprint(i)})
	}
	for _, path := range []string{"policies", "apps", "groups"} {
		path = account + "/access/" + path + "?per_page=1000&page=2"
		equal(t, path, names(a.objects(path)), []string{"2", "3"})
		equal(t, "result_info", string(a.call("GET", path, "").fields["result_info"]), `{"page":2,"per_page":2,"count":2,"total_count":5,"total_pages":3}`)
	}
	log := a.Requests()
	equal(t, "the operations", []string{log[0].Operation, log[2].Operation, log[4].Operation}, []string{"list-policies", "list-applications", "list-groups"})
}

func TestEachReadNeedsItsPermission(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	paths := map[string]string{"list-policies": "policies", "list-applications": "apps", "list-groups": "groups", "get": "service_tokens/" + id}
	for refused := range paths {
		a.SetBehaviour(cfsim.Behaviour{Refused: []string{refused}})
		for operation, path := range paths {
			if r := a.call("GET", account+"/access/"+path, ""); operation == refused {
				r.refused(t, 403, 10000)
			} else {
				equal(t, operation+" without the permission of "+refused, r.status, 200)
			}
		}
	}
	a.SetBehaviour(cfsim.Behaviour{Refused: []string{"list-groups"}, RefusedWith401: true})
	a.call("GET", account+"/access/groups", "").refused(t, 401, 10000)
}

func TestControlAddsWhatUsesTokens(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	add := func(path, fields string) string {
		return decode[map[string]any](t, []byte(expectControl(t, a.Simulator, "POST", path, `{"scope":"`+account[1:]+`",`+fields+`}`, 200)))["id"].(string)
	}
	group := add("/groups", `"name":"machines","include":[{"any_valid_service_token":{}}]`)
	policy := add("/policies", `"name":"ci","decision":"non_identity","include":[{"group":{"id":"`+group+`"}}]`)
	app := add("/applications", `"name":"app","domain":"app.example.com","service_auth_401_redirect":true,"policies":[{"id":"`+policy+`"}]`)
	equal(t, "the application", a.objects(account + "/access/apps")[0]["id"], app)
	equal(t, "the applications of the policy", a.objects(account + "/access/policies")[0]["app_count"], 1)
	for _, id := range []string{group, policy, app} {
		expectControl(t, a.Simulator, "DELETE", "/access/"+id, "", 204)
		expectControl(t, a.Simulator, "DELETE", "/access/"+id, "", 404)
	}
	for _, path := range []string{"policies", "apps", "groups"} {
		equal(t, path, len(a.objects(account+"/access/"+path)), 0)
	}
}

func TestControlRefusesObjectsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	for _, test := range []struct{ path, scope, fields, says string }{
		{"/policies", zone[1:], `"name":"ci","decision":"allow"`, "a reusable policy belongs to an account"},
		{"/policies", account[1:], `"decision":"allow"`, "name must not be blank"},
		{"/policies", account[1:], `"name":"ci","decision":"service_auth"`, `decision cannot be "service_auth"; write one of`},
		{"/policies", account[1:], `"name":"ci","decision":"allow","include":[{"service_token":{"id":"x"}}]`, "the rule"},
		{"/policies", account[1:], `"name":"ci","decision":"allow","rules":[]`, "rules"},
		{"/groups", "account/x", `"name":"ci"`, "is not accounts/<id> or zones/<id>"},
		{"/groups", account[1:], `"name":" "`, "name must not be blank"},
		{"/groups", account[1:], `"name":"ci","require":[{"group":{}}]`, "the rule"},
		{"/groups", account[1:], `"name":"ci","exclude":[{"ip":{},"email":{}}]`, "the rule"},
		{"/applications", account[1:], `"name":""`, "name must not be blank"},
		{"/applications", account[1:], `"name":"app","policies":[{"name":"own"}]`, `policy "own": decision cannot be ""`},
	} {
		says := expectControl(t, a.Simulator, "POST", test.path, fmt.Sprintf(`{"scope":%q,%s}`, test.scope, test.fields), 400)
		if !strings.Contains(says, test.says) {
			t.Errorf("%s %s says %q, want %q", test.path, test.fields, says, test.says)
		}
	}
}

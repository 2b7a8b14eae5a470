package cfsim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestEveryEndpointAnswersInItsScopes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, suffix, body string
		status               int
		operation            string
		accountOnly          bool
	}{
		{"GET", "", "", 200, "list", false},
		{"POST", "", `{"name":"new"}`, 201, "create", false},
		{"GET", "/{id}", "", 200, "get", false},
		{"PUT", "/{id}", `{"name":"renamed"}`, 200, "update", false},
		{"DELETE", "/{id}", "", 200, "delete", false},
		{"POST", "/{id}/refresh", "", 200, "refresh", true},
		{"POST", "/{id}/rotate", "{}", 200, "rotate", true},
	} {
		for _, scope := range []string{account, zone} {
			t.Run(test.operation+" "+scope, func(t *testing.T) {
				t.Parallel()
				a := start(t, cfsim.Config{})
				token := a.AddToken(scope[1:], cfsim.NewToken{Name: "ci"})
				r := a.call(test.method, scope+"/access/service_tokens"+strings.ReplaceAll(test.suffix, "{id}", token.ID), test.body)
				if test.accountOnly && scope == zone {
					r.refused(t, 404, 7000)
					return
				}
				equal(t, "the status", r.status, test.status)
				equal(t, "success", string(r.fields["success"]), true)
				equal(t, "errors", string(r.fields["errors"]), "[]")
				equal(t, "messages", string(r.fields["messages"]), "[]")
				equal(t, "the content type", r.header.Get("Content-Type"), "application/json")
				if !strings.HasSuffix(r.header.Get("Cf-Ray"), "-SIM") {
					t.Errorf("the ray is %q", r.header.Get("Cf-Ray"))
				}
				equal(t, "the logged operation", a.Requests()[0].Operation, test.operation)
			})
		}
	}
}

func TestPathsWithoutARouteAreRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	for _, test := range []struct {
		path  string
		codes []int
	}{
		{"/accounts/not-an-id/access/service_tokens", []int{7003, 7000}},
		{"/accounts/0000000000000000000000000000AAAA/access/service_tokens", []int{7003, 7000}},
		{tokens + "/not-an-id", []int{7003, 7000}},
		{tokens + "/" + strings.ToUpper(id), []int{7003, 7000}},
		{tokens + "/" + id[:35], []int{7003, 7000}},
		{tokens + "/", []int{7000}},
		{"//accounts/" + cfsim.DefaultAccountID + "/access/service_tokens", []int{7000}},
		{tokens + "/" + id + "/unknown", []int{7000}},
		{"/users/" + cfsim.DefaultAccountID + "/access/service_tokens", []int{7000}},
		{account + "/access/users", []int{7000}},
		{"/", []int{7000}},
	} {
		a.call("GET", test.path, "").refused(t, 404, test.codes...)
	}
}

func TestAnIDThatIsWellFormedAndUnknownIsNotFound(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	inZone := a.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "ci"}).ID
	for name, id := range map[string]string{
		"uuid": "00000000-0000-4000-8000-000000000000", "the old form": "00000000000000000000000000000000", "another scope's": inZone,
	} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			t.Run(method+" "+name, func(t *testing.T) { a.call(method, tokens+"/"+id, "").refused(t, 404, 12135) })
		}
	}
	a.live(inZone)
}

func TestWrongMethodsAreRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	for method, path := range map[string]string{
		"PUT": tokens, "DELETE": tokens, "PATCH": tokens + "/" + id, "POST": tokens + "/" + id, "GET": tokens + "/" + id + "/rotate",
	} {
		a.call(method, path, "").refused(t, http.StatusMethodNotAllowed, 10405)
	}
}

func TestDeletionAnswersTheTokenAndIsFinal(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, clientID, secret := a.create(`{"name":"ci"}`)
	equal(t, "the deleted token", a.result("DELETE", tokens+"/"+id, "")["id"], id)
	a.call("DELETE", tokens+"/"+id, "").refused(t, 404, 12135)
	equal(t, "the secret", a.SecretState(clientID, secret), cfsim.SecretUnknown)
	if a.Authenticates(clientID, secret) {
		t.Error("the token still authenticates")
	}
}

func TestATokenInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	token := a.add(cfsim.NewToken{Name: "ci"})
	rule := cfsim.ServiceTokenRule(token.ID)
	scim := fmt.Sprintf(`{"enabled":true,"authentication":{"scheme":"access_service_token","client_id":%q}}`, token.ClientID)
	several := fmt.Sprintf(`{"authentication":[{"scheme":"httpbasic"},{"scheme":"access_service_token","client_id":%q}]}`, token.ClientID)
	for name, add := range map[string]func() string{
		"a reusable policy": func() string { return a.AddPolicy(account[1:], cfsim.ServiceAuthPolicy("ci", rule)).ID },
		"an application's own policy": func() string {
			return a.AddApplication(zone[1:], cfsim.Application{Name: "ci", Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("ci", rule)}}).ID
		},
		"a group that excludes it": func() string {
			return a.AddGroup(account[1:], cfsim.Group{Name: "ci", Rules: cfsim.Rules{Exclude: []cfsim.Rule{rule}}}).ID
		},
		"a SCIM configuration": func() string {
			return a.AddApplication(account[1:], cfsim.Application{Name: "ci", SCIMConfig: json.RawMessage(scim)}).ID
		},
		"one of several SCIM authentications": func() string {
			return a.AddApplication(account[1:], cfsim.Application{Name: "ci", SCIMConfig: json.RawMessage(several)}).ID
		},
	} {
		object := add()
		r := a.call("DELETE", tokens+"/"+token.ID, "")
		r.refused(t, 400, 12139)
		if !strings.Contains(r.raw, "access.api.error.service_token_in_use: cannot delete service token because it is used by a policy") {
			t.Errorf("%s: the refusal says %s", name, r.raw)
		}
		a.live(token.ID)
		a.RemoveAccess(object)
	}
	a.AddPolicy(account[1:], cfsim.ServiceAuthPolicy("any", cfsim.AnyValidServiceTokenRule()))
	a.result("DELETE", tokens+"/"+token.ID, "")
}

func TestRefreshExtendsByAYearWhateverTheDuration(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci", Duration: "24h"}).ID
	result := a.result("POST", tokens+"/"+id+"/refresh", "")
	equal(t, "expires_at", result["expires_at"], "2031-01-02T03:04:05Z")
	equal(t, "duration", result["duration"], "24h")
	a.call("POST", tokens+"/"+id+"/refresh", `{"duration":"1h"}`).refused(t, 400, 12130)
}

func TestLastSeenAppearsOnceUsedInReadsAlone(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	if _, ok := a.result("GET", tokens+"/"+id, "")["last_seen_at"]; ok {
		t.Error("a token that was never used was seen")
	}
	a.Use(id)
	equal(t, "last_seen_at", a.result("GET", tokens+"/"+id, "")["last_seen_at"], "2030-01-02T03:04:05Z")
	if _, ok := a.result("PUT", tokens+"/"+id, `{"name":"new"}`)["last_seen_at"]; ok {
		t.Error("an update tells when the token was seen")
	}
}

func TestFieldsOfATokenAreCloudflares(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	created := a.result("POST", tokens, `{"name":"ci"}`)
	common := []string{"client_id", "client_secret_version", "created_at", "duration", "enabled", "expires_at", "id", "name", "updated_at"}
	withSecret := slices.Sorted(slices.Values(append(slices.Clone(common), "client_secret")))
	equal(t, "the fields of a creation", slices.Sorted(maps.Keys(created)), withSecret)
	read := a.result("GET", tokens+"/"+created["id"].(string), "")
	equal(t, "the fields of a read", slices.Sorted(maps.Keys(read)), common)
}

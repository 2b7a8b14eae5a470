package cfsim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestTheLogShowsWhatWasAsked(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, _, _ := a.create(`{"name":"ci","enabled":true,"client_secret_version":2}`)
	a.call("GET", zone+"/access/service_tokens?page=2&name=ci", "")
	a.call("PUT", tokens+"/"+id, `{"unknown":1}`)
	a.Inject(cfsim.Fault{Kind: cfsim.CutAfter, Name: "lost"})
	if _, err := a.try("DELETE", tokens+"/"+id, ""); err == nil {
		t.Error("the connection was not cut")
	}
	a.call("PATCH", "/unknown", "no JSON")

	log := a.Requests()
	equal(t, "the number of entries", len(log), 5)
	for i, want := range []cfsim.Request{
		{Method: "POST", Path: "/client/v4" + tokens, Scope: account[1:], Operation: "create", Status: 201,
			Fields: []string{"client_secret_version", "enabled", "name"},
			Values: map[string]any{"client_secret_version": 2, "enabled": true, "name": "ci"}},
		{Method: "GET", Path: "/client/v4" + zone + "/access/service_tokens", Query: "page=2&name=ci", Scope: zone[1:], Operation: "list", Status: 200},
		{Method: "PUT", Path: "/client/v4" + tokens + "/" + id, Scope: account[1:], TokenID: id, Operation: "update", Status: 400, Fields: []string{"unknown"}},
		{Method: "DELETE", Path: "/client/v4" + tokens + "/" + id, Scope: account[1:], TokenID: id, Operation: "delete", FaultName: "lost"},
		{Method: "PATCH", Path: "/client/v4/unknown", Status: 404},
	} {
		want.Time = began
		equal(t, "the entry", log[i], want)
	}
	a.ResetRequests()
	equal(t, "the log after a reset", a.Requests(), []cfsim.Request{})
}

func TestTheLogHoldsNoCredentialAndNoSecret(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, _, secret := a.create(`{"name":"ci"}`)
	a.call("PUT", tokens+"/"+id, `{"client_secret":"`+secret+`","other":{"client_secret":"`+secret+`"}}`)
	a.call("POST", tokens+"/"+id+"/rotate", "")
	log, err := json.Marshal(a.Requests())
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range append(a.IssuedSecrets(), cfsim.DefaultAPIToken, "Bearer") {
		if strings.Contains(string(log), hidden) {
			t.Error("the log holds a credential or a secret")
		}
	}
}

package cfsim_test

import (
	"net/http"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const (
	otherAccount = "0000000000000000000000000000cccc"
	otherZone    = "0000000000000000000000000000dddd"
)

func TestCredentialsAreJudgedByTheirHeaders(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{Credentials: cfsim.Credentials{
		APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken}},
		APIKey:    "fake-key", APIEmail: "ci@example.com",
	}})
	for name, test := range map[string]struct {
		header map[string]string
		status int
		codes  []int
	}{
		"a token": {map[string]string{"Authorization": "Bearer " + cfsim.DefaultAPIToken}, 200, nil},
		"a key":   {map[string]string{"X-Auth-Key": "fake-key", "X-Auth-Email": "ci@example.com"}, 200, nil},
		// Cloudflare ended these on 2026-09-30.
		"a service key":   {map[string]string{"X-Auth-User-Service-Key": "v1.0-fake"}, 400, []int{9106}},
		"nothing":         {nil, 400, []int{9106}},
		"a key alone":     {map[string]string{"X-Auth-Key": "fake-key"}, 400, []int{6003}},
		"an e-mail alone": {map[string]string{"X-Auth-Email": "ci@example.com"}, 400, []int{6003}},
		"another scheme":  {map[string]string{"Authorization": "Basic " + cfsim.DefaultAPIToken}, 400, []int{6003, 6111}},
		"no token":        {map[string]string{"Authorization": "Bearer  "}, 400, []int{6003, 6111}},
		"another token":   {map[string]string{"Authorization": "Bearer other"}, 401, []int{9109}},
		"another key":     {map[string]string{"X-Auth-Key": "other", "X-Auth-Email": "ci@example.com"}, 401, []int{9109}},
		"another e-mail":  {map[string]string{"X-Auth-Key": "fake-key", "X-Auth-Email": "other@example.com"}, 401, []int{9109}},
	} {
		a.header = http.Header{}
		for key, value := range test.header {
			a.header.Set(key, value)
		}
		t.Run(name, func(t *testing.T) {
			r := a.call("GET", tokens, "")
			if test.codes == nil {
				equal(t, "the status", r.status, test.status)
				return
			}
			r.refused(t, test.status, test.codes...)
		})
	}
}

func TestCredentialsThatAreNotConfiguredAreRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.header = http.Header{"X-Auth-Key": {"x"}, "X-Auth-Email": {"x"}}
	a.call("GET", tokens, "").refused(t, 401, 9109)
}

func TestAReadOnlyTokenMayReadAlone(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{Credentials: cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken, ReadOnly: true}}}})
	id := a.add(cfsim.NewToken{Name: "ci"}).ID
	before := a.live(id)
	a.result("GET", tokens+"/"+id, "")
	a.list("")
	for _, request := range [][2]string{
		{"POST", ""}, {"PUT", "/" + id}, {"DELETE", "/" + id}, {"POST", "/" + id + "/rotate"}, {"POST", "/" + id + "/refresh"},
	} {
		a.call(request[0], tokens+request[1], `{"name":"x"}`).refused(t, 403, 10000)
	}
	equal(t, "the token", a.live(id), before)
}

func TestATokenReachesItsScopesAlone(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{Accounts: []string{otherAccount}, Credentials: cfsim.Credentials{
		APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken, Scopes: []string{"zones/" + cfsim.DefaultZoneID, "accounts/" + otherAccount}}},
	}})
	for scope, status := range map[string]int{account: 403, zone: 200, "/accounts/" + otherAccount: 200} {
		equal(t, "the status at "+scope, a.call("GET", scope+"/access/service_tokens", "").status, status)
	}
}

func TestAnIDOfTheOtherKindOrUnknownIsRefusedAlike(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{Accounts: []string{otherAccount}, Zones: []string{otherZone}})
	for scope, known := range map[string]bool{
		"/accounts/" + otherAccount: true, "/zones/" + otherZone: true,
		"/accounts/" + cfsim.DefaultZoneID: false, "/zones/" + cfsim.DefaultAccountID: false,
		"/accounts/ffffffffffffffffffffffffffffffff": false, "/zones/ffffffffffffffffffffffffffffffff": false,
	} {
		r := a.call("GET", scope+"/access/service_tokens", "")
		if known {
			equal(t, "the status at "+scope, r.status, 200)
		} else {
			r.refused(t, 403, 10000)
		}
	}
}

func TestAnAccountWithoutAccessSaysSo(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{AccessNotEnabled: []string{cfsim.DefaultAccountID}})
	a.call("GET", tokens, "").refused(t, 403, 9999)
	a.call("POST", tokens, `{"name":"ci"}`).refused(t, 403, 9999)
	equal(t, "the status of a zone", a.call("GET", zone+"/access/service_tokens", "").status, 200)
}

package cfsim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// control asks the control API of a simulator.
func control(sim *cfsim.Simulator, method, path, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	sim.ControlHandler().ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder
}

func expectControl(t *testing.T, sim *cfsim.Simulator, method, path, body string, status int) string {
	t.Helper()
	r := control(sim, method, path, body)
	if r.Code != status {
		t.Fatalf("%s %s answered %d %s, want %d", method, path, r.Code, r.Body, status)
	}
	return r.Body.String()
}

func TestControlDoesWhatTheMethodsDo(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	equal(t, "the tokens at first", expectControl(t, a.Simulator, "GET", "/tokens", "", 200), "[]\n")
	made := expectControl(t, a.Simulator, "POST", "/tokens", `{"scope":"accounts/`+cfsim.DefaultAccountID+`","name":"ci","duration":"24h","disabled":true,
		"client_secret_version":3,"previous_client_secret_expires_at":"2031-01-01T00:00:00Z"}`, 200)
	id := decode[map[string]any](t, []byte(made))["id"].(string)
	token := a.live(id)
	equal(t, "the name", token.Name, "ci")
	equal(t, "enabled", token.Enabled, false)
	equal(t, "the version", token.ClientSecretVersion, 3)
	equal(t, "the end", token.PreviousClientSecretExpiresAt, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))

	expectControl(t, a.Simulator, "POST", "/advance", `{"by":"1h"}`, 204)
	expectControl(t, a.Simulator, "PUT", "/tokens/"+id, `{"name":"renamed","duration":"48h","enabled":true}`, 204)
	token = a.live(id)
	equal(t, "the name", token.Name, "renamed")
	equal(t, "the expiry", token.ExpiresAt, began.Add(49*time.Hour))
	equal(t, "enabled", token.Enabled, true)
	expectControl(t, a.Simulator, "POST", "/tokens/"+id+"/rotate", "", 204)
	expectControl(t, a.Simulator, "POST", "/tokens/"+id+"/use", "", 204)
	token = a.live(id)
	equal(t, "the version", token.ClientSecretVersion, 4)
	equal(t, "last seen", token.LastSeenAt, began.Add(time.Hour))

	pair := fmt.Sprintf(`{"client_id":%q,"client_secret":%q}`, token.ClientID, a.IssuedSecrets()[1])
	equal(t, "the pair", expectControl(t, a.Simulator, "POST", "/authenticate", pair, 200), `{"authenticates":true,"secret":"current"}`+"\n")
	listed := expectControl(t, a.Simulator, "GET", "/tokens", "", 200)
	for _, secret := range a.IssuedSecrets() {
		if strings.Contains(listed, secret) {
			t.Error("the control API shows a secret")
		}
	}

	expectControl(t, a.Simulator, "PUT", "/behaviour", `{"list_lag":"10h","marker_at_creation":"refused","grace_without_end":"2h","date_off":"5m",
		"put_tells_no_secret":true,"rotate_tells_no_secret":true,"rotate_keeps_version":true}`, 204)
	equal(t, "the listing in its lag", a.list(""), []string{})
	updated := a.result("PUT", tokens+"/"+id, `{"client_secret_version":9}`)
	equal(t, "the end", a.live(id).PreviousClientSecretExpiresAt, began.Add(3*time.Hour))
	rotated := a.result("POST", tokens+"/"+id+"/rotate", "")
	equal(t, "the version", rotated["client_secret_version"], 9)
	if updated["client_secret"] != nil || rotated["client_secret"] != nil {
		t.Error("a rotation returns a secret")
	}

	expectControl(t, a.Simulator, "DELETE", "/requests", "", 204)
	expectControl(t, a.Simulator, "POST", "/spend", `{"requests":500}`, 204)
	expectControl(t, a.Simulator, "POST", "/faults", `{"kind":"status-before","operation":"list","times":2,"status":503}`, 204)
	r := a.call("GET", tokens, "")
	equal(t, "the status", r.status, 503)
	equal(t, "Ratelimit", r.header.Get("Ratelimit"), `"default";r=697;t=300`)
	equal(t, "the faults", expectControl(t, a.Simulator, "GET", "/faults", "", 200), `{"pending":1}`+"\n")
	expectControl(t, a.Simulator, "DELETE", "/faults", "", 204)
	equal(t, "the faults", a.PendingFaults(), 0)
	log := decode[[]map[string]any](t, []byte(expectControl(t, a.Simulator, "GET", "/requests", "", 200)))
	equal(t, "the length of the log", len(log), 1)
	equal(t, "the operation", log[0]["operation"], "list")
	equal(t, "the fault", log[0]["fault_name"], "status-before")

	expectControl(t, a.Simulator, "DELETE", "/tokens/"+id, "", 204)
	equal(t, "the number of tokens", len(a.Tokens()), 0)
}

func TestATokenMadeElsewhereHasTheIdentityItIsGiven(t *testing.T) {
	t.Parallel()
	const (
		id       = "00000000-1111-4222-8333-000000000001"
		clientID = "00000000000000000000000000000001.access"
	)
	for _, secret := range []string{"cfast_" + strings.Repeat("FAKE", 12), strings.Repeat("fa4e", 16)} {
		sim, twin := cfsim.New(cfsim.Config{}), cfsim.New(cfsim.Config{})
		made := decode[cfsim.Token](t, []byte(expectControl(t, sim, "POST", "/tokens", fmt.Sprintf(
			`{"scope":"accounts/%s","name":"ci","id":%q,"client_id":%q,"client_secret":%q}`, cfsim.DefaultAccountID, id, clientID, secret), 200)))
		equal(t, "the id", made.ID, id)
		equal(t, "the client id", made.ClientID, clientID)
		equal(t, "whether the secret works", sim.Authenticates(clientID, secret), true)
		equal(t, "the secrets issued", sim.IssuedSecrets(), []string{secret})

		twin.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
		next := cfsim.NewToken{Name: "next"}
		equal(t, "the next id", sim.AddToken("zones/"+cfsim.DefaultZoneID, next).ID, twin.AddToken("zones/"+cfsim.DefaultZoneID, next).ID)
	}
}

func TestControlSetsLatencyAndDelays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := cfsim.New(cfsim.Config{})
		expectControl(t, sim, "PUT", "/latency", `{"latency":"150ms"}`, 204)
		expectControl(t, sim, "POST", "/faults", `{"kind":"slow","delay":"2s"}`, 204)
		began := time.Now()
		handle(t.Context(), sim, "POST", `{"name":"ci"}`)
		equal(t, "how long it took", time.Since(began), 2150*time.Millisecond)
	})
}

func TestControlRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	token := sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
	with := func(field, value string) string {
		return fmt.Sprintf(`{"scope":"accounts/%s","name":"ci",%q:%q}`, cfsim.DefaultAccountID, field, value)
	}
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/tokens", `{"scope":"x","name":"ci"}`, 400, "is not accounts/<id> or zones/<id>"},
		{"POST", "/tokens", `{"scope":"accounts/` + cfsim.DefaultAccountID + `","name":""}`, 400, "name must not be blank"},
		{"POST", "/tokens", `{"scope":"accounts/` + cfsim.DefaultAccountID + `","label":"ci"}`, 400, "label"},
		{"POST", "/tokens", with("id", "no-uuid"), 400, "id must be a UUID"},
		{"POST", "/tokens", with("id", token.ID), 400, "a token of this id"},
		{"POST", "/tokens", with("client_id", "00000000000000000000000000000001"), 400, "client_id must be"},
		{"POST", "/tokens", with("client_id", token.ClientID), 400, "a token of this client_id"},
		{"POST", "/tokens", with("client_secret", "cfast_too-short"), 400, "client_secret must be"},
		{"POST", "/tokens", with("client_secret", sim.IssuedSecrets()[0]), 400, "was issued before"},
		{"PUT", "/tokens/" + token.ID, `{"duration":"1y"}`, 400, "duration is not valid"},
		{"PUT", "/tokens/unknown", `{"name":"x"}`, 404, "no such token"},
		{"DELETE", "/tokens/unknown", ``, 404, "no such token"},
		{"POST", "/tokens/unknown/rotate", ``, 404, "no such token"},
		{"POST", "/tokens/unknown/use", ``, 404, "no such token"},
		{"POST", "/advance", `{"by":"1 day"}`, 400, "1 day"},
		{"POST", "/advance", ``, 400, "reading the request"},
		{"PUT", "/behaviour", `{"list_lag":5}`, 400, "reading the behaviour"},
		{"PUT", "/behaviour", `{"unknown":true}`, 400, "unknown"},
		{"PUT", "/behaviour", `{"name_filter":"x"}`, 400, "name_filter cannot be"},
		{"PUT", "/inactivity", `{"enabled":true,"inactivity_threshold_days":29,"action":"disable"}`, 400, "inactivity_threshold_days cannot be 29; write 30 to 365"},
		{"PUT", "/inactivity", `{"enabled":true,"inactivity_threshold_days":30,"action":"x"}`, 400, `action cannot be "x"; write "disable" or "delete"`},
		{"PUT", "/inactivity", `{"threshold":30}`, 400, "reading the inactivity setting"},
		{"POST", "/faults", `{"kind":"x"}`, 400, "there is no fault of the kind"},
		{"POST", "/faults", `{"kind":"slow","delay":"x"}`, 400, "reading the request"},
		{"PATCH", "/tokens", ``, http.StatusMethodNotAllowed, ""},
		{"GET", "/", ``, 404, ""},
	} {
		if says := expectControl(t, sim, test.method, test.path, test.body, test.status); !strings.Contains(says, test.says) {
			t.Errorf("%s %s says %q, want %q", test.method, test.path, says, test.says)
		}
	}
	if got, _ := sim.Token(token.ID); got != token || len(sim.Tokens()) != 1 || sim.PendingFaults() != 0 {
		t.Error("a refused request changed something")
	}
}

package provider

import (
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// hangUp breaks the connection after the request arrived.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func (h *harness) update(t *testing.T, state property.Map, oldInputs, inputs map[string]any) (p.UpdateResponse, error) {
	t.Helper()
	return h.Update(p.UpdateRequest{ID: accountToken, Urn: h.urn, State: state, OldInputs: props(inAccount, oldInputs), Inputs: props(inAccount, inputs)})
}

func expectState(t *testing.T, got property.Map, want property.Map) {
	t.Helper()
	if got = dropNulls(got); !got.Equals(want) {
		t.Errorf("state:\n got %v\nwant %v", got, want)
	}
}

func TestACreationStoresWhatCloudflareAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inputs  map[string]any
		answer  http.HandlerFunc
		request string
		id      string
		state   map[string]any
	}{
		"of an account": {
			inputs:  inAccount,
			answer:  withSecret(oldSecret),
			request: "POST " + accountPath + ` {"name":"ci"}`,
			id:      accountToken,
		},
		"of a zone": {
			inputs:  map[string]any{"zoneId": zoneID, "name": "ci"},
			answer:  withSecret(oldSecret),
			request: "POST " + zonePath + ` {"name":"ci"}`,
			id:      zoneToken,
			state:   map[string]any{"accountId": nil, "zoneId": zoneID},
		},
		"with everything": {
			inputs: map[string]any{"accountId": accountID, "name": "ci", "duration": "1440m", "enabled": false, "clientSecretVersion": 3,
				"previousClientSecretExpiresAt": "2027-01-31T12:00:00Z"},
			answer:  withSecret(oldSecret, "duration", `"24h"`, "enabled", "false", "client_secret_version", "3"),
			request: "POST " + accountPath + ` {"client_secret_version":3,"duration":"1440m","enabled":false,"name":"ci"}`,
			id:      accountToken,
			state: map[string]any{"duration": "24h", "enabled": false, "clientSecretVersion": 3, "heldClientSecretVersion": 3,
				"appliedClientSecretVersion": 3},
		},
		"that lasts forever": {
			inputs:  map[string]any{"accountId": accountID, "name": "ci", "duration": servicetoken.Forever},
			answer:  withSecret(oldSecret, "duration", `"forever"`),
			request: "POST " + accountPath + ` {"duration":"forever","name":"ci"}`,
			id:      accountToken,
			state:   map[string]any{"duration": servicetoken.Forever, "expiresAt": nil},
		},
		"answered without the version": {
			inputs:  inAccount,
			answer:  withSecret(oldSecret, "client_secret_version", ""),
			request: "POST " + accountPath + ` {"name":"ci"}`,
			id:      accountToken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, test.answer)
			h := c.start(t)
			resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: h.check(t, props(test.inputs), noInputs)})
			if err != nil {
				t.Fatal(err)
			}
			if resp.ID != test.id {
				t.Errorf("id %s, want %s", resp.ID, test.id)
			}
			c.expect(t, test.request)
			expectState(t, resp.Properties, stored(test.state, issuedNow))
		})
	}
}

func TestACreationThatFailsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	const path = "POST accounts/" + accountID + "/access/service_tokens: "
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		text   string
	}{
		"a wrong permission": {refuse(http.StatusForbidden, 10000, "Authentication error"), path + `403 Forbidden: Authentication error (code 10000); ` +
			`the API token needs the permission "Access: Service Tokens Write" on account ` + accountID + "; check also that " + accountID + " is the id of an account, not of a zone"},
		"no Access": {refuse(http.StatusBadRequest, 9999, "access.api.error.not_enabled"), path + "400 Bad Request: access.api.error.not_enabled (code 9999); " +
			"Access has never been enabled for account " + accountID + ": open Zero Trust in the Cloudflare dashboard once and choose a team name"},
		// Sent again without the marker, in case that was what was refused.
		"a bad value": {refuse(http.StatusBadRequest, 12130, "access.api.error.invalid_request: name"), path + "400 Bad Request: access.api.error.invalid_request: name (code 12130)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := []http.HandlerFunc{test.answer}
			if name == "a bad value" {
				answers = append(answers, test.answer)
			}
			h := play(t, answers...).start(t)
			_, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount)})
			want := `creating service token "ci" in account ` + accountID + ": " + test.text
			if err == nil || err.Error() != want {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
		})
	}
}

func TestAnUpdateSendsOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	const end = "2027-01-31T12:00:00Z"
	for name, test := range map[string]struct {
		state, inputs map[string]any
		answer        http.HandlerFunc
		body          string
		after         map[string]any
	}{
		"a rename": {
			inputs: map[string]any{"name": "deploy", "duration": "525600m", "enabled": true, "clientSecretVersion": 1},
			answer: token("name", `"deploy"`),
			body:   `{"name":"deploy"}`,
			after:  map[string]any{"name": "deploy"},
		},
		"a duration": {
			inputs: map[string]any{"duration": "24h"},
			answer: token("duration", `"24h"`, "expires_at", `"2026-10-02T12:00:00Z"`),
			body:   `{"duration":"24h"}`,
			after:  map[string]any{"duration": "24h", "expiresAt": "2026-10-02T12:00:00Z"},
		},
		"disabling": {
			inputs: map[string]any{"enabled": false},
			answer: token("enabled", "false"),
			body:   `{"enabled":false}`,
			after:  map[string]any{"enabled": false},
		},
		"moving the end": {
			state:  map[string]any{"previousClientSecretExpiresAt": "2036-11-01T12:00:00Z"},
			inputs: map[string]any{"previousClientSecretExpiresAt": end},
			answer: token("previous_client_secret_expires_at", `"`+end+`"`),
			body:   `{"previous_client_secret_expires_at":"` + end + `"}`,
			after:  map[string]any{"previousClientSecretExpiresAt": end},
		},
		"a change that the answer does not repeat": {
			inputs: map[string]any{"name": "deploy", "duration": "24h"},
			answer: token("name", "", "duration", "", "client_id", "", "created_at", "", "client_secret_version", ""),
			body:   `{"duration":"24h","name":"deploy"}`,
			after:  map[string]any{"name": "deploy", "duration": "24h"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers, requests := []http.HandlerFunc{test.answer}, []string{"PUT " + accountPath + "/" + tokenID + " " + test.body}
			if name == "moving the end" { // the grace may be somebody else's
				answers = append([]http.HandlerFunc{token("previous_client_secret_expires_at", `"2036-11-01T12:00:00Z"`)}, answers...)
				requests = append([]string{"GET " + accountPath + "/" + tokenID}, requests...)
			}
			c := play(t, answers...)
			resp, err := c.start(t).update(t, stored(test.state), nil, test.inputs)
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, requests...)
			expectState(t, resp.Properties, stored(test.state, test.after))
			expectSecret(t, resp.Properties)
		})
	}
}

func TestAnUpdateOfNothingMakesNoRequest(t *testing.T) {
	t.Parallel()
	c := play(t)
	resp, err := c.start(t).update(t, stored(), nil, map[string]any{"duration": "525600m"})
	if err != nil {
		t.Fatal(err)
	}
	expectState(t, resp.Properties, stored())
}

func TestAnUpdateOfATokenThatIsGoneSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	c := play(t, gone)
	_, err := c.start(t).update(t, stored(), nil, map[string]any{"name": "deploy"})
	want := "updating service token " + tokenID + " of account " + accountID + ": it no longer exists; run `pulumi refresh`, and the next `pulumi up` creates a new one"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestADeletionOfATokenThatIsGoneSucceeds(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"there": token(), "gone": gone} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, answer)
			h := c.start(t)
			if err := h.Delete(p.DeleteRequest{ID: accountToken, Urn: h.urn, Properties: stored()}); err != nil {
				t.Error(err)
			}
			c.expect(t, "DELETE "+accountPath+"/"+tokenID)
		})
	}
}

func TestADeletionThatIsRefusedIsAnError(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"not allowed":               refuse(http.StatusForbidden, 10000, "Authentication error"),
		"somebody else's not found": answer(http.StatusNotFound, "<html>Not found</html>"),
		"a malformed id":            refuse(http.StatusNotFound, 7003, "Could not route"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, answer)
			h := c.start(t)
			err := h.Delete(p.DeleteRequest{ID: accountToken, Urn: h.urn, Properties: stored()})
			if err == nil || !strings.HasPrefix(err.Error(), "deleting service token "+tokenID+" of account "+accountID+": ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTheMarkOfACreationIsForItsResource(t *testing.T) {
	t.Parallel()
	const ofNoStack = "urn:pulumi:stack::project::cfaccess:index:ServiceToken::" // as `pulumi do` has it
	// recognized counts the marks of four creations.
	recognized := func(urn func(*harness) resource.URN) (n int) {
		for range 4 {
			c := play(t, withSecret(oldSecret))
			h := c.start(t)
			if _, err := h.Create(p.CreateRequest{Urn: urn(h), Properties: props(inAccount)}); err != nil {
				t.Fatal(err)
			}
			if len(c.marks) != 1 {
				t.Fatalf("%d creations were marked, want 1", len(c.marks))
			}
			if cfapi.MarkerIsFor(c.marks[0], string(urn(h))) {
				n++
			}
		}
		return n
	}
	if n := recognized(func(h *harness) resource.URN { return h.urn }); n != 4 {
		t.Errorf("the marks of %d of 4 creations are for their resource", n)
	}
	if n := recognized(func(*harness) resource.URN { return ofNoStack }); n == 4 { // by chance, one mark in 4096
		t.Error("creations without a resource have marks that are not random")
	}
}

func TestACreationWhoseOutcomeIsUnknownSaysWhatMayHaveBeenLeftBehind(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"no answer": hangUp, "a failure at the edge": html, "garbage": answer(http.StatusOK, "garbage")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, answer, refuse(http.StatusForbidden, 10000, "Authentication error")).start(t)
			resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount)})
			if err == nil || resp.ID != "" || !strings.Contains(err.Error(), "the tokens could not be listed") || !strings.HasSuffix(err.Error(), ". Before you run again, look in the Cloudflare dashboard (Zero Trust, Access controls, "+
				`Service credentials) for a new token named "ci" that was never used, and delete it: nobody holds its client secret`) {
				t.Errorf("got %q, %v", resp.ID, err)
			}
		})
	}
}

// In the answer to a change, an absent `enabled` is no news; only in that to a
// read does it mean true.

func TestAnUpdateDoesNotForgetThatTheTokenIsDisabled(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token("enabled", "")).start(t).update(t, stored(), nil, map[string]any{"enabled": false})
	if err != nil {
		t.Fatal(err)
	}
	expectState(t, resp.Properties, stored(map[string]any{"enabled": false}))
	resp, err = play(t, token("enabled", "", "name", `"deploy"`)).start(t).update(t, stored(map[string]any{"enabled": false}), nil, map[string]any{"name": "deploy"})
	if err != nil {
		t.Fatal(err)
	}
	expectState(t, resp.Properties, stored(map[string]any{"enabled": false, "name": "deploy"}))
}

func TestACreationDoesNotForgetThatTheTokenIsDisabled(t *testing.T) {
	t.Parallel()
	h := play(t, withSecret(oldSecret, "enabled", "")).start(t)
	resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount, map[string]any{"enabled": false})})
	if err != nil || resp.Properties.Get("enabled").AsBool() {
		t.Errorf("enabled: true is stored (%v)", err)
	}
}

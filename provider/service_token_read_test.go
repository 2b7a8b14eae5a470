package provider

import (
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

func (h *harness) refresh(t *testing.T, state property.Map, inputs map[string]any) p.ReadResponse {
	t.Helper()
	resp, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: state, Inputs: props(inAccount, inputs)})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestARefreshOfAnUntouchedTokenChangesNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state, inputs map[string]any
		answer        http.HandlerFunc
	}{
		"shown in full":            {answer: token("last_seen_at", `"2026-10-05T12:00:00Z"`, "updated_at", `"2026-10-05T12:00:00Z"`)},
		"shown with less":          {answer: token("client_secret_version", "", "created_at", "", "expires_at", "null", "enabled", "")},
		"a duration by value":      {inputs: map[string]any{"duration": "525600m"}, answer: token()},
		"an end that is not shown": {state: map[string]any{"previousClientSecretExpiresAt": "2026-09-01T12:00:00Z"}, answer: token()},
		"forever": {
			state:  map[string]any{"duration": servicetoken.Forever, "expiresAt": nil},
			answer: token("duration", `"forever"`, "expires_at", `"2036-10-01T12:00:00Z"`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, test.answer)
			h := c.start(t)
			resp := h.refresh(t, stored(test.state), test.inputs)
			if resp.ID != accountToken {
				t.Errorf("id %s", resp.ID)
			}
			c.expect(t, "GET "+accountPath+"/"+tokenID)
			expectState(t, resp.Properties, stored(test.state))
			expectSecret(t, resp.Properties)
			if want := props(inAccount, test.inputs); !dropNulls(resp.Inputs).Equals(want) {
				t.Errorf("inputs:\n got %v\nwant %v", dropNulls(resp.Inputs), want)
			}
			if log := h.log(); len(log) > 0 {
				t.Errorf("logged %q", log)
			}
		})
	}
}

func TestARefreshShowsWhatWasChangedElsewhereAndOnlyWhatIsManaged(t *testing.T) {
	t.Parallel()
	changed := token("name", `"renamed"`, "duration", `"24h"`, "enabled", "false", "expires_at", `"2026-10-02T12:00:00Z"`)
	for name, test := range map[string]struct{ inputs, want map[string]any }{
		"unmanaged": {nil, map[string]any{"name": "renamed"}},
		"managed":   {map[string]any{"duration": "8760h", "enabled": true, "clientSecretVersion": 1}, map[string]any{"name": "renamed", "duration": "24h", "enabled": false, "clientSecretVersion": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := play(t, changed).start(t).refresh(t, stored(), test.inputs)
			expectState(t, resp.Properties, stored(map[string]any{"name": "renamed", "duration": "24h", "enabled": false, "expiresAt": "2026-10-02T12:00:00Z"}))
			if want := props(inAccount, test.want); !dropNulls(resp.Inputs).Equals(want) {
				t.Errorf("inputs:\n got %v\nwant %v", dropNulls(resp.Inputs), want)
			}
		})
	}
}

func TestARefreshOfATokenThatAProgramOnlyReadsGivesNoInputAndNoAdvice(t *testing.T) {
	t.Parallel()
	state := stored(ageUnknown, map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable})
	h := play(t, token("enabled", "false", "name", `"renamed"`)).start(t)
	resp, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: state})
	if err != nil || resp.Inputs.Len() > 0 || text(resp.Properties, "name") != "renamed" {
		t.Errorf("the inputs are %v, %v", resp.Inputs, err)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("logged %q", log)
	}
}

func TestATokenThatWasMadeToLastForeverElsewhereNoLongerExpires(t *testing.T) {
	t.Parallel()
	resp := play(t, token("duration", `"forever"`)).start(t).refresh(t, stored(), nil)
	expectState(t, resp.Properties, stored(map[string]any{"duration": servicetoken.Forever, "expiresAt": nil}))
}

func TestASecretThatWasNeverHeldDoesNotGetStale(t *testing.T) {
	t.Parallel()
	imported := map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable}
	h := play(t, token("client_secret_version", "7", "previous_client_secret_expires_at", `"2026-11-01T12:00:00Z"`)).start(t)
	resp := h.refresh(t, stored(imported), nil)
	expectState(t, resp.Properties, stored(imported, map[string]any{"clientSecretVersion": 7, "previousClientSecretExpiresAt": "2026-11-01T12:00:00Z"}))
	h.expectLog(t, warnUnavailable("8"))
	if log := h.log(); len(log) > 1 {
		t.Errorf("logged %q", log)
	}
}

func TestOnlyCloudflaresNotFoundMeansThatATokenIsGone(t *testing.T) {
	t.Parallel()
	resp := play(t, gone).start(t).refresh(t, stored(), nil)
	if resp.ID != "" {
		t.Errorf("id %q of a token that is gone", resp.ID)
	}
	for name, refusal := range map[string]http.HandlerFunc{
		"a proxy's":     answer(http.StatusNotFound, "<html>Not found</html>"),
		"malformed ids": refuse(http.StatusNotFound, 7003, "Could not route"),
		"not allowed":   refuse(http.StatusForbidden, 10000, "Authentication error"),
		"a failure":     html,
		"no answer":     hangUp,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, refusal).start(t)
			_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)})
			if err == nil || !strings.HasPrefix(err.Error(), "reading service token "+tokenID+" of account "+accountID+": ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestASecretThatWasRotatedElsewhereIsStale(t *testing.T) {
	t.Parallel()
	const end = `"2026-11-01T12:00:00Z"`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		state  map[string]any
		next   string
	}{
		"shown by the version": {token("client_secret_version", "7"), map[string]any{"clientSecretVersion": 7}, "8"},
		"shown by the end of the previous one": {token("previous_client_secret_expires_at", end),
			map[string]any{"previousClientSecretExpiresAt": "2026-11-01T12:00:00Z"}, "3"}, // the version may have been raised too
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, test.answer).start(t)
			resp := h.refresh(t, stored(), nil)
			stale := stored(test.state, map[string]any{"clientSecretStatus": servicetoken.StatusStale})
			expectState(t, resp.Properties, stale)
			expectSecret(t, resp.Properties)
			warning := warnStale(test.next)
			h.expectLog(t, warning)
			// Each run says so again, and a refresh does not forget it.
			h.urn = urnOf(t, "again")
			if resp, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stale, OldInputs: props(inAccount), Inputs: props(inAccount)}); err != nil || resp.HasChanges {
				t.Errorf("a stale secret is a change: %+v, %v", resp, err)
			}
			h.expectLog(t, warning)
			resp = play(t, test.answer).start(t).refresh(t, stale, nil)
			expectState(t, resp.Properties, stale)
		})
	}
}

func TestAnImportGivesWhatAProgramWouldHaveToSay(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		id, request   string
		answer        http.HandlerFunc
		inputs, state map[string]any
	}{
		"of an account": {
			accountToken, "GET " + accountPath + "/" + tokenID, token(),
			map[string]any{"accountId": accountID, "name": "ci", "duration": "8760h"}, nil,
		},
		"of a zone": {
			zoneToken, "GET " + zonePath + "/" + tokenID, token(),
			map[string]any{"zoneId": zoneID, "name": "ci", "duration": "8760h"}, map[string]any{"accountId": nil, "zoneId": zoneID},
		},
		"of a disabled, rotated one": {
			accountToken, "GET " + accountPath + "/" + tokenID,
			token("enabled", "false", "client_secret_version", "4", "previous_client_secret_expires_at", `"2026-11-01T12:00:00Z"`),
			map[string]any{"accountId": accountID, "name": "ci", "duration": "8760h", "enabled": false},
			map[string]any{"enabled": false, "clientSecretVersion": 4, "previousClientSecretExpiresAt": "2026-11-01T12:00:00Z"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, test.answer)
			h := c.start(t)
			resp, err := h.Read(p.ReadRequest{ID: test.id, Urn: h.urn})
			if err != nil {
				t.Fatal(err)
			}
			if resp.ID != test.id {
				t.Errorf("the id %s was respelled as %s", test.id, resp.ID)
			}
			c.expect(t, test.request)
			if want := props(test.inputs); !dropNulls(resp.Inputs).Equals(want) {
				t.Errorf("inputs:\n got %v\nwant %v", dropNulls(resp.Inputs), want)
			}
			imported := map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable, "clientSecretIssuedAt": nil}
			expectState(t, resp.Properties, stored(imported, test.state))
			// The program that says just that is not a change.
			inputs := h.check(t, dropNulls(resp.Inputs), dropNulls(resp.Inputs))
			diff, err := h.Diff(p.DiffRequest{ID: resp.ID, Urn: h.urn, State: resp.Properties, OldInputs: inputs, Inputs: inputs})
			if err != nil || diff.HasChanges {
				t.Errorf("the next preview: %+v, %v", diff, err)
			}
		})
	}
}

func TestOneImportAsksByIDAndMoreShareAListing(t *testing.T) {
	t.Parallel()
	c := play(t, token(), listing())
	h := c.start(t)
	for range 3 {
		if _, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn}); err != nil {
			t.Fatal(err)
		}
	}
	c.expect(t, "GET "+accountPath+"/"+tokenID, "GET "+accountPath+"?page=1&per_page=1000")
}

func TestAnImportThatFindsNothingIsAnError(t *testing.T) {
	t.Parallel()
	h := play(t, gone).start(t)
	_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn})
	if want := "service token " + tokenID + " of account " + accountID + " does not exist: check the id " + accountToken + ", or remove the option `import` if the token was deleted"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	h = start(t, map[string]any{"accountId": otherAccount})
	_, err = h.Read(p.ReadRequest{ID: tokenID, Urn: h.urn})
	if err == nil || !strings.Contains(err.Error(), "write "+otherAccount+"/"+tokenID+" (for the default account)") {
		t.Errorf("a bare id: got %v", err)
	}
}

// `pulumi do … delete` reads the token first, as an import does.
func TestATokenThatIsDeletedAsItWasImportedIsDeleted(t *testing.T) {
	t.Parallel()
	c := play(t, token(), token())
	h := c.start(t)
	imported, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Delete(p.DeleteRequest{ID: accountToken, Urn: h.urn, Properties: imported.Properties}); err != nil {
		t.Fatal(err)
	}
	c.expect(t, "GET "+accountPath+"/"+tokenID, "DELETE "+accountPath+"/"+tokenID)
}

package provider

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const (
	accountTokens = "GET " + accountPath + "?page=1&per_page=1000"
	getToken      = "GET " + accountPath + "/" + tokenID
	putToken      = "PUT " + accountPath + "/" + tokenID
)

var (
	noTokens  = answer(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":[],"result_info":{"total_pages":1,"total_count":0}}`)
	forbidden = refuse(http.StatusForbidden, 10000, "Authentication error")
)

func (h *harness) create(inputs ...map[string]any) (p.CreateResponse, error) {
	return h.Create(p.CreateRequest{Urn: h.urn, Properties: props(append([]map[string]any{inAccount}, inputs...)...)})
}

func (h *harness) delete(state property.Map) error {
	return h.Delete(p.DeleteRequest{ID: accountToken, Urn: h.urn, Properties: state})
}

// registers sends the Check and the Diff of an entry that the program still has.
func (h *harness) registers(t *testing.T, state property.Map, inputs map[string]any) {
	t.Helper()
	program := h.check(t, props(inAccount, inputs), props(inAccount, inputs))
	if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: state, OldInputs: program, Inputs: program}); err != nil {
		t.Fatal(err)
	}
}

// warnings are those that were logged about the harness' URN.
func (h *harness) warnings() []string {
	return slices.DeleteFunc(h.log(), func(line string) bool { return !strings.HasPrefix(line, "WARN ") })
}

// expectWarning fails unless there is one warning, that says all of this.
func (h *harness) expectWarning(t *testing.T, says ...string) {
	t.Helper()
	warnings := h.warnings()
	if len(warnings) != 1 {
		t.Fatalf("%d warnings: %q", len(warnings), warnings)
	}
	for _, part := range says {
		if !strings.Contains(warnings[0], part) {
			t.Errorf("the warning does not say %q: %s", part, warnings[0])
		}
	}
}

// reasonOf is why an update failed whose state is stored.
func reasonOf(t *testing.T, resp p.UpdateResponse, err error) string {
	t.Helper()
	if err == nil || resp.PartialState == nil || len(resp.PartialState.Reasons) != 1 {
		t.Fatalf("got %+v, %v; want a partial state", resp.PartialState, err)
	}
	return resp.PartialState.Reasons[0]
}

func expectSays(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it does not say %q: %s", part, text)
		}
	}
	if strings.Contains(text, oldSecret) || strings.Contains(text, newSecret) {
		t.Error("it shows a secret")
	}
}

// What a program's onError hook makes the engine repeat.

func TestACreationThatStoredATokenMakesNoSecondOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The first attempt is looked for half a minute; after the second, which
		// succeeds, it cannot be looked for any more.
		c := playInMemory(t, hangUp, noTokens, noTokens, noTokens, noTokens, noTokens, noTokens, withSecret(newSecret), forbidden)
		h := c.startInMemory(t)
		first, err := h.create()
		if err == nil || first.ID != accountToken || first.PartialState == nil {
			t.Fatalf("got %q, %+v, %v; want a partial state", first.ID, first.PartialState, err)
		}
		requests := len(c.asked())

		again, err := h.create()
		if err != nil || again.PartialState != nil || again.ID != first.ID {
			t.Fatalf("the second call: %q, %+v, %v", again.ID, again.PartialState, err)
		}
		expectSecret(t, again.Properties)
		expectState(t, again.Properties, dropNulls(first.Properties))
		if got := len(c.asked()); got != requests {
			t.Errorf("the second call sent %d requests", got-requests)
		}
		h.expectWarning(t, "not tried again, since the first attempt may have taken effect: ", "its client secret is stored")
	})
}

func TestACreationWhoseOutcomeIsUnknownIsNotRepeated(t *testing.T) {
	t.Parallel()
	c := play(t, hangUp, forbidden, withSecret(newSecret))
	h := c.start(t)
	_, first := h.create()
	resp, again := h.create()
	if first == nil || again == nil || resp.ID != "" || again.Error() != first.Error() {
		t.Errorf("got %v, and then %q, %v", first, resp.ID, again)
	}
	c.expect(t, "POST "+accountPath+` {"name":"ci"}`, accountTokens)

	if resp, err := h.create(map[string]any{"name": "deploy"}); err != nil || resp.ID != accountToken {
		t.Errorf("another creation: %q, %v", resp.ID, err)
	}
}

func TestACreationThatWasRefusedMayBeRepeated(t *testing.T) {
	t.Parallel()
	h := play(t, forbidden, withSecret(newSecret)).start(t)
	if _, err := h.create(); err == nil {
		t.Fatal("the first one succeeds")
	}
	if resp, err := h.create(); err != nil || resp.ID != accountToken {
		t.Errorf("the second one: %q, %v", resp.ID, err)
	}
}

func TestARotationWhoseAnswerWasLostIsNotRepeatedForTheSameState(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{"clientSecretVersion": 2}
	c := play(t, token(), hangUp, token(), withSecret(newSecret, "client_secret_version", "3"))
	h := c.start(t)
	lost, err := h.update(t, stored(), nil, inputs)
	reason := reasonOf(t, lost, err)

	again, err := h.update(t, stored(), nil, inputs)
	if err != nil || again.PartialState != nil {
		t.Fatalf("the second call: %+v, %v", again.PartialState, err)
	}
	expectState(t, again.Properties, dropNulls(lost.Properties))
	expectSecret(t, again.Properties)
	if n := len(c.asked()); n != 2 {
		t.Errorf("%d requests after the second call, want 2", n)
	}
	h.expectWarning(t, "not tried again, since the first attempt may have taken effect: "+reason)

	// The engine keeps what the second call returned. A run after it is another call.
	completed, err := h.update(t, again.Properties, nil, inputs)
	if err != nil || text(completed.Properties, "clientSecret") != newSecret {
		t.Errorf("the next run does not complete it: %v", err)
	}
}

func TestWhatIsRepeatedIsTheSameCallForTheSameResourceInTheSameRun(t *testing.T) {
	t.Parallel()
	lost := func(t *testing.T, answers ...http.HandlerFunc) *harness {
		t.Helper()
		h := play(t, append([]http.HandlerFunc{token(), hangUp}, answers...)...).start(t)
		resp, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
		reasonOf(t, resp, err)
		return h
	}
	for name, repeat := range map[string]func(*testing.T){
		"another state is another call": func(t *testing.T) {
			resp, err := lost(t, token("name", `"deploy"`), withSecret(newSecret, "client_secret_version", "2")).
				update(t, stored(map[string]any{"name": "deploy"}), nil, map[string]any{"clientSecretVersion": 2})
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Errorf("not carried out: %v", err)
			}
		},
		"other inputs are another call": func(t *testing.T) {
			resp, err := lost(t, token("name", `"deploy"`)).update(t, stored(), nil, map[string]any{"name": "deploy"})
			if err != nil || text(resp.Properties, "name") != "deploy" {
				t.Errorf("not carried out: %v", err)
			}
		},
		"another resource is another call": func(t *testing.T) {
			resp, err := lost(t, token()).as(t, "other").update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
			expectSays(t, reasonOf(t, resp, err), "nothing was changed") // it is the same token
		},
		"a preview is another call": func(t *testing.T) {
			h := lost(t)
			if got := h.previewUpdate(t, stored(), props(inAccount, map[string]any{"clientSecretVersion": 2})); !slices.Contains(computedKeys(got), "clientSecret") {
				t.Errorf("the preview knows the client secret: %v", computedKeys(got))
			}
		},
		"another run is another call": func(t *testing.T) {
			h := lost(t, token(), withSecret(newSecret, "client_secret_version", "2"))
			h.nextRun(t)
			resp, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Errorf("not carried out: %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repeat(t)
		})
	}
}

func TestARotationThatWasRefusedMayBeRepeated(t *testing.T) {
	t.Parallel()
	h := play(t, token("created_at", `"2026-10-01T12:00:00Z"`), forbidden, token(), withSecret(newSecret, "client_secret_version", "2")).start(t)
	inputs := map[string]any{"clientSecretVersion": 2}
	if resp, err := h.update(t, stored(), nil, inputs); err == nil || resp.PartialState != nil {
		t.Fatalf("the first one: %+v, %v", resp.PartialState, err)
	}
	if resp, err := h.update(t, stored(), nil, inputs); err != nil || text(resp.Properties, "clientSecret") != newSecret {
		t.Errorf("the second one: %v", err)
	}
}

func TestAnUpdateThatSucceededMayBeRepeated(t *testing.T) {
	t.Parallel()
	h := play(t, token("name", `"deploy"`), token("name", `"deploy"`)).start(t)
	for range 2 {
		if _, err := h.update(t, stored(), nil, map[string]any{"name": "deploy"}); err != nil {
			t.Fatal(err)
		}
	}
}

// One token under two names.

func TestATokenThatIsInTheStackTwiceIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	first := start(t, nil)
	second := first.as(t, "second")
	first.registers(t, stored(), nil)
	for range 2 {
		second.registers(t, stored(), nil)
	}
	second.expectWarning(t, "service token "+tokenID+" of account "+accountID+" is in this stack twice: as this resource and as "+first.urn.Name()+".",
		"the token is kept for the other")
	if warnings := first.warnings(); len(warnings) > 0 {
		t.Errorf("the first one, which knows of no other, warns: %q", warnings)
	}
}

func TestATokenThatTheProgramReplacesIsNotInTheStackTwice(t *testing.T) {
	t.Parallel()
	first := start(t, nil)
	first.registers(t, stored(), nil)
	second := first.as(t, "second")
	second.registers(t, stored(), map[string]any{"accountId": otherAccount})
	if warnings := second.warnings(); len(warnings) > 0 {
		t.Errorf("warned: %q", warnings)
	}
}

func TestTwoResourcesOfOneTokenNeverRotateItTwiceInARun(t *testing.T) {
	t.Parallel()
	rotated := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + servicetoken.FormatTime(now) + `"`}
	c := play(t, token(), withSecret(newSecret, rotated...), token(rotated...), token(rotated...), withSecret(newSecret, "client_secret_version", "3"))
	first := c.start(t)
	if _, err := first.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2}); err != nil {
		t.Fatal(err)
	}
	second := first.as(t, "second")
	resp, err := second.update(t, stored(), nil, map[string]any{"clientSecretVersion": 3})
	expectSays(t, reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID,
		"nothing was changed, since "+first.urn.Name()+" in this stack manages the same token, which this run rotates", "Keep one of the two resources")
	expectState(t, resp.Properties, stored(map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale, "previousClientSecretExpiresAt": servicetoken.FormatTime(now)}))
	c.expect(t, getToken, putToken+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+servicetoken.FormatTime(now)+`"}`, getToken)

	second.nextRun(t)
	if resp, err := second.update(t, resp.Properties, nil, map[string]any{"clientSecretVersion": 3}); err != nil || text(resp.Properties, "clientSecret") != newSecret {
		t.Errorf("the next run does not rotate it: %v", err)
	}
}

func TestASecondResourceNeverRotatesATokenWhoseVersionIsNotShown(t *testing.T) {
	t.Parallel()
	hidden := []string{"client_secret_version", ""}
	listed := listing(hidden...)
	h := play(t, token(hidden...), listed, withSecret(newSecret, hidden...), token(hidden...), listed).start(t)
	if _, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2}); err != nil {
		t.Fatal(err)
	}
	resp, err := h.as(t, "second").update(t, stored(), nil, map[string]any{"clientSecretVersion": 3})
	expectSays(t, reasonOf(t, resp, err), "which this run rotates")
	expectState(t, resp.Properties, stored(map[string]any{"clientSecretStatus": servicetoken.StatusStale})) // although nothing shows it
}

// A replacement that moves a token.

func TestAReplacementThatMovesATokenSaysSoWhereNothingHasShownIt(t *testing.T) {
	t.Parallel()
	const moved = "WARN the replacement moved the token between "
	const account, other = "account " + accountID, "account " + otherAccount
	const advice = ": the program sets neither accountId nor zoneId, and a new token is created in the provider's default account. To choose the place, set accountId or zoneId."
	elsewhere := map[string]any{"accountId": otherAccount}
	for name, test := range map[string]struct {
		calls func(*testing.T, *harness)
		want  []string
	}{
		"create before delete": {func(t *testing.T, h *harness) {
			h.mustCreate(t, elsewhere)
			h.mustDelete(t)
		}, []string{moved + other + " and " + account + advice}},
		"delete before replace": {func(t *testing.T, h *harness) {
			h.mustDelete(t)
			h.mustCreate(t, elsewhere)
		}, []string{moved + account + " and " + other + advice}},
		"to where it was": {func(t *testing.T, h *harness) {
			h.mustCreate(t, nil)
			h.mustDelete(t)
		}, nil},
		"of another resource": {func(t *testing.T, h *harness) {
			h.as(t, "other").mustCreate(t, elsewhere)
			h.mustDelete(t)
		}, nil},
		"in another run": {func(t *testing.T, h *harness) {
			h.mustCreate(t, elsewhere)
			h.nextRun(t)
			h.mustDelete(t)
		}, nil},
		"that the preview has shown": {func(t *testing.T, h *harness) {
			h.registers(t, stored(), nil) // with old inputs, which have the place
			h.check(t, props(inAccount, elsewhere), noInputs)
			h.mustCreate(t, elsewhere)
			h.mustDelete(t)
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := withSecret(newSecret, "id", `"`+otherTokenID+`"`)
			answers := []http.HandlerFunc{made, token()}
			if name == "delete before replace" {
				answers = []http.HandlerFunc{token(), made}
			}
			h := play(t, answers...).start(t)
			test.calls(t, h)
			if got := h.warnings(); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func (h *harness) mustCreate(t *testing.T, inputs map[string]any) {
	t.Helper()
	if _, err := h.create(inputs); err != nil {
		t.Fatal(err)
	}
}

func (h *harness) mustDelete(t *testing.T) {
	t.Helper()
	if err := h.delete(stored()); err != nil {
		t.Fatal(err)
	}
}

// The guard, as the provider's methods inform it.

func TestARenameByImportKeepsTheTokenAndTheEntryThatHoldsItsSecret(t *testing.T) {
	t.Parallel()
	c := play(t, token())
	renamed := c.start(t)
	imported, err := renamed.Read(p.ReadRequest{ID: accountToken, Urn: renamed.urn})
	if err != nil {
		t.Fatal(err)
	}
	renamed.registers(t, imported.Properties, map[string]any{"duration": "8760h"})
	old := renamed.as(t, "old")
	if err = old.delete(stored()); err == nil {
		t.Fatal("the entry is gone, with the client secret")
	}
	expectSays(t, err.Error(), "deleting service token "+tokenID+" of account "+accountID+": the token was kept", "(a) ", "(b) ", old.urn.Name(), renamed.urn.Name())
	c.expect(t, getToken)
}

func TestAnEntryThatGoesWhileItsTokenStaysIsWarnedOf(t *testing.T) {
	t.Parallel()
	c := play(t)
	staying := c.start(t)
	staying.registers(t, stored(), nil)
	old := staying.as(t, "old")
	if err := old.delete(stored(map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable})); err != nil {
		t.Fatal(err)
	}
	old.expectWarning(t, "service token "+tokenID+" of account "+accountID+" was kept, since "+staying.urn.Name()+" in this stack manages the same token. "+
		"To delete the token, remove that resource from the program too.")
	c.expect(t)
}

func TestARotationIsKnownToTheGuard(t *testing.T) {
	t.Parallel()
	rotated := withSecret(newSecret, "client_secret_version", "2")
	h := play(t, token(), rotated).start(t)
	h.registers(t, stored(), nil)
	if _, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2}); err != nil {
		t.Fatal(err)
	}
	if err := h.as(t, "old").delete(stored()); err != nil { // of version 1
		t.Errorf("an entry with an older client secret does not go: %v", err)
	}
}

func TestACreationIsKnownToTheGuard(t *testing.T) {
	t.Parallel()
	c := play(t, withSecret(oldSecret))
	h := c.start(t)
	h.check(t, props(inAccount), noInputs)
	h.mustCreate(t, nil)
	h.as(t, "old").mustDelete(t)
	c.expect(t, "POST "+accountPath+` {"name":"ci"}`)
}

// As of a dependent of what is replaced, which is deleted before it is checked again.
func TestAReplacementIsKnownToTheGuard(t *testing.T) {
	t.Parallel()
	h := play(t, token()).start(t)
	if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: props(inAccount),
		Inputs: h.check(t, props(inAccount, map[string]any{"accountId": otherAccount}), props(inAccount))}); err != nil {
		t.Fatal(err)
	}
	h.mustDelete(t)
}

// As by `pulumi up --target-replace`: the Diff shows no change, and the engine checks the
// resource again, as a new one.
func TestAReplacementThatThePlanDoesNotAskForIsKnownToTheGuard(t *testing.T) {
	t.Parallel()
	c := play(t, token())
	h := c.start(t)
	h.registers(t, stored(), nil)
	h.check(t, props(inAccount), noInputs)
	h.mustDelete(t)
	c.expect(t, "DELETE "+accountPath+"/"+tokenID)
}

func TestAReplacementThatFailsLeavesItsEntryToTheGuard(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]any{"accountId": otherAccount}
	c := play(t, forbidden)
	h := c.start(t)
	if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: props(inAccount),
		Inputs: h.check(t, props(inAccount, elsewhere), props(inAccount))}); err != nil {
		t.Fatal(err)
	}
	h.check(t, props(inAccount, elsewhere), noInputs)
	if _, err := h.create(elsewhere); err == nil {
		t.Fatal("the creation succeeds")
	}
	h.as(t, "old").mustDelete(t) // and sends nothing
}

func TestADiffThatFailsLeavesItsEntryToTheGuard(t *testing.T) {
	t.Parallel()
	h := play(t).start(t)
	last, program := props(inAccount, map[string]any{"clientSecretVersion": 1}), props(inAccount, map[string]any{"clientSecretVersion": 2})
	h.check(t, program, last)
	if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(map[string]any{"clientSecretVersion": 7, "heldClientSecretVersion": 7}),
		OldInputs: last, Inputs: program}); err == nil {
		t.Fatal("the Diff succeeds")
	}
	h.as(t, "old").mustDelete(t) // and sends nothing
}

func TestATokenThatWasDeletedInThisRunIsNotPlannedWith(t *testing.T) {
	t.Parallel()
	h := play(t, token()).start(t)
	h.as(t, "old").mustDelete(t)
	program := h.check(t, props(inAccount), props(inAccount))
	_, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: program, Inputs: program})
	if err == nil || !strings.Contains(err.Error(), "was deleted earlier in this run") {
		t.Errorf("got %v", err)
	}
}

func TestAnImportThatFailsKeepsTheTokenForAnotherRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		id      string
		answers []http.HandlerFunc
		kept    bool
	}{
		"refused by Cloudflare":            {accountToken, []http.HandlerFunc{forbidden}, true},
		"not answered":                     {accountToken, []http.HandlerFunc{hangUp}, true},
		"by an id without an account":      {tokenID, nil, true},
		"by an id in upper case":           {strings.ToUpper(accountToken), nil, true},
		"by an id of another provider":     {"accounts/" + accountID + "/" + tokenID, nil, true},
		"by an id with a space after it":   {accountToken + " ", nil, true},
		"by an id with a slash after it":   {accountToken + "/", nil, true},
		"of a token that does not exist":   {accountToken, []http.HandlerFunc{gone, token()}, false},
		"of another token than is deleted": {accountID + "/" + otherTokenID, []http.HandlerFunc{forbidden, token()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, test.answers...).start(t)
			if _, err := h.Read(p.ReadRequest{ID: test.id, Urn: h.urn}); err == nil {
				t.Fatal("the import succeeds")
			}
			err := h.as(t, "old").delete(stored())
			if kept := err != nil && strings.Contains(err.Error(), "it was kept, since its import as "+h.urn.Name()+" failed in this run"); kept != test.kept {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAnImportWhoseInputsAreRefusedKeepsTheTokenForAnotherRun(t *testing.T) {
	t.Parallel()
	h := play(t, token()).start(t)
	imported, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, State: imported.Inputs, Inputs: props(inAccount, map[string]any{"duration": "soon"})})
	if err != nil || len(resp.Failures) == 0 {
		t.Fatalf("the inputs are not refused: %v", err)
	}
	if err := h.as(t, "old").delete(stored()); err == nil {
		t.Error("the token is deleted")
	}
}

func TestARefreshThatFailsKeepsNothing(t *testing.T) {
	t.Parallel()
	h := play(t, forbidden, token()).start(t)
	if _, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)}); err == nil {
		t.Fatal("the refresh succeeds")
	}
	h.as(t, "old").mustDelete(t)
}

func TestOfSeveralEntriesOfATokenOneRotatesInARun(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var rotating atomic.Int64
	var entries sync.WaitGroup
	for i := range 100 {
		urn := urnOf(t, strconv.Itoa(i))
		entries.Go(func() {
			if _, twice := m.rotates(urn, tokenID, true); !twice {
				rotating.Add(1)
			}
		})
	}
	entries.Wait()
	if n := rotating.Load(); n != 1 {
		t.Errorf("%d rotate", n)
	}
}

func TestAnEntryThatFindsTheTokenAheadLeavesTheRotationToAnother(t *testing.T) {
	t.Parallel()
	m := newMemory()
	first, second := urnOf(t, "first"), urnOf(t, "second")
	if _, twice := m.rotates(first, tokenID, false); twice {
		t.Error("nobody rotates it")
	}
	if _, twice := m.rotates(second, tokenID, true); twice {
		t.Error("the first does not rotate it")
	}
	if other, twice := m.rotates(first, tokenID, true); !twice || other != second.Name() {
		t.Errorf("the other is %q", other)
	}
	if _, twice := m.rotates(second, tokenID, true); twice {
		t.Error("an entry is taken for another one")
	}
}

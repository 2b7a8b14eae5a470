package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// A rotation whose answer carries no secret.

func TestARotationThatReturnsNoSecretIsCompletedAtOnceWhereThePreviousOneHasNoTime(t *testing.T) {
	t.Parallel()
	ended := servicetoken.FormatTime(now)
	shown := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + ended + `"`}
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		version int
	}{
		"to a higher version":      {withSecret(newSecret, "client_secret_version", "3", "previous_client_secret_expires_at", `"`+ended+`"`), 3},
		"at the same version":      {withSecret(newSecret, shown...), 2},
		"returned with its secret": {answer(http.StatusOK, `{"success":true,"result":{"client_secret":"`+newSecret+`","client_secret_version":3}}`), 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			last, inputs := map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2}
			c := play(t, token(), token(shown...), test.answer)
			h := c.start(t)
			resp, err := h.update(t, stored(), last, inputs)
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Fatalf("not rotated: %v", err)
			}
			c.expect(t, getToken, putToken+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+ended+`"}`, postRotate+" "+endAt(ended))
			expectSecret(t, resp.Properties)
			expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, map[string]any{"clientSecret": nil,
				"clientSecretVersion": test.version, "heldClientSecretVersion": test.version, "appliedClientSecretVersion": 2,
				"previousClientSecretExpiresAt": ended, "rotationCall": servicetoken.RotationCallRotate}))
			for _, ran := range []map[string]any{last, inputs} { // also if the engine kept the inputs before
				expectNoChange(t, h, accountToken, resp.Properties, ran, inputs)
			}
		})
	}
}

func TestARotationThatReturnsNoSecretIsCompletedByTheNextRunWhereThePreviousOneHasTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state, inputs map[string]any
		end           string
		reason        string
	}{
		"by version": {nil, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}, end,
			"Cloudflare rotated it and returned no client secret. The stored one works until " + end + ". Run `pulumi up` again: it rotates once more, " +
				"by the call that returns the secret, and the previous secret then stops at once"},
		"by age": {oldEnough, map[string]any{"rotateAfter": "25h"}, servicetoken.FormatTime(now.Add(24 * time.Hour)),
			"Cloudflare rotated it and returned no client secret. The stored one works until 2026-10-02T12:00:00Z. Run `pulumi up` again: "},
		"by recovery": {neverGiven, map[string]any{"recoverClientSecret": "imported"}, servicetoken.FormatTime(now.Add(24 * time.Hour)),
			"Cloudflare rotated it and returned no client secret. Run `pulumi up` again: "},
		"by recovery of what was rotated elsewhere": {map[string]any{"clientSecretStatus": servicetoken.StatusStale, "previousClientSecretExpiresAt": otherEnd},
			map[string]any{"recoverClientSecret": "always", "clientSecretVersion": 1}, servicetoken.FormatTime(now.Add(24 * time.Hour)),
			"Cloudflare rotated it and returned no client secret. Run `pulumi up` again: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, target := stored(test.state), 2
			if text(before, "clientSecretStatus") == servicetoken.StatusStale {
				target = 3 // it may be at 2, since its version did not show the rotation elsewhere
			}
			shown := []string{"client_secret_version", strconv.Itoa(target), "previous_client_secret_expires_at", `"` + test.end + `"`}
			c := play(t, token(), token(shown...), token(shown...), withSecret(newSecret, "client_secret_version", "4"))
			h := c.start(t)
			resp, err := h.update(t, before, nil, test.inputs)
			if reason := reasonOf(t, resp, err); !strings.HasPrefix(reason, "rotating the client secret of service token "+tokenID+" of account "+accountID+": "+test.reason) {
				t.Errorf("\n got %s\nwant %s", reason, test.reason)
			}
			status := servicetoken.StatusStale
			if text(before, "clientSecret") == "" {
				status = servicetoken.StatusUnavailable
			}
			expectState(t, resp.Properties, stored(test.state, map[string]any{"clientSecretStatus": status, "clientSecretVersion": target,
				"pendingClientSecretVersion": target, "pendingPreviousClientSecretExpiresAt": test.end,
				"previousClientSecretExpiresAt": test.end, "rotationCall": servicetoken.RotationCallRotate}))

			completed, err := h.update(t, resp.Properties, nil, test.inputs)
			if err != nil || text(completed.Properties, "clientSecret") != newSecret || text(completed.Properties, "clientSecretStatus") != servicetoken.StatusCurrent {
				t.Fatalf("the next run does not complete it: %v", err)
			}
			c.expect(t, getToken, putToken+fmt.Sprintf(` {"client_secret_version":%d`, target)+`,"previous_client_secret_expires_at":"`+test.end+`"}`,
				getToken, postRotate+" "+endAt(servicetoken.FormatTime(now)))
			for range 2 {
				expectNoChange(t, h, accountToken, completed.Properties, test.inputs, test.inputs)
			}
		})
	}
}

func TestThePreviewOfACompletionSaysThatTheStoredSecretStops(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	got := h.previewUpdate(t, stored(unreturnedAt2), props(inAccount, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}))
	h.expectLog(t, "INFO rotating the client secret: completing the rotation whose answer was lost, or contained no client secret; "+
		"the client secret from before that rotation, which would have worked until "+end+", stops working at once")
	want := []string{"clientSecret", "clientSecretIssuedAt", "clientSecretVersion", "heldClientSecretVersion", "previousClientSecretExpiresAt"}
	if keys := computedKeys(got); !slices.Equal(keys, want) {
		t.Errorf("unknown:\n got %q\nwant %q", keys, want)
	}
}

// By the read, the rotation that was lost is known to have happened after all.
func TestACompletionEndsASecretThatNobodyReceivedAtOnce(t *testing.T) {
	t.Parallel()
	lost := merged(lostTo2, map[string]any{"rotationCall": servicetoken.RotationCallRotate})
	for name, test := range map[string]struct {
		shown []string
		end   string
	}{
		"that happened":       {at2, servicetoken.FormatTime(now)},
		"that did not happen": {[]string{"client_secret_version", "1"}, end},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(test.shown...), withSecret(newSecret, "client_secret_version", "3"))
			resp, err := c.start(t).update(t, stored(lost), nil, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end})
			if err != nil || text(resp.Properties, "previousClientSecretExpiresAt") != test.end {
				t.Errorf("the end is %s, %v", text(resp.Properties, "previousClientSecretExpiresAt"), err)
			}
			c.expect(t, getToken, postRotate+" "+endAt(test.end))
		})
	}
}

func TestARotationWhoseAnswerShowsAnotherVersionDidNotRotate(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{"clientSecretVersion": 2, "name": "deploy"}
	for name, test := range map[string]struct {
		version string
		says    []string
		after   map[string]any
	}{
		"a higher one": {"5", []string{"it was not rotated, since the token is at version 5 of its client secret, but this stack knows version 1" + twoCauses,
			"set clientSecretVersion to 6"}, map[string]any{"clientSecretVersion": 5, "clientSecretStatus": servicetoken.StatusStale}},
		"the same": {"1", []string{"Cloudflare did not rotate it: its answer shows version 1 of the client secret, not 2"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(), token("client_secret_version", test.version, "name", `"deploy"`))
			h := c.start(t)
			resp, err := h.update(t, stored(), nil, inputs)
			expectSays(t, reasonOf(t, resp, err), test.says...)
			expectState(t, resp.Properties, stored(map[string]any{"name": "deploy"}, test.after))
			c.expect(t, getToken, putToken+` {"client_secret_version":2,"name":"deploy","previous_client_secret_expires_at":"`+servicetoken.FormatTime(now)+`"}`)
		})
	}
}

// What /rotate answers.

func TestARotationByItsOwnCallThatShowsNoVersionIsFollowedByARead(t *testing.T) {
	t.Parallel()
	versionHidden := withSecret(newSecret, "client_secret_version", "")
	for name, test := range map[string]struct {
		answers []http.HandlerFunc
		version int
	}{
		"shown by the read":      {[]http.HandlerFunc{token("client_secret_version", "3")}, 3},
		"shown by the listing":   {[]http.HandlerFunc{token("client_secret_version", ""), listing("client_secret_version", "3")}, 3},
		"that is refused":        {[]http.HandlerFunc{forbidden}, 2},
		"that does not show one": {[]http.HandlerFunc{token("client_secret_version", ""), noTokens}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, append([]http.HandlerFunc{token(at2...), versionHidden}, test.answers...)...).start(t)
			inputs := map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
			resp, err := h.update(t, stored(unreturnedAt2), nil, inputs)
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Fatalf("not rotated: %v", err)
			}
			expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, map[string]any{"clientSecret": nil, "clientSecretVersion": test.version,
				"heldClientSecretVersion": test.version, "appliedClientSecretVersion": 2, "previousClientSecretExpiresAt": servicetoken.FormatTime(now), "rotationCall": servicetoken.RotationCallRotate}))
			expectNoChange(t, h, accountToken, resp.Properties, inputs, inputs)
		})
	}
}

func TestWhereNothingReturnsASecretNoRunRotates(t *testing.T) {
	t.Parallel()
	ended := servicetoken.FormatTime(now)
	c := play(t, token(at2...), token("client_secret_version", "3", "previous_client_secret_expires_at", `"`+ended+`"`))
	h := c.start(t)
	resp, err := h.update(t, stored(unreturnedAt2), map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2})
	if got, want := reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID+" of account "+accountID+
		": Cloudflare rotated it and returned no client secret. "+mutedAdvice; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	c.expect(t, getToken, postRotate+" "+endAt(ended))
	expectState(t, resp.Properties, stored(map[string]any{"clientSecretVersion": 3, "clientSecretStatus": servicetoken.StatusStale,
		"previousClientSecretExpiresAt": ended, "rotationCall": servicetoken.RotationCallNone}))
	for _, inputs := range []map[string]any{nil, {"recoverClientSecret": "always"}, {"rotateAfter": "25h"}, {"clientSecretVersion": unknownValue}} {
		if changes, err := h.changes(accountToken, resp.Properties, nil, inputs); changes || err != nil {
			t.Errorf("%v: %v, %v", inputs, changes, err)
		}
	}
}

func TestALostRotationByItsOwnCallIsPendingAboveTheTokensVersion(t *testing.T) {
	t.Parallel()
	ended := servicetoken.FormatTime(now)
	for name, test := range map[string]struct {
		state   map[string]any
		shown   []string
		pending int
		end     string
		reason  string
	}{
		"a completion's": {unreturnedAt2, at2, 3, ended, ", and the stored one no longer works"},
		"a rotation's": {map[string]any{"rotationCall": servicetoken.RotationCallRotate}, nil, 2, end,
			", and the stored one works until " + end},
		"a lost one's": {merged(lostTo2, map[string]any{"rotationCall": servicetoken.RotationCallRotate}), nil, 3, end, ", and the stored one no longer works"},
		"an import's":  {merged(neverGiven, map[string]any{"rotationCall": servicetoken.RotationCallRotate}), nil, 2, end, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(test.shown...), hangUp)
			h := c.start(t)
			resp, err := h.update(t, stored(test.state), map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end})
			reason := reasonOf(t, resp, err)
			expectSays(t, reason, "It is not known whether the client secret was rotated. If it was, this stack does not hold the new one"+test.reason+". Run `pulumi up` again")
			status := servicetoken.StatusStale
			if text(stored(test.state), "clientSecret") == "" {
				status = servicetoken.StatusUnavailable
			}
			expectState(t, resp.Properties, stored(test.state, map[string]any{"clientSecretStatus": status,
				"pendingClientSecretVersion": test.pending, "pendingPreviousClientSecretExpiresAt": test.end}))
			c.expect(t, getToken, postRotate+" "+endAt(test.end))
		})
	}
}

func TestARotationByItsOwnCallThatIsRefusedInTheRunOfItsUpdateIsCompletedByTheNext(t *testing.T) {
	t.Parallel()
	ended := servicetoken.FormatTime(now)
	shown := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + ended + `"`}
	c := play(t, token(), token(shown...), forbidden, token(shown...), withSecret(newSecret, "client_secret_version", "3"))
	h := c.start(t)
	inputs := map[string]any{"clientSecretVersion": 2}
	resp, err := h.update(t, stored(), nil, inputs)
	expectSays(t, reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID, `"Access: Service Tokens Write"`)
	expectState(t, resp.Properties, stored(unreturnedAt2, map[string]any{"pendingPreviousClientSecretExpiresAt": ended, "previousClientSecretExpiresAt": ended}))

	completed, err := h.update(t, resp.Properties, nil, inputs)
	if err != nil || text(completed.Properties, "clientSecret") != newSecret {
		t.Errorf("the next run does not complete it: %v", err)
	}
	c.expect(t, getToken, putToken+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+ended+`"}`, postRotate+" "+endAt(ended),
		getToken, postRotate+" "+endAt(ended))
}

func TestACompletionThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token(at2...), forbidden).start(t).update(t, stored(unreturnedAt2), nil, map[string]any{"clientSecretVersion": 2})
	if err == nil || resp.PartialState != nil || resp.Properties.Len() > 0 {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestANumberThatWasCarriedOutStaysSoWhereTheVersionIsNotRaised(t *testing.T) {
	t.Parallel()
	keeps := []string{"client_secret_version", "1"}
	state := stored(map[string]any{"rotationCall": servicetoken.RotationCallRotate, "appliedClientSecretVersion": 1})
	h := play(t, token(), withSecret(newSecret, keeps...), token(keeps...), withSecret(oldSecret, keeps...)).start(t)
	inputs := map[string]any{"clientSecretVersion": 1}
	for _, number := range []int{2, 3} {
		last := inputs
		inputs = map[string]any{"clientSecretVersion": number}
		resp, err := h.update(t, state, last, inputs)
		if err != nil {
			t.Fatal(err)
		}
		state = resp.Properties
		if got := dropNulls(state); got.Get("appliedClientSecretVersion").AsNumber() != float64(number) || got.Get("clientSecretVersion").AsNumber() != 1 {
			t.Errorf("stored %v", got.Delete("clientSecret"))
		}
		for range 2 {
			expectNoChange(t, h, accountToken, state, inputs, inputs)
		}
	}
	last := map[string]any{"clientSecretVersion": 1}
	if _, err := h.changes(accountToken, state, last, map[string]any{"clientSecretVersion": 3}); err != nil {
		t.Errorf("the number that was carried out is refused: %v", err)
	}
	const refused = "clientSecretVersion: 2 does not rotate the client secret, since the program has already rotated to 3: write 4"
	if _, err := h.changes(accountToken, state, last, map[string]any{"clientSecretVersion": 2}); err == nil || err.Error() != refused {
		t.Errorf("a lower number: got %v, want %q", err, refused)
	}
}

// Where the token is a zone's, there is no other call.

func TestARotationOfAZonesTokenThatReturnsNoSecretSaysWhatToDo(t *testing.T) {
	t.Parallel()
	c := play(t, token(), token(at2...))
	h := c.start(t)
	last, inputs := map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
	resp, err := h.updateInZone(stored(zoneState), last, inputs)
	if got, want := reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID+" of zone "+zoneID+
		": Cloudflare rotated it and returned no client secret. The stored one works until "+end+". "+mutedAdvice; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	muted := stored(zoneState, map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale, "previousClientSecretExpiresAt": end, "rotationCall": servicetoken.RotationCallNone})
	expectState(t, resp.Properties, muted)
	c.expect(t, "GET "+zonePath+"/"+tokenID, "PUT "+zonePath+"/"+tokenID+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+end+`"}`)

	const refusal = "clientSecretVersion: %s requests a rotation, but " + returnsNone + ": %s. " + mutedAdvice
	for name, test := range map[string]struct {
		last, inputs map[string]any
		err          string
	}{
		"nothing":                        {},
		"an age":                         {nil, map[string]any{"rotateAfter": "25h"}, ""},
		"a recovery":                     {nil, map[string]any{"recoverClientSecret": "always"}, ""},
		"a number that is not known yet": {nil, map[string]any{"clientSecretVersion": unknownValue}, ""},
		"the same number":                {map[string]any{"clientSecretVersion": 2}, map[string]any{"clientSecretVersion": 2}, ""},
		"the number before":              {map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 1}, ""},
		"the number of the failed run":   {map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2}, fmt.Sprintf(refusal, "2", "write 1 again")},
		"a higher number":                {map[string]any{"clientSecretVersion": 2}, map[string]any{"clientSecretVersion": 3}, fmt.Sprintf(refusal, "3", "write 2 again")},
		"a first number":                 {nil, map[string]any{"clientSecretVersion": 3}, fmt.Sprintf(refusal, "3", "remove it")},
	} {
		h := h.as(t, name)
		changes, err := h.changes(zoneToken, muted, merged(inZoneAlone, test.last), merged(inZoneAlone, test.inputs))
		if changes || (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
			t.Errorf("%s: changes %v\n got %v\nwant %s", name, changes, err, test.err)
		}
	}
}

func TestARotationOfAZonesTokenWithoutAGraceSaysWhatBecameOfTheStoredSecret(t *testing.T) {
	t.Parallel()
	at7 := map[string]any{"clientSecretVersion": 7}
	for name, test := range map[string]struct {
		state  map[string]any
		stored string
	}{
		"the current one": {merged(at7, map[string]any{"heldClientSecretVersion": 7}), "The stored one no longer works. "},
		"a stale one":     {elsewhere7, ""},
		"none":            {merged(neverGiven, at7), ""},
	} {
		c := play(t, token("client_secret_version", "7"), token("client_secret_version", "8"))
		resp, err := c.start(t).updateInZone(stored(zoneState, test.state), nil, map[string]any{"clientSecretVersion": 8})
		if reason := reasonOf(t, resp, err); !strings.HasSuffix(reason, ": Cloudflare rotated it and returned no client secret. "+test.stored+mutedAdvice) {
			t.Errorf("%s: %s", name, reason)
		}
	}
}

// What the process and the state remember of it.

// thirdTokenID is another zone's token.
const thirdTokenID = "00000000-0000-4000-8000-00000000beef"

// updateOf is update for a token of another id.
func (h *harness) updateOf(id string, state property.Map, inputs ...map[string]any) (p.UpdateResponse, error) {
	return h.Update(p.UpdateRequest{ID: id, Urn: h.urn, State: state, Inputs: props(append([]map[string]any{inAccount}, inputs...)...)})
}

func TestWhichCallReturnsTheSecretIsRememberedForTheScope(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{"clientSecretVersion": 2}
	of := func(id string, pairs ...string) []string { return append(pairs, "id", `"`+id+`"`) }
	to2 := func(id string) http.HandlerFunc {
		return withSecret(newSecret, of(id, "client_secret_version", "2")...)
	}
	c := play(t, token(), token("client_secret_version", "2"), withSecret(newSecret, "client_secret_version", "3"),
		token(of(otherTokenID)...), to2(otherTokenID),
		token(of(thirdTokenID)...), to2(thirdTokenID),
		token(of(otherTokenID)...), to2(otherTokenID))
	h := c.start(t)
	if _, err := h.update(t, stored(), nil, inputs); err != nil {
		t.Fatal(err)
	}
	remembers := func(name, id string, state property.Map, want string, inputs ...map[string]any) {
		t.Helper()
		resp, err := h.as(t, name).updateOf(id, state, inputs...)
		if err != nil || text(resp.Properties, "rotationCall") != want {
			t.Errorf("%s remembers %q, want %q: %v", name, text(resp.Properties, "rotationCall"), want, err)
		}
	}
	other := stored(map[string]any{"tokenId": otherTokenID})
	remembers("another token", accountID+"/"+otherTokenID, other, servicetoken.RotationCallRotate, inputs)
	remembers("another scope", "zones/"+zoneID+"/"+thirdTokenID, stored(zoneState, map[string]any{"tokenId": thirdTokenID}), "", inZoneAlone, inputs)
	h.nextRun(t)
	remembers("another run", accountID+"/"+otherTokenID, other, "", inputs)
	ended := servicetoken.FormatTime(now)
	put := ` {"client_secret_version":2,"previous_client_secret_expires_at":"` + ended + `"}`
	c.expect(t, getToken, putToken+put, postRotate+" "+endAt(ended),
		"GET "+accountPath+"/"+otherTokenID, "POST "+accountPath+"/"+otherTokenID+"/rotate "+endAt(ended),
		"GET "+zonePath+"/"+thirdTokenID, "PUT "+zonePath+"/"+thirdTokenID+put,
		"GET "+accountPath+"/"+otherTokenID, "PUT "+accountPath+"/"+otherTokenID+put)
}

func TestThatNothingReturnsASecretIsRememberedForTheScope(t *testing.T) {
	t.Parallel()
	c := play(t, token(), token(at2...), token("id", `"`+otherTokenID+`"`))
	h := c.start(t)
	inputs := map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
	resp, err := h.updateInZone(stored(zoneState), nil, inputs)
	reasonOf(t, resp, err)
	other := stored(zoneState, map[string]any{"tokenId": otherTokenID})
	second, err := h.as(t, "second").updateOf("zones/"+zoneID+"/"+otherTokenID, other, inZoneAlone, inputs)
	expectSays(t, reasonOf(t, second, err), "nothing was changed: "+returnsNone+". "+mutedAdvice)
	expectState(t, second.Properties, other.Set("rotationCall", property.New(servicetoken.RotationCallNone))) // its secret is current
	c.expect(t, "GET "+zonePath+"/"+tokenID, "PUT "+zonePath+"/"+tokenID+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+end+`"}`,
		"GET "+zonePath+"/"+otherTokenID)
}

func TestWhichCallReturnsTheSecretIsRememberedByTheState(t *testing.T) {
	t.Parallel()
	c := play(t, token(), withSecret(newSecret, "client_secret_version", "2", "previous_client_secret_expires_at", `"`+end+`"`))
	h := c.start(t)
	inputs := map[string]any{"clientSecretVersion": 5, "previousClientSecretExpiresAt": end}
	resp, err := h.update(t, stored(map[string]any{"rotationCall": servicetoken.RotationCallRotate}), nil, inputs)
	if err != nil {
		t.Fatal(err)
	}
	c.expect(t, getToken, postRotate+" "+endAt(end))
	expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, map[string]any{"clientSecret": nil, "clientSecretVersion": 2,
		"heldClientSecretVersion": 2, "appliedClientSecretVersion": 5, "previousClientSecretExpiresAt": end, "rotationCall": servicetoken.RotationCallRotate}))
	expectNoChange(t, h, accountToken, resp.Properties, inputs, inputs)
}

func TestTheOtherChangesOfAPlanAreSentBeforeARotationByItsOwnCall(t *testing.T) {
	t.Parallel()
	state := map[string]any{"rotationCall": servicetoken.RotationCallRotate}
	inputs := map[string]any{"clientSecretVersion": 2, "name": "deploy", "duration": "24h", "enabled": false}
	put := putToken + ` {"duration":"24h","enabled":false,"name":"deploy"}`
	changed := []string{"name", `"deploy"`, "duration", `"24h"`, "enabled", "false", "expires_at", `"2026-10-02T12:00:00Z"`}
	after := map[string]any{"name": "deploy", "duration": "24h", "enabled": false, "expiresAt": "2026-10-02T12:00:00Z", "rotationCall": servicetoken.RotationCallRotate}

	t.Run("both carried out", func(t *testing.T) {
		t.Parallel()
		c := play(t, token(), token(changed...), withSecret(newSecret, append(changed, "client_secret_version", "2")...))
		resp, err := c.start(t).update(t, stored(state), nil, inputs)
		if err != nil {
			t.Fatal(err)
		}
		c.expect(t, getToken, put, postRotate+" "+endAt(servicetoken.FormatTime(now)))
		expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, after, map[string]any{"clientSecret": nil, "clientSecretVersion": 2,
			"heldClientSecretVersion": 2, "appliedClientSecretVersion": 2, "previousClientSecretExpiresAt": servicetoken.FormatTime(now)}))
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		c := play(t, token("created_at", `"2026-10-01T12:00:00Z"`), forbidden)
		resp, err := c.start(t).update(t, stored(state), nil, inputs)
		if err == nil || resp.PartialState != nil {
			t.Errorf("got %+v, %v", resp, err)
		}
		c.expect(t, getToken, put)
	})
	t.Run("carried out, and somebody has rotated since the look", func(t *testing.T) {
		t.Parallel()
		c := play(t, token(), token(append(changed, "client_secret_version", "5")...))
		resp, err := c.start(t).update(t, stored(state), nil, inputs)
		expectSays(t, reasonOf(t, resp, err), "the client secret was not rotated, since the token is at version 5 of its client secret, but this stack knows version 1"+twoCauses,
			"set clientSecretVersion to 6")
		c.expect(t, getToken, put)
		expectState(t, resp.Properties, stored(after, map[string]any{"clientSecretVersion": 5, "clientSecretStatus": servicetoken.StatusStale}))
	})
	t.Run("carried out, and the rotation refused", func(t *testing.T) {
		t.Parallel()
		resp, err := play(t, token(), token(changed...), forbidden).start(t).update(t, stored(state), nil, inputs)
		reasonOf(t, resp, err)
		expectState(t, resp.Properties, stored(after))
	})
}

package provider

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const (
	postRotate  = "POST " + accountPath + "/" + tokenID + "/rotate"
	otherEnd    = "2036-05-05T00:00:00Z"
	twoCauses   = ": somebody rotated it elsewhere, or a run of this stack was interrupted before it stored the result. The token's current state is stored. "
	returnsNone = "Cloudflare returns no client secret when it rotates this token"
	mutedAdvice = "To get a new secret, replace the token (`pulumi up --replace <URN>`), or move a zone's token to its account (set accountId instead of zoneId)"
)

var (
	oldEnough  = map[string]any{"clientSecretIssuedAt": "2026-01-01T00:00:00Z"}
	neverGiven = map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable}
	elsewhere7 = map[string]any{"clientSecretVersion": 7, "clientSecretStatus": servicetoken.StatusStale}
	lostTo2    = map[string]any{"clientSecretStatus": servicetoken.StatusStale, "pendingClientSecretVersion": 2, "pendingPreviousClientSecretExpiresAt": end}
	// unreturnedAt2 is after an update that rotated to version 2 and returned no secret.
	unreturnedAt2 = map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale, "pendingClientSecretVersion": 2,
		"pendingPreviousClientSecretExpiresAt": end, "previousClientSecretExpiresAt": end, "rotationCall": servicetoken.RotationCallRotate}
	// at2 is how Cloudflare then shows it.
	at2 = []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + end + `"`}
)

// merged is one map of several; later ones win.
func merged(of ...map[string]any) map[string]any {
	all := map[string]any{}
	for _, m := range of {
		maps.Copy(all, m)
	}
	return all
}

// endAt is the body of a call of rotate, and of an update that moves the end.
func endAt(end string) string { return `{"previous_client_secret_expires_at":"` + end + `"}` }

// inZoneAlone are the inputs of a zone's token, and zoneState makes an account's
// state one of the zone.
var (
	inZoneAlone = map[string]any{"accountId": nil, "zoneId": zoneID}
	zoneState   = map[string]any{"accountId": nil, "zoneId": zoneID}
)

func (h *harness) updateInZone(state property.Map, oldInputs, inputs map[string]any) (p.UpdateResponse, error) {
	return h.Update(p.UpdateRequest{ID: zoneToken, Urn: h.urn, State: state,
		OldInputs: props(inAccount, inZoneAlone, oldInputs), Inputs: props(inAccount, inZoneAlone, inputs)})
}

// changes reports whether a preview shows a change, and the reason if it fails.
func (h *harness) changes(id string, state property.Map, oldInputs, inputs map[string]any) (bool, error) {
	resp, err := h.Diff(p.DiffRequest{ID: id, Urn: h.urn, State: state, OldInputs: props(inAccount, oldInputs), Inputs: props(inAccount, inputs)})
	return resp.HasChanges, err
}

func expectNoChange(t *testing.T, h *harness, id string, state property.Map, oldInputs, inputs map[string]any) {
	t.Helper()
	if changes, err := h.changes(id, state, oldInputs, inputs); err != nil || changes {
		t.Errorf("a run after it shows a change: %v, %v", changes, err)
	}
}

// The read before each rotation.

func TestNothingIsSentWhereTheReadFindsTheTokenAheadOfTheState(t *testing.T) {
	t.Parallel()
	const again = "Run `pulumi up` again: it rotates the client secret, since recoverClientSecret is "
	raise := func(version int, orRecover string) string {
		return fmt.Sprintf("To get a new client secret, set clientSecretVersion to %d, or recoverClientSecret to %q, and run `pulumi up`", version, orRecover)
	}
	versionHidden := []string{"client_secret_version", ""}
	ends := append(versionHidden, "previous_client_secret_expires_at", `"`+otherEnd+`"`)
	raised, always, imported := map[string]any{"clientSecretVersion": 2}, map[string]any{"recoverClientSecret": "always"}, map[string]any{"recoverClientSecret": "imported"}
	aged := map[string]any{"rotateAfter": "25h"}
	for asks, test := range map[string]struct {
		state, inputs map[string]any
		knows         int
		// wayOut is where the version is shown, and wayOutHidden where it is not.
		wayOut, wayOutHidden string
	}{
		"a raised version":                    {nil, raised, 1, raise(10, "always"), raise(3, "always")},
		"an age":                              {oldEnough, aged, 1, raise(10, "always"), raise(3, "always")},
		"an age that would recover":           {oldEnough, merged(aged, always), 1, again + `"always"`, again + `"always"`},
		"an age that would recover an import": {oldEnough, merged(aged, imported), 1, raise(10, "always"), raise(3, "always")},
		"a recovery of an import":             {neverGiven, imported, 1, again + `"imported"`, again + `"imported"`},
		"a raised version of an import":       {neverGiven, raised, 1, raise(10, "imported"), raise(2, "imported")},
		"a raised version of an import of no known version": {merged(neverGiven, map[string]any{"clientSecretVersion": nil}), raised, 1,
			raise(10, "imported"), raise(2, "imported")},
		"a recovery of what was rotated elsewhere before":       {elsewhere7, always, 7, again + `"always"`, again + `"always"`},
		"a raised version of what was rotated elsewhere before": {elsewhere7, map[string]any{"clientSecretVersion": 8}, 7, raise(10, "always"), raise(8, "always")},
		"the completion of a lost rotation":                     {lostTo2, raised, 1, raise(10, "always"), raise(3, "always")},
		"the completion of a lost recovery":                     {merged(lostTo2, neverGiven), raised, 1, raise(10, "imported"), raise(2, "imported")},
		"the completion of one that returned no secret":         {unreturnedAt2, raised, 2, raise(10, "always"), raise(3, "always")},
	} {
		for shown, by := range map[string]struct {
			answers []http.HandlerFunc
			version bool
		}{
			"by its version":                  {[]http.HandlerFunc{token("client_secret_version", "9")}, true},
			"by its version in a listing":     {[]http.HandlerFunc{token(versionHidden...), listing("client_secret_version", "9")}, true},
			"by another end, with no version": {[]http.HandlerFunc{token(ends...), listing(ends...)}, false},
			"by another end, and no listing":  {[]http.HandlerFunc{token(ends...), forbidden}, false},
		} {
			t.Run(asks+", "+shown, func(t *testing.T) {
				t.Parallel()
				c := play(t, by.answers...)
				before := stored(test.state)
				resp, err := c.start(t).update(t, before, map[string]any{"clientSecretVersion": 1}, test.inputs)
				status := servicetoken.StatusStale
				if text(before, "clientSecret") == "" {
					status = servicetoken.StatusUnavailable
				}
				want := map[string]any{"clientSecretVersion": 9, "clientSecretStatus": status,
					"pendingClientSecretVersion": nil, "pendingPreviousClientSecretExpiresAt": nil}
				found, wayOut := fmt.Sprintf("the token is at version 9 of its client secret, but this stack knows version %d", test.knows), test.wayOut
				if !by.version {
					delete(want, "clientSecretVersion") // stays what it was
					want["previousClientSecretExpiresAt"] = otherEnd
					found, wayOut = "the previous client secret ends at "+otherEnd+", and not at the time that this stack knows", test.wayOutHidden
				}
				if got, want := reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID+" of account "+accountID+
					": nothing was changed, since "+found+twoCauses+wayOut; got != want {
					t.Errorf("\n got %s\nwant %s", got, want)
				}
				expectState(t, resp.Properties, stored(test.state, want))
				if asked := c.asked(); asked[0] != getToken {
					t.Errorf("the read is %s", asked[0])
				}
			})
		}
	}
}

func TestARotationOfAZonesTokenReadsItFirst(t *testing.T) {
	t.Parallel()
	c := play(t, token("client_secret_version", "9"))
	resp, err := c.start(t).updateInZone(stored(zoneState), nil, map[string]any{"clientSecretVersion": 2})
	expectSays(t, reasonOf(t, resp, err), "nothing was changed, since the token is at version 9")
	c.expect(t, "GET "+zonePath+"/"+tokenID)
}

func TestARotationIsSentWhereTheReadFindsNothingNew(t *testing.T) {
	t.Parallel()
	versionHidden := []string{"client_secret_version", ""}
	for name, test := range map[string]struct {
		answers  []http.HandlerFunc
		requests []string
	}{
		"shown":                              {[]http.HandlerFunc{token()}, []string{getToken}},
		"shown by the listing":               {[]http.HandlerFunc{token(versionHidden...), listing()}, []string{getToken, accountTokens}},
		"not shown":                          {[]http.HandlerFunc{token(versionHidden...), listing(versionHidden...)}, []string{getToken, accountTokens}},
		"not listed":                         {[]http.HandlerFunc{token(versionHidden...), noTokens}, []string{getToken, accountTokens}},
		"not shown, and the listing refused": {[]http.HandlerFunc{token(versionHidden...), forbidden}, []string{getToken, accountTokens}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, append(test.answers, withSecret(newSecret, "client_secret_version", "2"))...)
			resp, err := c.start(t).update(t, stored(), nil, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end})
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Errorf("not rotated: %v", err)
			}
			c.expect(t, append(test.requests, putToken+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+end+`"}`)...)
		})
	}
}

func TestARotationThatCannotBeReadBeforeSendsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"refused": {forbidden, `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID},
		"gone":    {gone, "it no longer exists; run `pulumi refresh`, and the next `pulumi up` creates a new one"},
		"lost":    {hangUp, "GET accounts/" + accountID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, test.answer)
			resp, err := c.start(t).update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
			if err == nil || resp.PartialState != nil || resp.Properties.Len() > 0 {
				t.Fatalf("got %+v, %v", resp, err)
			}
			expectSays(t, err.Error(), "rotating the client secret of service token "+tokenID, test.says)
			c.expect(t, getToken)
		})
	}
}

// The refused run keeps the old inputs, so that the number stays raised.
func TestAStackThatRunsUnattendedGetsOverARotationThatWasCutOff(t *testing.T) {
	t.Parallel()
	last := map[string]any{"clientSecretVersion": 1}
	program := map[string]any{"clientSecretVersion": 2, "recoverClientSecret": "always"}
	c := play(t, token("client_secret_version", "2"), token("client_secret_version", "2"), withSecret(newSecret, "client_secret_version", "3"))
	h := c.start(t)
	first, err := h.update(t, stored(), last, program)
	expectSays(t, reasonOf(t, first, err), "nothing was changed", "Run `pulumi up` again")
	second, err := h.update(t, first.Properties, last, program)
	if err != nil || text(second.Properties, "clientSecret") != newSecret {
		t.Fatalf("the second run does not recover it: %v", err)
	}
	c.expect(t, getToken, getToken, putToken+` {"client_secret_version":3,"previous_client_secret_expires_at":"`+servicetoken.FormatTime(now.Add(24*time.Hour))+`"}`)
	expectNoChange(t, h, accountToken, second.Properties, program, program)
}

func TestAnUpdateThatFailsStoresWhatTheReadShowed(t *testing.T) {
	t.Parallel()
	inputs := map[string]any{"clientSecretVersion": 2}
	resp, err := play(t, token("expires_at", `"2028-01-01T00:00:00Z"`, "enabled", "false"), forbidden).start(t).update(t, stored(), nil, inputs)
	expectSays(t, reasonOf(t, resp, err), "rotating the client secret of service token "+tokenID, `"Access: Service Tokens Write"`)
	expectState(t, resp.Properties, stored(map[string]any{"expiresAt": "2028-01-01T00:00:00Z", "enabled": false}))

	resp, err = play(t, token(), forbidden).start(t).update(t, stored(), nil, inputs)
	if err == nil || resp.PartialState != nil || resp.Properties.Len() > 0 {
		t.Errorf("without news: %+v, %v", resp, err)
	}
}

func TestMovingTheEndOfAGraceIsPrecededByTheSameRead(t *testing.T) {
	t.Parallel()
	const running = "2036-11-01T12:00:00Z"
	state := map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "previousClientSecretExpiresAt": running}
	inputs := map[string]any{"previousClientSecretExpiresAt": end}
	for name, test := range map[string]struct {
		shown []string
		found string
		after map[string]any
	}{
		"with a higher version": {[]string{"client_secret_version", "3", "previous_client_secret_expires_at", `"` + running + `"`},
			"the token is at version 3 of its client secret, but this stack knows version 2", map[string]any{"clientSecretVersion": 3}},
		"with another end": {[]string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + otherEnd + `"`},
			"the previous client secret ends at " + otherEnd + ", and not at the time that this stack knows", map[string]any{"previousClientSecretExpiresAt": otherEnd}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(test.shown...))
			resp, err := c.start(t).update(t, stored(state), nil, inputs)
			expectSays(t, reasonOf(t, resp, err), "updating service token "+tokenID, "nothing was changed, since "+test.found+twoCauses)
			expectState(t, resp.Properties, stored(state, test.after, map[string]any{"clientSecretStatus": servicetoken.StatusStale}))
			c.expect(t, getToken)
		})
	}
}

func TestTheEndOfAGraceIsMovedWhereTheReadShowsNoOtherRotation(t *testing.T) {
	t.Parallel()
	state := map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "previousClientSecretExpiresAt": "2036-11-01T12:00:00Z"}
	inputs := map[string]any{"previousClientSecretExpiresAt": end}
	moved := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + end + `"`}
	for name, shown := range map[string][]string{
		"since a run that was cut off has moved it": moved,
		"since the read does not show the end":      {"client_secret_version", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(shown...), token(moved...))
			resp, err := c.start(t).update(t, stored(state), nil, inputs)
			if err != nil {
				t.Fatal(err)
			}
			expectState(t, resp.Properties, stored(state, inputs))
			c.expect(t, getToken, putToken+" "+endAt(end))
		})
	}
}

// A second resource that moves the end of a grace rotates nothing.
func TestTheEndOfAGraceMayBeMovedInTheRunThatRotated(t *testing.T) {
	t.Parallel()
	shown := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + end + `"`}
	c := play(t, token(), withSecret(newSecret, shown...), token(shown...), token("client_secret_version", "2", "previous_client_secret_expires_at", `"`+otherEnd+`"`))
	h := c.start(t)
	rotated, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := h.as(t, "second").update(t, rotated.Properties, map[string]any{"previousClientSecretExpiresAt": end}, map[string]any{"previousClientSecretExpiresAt": otherEnd})
	if err != nil || text(moved.Properties, "previousClientSecretExpiresAt") != otherEnd {
		t.Errorf("the end is %s, %v", text(moved.Properties, "previousClientSecretExpiresAt"), err)
	}
}

// A rotation that is pending.

func TestAPendingRotationIsCompletedUnlessItIsSomebodyElses(t *testing.T) {
	t.Parallel()
	shows := func(version string, end string) []string {
		pairs := []string{"client_secret_version", version}
		if end != "" {
			pairs = append(pairs, "previous_client_secret_expires_at", `"`+end+`"`)
		}
		return pairs
	}
	before010 := merged(lostTo2, map[string]any{"pendingPreviousClientSecretExpiresAt": nil})
	for name, test := range map[string]struct {
		state map[string]any
		shown []string
		ours  bool
	}{
		"that did not happen":                            {lostTo2, shows("1", ""), true},
		"that happened, with the end that was sent":      {lostTo2, shows("2", end), true},
		"that happened, and shows no end":                {lostTo2, shows("2", ""), true},
		"at the same version with another end":           {lostTo2, shows("2", otherEnd), false},
		"with a version above":                           {lostTo2, shows("3", end), false},
		"with a version below and another end":           {lostTo2, shows("1", otherEnd), false},
		"of a state without an end that did not happen":  {before010, shows("1", ""), true},
		"of a state without an end that happened":        {before010, shows("2", end), true},
		"of a state without an end, and a version above": {before010, shows("3", end), false},
		"with a version below and the end that was known": {
			merged(lostTo2, map[string]any{"previousClientSecretExpiresAt": otherEnd}), shows("1", otherEnd), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := []http.HandlerFunc{token(test.shown...)}
			if test.ours {
				answers = append(answers, withSecret(newSecret, shows("3", end)...))
			}
			h := play(t, answers...).start(t)
			inputs := map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
			resp, err := h.update(t, stored(test.state), map[string]any{"clientSecretVersion": 1}, inputs)
			if !test.ours {
				expectSays(t, reasonOf(t, resp, err), "nothing was changed")
				if got := dropNulls(resp.Properties); text(got, "clientSecretStatus") != servicetoken.StatusStale || got.Get("pendingClientSecretVersion").IsNumber() ||
					text(got, "pendingPreviousClientSecretExpiresAt") != "" || text(got, "clientSecret") != oldSecret {
					t.Errorf("stored %v", got.Delete("clientSecret"))
				}
				return
			}
			if err != nil || text(resp.Properties, "clientSecret") != newSecret {
				t.Fatalf("not completed: %v", err)
			}
			expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, map[string]any{"clientSecret": nil, "clientSecretVersion": 3,
				"heldClientSecretVersion": 3, "appliedClientSecretVersion": 2, "previousClientSecretExpiresAt": end}))
			expectNoChange(t, h, accountToken, resp.Properties, inputs, inputs)
		})
	}
}

func TestARefreshDropsAPendingRotationThatIsSomebodyElses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		shown   []string
		after   map[string]any
		dropped bool
	}{
		"not yet there":        {nil, nil, false},
		"there":                {at2, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}, false},
		"with a later one":     {[]string{"client_secret_version", "3"}, map[string]any{"clientSecretVersion": 3}, true},
		"with another end":     {[]string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + otherEnd + `"`}, map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": otherEnd}, true},
		"and no version shown": {[]string{"client_secret_version", "", "previous_client_secret_expires_at", `"` + otherEnd + `"`}, map[string]any{"previousClientSecretExpiresAt": otherEnd}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := play(t, token(test.shown...)).start(t).refresh(t, stored(lostTo2), nil)
			want := merged(lostTo2, test.after)
			if test.dropped {
				want["pendingClientSecretVersion"], want["pendingPreviousClientSecretExpiresAt"] = nil, nil
			}
			expectState(t, resp.Properties, stored(want))
		})
	}
}

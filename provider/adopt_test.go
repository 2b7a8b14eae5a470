package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// foreignState is what the cloudflare provider stores of an ordinary token today.
func foreignState(changes ...map[string]any) property.Map {
	return props(append([]map[string]any{{
		"__meta":                   `{"schema_version":"500"}`,
		"__pulumi_raw_state_delta": property.New(property.NewMap(map[string]property.Value{"obj": property.New(property.Null).WithSecret(true)})),
		"id":                       tokenID, "accountId": accountID, "name": "ci", "duration": "8760h",
		"clientId":  "0123456789abcdef0123456789abcdef.access",
		"expiresAt": "2027-10-01T12:00:00Z", "clientSecret": property.New(oldSecret).WithSecret(true), "clientSecretVersion": 1,
	}}, changes...)...)
}

// ageUnknown is the state of a secret of which it is not known when it was issued.
var ageUnknown = map[string]any{"clientSecretIssuedAt": nil}

// version5 is what the cloudflare provider's version 5 stores otherwise.
var version5 = map[string]any{"clientSecretVersion": nil, "__pulumi_raw_state_delta": nil, "minDaysForRenewal": 30}

func (h *harness) adopt(t *testing.T, state property.Map, inputs map[string]any, dryRun bool) (p.UpdateResponse, error) {
	t.Helper()
	return h.adoptAfter(t, nil, state, inputs, dryRun)
}

// adoptAfter is adopt where the last run of the other provider asked for more.
func (h *harness) adoptAfter(t *testing.T, asked map[string]any, state property.Map, inputs map[string]any, dryRun bool) (p.UpdateResponse, error) {
	t.Helper()
	return h.Update(p.UpdateRequest{
		ID: tokenID, Urn: h.urn, State: state, DryRun: dryRun,
		OldInputs: props(inAccount, asked, map[string]any{"minDaysForRenewal": 30, "__defaults": property.New([]property.Value{})}), Inputs: props(inAccount, inputs),
	})
}

func TestAnAdoptionWritesNothingAndKeepsTheClientSecret(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old property.Map
		// asked is what the last run asked for, and program what this one does.
		asked, program map[string]any
		answer         http.HandlerFunc
		want           map[string]any
	}{
		"of a version 6":                {old: foreignState()},
		"of a version 5":                {old: foreignState(version5)},
		"of which no version is shown":  {old: foreignState(), answer: token("client_secret_version", "")},
		"of a version that is a text":   {old: foreignState(map[string]any{"clientSecretVersion": "1"})},
		"of a state that holds a null":  {old: foreignState(map[string]any{"zoneId": property.New(property.Null), "previousClientSecretExpiresAt": ""})},
		"of an account in upper case":   {old: foreignState(map[string]any{"accountId": strings.ToUpper(accountID)})},
		"of which all else is nonsense": {old: foreignState(map[string]any{"duration": 7, "expiresAt": "soon", "clientSecretVersion": "one", "enabled": "maybe", "clientId": true})},
		"of a secret without a mark":    {old: foreignState(map[string]any{"clientSecret": oldSecret})},
		"that was rotated": {
			old:    foreignState(map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2026-10-08T14:00:00.5+02:00"}),
			asked:  map[string]any{"clientSecretVersion": 2},
			answer: token("client_secret_version", "2", "previous_client_secret_expires_at", `"2026-10-08T12:00:00Z"`),
			want:   map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "previousClientSecretExpiresAt": "2026-10-08T12:00:00Z"},
		},
		"whose program no longer says when the previous secret ends": {
			old:    foreignState(map[string]any{"clientSecretVersion": 2}),
			asked:  map[string]any{"clientSecretVersion": "2"},
			answer: token("client_secret_version", "2", "previous_client_secret_expires_at", `"2026-10-08T12:00:00Z"`),
			want:   map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "previousClientSecretExpiresAt": "2026-10-08T12:00:00Z"},
		},
		"that was rotated elsewhere before the other provider's last refresh": {
			old:    foreignState(map[string]any{"clientSecretVersion": 3}),
			asked:  map[string]any{"clientSecretVersion": 2},
			answer: token("client_secret_version", "3"),
			want:   map[string]any{"clientSecretVersion": 3, "heldClientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale},
		},
		"whose last refresh wrote that into the inputs too": {
			old:     foreignState(map[string]any{"clientSecretVersion": 3}),
			asked:   map[string]any{"clientSecretVersion": 3},
			program: map[string]any{"clientSecretVersion": 2},
			answer:  token("client_secret_version", "3"),
			want:    map[string]any{"clientSecretVersion": 3, "heldClientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale},
		},
		"that was rotated elsewhere": {
			old:    foreignState(),
			answer: token("client_secret_version", "2"),
			want:   map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale},
		},
		"of a version 5 that was rotated elsewhere": {
			old:    foreignState(version5),
			answer: token("client_secret_version", "2"),
			want:   map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale},
		},
		"of which the end of the previous secret was moved elsewhere": {
			old:    foreignState(map[string]any{"previousClientSecretExpiresAt": "2026-10-08T12:00:00Z"}),
			answer: token("previous_client_secret_expires_at", `"2026-10-09T12:00:00Z"`),
			want:   map[string]any{"clientSecretStatus": servicetoken.StatusStale, "previousClientSecretExpiresAt": "2026-10-09T12:00:00Z"},
		},
		"without a client secret": {
			old:  foreignState(map[string]any{"clientSecret": nil}),
			want: map[string]any{"clientSecret": nil, "clientSecretStatus": servicetoken.StatusUnavailable, "heldClientSecretVersion": nil},
		},
		"that lasts forever": {
			old:    foreignState(map[string]any{"duration": servicetoken.Forever, "expiresAt": "9999-12-31T23:59:59Z"}),
			answer: token("duration", `"forever"`, "expires_at", `"9999-12-31T23:59:59Z"`),
			want:   map[string]any{"duration": servicetoken.Forever, "expiresAt": nil},
		},
		"that is disabled": {
			old:    foreignState(),
			answer: token("enabled", "false"),
			want:   map[string]any{"enabled": false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.answer == nil {
				test.answer = token()
			}
			c := play(t, test.answer)
			h := c.start(t)
			resp, err := h.adoptAfter(t, test.asked, test.old, test.program, false)
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, "GET "+accountPath+"/"+tokenID)
			expectState(t, resp.Properties, stored(ageUnknown, test.want))
			if _, without := test.want["clientSecret"]; !without {
				expectSecret(t, resp.Properties)
			}
			stale := slices.ContainsFunc(h.log(), func(line string) bool { return strings.HasPrefix(line, "WARN the client secret that this stack holds") })
			if stale != (test.want["clientSecretStatus"] == servicetoken.StatusStale) {
				t.Errorf("logged %q", h.log())
			}

			// From here on it is a token like any other.
			diff, err := h.Diff(p.DiffRequest{ID: tokenID, Urn: h.urn, State: resp.Properties, OldInputs: props(inAccount), Inputs: props(inAccount)})
			if err != nil || diff.HasChanges {
				t.Errorf("the next run finds a change: %v, %v", diff.DetailedDiff, err)
			}
		})
	}
}

func TestAnAdoptionOfAZonesTokenAsksTheZone(t *testing.T) {
	t.Parallel()
	c := play(t, token())
	h := c.start(t)
	resp, err := h.Update(p.UpdateRequest{
		ID: tokenID, Urn: h.urn, State: foreignState(map[string]any{"accountId": "", "zoneId": zoneID}), Inputs: props(map[string]any{"zoneId": zoneID, "name": "ci"}),
	})
	if err != nil || text(resp.Properties, "zoneId") != zoneID {
		t.Errorf("got %v, %v", resp.Properties, err)
	}
	c.expect(t, "GET "+zonePath+"/"+tokenID)
}

func TestAnAdoptionWritesWhatDiffersInOneRequest(t *testing.T) {
	t.Parallel()
	c := play(t, token("duration", `"24h"`, "enabled", "", "expires_at", `"2026-10-02T12:00:00Z"`))
	resp, err := c.start(t).adopt(t, foreignState(version5), map[string]any{"duration": "24h"}, false)
	if err != nil {
		t.Fatal(err)
	}
	c.expect(t, "PUT "+accountPath+"/"+tokenID+` {"duration":"24h"}`)
	expectSecret(t, resp.Properties)
	expectState(t, resp.Properties,
		stored(ageUnknown, map[string]any{"duration": "24h", "expiresAt": "2026-10-02T12:00:00Z"}))
}

func TestAnAdoptionMayRotate(t *testing.T) {
	t.Parallel()
	c := play(t, token(), withSecret(newSecret, "client_secret_version", "2", "previous_client_secret_expires_at", `"`+end+`"`))
	resp, err := c.start(t).adopt(t, foreignState(), map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end}, false)
	if err != nil || text(resp.Properties, "clientSecret") != newSecret || text(resp.Properties, "clientSecretStatus") != servicetoken.StatusCurrent {
		t.Errorf("got status %s, %v", text(resp.Properties, "clientSecretStatus"), err)
	}
	c.expect(t, "GET "+accountPath+"/"+tokenID, "PUT "+accountPath+"/"+tokenID+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+end+`"}`)
}

func TestAnAdoptionWhoseAnswerWasLostIsCompletedByTheNextRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inputs  map[string]any
		answers []http.HandlerFunc
		status  string
		want    map[string]any
	}{
		"a rotation's": {
			inputs:  map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end},
			answers: []http.HandlerFunc{token(), html, token(), withSecret(newSecret, "client_secret_version", "3")},
			status:  servicetoken.StatusStale,
		},
		"another change's": {
			inputs:  map[string]any{"duration": "24h"},
			answers: []http.HandlerFunc{html, token(), token("duration", `"24h"`)},
			status:  servicetoken.StatusCurrent,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, test.answers...).start(t)
			lost, err := h.adopt(t, foreignState(), test.inputs, false)
			if lost.PartialState == nil {
				t.Fatalf("got %v, want a partial state", err)
			}
			expectSecret(t, lost.Properties)
			if got := text(lost.Properties, "clientSecretStatus"); got != test.status || text(lost.Properties, "clientSecret") != oldSecret {
				t.Errorf("clientSecretStatus is %q, want %q, with the old secret", got, test.status)
			}
			resp, err := h.adopt(t, lost.Properties, test.inputs, false)
			if err != nil || text(resp.Properties, "clientSecretStatus") != servicetoken.StatusCurrent {
				t.Errorf("the next run: status %s, %v", text(resp.Properties, "clientSecretStatus"), err)
			}
		})
	}
}

func TestAnAdoptionOfWhatIsGoneOrCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"gone":    {gone, "adopting service token " + tokenID + " of account " + accountID + ": it no longer exists; run `pulumi refresh`"},
		"refused": {refuse(http.StatusForbidden, 10000, "Authentication error"), `the API token needs the permission "Access: Service Tokens Read"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := play(t, test.answer).start(t).adopt(t, foreignState(), nil, false)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}

func TestThePreviewOfAnAdoptionKnowsTheClientSecret(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		old      property.Map
		inputs   map[string]any
		computed []string
	}{
		"of a version 6": {
			old:      foreignState(),
			computed: []string{"clientSecretStatus", "createdAt", "enabled", "previousClientSecretExpiresAt"},
		},
		"of a version 5": {
			old: foreignState(version5),
			computed: []string{"clientSecretStatus", "clientSecretVersion", "createdAt", "enabled",
				"previousClientSecretExpiresAt"},
		},
		"with a change": {
			old:      foreignState(map[string]any{"previousClientSecretExpiresAt": end}),
			inputs:   map[string]any{"enabled": false, "duration": "24h"},
			computed: []string{"clientSecretStatus", "createdAt", "expiresAt"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := start(t, nil).adopt(t, test.old, test.inputs, true)
			if err != nil {
				t.Fatal(err)
			}
			expectSecret(t, resp.Properties)
			if text(resp.Properties, "clientSecret") != oldSecret || text(resp.Properties, "tokenId") != tokenID {
				t.Error("the client secret or the token's id is not known")
			}
			if got := computedKeys(resp.Properties); !slices.Equal(got, test.computed) {
				t.Errorf("unknown:\n got %q\nwant %q", got, test.computed)
			}
		})
	}
}

func TestThePreviewOfAnAdoptionShowsNoExpiryOfATokenThatLastsForever(t *testing.T) {
	t.Parallel()
	resp, err := start(t, nil).adopt(t, foreignState(map[string]any{"duration": servicetoken.Forever, "expiresAt": "9999-12-31T23:59:59Z"}), nil, true)
	if err != nil || !resp.Properties.Get("expiresAt").IsNull() {
		t.Errorf("expiresAt is %v, %v", resp.Properties.Get("expiresAt"), err)
	}
}

// The program says which version the client secret is of. A refresh does not
// know.
func TestARefreshUnderTheNewTypeLeavesTheAdoptionToTheUpdate(t *testing.T) {
	t.Parallel()
	c := play(t, token(), listing("id", `"`+otherTokenID+`"`), gone) // a listing proves nothing
	h := c.start(t)
	request := p.ReadRequest{ID: tokenID, Urn: h.urn, Properties: foreignState(version5),
		Inputs: props(inAccount, map[string]any{"minDaysForRenewal": 30, "__defaults": property.New([]property.Value{})})}
	resp, err := h.Read(request)
	if err != nil || resp.ID != tokenID {
		t.Fatalf("id %q, %v", resp.ID, err)
	}
	expectSecret(t, resp.Properties)
	expectState(t, resp.Properties, stored(ageUnknown, map[string]any{"heldClientSecretVersion": nil, "clientSecretStatus": ""}))
	diff, err := h.Diff(p.DiffRequest{ID: tokenID, Urn: h.urn, State: resp.Properties, OldInputs: resp.Inputs, Inputs: props(inAccount)})
	if err != nil || !diff.HasChanges {
		t.Errorf("the next run does not adopt it: %v, %v", diff, err)
	}

	if resp, err = h.Read(request); err != nil || resp.ID != "" {
		t.Errorf("a token that is gone: id %q, %v", resp.ID, err)
	}
}

func TestARefreshUnderTheNewTypeGoesByTheVersionThatTheLastRunAskedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		asked map[string]any
		warns bool
	}{
		"the token's": {map[string]any{"clientSecretVersion": 3}, false},
		"a lower one": {map[string]any{"clientSecretVersion": 2}, true},
		"none":        {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, token("client_secret_version", "3")).start(t)
			_, err := h.Read(p.ReadRequest{ID: tokenID, Urn: h.urn, Inputs: props(inAccount, test.asked),
				Properties: foreignState(map[string]any{"clientSecretVersion": 3})})
			warned := slices.ContainsFunc(h.log(), func(line string) bool { return strings.HasPrefix(line, "WARN the client secret that this stack holds") })
			if err != nil || warned != test.warns {
				t.Errorf("logged %q, %v", h.log(), err)
			}
		})
	}
}

func TestATokenOfTheCloudflareProviderIsDeletedWhereItIs(t *testing.T) {
	t.Parallel()
	c := play(t, token())
	h := c.start(t)
	if err := h.Delete(p.DeleteRequest{ID: tokenID, Urn: h.urn, Properties: foreignState()}); err != nil {
		t.Fatal(err)
	}
	c.expect(t, "DELETE "+accountPath+"/"+tokenID)
}

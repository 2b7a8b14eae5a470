package provider

import (
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// stored is the state of an ordinary token of the account, as a stack holds it.
func stored(changes ...map[string]any) property.Map {
	return props(append([]map[string]any{{
		"accountId": accountID, "name": "ci", "duration": "8760h", "enabled": true, "tokenId": tokenID,
		"clientId": "0123456789abcdef0123456789abcdef.access", "clientSecret": property.New(oldSecret).WithSecret(true),
		"clientSecretVersion": 1, "heldClientSecretVersion": 1, "clientSecretStatus": servicetoken.StatusCurrent,
		"clientSecretIssuedAt": "2026-09-15T12:00:00Z", "createdAt": "2026-10-01T12:00:00Z", "expiresAt": "2027-10-01T12:00:00Z",
	}}, changes...)...)
}

// issuedNow is the state of a secret that was issued in the test.
var issuedNow = map[string]any{"clientSecretIssuedAt": servicetoken.FormatTime(now)}

func (h *harness) previewUpdate(t *testing.T, state, inputs property.Map) property.Map {
	t.Helper()
	resp, err := h.Update(p.UpdateRequest{
		ID: accountToken, Urn: h.urn, State: state, OldInputs: props(inAccount), Inputs: inputs, DryRun: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Properties
}

func TestThePreviewOfACreationKnowsWhatTheInputsTell(t *testing.T) {
	t.Parallel()
	returned := []string{"clientId", "clientSecret", "clientSecretIssuedAt", "createdAt", "tokenId"}
	for name, test := range map[string]struct {
		inputs   map[string]any
		computed []string
		known    map[string]any
	}{
		"the least": {
			computed: append(returned, "duration", "expiresAt"),
			known: map[string]any{"accountId": accountID, "name": "ci", "enabled": true, "clientSecretVersion": 1, "heldClientSecretVersion": 1,
				"clientSecretStatus": "current"},
		},
		"a zone": {
			inputs:   map[string]any{"accountId": nil, "zoneId": zoneID},
			computed: append(returned, "duration", "expiresAt"),
			known: map[string]any{"zoneId": zoneID, "name": "ci", "enabled": true, "clientSecretVersion": 1, "heldClientSecretVersion": 1,
				"clientSecretStatus": "current"},
		},
		"a duration": {
			inputs:   map[string]any{"duration": "24h", "enabled": false, "clientSecretVersion": 3},
			computed: append(returned, "expiresAt"),
			known: map[string]any{"accountId": accountID, "name": "ci", "duration": "24h", "enabled": false, "clientSecretVersion": 3,
				"heldClientSecretVersion": 3, "appliedClientSecretVersion": 3, "clientSecretStatus": "current"},
		},
		"forever": {
			inputs:   map[string]any{"duration": servicetoken.Forever},
			computed: returned,
			known: map[string]any{"accountId": accountID, "name": "ci", "duration": servicetoken.Forever, "enabled": true, "clientSecretVersion": 1,
				"heldClientSecretVersion": 1, "clientSecretStatus": "current"},
		},
		"what is not known yet": {
			inputs:   map[string]any{"accountId": unknownValue, "name": unknownValue, "duration": unknownValue, "enabled": unknownValue, "clientSecretVersion": unknownValue},
			computed: append(returned, "accountId", "name", "duration", "expiresAt", "enabled", "clientSecretVersion", "heldClientSecretVersion", "appliedClientSecretVersion"),
			known:    map[string]any{"clientSecretStatus": "current"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t)
			h := c.start(t)
			resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount, test.inputs), DryRun: true})
			if err != nil {
				t.Fatal(err)
			}
			if resp.ID != "" {
				t.Errorf("the preview gives the id %q", resp.ID)
			}
			if got, want := computedKeys(resp.Properties), slices.Sorted(slices.Values(test.computed)); !slices.Equal(got, want) {
				t.Errorf("computed:\n got %q\nwant %q", got, want)
			}
			expectSecret(t, resp.Properties)
			knownOnly := resp.Properties
			for _, key := range test.computed {
				knownOnly = knownOnly.Delete(key)
			}
			if want := props(test.known); !dropNulls(knownOnly).Equals(want) {
				t.Errorf("known:\n got %v\nwant %v", dropNulls(knownOnly), want)
			}
			c.expect(t)
		})
	}
}

func dropNulls(m property.Map) property.Map {
	for key, value := range m.All {
		if value.IsNull() {
			m = m.Delete(key)
		}
	}
	return m
}

func TestThePreviewOfAnUpdateMakesUnknownOnlyWhatWillChange(t *testing.T) {
	t.Parallel()
	const end = "2027-01-31T12:00:00Z"
	ending := map[string]any{"previousClientSecretExpiresAt": "2036-11-01T12:00:00Z"}
	for name, test := range map[string]struct {
		state, inputs map[string]any
		computed      []string
		changed       map[string]any // known already
	}{
		"nothing":    {},
		"a rename":   {inputs: map[string]any{"name": "deploy"}, changed: map[string]any{"name": "deploy"}},
		"disabling":  {inputs: map[string]any{"enabled": false}, changed: map[string]any{"enabled": false}},
		"a duration": {inputs: map[string]any{"duration": "24h"}, changed: map[string]any{"duration": "24h"}, computed: []string{"expiresAt"}},
		"forever":    {inputs: map[string]any{"duration": servicetoken.Forever}, changed: map[string]any{"duration": servicetoken.Forever, "expiresAt": nil}},
		"a rotation": {
			inputs:   map[string]any{"clientSecretVersion": 2},
			changed:  map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "appliedClientSecretVersion": 2},
			computed: []string{"clientSecret", "clientSecretIssuedAt", "previousClientSecretExpiresAt"},
		},
		"a rotation with a grace": {
			inputs:   map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end},
			changed:  map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "appliedClientSecretVersion": 2, "previousClientSecretExpiresAt": end},
			computed: []string{"clientSecret", "clientSecretIssuedAt"},
		},
		"the completion of a lost rotation": {
			state:  map[string]any{"pendingClientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale},
			inputs: map[string]any{"clientSecretVersion": 2},
			changed: map[string]any{"clientSecretVersion": 3, "heldClientSecretVersion": 3, "appliedClientSecretVersion": 2, "pendingClientSecretVersion": nil,
				"clientSecretStatus": servicetoken.StatusCurrent},
			computed: []string{"clientSecret", "clientSecretIssuedAt", "previousClientSecretExpiresAt"},
		},
		"a rotation by age": {
			state:    map[string]any{"clientSecretIssuedAt": "2026-06-01T12:00:00Z"},
			inputs:   map[string]any{"rotateAfter": "2160h"},
			changed:  map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2},
			computed: []string{"clientSecret", "clientSecretIssuedAt", "previousClientSecretExpiresAt"},
		},
		"a rotation of what is stale": {
			state:    map[string]any{"clientSecretVersion": 7, "clientSecretStatus": servicetoken.StatusStale},
			inputs:   map[string]any{"recoverClientSecret": "always"},
			changed:  map[string]any{"clientSecretVersion": 8, "heldClientSecretVersion": 8, "clientSecretStatus": servicetoken.StatusCurrent},
			computed: []string{"clientSecret", "clientSecretIssuedAt", "previousClientSecretExpiresAt"},
		},
		"a renewal": {
			state: map[string]any{"expiresAt": "2026-10-10T12:00:00Z"}, inputs: map[string]any{"minDaysForRenewal": 30}, computed: []string{"expiresAt"},
		},
		"a grace that is moved": {
			state:   map[string]any{"previousClientSecretExpiresAt": "2026-10-02T12:00:00Z", "clientSecretIssuedAt": "2026-10-01T12:00:00Z"},
			inputs:  map[string]any{"previousClientSecretGrace": "48h"},
			changed: map[string]any{"previousClientSecretExpiresAt": "2026-10-03T12:00:00Z"},
		},
		"moving the end":               {state: ending, inputs: map[string]any{"previousClientSecretExpiresAt": end}, changed: map[string]any{"previousClientSecretExpiresAt": end}},
		"an end that waits":            {inputs: map[string]any{"previousClientSecretExpiresAt": end}},
		"an end that is not known":     {state: ending, inputs: map[string]any{"previousClientSecretExpiresAt": unknownValue}, computed: []string{"previousClientSecretExpiresAt"}},
		"a name that is not known":     {inputs: map[string]any{"name": unknownValue}, computed: []string{"name"}},
		"enabled that is not known":    {inputs: map[string]any{"enabled": unknownValue}, computed: []string{"enabled"}},
		"a duration that is not known": {inputs: map[string]any{"duration": unknownValue}, computed: []string{"duration", "expiresAt"}},
		"a version that is not known": {
			inputs: map[string]any{"clientSecretVersion": unknownValue},
			computed: []string{"appliedClientSecretVersion", "clientSecret", "clientSecretIssuedAt", "clientSecretStatus", "clientSecretVersion", "heldClientSecretVersion",
				"previousClientSecretExpiresAt"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t)
			h := c.start(t)
			got := h.previewUpdate(t, stored(test.state), props(inAccount, test.inputs))
			if keys := computedKeys(got); !slices.Equal(keys, test.computed) {
				t.Errorf("computed:\n got %q\nwant %q", keys, test.computed)
			}
			expectSecret(t, got)
			want := stored(test.state, test.changed)
			for _, key := range test.computed {
				got, want = got.Delete(key), want.Delete(key)
			}
			if !dropNulls(got).Equals(want) {
				t.Errorf("known:\n got %v\nwant %v", dropNulls(got), want)
			}
			c.expect(t)
		})
	}
}

func TestAPreviewSaysEachStepAndWhy(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	h.previewUpdate(t, stored(), props(inAccount, map[string]any{"name": "deploy", "clientSecretVersion": 2}))
	h.expectLog(t, `INFO renaming "ci" to "deploy"`)
	h.expectLog(t, "INFO rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one stops working at once")
}

func TestADiffShowsTheStepsAndReplacesOnlyForAnotherScope(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		inputs map[string]any
		want   map[string]p.DiffKind
	}{
		"nothing":                     {},
		"a rename":                    {map[string]any{"name": "deploy"}, map[string]p.DiffKind{"name": p.Update}},
		"a rotation":                  {map[string]any{"clientSecretVersion": 2}, map[string]p.DiffKind{"clientSecretVersion": p.Update}},
		"a rotation by age":           {map[string]any{"rotateAfter": "1h", "previousClientSecretGrace": "0s"}, map[string]p.DiffKind{"rotateAfter": p.Update}},
		"a duration, which renews":    {map[string]any{"minDaysForRenewal": 365, "duration": "8761h"}, map[string]p.DiffKind{"duration": p.Update}},
		"another account":             {map[string]any{"accountId": otherAccount}, map[string]p.DiffKind{"accountId": p.UpdateReplace}},
		"an account not known yet":    {map[string]any{"accountId": unknownValue}, map[string]p.DiffKind{"accountId": p.UpdateReplace}},
		"a name that is not known":    {map[string]any{"name": unknownValue}, map[string]p.DiffKind{"name": p.Update}},
		"a version that is not known": {map[string]any{"clientSecretVersion": unknownValue}, map[string]p.DiffKind{"clientSecretVersion": p.Update}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, nil)
			resp, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(), OldInputs: props(inAccount), Inputs: props(inAccount, test.inputs)})
			if err != nil {
				t.Fatal(err)
			}
			if resp.HasChanges != (len(test.want) > 0) || resp.DeleteBeforeReplace || len(resp.DetailedDiff) != len(test.want) {
				t.Errorf("got %+v, want %v", resp, test.want)
			}
			for key, kind := range test.want {
				if resp.DetailedDiff[key].Kind != kind {
					t.Errorf("%s: got %s, want %s", key, resp.DetailedDiff[key].Kind, kind)
				}
			}
		})
	}
}

func TestIgnoredChangesOfOutputsAreIgnored(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	resp, err := h.Diff(p.DiffRequest{
		ID: accountToken, Urn: h.urn, State: stored(), OldInputs: props(inAccount), Inputs: props(inAccount, map[string]any{"name": "deploy", "duration": "1h"}),
		IgnoreChanges: []string{"expiresAt", "clientSecret", "duration"},
	})
	if err != nil || len(resp.DetailedDiff) != 1 || resp.DetailedDiff["name"].Kind != p.Update {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestTakingEnabledOutOfTheProgramIsNoChangeAndThePreviewSaysSo(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	resp, err := h.Diff(p.DiffRequest{
		ID: accountToken, Urn: h.urn, State: stored(map[string]any{"enabled": false}),
		OldInputs: props(inAccount, map[string]any{"enabled": false}), Inputs: props(inAccount),
	})
	if err != nil || resp.HasChanges {
		t.Errorf("got %+v, %v", resp, err)
	}
	h.expectLog(t, "WARN enabled was removed from the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`.")
}

func TestAPreviewRefusesAVersionThatWouldNotRotate(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	_, err := h.Diff(p.DiffRequest{
		ID: accountToken, Urn: h.urn, State: stored(map[string]any{"clientSecretVersion": 7}),
		OldInputs: props(inAccount, map[string]any{"clientSecretVersion": 1}), Inputs: props(inAccount, map[string]any{"clientSecretVersion": 2}),
	})
	if err == nil || err.Error() != "clientSecretVersion: 2 does not rotate the client secret, since the token is already at version 7: write 8" {
		t.Errorf("got %v", err)
	}
}

func TestThePreviewOfACreationDoesNotPromiseAnEnd(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount, map[string]any{"previousClientSecretExpiresAt": unknownValue}), DryRun: true})
	if err != nil || resp.Properties.Get("previousClientSecretExpiresAt").IsComputed() {
		t.Errorf("previousClientSecretExpiresAt is unknown, and the run leaves it absent (%v)", err)
	}
}

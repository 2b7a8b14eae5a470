package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

func TestAnUpdateNoticesARotationElsewhere(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string][]string{
		"by the version": {"name", `"deploy"`, "client_secret_version", "3"},
		"by the end":     {"name", `"deploy"`, "previous_client_secret_expires_at", `"2036-01-01T00:00:00Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := play(t, token(answer...)).start(t).update(t, stored(), nil, map[string]any{"name": "deploy"})
			if err != nil || text(resp.Properties, "clientSecretStatus") != servicetoken.StatusStale {
				t.Errorf("the status is %s (%v), want stale", text(resp.Properties, "clientSecretStatus"), err)
			}
		})
	}
}

func TestARotationBelowTheTokensVersionLearnsItAndNamesTheNext(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token("client_secret_version", "9")).start(t).
		update(t, stored(), map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2})
	if err == nil || resp.PartialState == nil || !strings.Contains(strings.Join(resp.PartialState.Reasons, " "), "set clientSecretVersion to 10") {
		t.Fatalf("got %v, %+v", err, resp.PartialState)
	}
	got := dropNulls(resp.Properties)
	if _, pending := got.GetOk("pendingClientSecretVersion"); pending || got.Get("clientSecretVersion").AsNumber() != 9 || text(got, "clientSecretStatus") != servicetoken.StatusStale {
		t.Errorf("stored %v", got.Delete("clientSecret"))
	}
}

func TestAnUpdateThatWasNotAnsweredStoresWhatTheTokenIsLikeNow(t *testing.T) {
	t.Parallel()
	// A PUT that may have had its effect is asked for again, five times in all.
	c := play(t, token("previous_client_secret_expires_at", `"2037-01-01T00:00:00Z"`), html, html, html, html, html, token("previous_client_secret_expires_at", `"2038-01-01T00:00:00Z"`))
	h := start(t, map[string]any{"baseUrl": c.url, "maxRetries": 4})
	before := stored(map[string]any{"previousClientSecretExpiresAt": "2037-01-01T00:00:00Z"})
	resp, err := h.update(t, before, nil, map[string]any{"previousClientSecretExpiresAt": "2038-01-01T00:00:00Z"})
	if err == nil || resp.PartialState == nil {
		t.Fatalf("got %v, want a partial state", err)
	}
	if got := text(resp.Properties, "previousClientSecretExpiresAt"); got != "2038-01-01T00:00:00Z" || text(resp.Properties, "clientSecretStatus") != servicetoken.StatusCurrent {
		t.Errorf("stored %s, %s", got, text(resp.Properties, "clientSecretStatus"))
	}
}

func TestIgnoredRotationInputsAreNotReadFromTheState(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	state := stored(map[string]any{"name": "elsewhere", "enabled": false, "clientSecretVersion": 7, "heldClientSecretVersion": 7, "previousClientSecretExpiresAt": "2036-10-08T12:00:00Z"})
	resp, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: state, OldInputs: props(inAccount),
		Inputs:        props(inAccount, map[string]any{"enabled": true, "clientSecretVersion": 8}),
		IgnoreChanges: []string{"name", "clientSecretVersion", "previousClientSecretExpiresAt", "expiresAt", "enabled"}})
	if got := slices.Collect(maps.Keys(resp.DetailedDiff)); err != nil || !slices.Equal(got, []string{"clientSecretVersion"}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMessagesDoNotRepeatASecretInput(t *testing.T) {
	t.Parallel()
	const secret = "Fake-Value-That-Is-Marked-As-Secret"
	h := start(t, nil)
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: props(map[string]any{
		"accountId": property.New(secret).WithSecret(true), "name": "ci", "duration": property.New(secret).WithSecret(true),
	})})
	if err != nil || len(resp.Failures) == 0 {
		t.Fatalf("got %+v, %v; want failures", resp, err)
	}
	for _, failure := range resp.Failures {
		if strings.Contains(strings.ToLower(failure.Reason), strings.ToLower(secret)) || !strings.Contains(failure.Reason, "[secret]") {
			t.Errorf("%s: %s", failure.Property, failure.Reason)
		}
	}
}

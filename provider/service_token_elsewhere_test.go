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

func TestASecretInputIsRefusedWithoutItsNameAsThePropertyWhichTheEnginePrints(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	for _, secret := range []string{"fake \"quoted\" secret value", "-----FAKE KEY-----\nfake line of a key", strings.Repeat("fake secret ", 40)} {
		resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: props(inAccount, map[string]any{
			"duration": property.New(secret).WithSecret(true), "name": property.New(secret + "\n").WithSecret(true),
		})})
		if err != nil || len(resp.Failures) != 2 {
			t.Fatalf("got %v, %v", resp.Failures, err)
		}
		for _, failure := range resp.Failures {
			if failure.Property != "" || strings.Contains(failure.Reason, "fake") || strings.Contains(failure.Reason, "FAKE") {
				t.Errorf("%q: %s", failure.Property, failure.Reason)
			}
		}
	}
}

func TestAClientSecretInTheProgramIsRefusedWithoutItsNameAsTheProperty(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: props(inAccount, map[string]any{"name": "ci", "clientSecret": "fake-plain-secret"})})
	if err != nil || len(resp.Failures) != 1 || resp.Failures[0].Property != "" ||
		!strings.HasPrefix(resp.Failures[0].Reason, "clientSecret: a service token has no input of this name") {
		t.Errorf("got %+v, %v", resp.Failures, err)
	}
}

func TestASecretAccountIDIsRepeatedNowhere(t *testing.T) {
	t.Parallel()
	secret := map[string]any{"accountId": property.New(accountID).WithSecret(true), "name": "ci"}
	c := play(t, refuse(403, 12130, "not allowed"), refuse(403, 12130, "not allowed"))
	h := start(t, map[string]any{"baseUrl": c.url, "accountId": otherAccount})
	h.check(t, props(map[string]any{"name": "ci"}), props(secret))
	h.expectLog(t, "INFO accountId is not set: the token stays in account [secret]. New tokens are created in the default account "+otherAccount+", from the provider's accountId")
	_, readErr := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(secret), Inputs: props(secret)})
	deleteErr := h.Delete(p.DeleteRequest{ID: accountToken, Urn: h.urn, Properties: stored(secret), OldInputs: props(secret)})
	for what, err := range map[string]error{"read": readErr, "delete": deleteErr} {
		if err == nil || strings.Contains(err.Error(), accountID) || !strings.Contains(err.Error(), "[secret]") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestASecretThatIsNotKnownYetStaysASecretInAPreview(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	program := props(inAccount, map[string]any{"name": unknownValue.WithSecret(true), "duration": unknownValue.WithSecret(true)})
	created, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: program, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, outputs := range []property.Map{created.Properties, h.previewUpdate(t, stored(), program)} {
		for _, name := range []string{"name", "duration", "clientSecret"} {
			if value := outputs.Get(name); !value.Secret() {
				t.Errorf("%s is %v", name, value)
			}
		}
	}
}

func TestARefreshKeepsWhatTheProgramMarkedAsSecret(t *testing.T) {
	t.Parallel()
	h := play(t, token("name", `"renamed"`)).start(t)
	marked := map[string]any{"name": property.New("ci").WithSecret(true)}
	resp, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(marked), Inputs: props(inAccount, marked)})
	if err != nil {
		t.Fatal(err)
	}
	for where, m := range map[string]property.Map{"state": resp.Properties, "inputs": resp.Inputs} {
		if name := m.Get("name"); !name.Secret() || name.AsString() != "renamed" {
			t.Errorf("the %s has the name %v", where, name)
		}
	}
}

func TestIgnoredChangesAreNamedByAPathOrByAStar(t *testing.T) {
	t.Parallel()
	for _, ignored := range []string{"name", `["name"]`, "*"} {
		h := start(t, nil)
		resp, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(map[string]any{"name": "elsewhere"}), OldInputs: props(inAccount),
			Inputs: props(inAccount), IgnoreChanges: []string{ignored}})
		if err != nil || resp.HasChanges {
			t.Errorf("%s: %v, %v", ignored, resp.DetailedDiff, err)
		}
	}
}

// The cloudflare provider's inputs may hold a number as a text.
func TestARefreshUnderTheNewTypeReadsInputsOfAnotherType(t *testing.T) {
	t.Parallel()
	h := play(t, token("client_secret_version", "3")).start(t)
	resp, err := h.Read(p.ReadRequest{ID: tokenID, Urn: h.urn, Inputs: props(inAccount, map[string]any{"clientSecretVersion": "3", "enabled": "true"}),
		Properties: foreignState(map[string]any{"clientSecretVersion": 3})})
	if err != nil || resp.ID != tokenID {
		t.Errorf("id %q, %v", resp.ID, err)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("the version that the last run asked for is lost: %q", log)
	}
}

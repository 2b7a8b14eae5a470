package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const end = "2027-01-31T12:00:00Z"

func TestARotationStoresTheNewSecret(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"shown in full":   withSecret(newSecret, "client_secret_version", "2", "previous_client_secret_expires_at", `"`+end+`"`),
		"shown with less": withSecret(newSecret, "client_secret_version", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(), answer)
			resp, err := c.start(t).update(t, stored(), map[string]any{"clientSecretVersion": 1},
				map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": end})
			if err != nil {
				t.Fatal(err)
			}
			c.expect(t, "GET "+accountPath+"/"+tokenID, "PUT "+accountPath+"/"+tokenID+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+end+`"}`)
			expectSecret(t, resp.Properties)
			if text(resp.Properties, "clientSecret") != newSecret {
				t.Error("the new secret is not stored")
			}
			expectState(t, resp.Properties.Delete("clientSecret"), stored(issuedNow, map[string]any{
				"clientSecret": nil, "clientSecretVersion": 2, "heldClientSecretVersion": 2, "appliedClientSecretVersion": 2, "previousClientSecretExpiresAt": end}))
		})
	}
}

func TestARotationWithoutAGraceAsksCloudflareToEndThePreviousSecretNow(t *testing.T) {
	t.Parallel()
	c := play(t, token(), withSecret(newSecret, "client_secret_version", "2"))
	resp, err := c.start(t).update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
	if err != nil {
		t.Fatal(err)
	}
	c.expect(t, "GET "+accountPath+"/"+tokenID,
		"PUT "+accountPath+"/"+tokenID+` {"client_secret_version":2,"previous_client_secret_expires_at":"`+servicetoken.FormatTime(now)+`"}`)
	if got := text(resp.Properties, "previousClientSecretExpiresAt"); got != servicetoken.FormatTime(now) {
		t.Errorf("the end is %s", got)
	}
}

func TestALostRotationKeepsTheOldSecretAndIsCompletedByTheNextUpdate(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]http.HandlerFunc{
		"no answer":             hangUp,
		"a failure at the edge": html,
		"garbage":               answer(http.StatusOK, "garbage"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, token(), lost, token(), withSecret(newSecret, "client_secret_version", "3", "previous_client_secret_expires_at", `"`+end+`"`))
			h := c.start(t)
			inputs := map[string]any{"name": "deploy", "clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
			resp, err := h.update(t, stored(), map[string]any{"clientSecretVersion": 1}, inputs)
			if resp.PartialState == nil || len(resp.PartialState.Reasons) != 1 {
				t.Fatalf("got %+v, %v; want a partial state", resp.PartialState, err)
			}
			reason := resp.PartialState.Reasons[0]
			for _, part := range []string{"rotating the client secret of service token " + tokenID, "the stored one works until " + end, "Run `pulumi up` again"} {
				if !strings.Contains(reason, part) {
					t.Errorf("the reason does not say %q: %s", part, reason)
				}
			}
			if strings.Contains(reason, oldSecret) || strings.Contains(reason, newSecret) {
				t.Error("the reason shows a secret")
			}
			expectSecret(t, resp.Properties)
			partial := stored(map[string]any{"clientSecretStatus": servicetoken.StatusStale, "pendingClientSecretVersion": 2, "pendingPreviousClientSecretExpiresAt": end})
			expectState(t, resp.Properties, partial)

			// The engine keeps the old inputs beside the partial state.
			again, err := h.update(t, resp.Properties, map[string]any{"clientSecretVersion": 1}, inputs)
			if err != nil {
				t.Fatal(err)
			}
			get, put := "GET "+accountPath+"/"+tokenID, "PUT "+accountPath+"/"+tokenID
			c.expect(t,
				get, put+` {"client_secret_version":2,"name":"deploy","previous_client_secret_expires_at":"`+end+`"}`,
				get, put+` {"client_secret_version":3,"name":"deploy","previous_client_secret_expires_at":"`+end+`"}`)
			expectSecret(t, again.Properties)
			got := dropNulls(again.Properties)
			if text(got, "clientSecret") != newSecret || text(got, "clientSecretStatus") != servicetoken.StatusCurrent || got.Get("heldClientSecretVersion").AsNumber() != 3 {
				t.Errorf("after the completion: %v", got.Delete("clientSecret"))
			}
			if _, pending := got.GetOk("pendingClientSecretVersion"); pending {
				t.Error("still pending after the completion")
			}
		})
	}
}

func TestARotationThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token("created_at", `"2026-10-01T12:00:00Z"`), refuse(http.StatusBadRequest, 12130, "access.api.error.invalid_request")).start(t).
		update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
	if err == nil || resp.PartialState != nil || resp.Properties.Len() > 0 {
		t.Errorf("got %+v, %v", resp, err)
	}
}

func TestATokenMadeWithoutTellingItsSecretIsDeletedAndMadeAnew(t *testing.T) {
	t.Parallel()
	c := play(t, token(), token(), token(), withSecret(newSecret, "id", `"`+otherTokenID+`"`))
	h := c.start(t)
	resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount)})
	if err != nil {
		t.Fatal(err)
	}
	c.expect(t, "POST "+accountPath+` {"name":"ci"}`, "GET "+accountPath+"/"+tokenID, "DELETE "+accountPath+"/"+tokenID,
		"POST "+accountPath+` {"name":"ci"}`)
	expectSecret(t, resp.Properties)
	if resp.ID != accountID+"/"+otherTokenID || text(resp.Properties, "clientSecret") != newSecret {
		t.Errorf("the id is %s, or another secret is stored", resp.ID)
	}
}

func TestWhatIsInterruptedBeforeItBeganIsNotBegun(t *testing.T) {
	t.Parallel()
	const want = "stopped before anything was sent to Cloudflare: the run was interrupted"
	ctx, cancel := context.WithCancel(t.Context())
	c := play(t)
	h := startWithin(ctx, t, map[string]any{"baseUrl": c.url})
	cancel()
	if _, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount)}); err == nil || err.Error() != want {
		t.Errorf("creating: %v", err)
	}
	if _, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2}); err == nil || err.Error() != want {
		t.Errorf("rotating: %v", err)
	}
}

func TestWhatIsInterruptedInFlightIsFinished(t *testing.T) {
	t.Parallel()
	t.Run("a creation", func(t *testing.T) {
		t.Parallel()
		var h *harness
		h = play(t, func(w http.ResponseWriter, r *http.Request) {
			_ = h.Cancel() // as the engine does when the user presses Ctrl-C
			withSecret(oldSecret)(w, r)
		}).start(t)
		resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount)})
		if err != nil || resp.ID != accountToken {
			t.Fatalf("got %q, %v", resp.ID, err)
		}
		expectSecret(t, resp.Properties)
	})
	t.Run("a rotation", func(t *testing.T) {
		t.Parallel()
		var h *harness
		h = play(t, token(), func(w http.ResponseWriter, r *http.Request) {
			_ = h.Cancel()
			withSecret(newSecret, "client_secret_version", "2")(w, r)
		}).start(t)
		resp, err := h.update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
		if err != nil || text(resp.Properties, "clientSecret") != newSecret {
			t.Fatalf("the new secret is not stored: %v", err)
		}
	})
}

func TestTheCompletionOfALostRotationSaysWhichSecretStops(t *testing.T) {
	t.Parallel()
	h := play(t, token(), hangUp).start(t)
	inputs := map[string]any{"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2037-01-31T12:00:00Z"}
	resp, _ := h.update(t, stored(), nil, inputs)
	h.urn = urnOf(t, "again")
	h.previewUpdate(t, resp.Properties, props(inAccount, inputs))
	if log := strings.Join(h.log(), "\n"); !strings.Contains(log, "the client secret from before that rotation stops working at once if that rotation took effect") {
		t.Errorf("logged only %s", log)
	}
}

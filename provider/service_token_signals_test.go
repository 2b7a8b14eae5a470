package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// What an answer shows of a rotation, and what is only this stack's own doing.

func TestALookAfterALostUpdateNoticesARotationElsewhere(t *testing.T) {
	t.Parallel()
	ends := []string{"name", `"deploy"`, "previous_client_secret_expires_at", `"` + otherEnd + `"`}
	for name, test := range map[string]struct {
		shown []string
		after map[string]any
	}{
		"by its version":  {append(slices.Clone(ends), "client_secret_version", "2"), map[string]any{"clientSecretVersion": 2}},
		"by its end only": {append(slices.Clone(ends), "client_secret_version", ""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := play(t, hangUp, token(test.shown...)).start(t).update(t, stored(), nil, map[string]any{"name": "deploy"})
			expectSays(t, reasonOf(t, resp, err), "the token's current state is stored")
			expectState(t, resp.Properties, stored(map[string]any{"name": "deploy", "clientSecretStatus": servicetoken.StatusStale, "previousClientSecretExpiresAt": otherEnd}, test.after))
		})
	}
}

func TestTheEndThatAnUpdateAskedForIsNoRotationElsewhere(t *testing.T) {
	t.Parallel()
	running := map[string]any{"clientSecretVersion": 2, "heldClientSecretVersion": 2, "previousClientSecretExpiresAt": "2036-11-01T12:00:00Z"}
	before := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"2036-11-01T12:00:00Z"`}
	moved := []string{"client_secret_version", "2", "previous_client_secret_expires_at", `"` + end + `"`}
	resp, err := play(t, token(before...), hangUp, token(moved...)).start(t).
		update(t, stored(running), nil, map[string]any{"previousClientSecretExpiresAt": end})
	expectSays(t, reasonOf(t, resp, err), "the token's current state is stored")
	expectState(t, resp.Properties, stored(running, map[string]any{"previousClientSecretExpiresAt": end}))

	resp, err = play(t, token(), token("client_secret_version", "1", "previous_client_secret_expires_at", `"`+servicetoken.FormatTime(now)+`"`)).start(t).
		update(t, stored(), nil, map[string]any{"clientSecretVersion": 2})
	expectSays(t, reasonOf(t, resp, err), "Cloudflare did not rotate it: its answer shows version 1 of the client secret, not 2")
	expectState(t, resp.Properties, stored(map[string]any{"previousClientSecretExpiresAt": servicetoken.FormatTime(now)}))
}

func TestARotationThatIsRefusedLeavesTheOtherResourceOfTheTokenAlone(t *testing.T) {
	t.Parallel()
	raised := map[string]any{"clientSecretVersion": 2}
	first := play(t, token(), refuse(http.StatusForbidden, 10000, "Authentication error"), token(), withSecret(newSecret, "client_secret_version", "2")).start(t)
	if _, err := first.update(t, stored(), nil, raised); err == nil {
		t.Fatal("the refusal is no error")
	}
	if resp, err := first.as(t, "other").update(t, stored(), nil, raised); err != nil || text(resp.Properties, "clientSecret") != newSecret {
		t.Errorf("the other resource does not rotate: %v", err)
	}
}

// Tokens of which nothing returns a client secret.

func muted(more map[string]any) map[string]any {
	return merged(map[string]any{"clientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale, "rotationCall": servicetoken.RotationCallNone, "previousClientSecretExpiresAt": end}, more)
}

func TestTheGraceOfAMutedTokenMoves(t *testing.T) {
	t.Parallel()
	for name, asks := range map[string]map[string]any{
		"that nothing rotates":     nil,
		"that a recovery asks for": {"recoverClientSecret": "always"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes, err := start(t, nil).changes(accountToken, stored(muted(nil)),
				merged(asks, map[string]any{"previousClientSecretExpiresAt": end}), merged(asks, map[string]any{"previousClientSecretExpiresAt": otherEnd}))
			if err != nil || !changes {
				t.Errorf("the preview shows a change: %v, %v", changes, err)
			}
		})
	}
}

func TestWhatIsAheadOfAMutedTokenAdvisesNoRotation(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token("client_secret_version", "3", "previous_client_secret_expires_at", `"`+otherEnd+`"`)).start(t).
		update(t, stored(muted(nil)), map[string]any{"previousClientSecretExpiresAt": end}, map[string]any{"previousClientSecretExpiresAt": "2036-06-01T00:00:00Z"})
	if reason := reasonOf(t, resp, err); !strings.HasSuffix(reason, servicetoken.ReturnsNoSecret) || strings.Contains(reason, "set clientSecretVersion") {
		t.Errorf("it says %q", reason)
	}
}

func TestTheNumberToWriteAgainIsOneThatWasCarriedOut(t *testing.T) {
	t.Parallel()
	h := play(t, token()).start(t)
	h.memory.learnRotationCall(cfapi.Zone(zoneID), servicetoken.RotationCallNone) // by another token, earlier in this run
	resp, err := h.updateInZone(stored(zoneState), map[string]any{"clientSecretVersion": 1}, map[string]any{"clientSecretVersion": 2})
	expectSays(t, reasonOf(t, resp, err), "nothing was changed: ")
	for _, last := range []int{1, 2} { // an onError hook lets the engine store 2
		_, err := h.changes(zoneToken, resp.Properties, merged(inZoneAlone, map[string]any{"clientSecretVersion": last}), merged(inZoneAlone, map[string]any{"clientSecretVersion": 2}))
		if err == nil || !strings.Contains(err.Error(), ": write 1 again. ") {
			t.Errorf("after %d: %v", last, err)
		}
	}
}

package provider

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
)

// In the answer to a change, an absent `enabled` is no news; only in that to a
// read does it mean true.

func TestAnUpdateDoesNotForgetThatTheTokenIsDisabled(t *testing.T) {
	t.Parallel()
	resp, err := play(t, token("enabled", "")).start(t).update(t, stored(), nil, map[string]any{"enabled": false})
	if err != nil {
		t.Fatal(err)
	}
	expectState(t, resp.Properties, stored(map[string]any{"enabled": false}))
	resp, err = play(t, token("enabled", "", "name", `"deploy"`)).start(t).update(t, stored(map[string]any{"enabled": false}), nil, map[string]any{"name": "deploy"})
	if err != nil {
		t.Fatal(err)
	}
	expectState(t, resp.Properties, stored(map[string]any{"enabled": false, "name": "deploy"}))
}

func TestACreationDoesNotForgetThatTheTokenIsDisabled(t *testing.T) {
	t.Parallel()
	h := play(t, withSecret(oldSecret, "enabled", "")).start(t)
	resp, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount, map[string]any{"enabled": false})})
	if err != nil || resp.Properties.Get("enabled").AsBool() {
		t.Errorf("enabled: true is stored (%v)", err)
	}
}

func TestTheNextVersionIsAboveAllThatTheTokenMayBeAtAndThatWasCarriedOut(t *testing.T) {
	t.Parallel()
	untold := func(s *ServiceTokenState) { s.ClientSecretVersion, s.HeldClientSecretVersion = nil, nil }
	applied := func(number int) func(*ServiceTokenState) {
		return func(s *ServiceTokenState) { s.AppliedClientSecretVersion = &number }
	}
	for name, test := range map[string]struct {
		state func(*ServiceTokenState)
		want  int
	}{
		"of an ordinary token":                               {func(*ServiceTokenState) {}, 2},
		"of a token that tells no version":                   {untold, 2},
		"of one that was rotated elsewhere":                  {all(stale, held(7, 2)), 8},
		"of one that was rotated elsewhere without a number": {all(stale, held(7, 7)), 9},
		"of one that was rotated elsewhere, and tells none":  {all(stale, untold), 3},
		"where the version stays behind the program's":       {all(held(2, 2), applied(5)), 6},
		"where that is rotated elsewhere too":                {all(stale, held(2, 2), applied(5)), 6},
		"where the program's number is behind":               {all(held(7, 7), applied(5)), 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, state := ordinary()
			test.state(&state)
			if got := state.nextVersion(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

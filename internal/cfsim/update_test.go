package cfsim_test

import (
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestOnlyAnUpdateThatCarriesADurationResetsTheExpiry(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, _, _ := a.create(`{"name":"ci","duration":"24h"}`)
	a.Advance(time.Hour)
	renamed := a.result("PUT", tokens+"/"+id, `{"name":"renamed"}`)
	equal(t, "expires_at of the rename", renamed["expires_at"], "2030-01-03T03:04:05Z")
	equal(t, "updated_at of the rename", renamed["updated_at"], "2030-01-02T04:04:05Z")
	equal(t, "created_at of the rename", renamed["created_at"], "2030-01-02T03:04:05Z")
	resent := a.result("PUT", tokens+"/"+id, `{"name":"renamed","duration":"24h"}`)
	equal(t, "expires_at of the same duration", resent["expires_at"], "2030-01-03T04:04:05Z")
	changed := a.result("PUT", tokens+"/"+id, `{"duration":"forever"}`)
	equal(t, "expires_at of forever", changed["expires_at"], "9999-12-31T23:59:59Z")
	equal(t, "the name", changed["name"], "renamed")
}

func TestAnUpdateLeavesWhatItDoesNotCarry(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	end := began.Add(-time.Hour)
	id := a.add(cfsim.NewToken{Name: "ci", Duration: "24h", Disabled: true, ClientSecretVersion: 4, PreviousClientSecretExpiresAt: &end}).ID
	before := a.live(id)
	a.result("PUT", tokens+"/"+id, `{}`)
	equal(t, "the token", a.live(id), before)
}

func TestRaisingTheVersionRotatesTheSecret(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, clientID, first := a.create(`{"name":"ci"}`)
	result := a.result("PUT", tokens+"/"+id, `{"client_secret_version":5,"previous_client_secret_expires_at":"2030-01-02T04:04:05Z"}`)
	second := result["client_secret"].(string)
	equal(t, "client_secret_version", result["client_secret_version"], 5)
	equal(t, "previous_client_secret_expires_at", result["previous_client_secret_expires_at"], "2030-01-02T04:04:05Z")
	equal(t, "client_id", result["client_id"], clientID)
	equal(t, "expires_at", result["expires_at"], "2031-01-02T03:04:05Z")

	states := func(when string, want ...cfsim.SecretState) {
		t.Helper()
		for i, secret := range []string{first, second} {
			if got := a.SecretState(clientID, secret); got != want[i] {
				t.Errorf("%s secret %d is %s, want %s", when, i+1, got, want[i])
			}
			if got := a.Authenticates(clientID, secret); got != (want[i] == cfsim.SecretCurrent || want[i] == cfsim.SecretPrevious) {
				t.Errorf("%s secret %d authenticates: %t", when, i+1, got)
			}
		}
	}
	states("in the grace", cfsim.SecretPrevious, cfsim.SecretCurrent)
	a.Advance(time.Hour)
	states("at the end of the grace", cfsim.SecretRevoked, cfsim.SecretCurrent)
	a.result("PUT", tokens+"/"+id, `{"previous_client_secret_expires_at":"2030-01-02T05:04:05Z"}`)
	states("with the end moved later", cfsim.SecretPrevious, cfsim.SecretCurrent)
	a.result("PUT", tokens+"/"+id, `{"previous_client_secret_expires_at":"2001-01-01T00:00:00Z"}`)
	states("with the end in the past", cfsim.SecretRevoked, cfsim.SecretCurrent)
}

func TestASecondRotationEndsTheGraceOfTheFirst(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, clientID, first := a.create(`{"name":"ci"}`)
	second := a.result("PUT", tokens+"/"+id, `{"client_secret_version":2,"previous_client_secret_expires_at":"2031-01-01T00:00:00Z"}`)["client_secret"].(string)
	a.result("PUT", tokens+"/"+id, `{"client_secret_version":3,"previous_client_secret_expires_at":"2031-01-01T00:00:00Z"}`)
	equal(t, "the first secret", a.SecretState(clientID, first), cfsim.SecretRevoked)
	equal(t, "the second secret", a.SecretState(clientID, second), cfsim.SecretPrevious)
}

func TestRotateRaisesTheVersionAndRevokesUnlessToldOtherwise(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]cfsim.SecretState{
		``:   cfsim.SecretRevoked,
		`{}`: cfsim.SecretRevoked,
		`{"previous_client_secret_expires_at":"2030-01-03T00:00:00Z"}`: cfsim.SecretPrevious,
	} {
		// Only what PUT does without an end is unknown.
		a := start(t, cfsim.Config{Behaviour: cfsim.Behaviour{GraceWithoutEnd: time.Hour}})
		id, clientID, first := a.create(`{"name":"ci","client_secret_version":3}`)
		result := a.result("POST", tokens+"/"+id+"/rotate", body)
		equal(t, "client_secret_version", result["client_secret_version"], 4)
		equal(t, "the new secret", a.SecretState(clientID, result["client_secret"].(string)), cfsim.SecretCurrent)
		equal(t, "the old secret after "+body, a.SecretState(clientID, first), want)
	}
	a := start(t, cfsim.Config{})
	id, _, _ := a.create(`{"name":"ci"}`)
	a.call("POST", tokens+"/"+id+"/rotate", `{"name":"x"}`).refused(t, 400, 12130)
}

func TestADisabledOrExpiredTokenAuthenticatesNobody(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, clientID, secret := a.create(`{"name":"ci","duration":"24h"}`)
	expect := func(when string, want bool) {
		t.Helper()
		equal(t, "authentication "+when, a.Authenticates(clientID, secret), want)
		equal(t, "the secret "+when, a.SecretState(clientID, secret), cfsim.SecretCurrent)
	}
	expect("at first", true)
	a.result("PUT", tokens+"/"+id, `{"enabled":false}`)
	expect("disabled", false)
	a.result("PUT", tokens+"/"+id, `{"enabled":true}`)
	expect("enabled again", true)
	a.Advance(24 * time.Hour)
	expect("expired", false)
	a.result("PUT", tokens+"/"+id, `{"duration":"24h"}`)
	expect("renewed", true)
	a.result("PUT", tokens+"/"+id, `{"duration":"forever"}`)
	a.Advance(100 * 365 * 24 * time.Hour)
	expect("after a hundred years of forever", true)
}

func TestASecretBelongsToItsTokenAlone(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	_, clientID, _ := a.create(`{"name":"ci"}`)
	_, _, other := a.create(`{"name":"other"}`)
	for _, secret := range []string{other, "", "never-issued"} {
		equal(t, "the secret", a.SecretState(clientID, secret), cfsim.SecretUnknown)
		equal(t, "authentication", a.Authenticates(clientID, secret), false)
	}
	equal(t, "an unknown client's secret", a.SecretState("unknown.access", other), cfsim.SecretUnknown)
}

func TestWhatIsChangedElsewhereShowsInAnswers(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci", Duration: "24h"}).ID
	a.Advance(time.Hour)
	for name, change := range map[string]func(string) bool{
		"name":     func(id string) bool { return a.SetName(id, "renamed") },
		"duration": func(id string) bool { return a.SetDuration(id, "48h") },
		"enabled":  func(id string) bool { return a.SetEnabled(id, false) },
		"seen":     a.Use,
		"rotation": a.RotateElsewhere,
	} {
		if !change(id) || change("00000000-0000-4000-8000-000000000000") {
			t.Errorf("the change of %s does not show whether the token is there", name)
		}
	}
	result := a.result("GET", tokens+"/"+id, "")
	for field, want := range map[string]any{
		"name": "renamed", "duration": "48h", "enabled": false, "client_secret_version": 2, "last_seen_at": "2030-01-02T04:04:05Z",
		"expires_at": "2030-01-04T04:04:05Z", "updated_at": "2030-01-02T04:04:05Z", "previous_client_secret_expires_at": "2030-01-02T04:04:05Z",
	} {
		equal(t, field, result[field], want)
	}
	if !a.DeleteToken(id) || a.DeleteToken(id) {
		t.Error("the deletion does not show whether the token was there")
	}
	a.call("GET", tokens+"/"+id, "").refused(t, 404, 12135)
}

func TestAddTokenPanicsOnWhatCloudflareWouldRefuse(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	for name, add := range map[string]func(){
		"a scope":    func() { sim.AddToken("account/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"}) },
		"an id":      func() { sim.AddToken("accounts/x", cfsim.NewToken{Name: "ci"}) },
		"a name":     func() { sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{}) },
		"a duration": func() { sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", Duration: "1y"}) },
		"a version": func() {
			sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", ClientSecretVersion: -1})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s that is wrong was accepted", name)
				}
			}()
			add()
		}()
	}
}

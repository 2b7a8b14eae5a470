package cfsim_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const past = "1987-06-05T04:03:02Z"

func behaving(t *testing.T, b cfsim.Behaviour) *api { return start(t, cfsim.Config{Behaviour: b}) }

func TestTheEndOfAPreviousSecretInACreation(t *testing.T) {
	t.Parallel()
	const body = `{"name":"ci","previous_client_secret_expires_at":"` + past + `"}`
	t.Run("echoed", func(t *testing.T) {
		a := behaving(t, cfsim.Behaviour{})
		created := a.result("POST", tokens, body)
		equal(t, "the creation's", created["previous_client_secret_expires_at"], past)
		equal(t, "a read's", a.result("GET", tokens+"/"+created["id"].(string), "")["previous_client_secret_expires_at"], past)
		if raw := a.call("GET", tokens, "").raw; !strings.Contains(raw, past) {
			t.Errorf("the listing is %s", raw)
		}
	})
	t.Run("refused", func(t *testing.T) {
		a := behaving(t, cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused})
		a.call("POST", tokens, body).refused(t, 400, 12130)
		equal(t, "the number of tokens", len(a.Tokens()), 0)
		a.create(`{"name":"ci"}`)
	})
	t.Run("not echoed", func(t *testing.T) {
		a := behaving(t, cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed})
		if _, ok := a.result("POST", tokens, body)["previous_client_secret_expires_at"]; ok {
			t.Error("the creation echoes it")
		}
		if raw := a.call("GET", tokens, "").raw; strings.Contains(raw, past) {
			t.Error("the listing shows it")
		}
	})
}

func TestAVersionBelowTheTokens(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[cfsim.LowerVersionBehaviour]struct {
		version int
		first   cfsim.SecretState
	}{
		cfsim.LowerIgnored: {5, cfsim.SecretCurrent},
		cfsim.LowerStored:  {3, cfsim.SecretCurrent},
		cfsim.LowerRefused: {5, cfsim.SecretCurrent},
		cfsim.LowerRotates: {3, cfsim.SecretRevoked},
	} {
		t.Run("is "+string(behaviour), func(t *testing.T) {
			t.Parallel()
			a := behaving(t, cfsim.Behaviour{LowerVersion: behaviour})
			id, clientID, secret := a.create(`{"name":"ci","client_secret_version":5}`)
			r := a.call("PUT", tokens+"/"+id, `{"name":"renamed","client_secret_version":3}`)
			name := "renamed"
			if behaviour == cfsim.LowerRefused {
				r.refused(t, 400, 12130)
				name = "ci"
			}
			equal(t, "the name", a.live(id).Name, name)
			equal(t, "the version", a.live(id).ClientSecretVersion, want.version)
			equal(t, "the secret", a.SecretState(clientID, secret), want.first)
			equal(t, "a secret in the answer", strings.Contains(r.raw, "client_secret\":"), behaviour == cfsim.LowerRotates)
		})
	}
}

func TestARotationWithoutAnEndLeavesAGraceIfTold(t *testing.T) {
	t.Parallel()
	for grace, want := range map[time.Duration]cfsim.SecretState{0: cfsim.SecretRevoked, time.Hour: cfsim.SecretPrevious} {
		a := behaving(t, cfsim.Behaviour{GraceWithoutEnd: grace})
		id, clientID, secret := a.create(`{"name":"ci"}`)
		a.result("PUT", tokens+"/"+id, `{"client_secret_version":2}`)
		equal(t, "the old secret", a.SecretState(clientID, secret), want)
		equal(t, "the end", a.live(id).PreviousClientSecretExpiresAt, began.Add(grace))
	}
}

// silencedAlone fails unless an answer is that of a simulator that tells, except
// for the secret.
func silencedAlone(t *testing.T, silenced, told map[string]any) {
	t.Helper()
	if told["client_secret"] == nil {
		t.Error("the answer that tells has no secret")
	}
	delete(told, "client_secret")
	if !reflect.DeepEqual(silenced, told) {
		t.Error("the answer is not what it would be without its secret")
	}
}

func TestAnUpdateThatRotatesTellsNoSecretIfTold(t *testing.T) {
	t.Parallel()
	const rotation = `{"client_secret_version":2,"previous_client_secret_expires_at":"2030-01-02T04:04:05Z"}`
	for _, scope := range []string{account, zone} {
		told, silent := behaving(t, cfsim.Behaviour{}), behaving(t, cfsim.Behaviour{PutTellsNoSecret: true})
		created := silent.result("POST", scope+"/access/service_tokens", `{"name":"ci"}`)
		first, clientID, token := created["client_secret"].(string), created["client_id"].(string), scope+"/access/service_tokens/"+created["id"].(string)
		told.result("POST", scope+"/access/service_tokens", `{"name":"ci"}`)

		silencedAlone(t, silent.result("PUT", token, rotation), told.result("PUT", token, rotation))
		equal(t, "the old secret", silent.SecretState(clientID, first), cfsim.SecretPrevious)
		equal(t, "the new secret", silent.SecretState(clientID, silent.IssuedSecrets()[1]), cfsim.SecretCurrent)
	}
}

func TestRotateKeepsTheVersionIfTold(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{RotateKeepsVersion: true})
	id, clientID, first := a.create(`{"name":"ci","client_secret_version":3}`)
	result := a.result("POST", tokens+"/"+id+"/rotate", `{"previous_client_secret_expires_at":"2030-01-02T04:04:05Z"}`)
	equal(t, "the answer's version", result["client_secret_version"], 3)
	equal(t, "the token's version", a.live(id).ClientSecretVersion, 3)
	equal(t, "the end", a.live(id).PreviousClientSecretExpiresAt, began.Add(time.Hour))
	equal(t, "the old secret", a.SecretState(clientID, first), cfsim.SecretPrevious)
	equal(t, "the new secret", a.SecretState(clientID, result["client_secret"].(string)), cfsim.SecretCurrent)
	// An update still rotates by its version.
	equal(t, "the version of an update", a.result("PUT", tokens+"/"+id, `{"client_secret_version":4}`)["client_secret_version"], 4)
}

func TestRotateTellsNoSecretIfTold(t *testing.T) {
	t.Parallel()
	told, silent := behaving(t, cfsim.Behaviour{}), behaving(t, cfsim.Behaviour{RotateTellsNoSecret: true})
	id, clientID, first := silent.create(`{"name":"ci"}`)
	told.create(`{"name":"ci"}`)

	silencedAlone(t, silent.result("POST", tokens+"/"+id+"/rotate", ""), told.result("POST", tokens+"/"+id+"/rotate", ""))
	equal(t, "the old secret", silent.SecretState(clientID, first), cfsim.SecretRevoked)
	equal(t, "the new secret", silent.SecretState(clientID, silent.IssuedSecrets()[1]), cfsim.SecretCurrent)
	if _, ok := silent.result("PUT", tokens+"/"+id, `{"client_secret_version":3}`)["client_secret"]; !ok {
		t.Error("an update that rotates returns no secret either")
	}
}

func TestARotationInTheDashboardLeavesTracesAsTold(t *testing.T) {
	t.Parallel()
	for _, keepsVersion := range []bool{false, true} {
		for _, setsNoEnd := range []bool{false, true} {
			a := behaving(t, cfsim.Behaviour{DashboardKeepsVersion: keepsVersion, DashboardSetsNoEnd: setsNoEnd})
			id, clientID, secret := a.create(`{"name":"ci","client_secret_version":4}`)
			a.RotateElsewhere(id)
			equal(t, "the old secret", a.SecretState(clientID, secret), cfsim.SecretRevoked)
			equal(t, "that the version is kept", a.live(id).ClientSecretVersion == 4, keepsVersion)
			equal(t, "that there is no end", a.live(id).PreviousClientSecretExpiresAt == nil, setsNoEnd)
		}
	}
}

func TestFieldsAreLeftOutOfAnswersAsTold(t *testing.T) {
	t.Parallel()
	all := []string{"create", "list", "get", "update", "rotate", "refresh", "delete"}
	answers := func(b cfsim.Behaviour) map[string]string {
		a := behaving(t, b)
		created := a.call("POST", tokens, `{"name":"ci","previous_client_secret_expires_at":"`+past+`"}`)
		token := tokens + "/" + decode[map[string]any](t, created.fields["result"])["id"].(string)
		return map[string]string{
			"create": created.raw,
			"list":   a.call("GET", tokens, "").raw, "get": a.call("GET", token, "").raw,
			"update":  a.call("PUT", token, `{"name":"renamed"}`).raw,
			"rotate":  a.call("POST", token+"/rotate", "").raw,
			"refresh": a.call("POST", token+"/refresh", "").raw, "delete": a.call("DELETE", token, "").raw,
		}
	}
	for field, omit := range map[string]func(operations ...string) cfsim.Behaviour{
		"client_secret_version":             func(o ...string) cfsim.Behaviour { return cfsim.Behaviour{OmitVersionIn: o} },
		"previous_client_secret_expires_at": func(o ...string) cfsim.Behaviour { return cfsim.Behaviour{OmitPreviousEndIn: o} },
		"enabled":                           func(o ...string) cfsim.Behaviour { return cfsim.Behaviour{OmitEnabledWhenTrue: len(o) > 0} },
	} {
		for _, operation := range all {
			present := answers(omit())[operation]
			absent := answers(omit(operation))[operation]
			if !strings.Contains(present, `"`+field+`"`) || strings.Contains(absent, `"`+field+`"`) {
				t.Errorf("%s of %s is there: %t; left out, it is there: %t", field, operation,
					strings.Contains(present, `"`+field+`"`), strings.Contains(absent, `"`+field+`"`))
			}
		}
	}
}

func TestEnabledIsNeverLeftOutWhereItIsFalse(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{OmitEnabledWhenTrue: true})
	equal(t, "enabled", a.result("POST", tokens, `{"name":"ci","enabled":false}`)["enabled"], false)
}

func TestListingsHideTokensAsTold(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{})
	first, second := a.add(cfsim.NewToken{Name: "ci"}).ID, a.add(cfsim.NewToken{Name: "ci"}).ID
	equal(t, "a full listing", a.list(""), []string{first, second})

	a.SetBehaviour(cfsim.Behaviour{ListHides: []string{first}})
	equal(t, "a listing that hides one", a.list(""), []string{second})
	a.SetBehaviour(cfsim.Behaviour{ListEmpty: true})
	equal(t, "an empty listing", a.list(""), []string{})
	a.SetBehaviour(cfsim.Behaviour{Refused: []string{"list"}})
	a.call("GET", tokens, "").refused(t, 403, 10000)
	a.result("GET", tokens+"/"+first, "")
}

func TestAListingShowsANewTokenAfterItsLag(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{ListLag: 5 * time.Second})
	id, _, _ := a.create(`{"name":"ci"}`)
	equal(t, "the listing at once", a.list(""), []string{})
	a.result("GET", tokens+"/"+id, "")
	a.Advance(5 * time.Second)
	equal(t, "the listing after the lag", a.list(""), []string{id})
}

func TestTimesHaveFractionsIfTold(t *testing.T) {
	t.Parallel()
	for fractional, want := range map[bool]map[string]string{
		false: {"created_at": "2030-01-02T03:04:05Z", "expires_at": "2030-01-02T04:04:05Z", "previous_client_secret_expires_at": past},
		true: {"created_at": "2030-01-02T03:04:05.678901Z", "expires_at": "2030-01-02T04:04:05.678901Z",
			"previous_client_secret_expires_at": "1987-06-05T04:03:02.000000Z"},
	} {
		a := start(t, cfsim.Config{
			Now:       func() time.Time { return began.Add(678901 * time.Microsecond) },
			Behaviour: cfsim.Behaviour{FractionalTimes: fractional},
		})
		result := a.result("POST", tokens, `{"name":"ci","duration":"1h","previous_client_secret_expires_at":"`+past+`"}`)
		for field, value := range want {
			equal(t, field, result[field], value)
		}
	}
}

func TestDurationsAreNormalizedIfTold(t *testing.T) {
	t.Parallel()
	for normalized, want := range map[bool]string{false: "8760h forever 90m", true: "8760h0m0s forever 1h30m0s"} {
		a := behaving(t, cfsim.Behaviour{NormalizedDurations: normalized})
		var got []string
		for _, duration := range []string{"8760h", "forever", "90m"} {
			got = append(got, a.result("POST", tokens, `{"name":"ci","duration":"`+duration+`"}`)["duration"].(string))
		}
		equal(t, "the durations", strings.Join(got, " "), want)
	}
}

func TestACreationAnswers200IfTold(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{CreateAnswers200: true})
	equal(t, "the status", a.call("POST", tokens, `{"name":"ci"}`).status, 200)
}

func TestSecretsHaveTheirOldFormIfTold(t *testing.T) {
	t.Parallel()
	a := behaving(t, cfsim.Behaviour{HexSecrets: true})
	_, clientID, secret := a.create(`{"name":"ci"}`)
	if len(secret) != 64 || strings.Trim(secret, "0123456789abcdef") != "" {
		t.Errorf("the secret has %d characters", len(secret))
	}
	equal(t, "authentication", a.Authenticates(clientID, secret), true)
}

func TestZonesRefuseAPITokensIfTold(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{
		Behaviour: cfsim.Behaviour{ZonesRefuseAPITokens: true},
		Credentials: cfsim.Credentials{
			APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken}}, APIKey: "fake-key", APIEmail: "ci@example.com",
		},
	})
	a.call("GET", zone+"/access/service_tokens", "").refused(t, 403, 10000)
	a.list("")
	a.header = map[string][]string{"X-Auth-Key": {"fake-key"}, "X-Auth-Email": {"ci@example.com"}}
	equal(t, "the status with a key", a.call("GET", zone+"/access/service_tokens", "").status, 200)
}

func TestTheDateIsOfTheSimulatorsClockAndOffIfTold(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Advance(time.Hour)
	equal(t, "the date", a.call("GET", tokens, "").header.Get("Date"), began.Add(time.Hour).Format(http.TimeFormat))
	a.SetBehaviour(cfsim.Behaviour{DateOff: -3 * time.Minute})
	equal(t, "the date that is off", a.call("GET", tokens, "").header.Get("Date"), began.Add(57*time.Minute).Format(http.TimeFormat))
}

func TestABehaviourThatDoesNotExistPanics(t *testing.T) {
	t.Parallel()
	for _, b := range []cfsim.Behaviour{
		{MarkerAtCreation: "x"}, {LowerVersion: "x"}, {NameFilter: "x"}, {OmitVersionIn: []string{"x"}}, {OmitPreviousEndIn: []string{"x"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was accepted", b)
				}
			}()
			cfsim.New(cfsim.Config{Behaviour: b})
		}()
	}
}

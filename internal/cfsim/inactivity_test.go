package cfsim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const day = 24 * time.Hour

// cleaning is a simulator that cleans up after 30 days.
func cleaning(t *testing.T, action cfsim.InactivityAction) *api {
	return start(t, cfsim.Config{Inactivity: cfsim.Inactivity{Enabled: true, ThresholdDays: 30, Action: action}})
}

func TestAnUnusedTokenIsDisabledAfterThePeriod(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{account, zone} {
		a := cleaning(t, cfsim.DisableInactive)
		created := a.result("POST", scope+"/access/service_tokens", `{"name":"ci"}`)
		token := scope + "/access/service_tokens/" + created["id"].(string)
		a.Advance(30*day - time.Second)
		equal(t, "enabled in the period", a.result("GET", token, "")["enabled"], true)
		a.Advance(time.Second)
		result := a.result("GET", token, "")
		equal(t, "enabled after the period", result["enabled"], false)
		equal(t, "updated_at", result["updated_at"], "2030-02-01T03:04:05Z")
		equal(t, "authentication", a.Authenticates(created["client_id"].(string), created["client_secret"].(string)), false)
		a.Advance(day)
		equal(t, "updated_at of a token that is disabled already", a.result("GET", token, "")["updated_at"], "2030-02-01T03:04:05Z")
	}
}

func TestAnUnusedTokenIsDeletedAfterThePeriod(t *testing.T) {
	t.Parallel()
	a := cleaning(t, cfsim.DeleteInactive)
	first, disabled := a.add(cfsim.NewToken{Name: "ci"}).ID, a.add(cfsim.NewToken{Name: "ci", Disabled: true}).ID
	a.Advance(day)
	second := a.add(cfsim.NewToken{Name: "ci"}).ID
	a.Advance(29*day - time.Second)
	equal(t, "the tokens in the period", a.list(""), []string{first, disabled, second})
	a.Advance(time.Second)
	a.call("PUT", tokens+"/"+first, `{"name":"renamed"}`).refused(t, 404, 12135)
	equal(t, "the tokens after the period", a.list(""), []string{second})
}

func TestTheGoAPISeesWhatTheCleanUpLeft(t *testing.T) {
	t.Parallel()
	for name, look := range map[string]func(a *api, id, clientID, secret string) (seen bool){
		"Token":         func(a *api, id, _, _ string) bool { _, ok := a.Token(id); return ok },
		"Tokens":        func(a *api, _, _, _ string) bool { return len(a.Tokens()) == 1 },
		"SecretState":   func(a *api, _, id, secret string) bool { return a.SecretState(id, secret) != cfsim.SecretUnknown },
		"Authenticates": func(a *api, _, id, secret string) bool { return a.Authenticates(id, secret) },
		"Use":           func(a *api, id, _, _ string) bool { return a.Use(id) },
		"SetName":       func(a *api, id, _, _ string) bool { return a.SetName(id, "renamed") },
		"DeleteToken":   func(a *api, id, _, _ string) bool { return a.DeleteToken(id) },
	} {
		for age, want := range map[time.Duration]bool{30*day - time.Second: true, 30 * day: false} {
			a := cleaning(t, cfsim.DeleteInactive)
			id, clientID, secret := a.create(`{"name":"ci"}`)
			a.Advance(age)
			equal(t, "whether "+name+" sees the token after "+age.String(), look(a, id, clientID, secret), want)
		}
	}
}

func TestOnlyAuthenticationCountsAsUse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do    func(a *api, id string)
		spare bool
	}{
		"a use":                    {func(a *api, id string) { a.Use(id) }, true},
		"a read":                   {func(a *api, id string) { a.result("GET", tokens+"/"+id, "") }, false},
		"a rename":                 {func(a *api, id string) { a.result("PUT", tokens+"/"+id, `{"name":"renamed"}`) }, false},
		"a renewal":                {func(a *api, id string) { a.result("PUT", tokens+"/"+id, `{"duration":"8760h"}`) }, false},
		"a rotation":               {func(a *api, id string) { a.result("PUT", tokens+"/"+id, `{"client_secret_version":2}`) }, false},
		"enabling what is enabled": {func(a *api, id string) { a.result("PUT", tokens+"/"+id, `{"enabled":true}`) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := cleaning(t, cfsim.DisableInactive)
			id := a.add(cfsim.NewToken{Name: "ci"}).ID
			a.Advance(20 * day)
			test.do(a, id)
			a.Advance(10 * day)
			equal(t, "enabled", a.live(id).Enabled, test.spare)
			a.Advance(20 * day)
			equal(t, "enabled after a period without use", a.live(id).Enabled, false)
		})
	}
}

func TestATokenThatAPolicyNamesIsSpared(t *testing.T) {
	t.Parallel()
	for _, action := range []cfsim.InactivityAction{cfsim.DisableInactive, cfsim.DeleteInactive} {
		a := cleaning(t, action)
		named, grouped := a.add(cfsim.NewToken{Name: "ci"}).ID, a.add(cfsim.NewToken{Name: "ci"}).ID
		group := a.AddGroup(account[1:], cfsim.Group{Name: "ci", Rules: cfsim.Rules{Include: []cfsim.Rule{cfsim.ServiceTokenRule(grouped)}}})
		policy := a.AddPolicy(account[1:], cfsim.ServiceAuthPolicy("ci", cfsim.ServiceTokenRule(named), cfsim.GroupRule(group.ID), cfsim.AnyValidServiceTokenRule()))
		a.Advance(400 * day)
		equal(t, "enabled while a policy names it", a.live(named).Enabled, true)
		a.RemoveAccess(policy.ID)
		for how, id := range map[string]string{"no longer named": named, "matched through a group": grouped} {
			if token, ok := a.Token(id); ok && token.Enabled {
				t.Errorf("%s: a token that is %s is spared", action, how)
			}
		}
	}
}

func TestATokenThatIsEnabledAgainHasAnotherPeriod(t *testing.T) {
	t.Parallel()
	for name, enable := range map[string]func(a *api, id string){
		"by a request": func(a *api, id string) {
			equal(t, "enabled", a.result("PUT", tokens+"/"+id, `{"enabled":true}`)["enabled"], true)
		},
		"elsewhere": func(a *api, id string) { a.SetEnabled(id, true) },
	} {
		a := cleaning(t, cfsim.DisableInactive)
		id := a.add(cfsim.NewToken{Name: "ci"}).ID
		a.Advance(40 * day)
		equal(t, "enabled after the period", a.live(id).Enabled, false)
		enable(a, id)
		a.Advance(30*day - time.Second)
		equal(t, "enabled in the period since it was enabled "+name, a.live(id).Enabled, true)
		a.Advance(time.Second)
		equal(t, "enabled after that period", a.live(id).Enabled, false)
	}
}

func TestTheCleanUpIsSetAtRunTime(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "ci", Duration: "forever"}).ID
	enabled := func(when string, want bool) {
		t.Helper()
		equal(t, "enabled "+when, a.live(id).Enabled, want)
	}
	a.Advance(365*day - time.Second)
	enabled("without a clean-up", true)
	a.SetInactivity(cfsim.Inactivity{Enabled: true, ThresholdDays: 365, Action: cfsim.DisableInactive})
	enabled("within 365 days", true)
	a.SetInactivity(cfsim.Inactivity{ThresholdDays: 30, Action: cfsim.DisableInactive})
	enabled("with a clean-up that is off", true)
	a.SetInactivity(cfsim.Inactivity{Enabled: true, ThresholdDays: 364, Action: cfsim.DisableInactive})
	enabled("after 364 days", false)
	a.SetInactivity(cfsim.Inactivity{})
	a.SetEnabled(id, true)
	a.Advance(3650 * day)
	enabled("without a clean-up again", true)
}

func TestControlSetsTheCleanUpAndWhatItSpares(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	spared, other := a.add(cfsim.NewToken{Name: "spared"}).ID, a.add(cfsim.NewToken{Name: "ci"}).ID
	expectControl(t, a.Simulator, "PUT", "/inactivity", `{"enabled":true,"inactivity_threshold_days":30,"action":"delete"}`, 204)
	expectControl(t, a.Simulator, "POST", "/policies", fmt.Sprintf(`{"scope":%q,"name":"ci","decision":"non_identity","include":[{"service_token":{"token_id":%q}}]}`, account[1:], spared), 200)
	expectControl(t, a.Simulator, "POST", "/advance", `{"by":"720h"}`, 204)
	expectControl(t, a.Simulator, "PUT", "/tokens/"+other, `{"name":"renamed"}`, 404)
	expectControl(t, a.Simulator, "PUT", "/tokens/"+spared, `{"name":"renamed"}`, 204)
	listed := expectControl(t, a.Simulator, "GET", "/tokens", "", 200)
	if strings.Contains(listed, other) || !strings.Contains(listed, spared) {
		t.Errorf("the control API shows %s", listed)
	}
	expectControl(t, a.Simulator, "PUT", "/inactivity", `{"enabled":false}`, 204)
}

func TestACleanUpThatDoesNotExistPanics(t *testing.T) {
	t.Parallel()
	for _, i := range []cfsim.Inactivity{
		{Enabled: true}, {Enabled: true, ThresholdDays: 30}, {Enabled: true, ThresholdDays: 30, Action: "x"},
		{Enabled: true, ThresholdDays: 29, Action: cfsim.DeleteInactive}, {Enabled: true, ThresholdDays: 366, Action: cfsim.DeleteInactive},
		{Action: cfsim.DeleteInactive},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was accepted", i)
				}
			}()
			cfsim.New(cfsim.Config{Inactivity: i})
		}()
	}
}

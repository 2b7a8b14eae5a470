package provider

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const manyPlans = 20_000

// eachPlan tries many combinations of programs and states, the same ones in
// every run, and gives those that make a plan in place.
func eachPlan(t *testing.T, f func(t *testing.T, want desired, state ServiceTokenState, pl plan)) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	planned := 0
	for i := range manyPlans {
		want, state := anyDesired(random), anyState(random)
		pl, err := planChange(want, cfapi.Account(accountID), state, now)
		if err != nil || pl.empty() {
			continue
		}
		planned++
		f(t, want, state, pl)
		if t.Failed() {
			t.Fatalf("case %d:\nwant  %+v\nstate %s\nplan  %+v %v", i, want, show(state), pl.steps, sent(pl.update))
		}
	}
	if planned < manyPlans/10 {
		t.Errorf("only %d of %d cases made a plan", planned, manyPlans)
	}
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// maybe is absent or one of the values, which are all known: a run knows them.
func maybe[T any](r *rand.Rand, values ...T) input[T] {
	if r.IntN(3) == 0 {
		return input[T]{}
	}
	return known(pick(r, values...))
}

func anyDesired(r *rand.Rand) desired {
	return desired{
		accountID: known(accountID), name: known(pick(r, "ci", "deploy")),
		duration:                      maybe(r, "24h", "1440m", "8760h", forever),
		enabled:                       maybe(r, true, false),
		clientSecretVersion:           maybe(r, 1, 2, 3, 9),
		lastClientSecretVersion:       maybe(r, 1, 2, 3, 9),
		previousClientSecretExpiresAt: maybe(r, past, at, later),
	}
}

func anyState(r *rand.Rand) ServiceTokenState {
	s := ServiceTokenState{
		AccountID: new(accountID), TokenID: tokenID, Name: pick(r, "ci", "deploy"),
		Duration: pick(r, nil, new("24h"), new("8760h"), new(forever)), Enabled: pick(r, nil, new(true), new(false)),
		ClientSecretVersion: pick(r, nil, new(1), new(2), new(5)), HeldClientSecretVersion: pick(r, nil, new(1), new(2)),
		ClientSecretStatus: pick(r, statusCurrent, statusStale, statusUnavailable), ClientSecret: &oldSecret,
		PreviousClientSecretExpiresAt: pick(r, nil, new(formatTime(past)), new(formatTime(later))),
	}
	if r.IntN(4) == 0 {
		s.PendingClientSecretVersion = new(2)
	}
	if held, current := s.HeldClientSecretVersion, s.ClientSecretVersion; held != nil && current != nil && *held != *current {
		s.ClientSecretStatus = pick(r, statusStale, statusUnavailable) // as every read and update says
	}
	return s
}

func show(s ServiceTokenState) string {
	text := ""
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		field := reflect.Indirect(v.Field(i))
		if name := v.Type().Field(i).Name; field.IsValid() && name != "ClientSecret" {
			text += fmt.Sprintf("%s=%v ", name, field)
		}
	}
	return text
}

// echo is an answer that says what the request asked for, about a token that
// was as the state says.
func echo(request cfapi.UpdateParams, state ServiceTokenState) cfapi.Token {
	token := cfapi.Token{ID: state.TokenID, Name: state.Name, Duration: deref(state.Duration), Enabled: state.Enabled}
	token.ClientSecretVersion = widen(state.ClientSecretVersion)
	token.PreviousClientSecretExpiresAt = parseTime(state.PreviousClientSecretExpiresAt)
	if request.Name != nil {
		token.Name = *request.Name
	}
	if request.Duration != nil {
		token.Duration = *request.Duration
	}
	if request.Enabled != nil {
		token.Enabled = request.Enabled
	}
	if request.ClientSecretVersion != nil {
		token.ClientSecretVersion, token.ClientSecret = request.ClientSecretVersion, cfapi.Secret(newSecret)
	}
	if request.PreviousClientSecretExpiresAt != nil {
		token.PreviousClientSecretExpiresAt = request.PreviousClientSecretExpiresAt
	}
	return token
}

var aRef = tokenRef{cfapi.Account(accountID), tokenID}

func TestAPlanThatWasCarriedOutLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		after := pl.applied(state, aRef, echo(pl.update, state), now)
		want.lastClientSecretVersion = want.clientSecretVersion
		again, err := planChange(want, cfapi.Account(accountID), after, now.Add(24*time.Hour))
		if err != nil || !again.empty() {
			t.Errorf("the next run wants %+v, %v", again.steps, err)
		}
	})
}

func TestAnUpdateIsSentOnlyForWhatThePlanShows(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ desired, _ ServiceTokenState, pl plan) {
		shown := func(property string) bool {
			return slices.ContainsFunc(pl.steps, func(s step) bool { return s.property == property })
		}
		rotated := "clientSecretVersion"
		if shown("pendingClientSecretVersion") {
			rotated = "pendingClientSecretVersion"
		}
		for _, field := range []struct {
			sent     bool
			property string
		}{
			{pl.update.Name != nil, "name"},
			{pl.update.Duration != nil, "duration"},
			{pl.update.Enabled != nil, "enabled"},
			{pl.rotates(), rotated},
			{pl.update.PreviousClientSecretExpiresAt != nil && !pl.rotates(), "previousClientSecretExpiresAt"},
		} {
			if field.sent != shown(field.property) {
				t.Errorf("%s: sent %v, shown %v", field.property, field.sent, shown(field.property))
			}
		}
		if pl.rotates() && pl.update.PreviousClientSecretExpiresAt == nil {
			t.Error("a rotation leaves the end of the previous secret to Cloudflare")
		}
		if pl.update == (cfapi.UpdateParams{}) {
			t.Error("a plan without a request")
		}
	})
}

func TestADurationIsSentOnlyWhenItsValueChanges(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		changes := want.duration.known && !sameDuration(want.duration.value, deref(state.Duration))
		if sent := pl.update.Duration != nil; sent != changes {
			t.Errorf("duration sent: %v, which would reset the expiry; changed: %v", sent, changes)
		}
	})
}

func TestARotationNeverAsksForAVersionThatTheTokenMayHave(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ desired, state ServiceTokenState, pl plan) {
		highest := max(1, deref(state.ClientSecretVersion), deref(state.HeldClientSecretVersion), deref(state.PendingClientSecretVersion))
		if pl.rotates() && *pl.update.ClientSecretVersion <= int64(highest) {
			t.Errorf("asks for %d, and the token may be at %d", *pl.update.ClientSecretVersion, highest)
		}
	})
}

func TestAPreviewTellsWhatTheRunWillStore(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ desired, state ServiceTokenState, pl plan) {
		before, after := reflect.ValueOf(pl.preview(state)), reflect.ValueOf(pl.applied(state, aRef, echo(pl.update, state), now))
		for i := range before.NumField() {
			field := before.Type().Field(i)
			name := tagName(field)
			if slices.Contains(pl.computed, name) || name == "enabled" && state.Enabled == nil {
				continue // unknown in the preview; or spelled out by the answer
			}
			if was, is := before.Field(i).Interface(), after.Field(i).Interface(); !reflect.DeepEqual(was, is) {
				t.Errorf("%s: the preview says it is known, and the run changes it", name)
			}
		}
	})
}

func TestAPartlyFailedRotationIsCompletedOnce(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		if !pl.rotates() {
			return
		}
		lost := pl.unanswered(state, nil)
		if lost.ClientSecret != state.ClientSecret || lost.ClientSecretStatus == statusCurrent {
			t.Error("the old secret is not kept as one that may be stale")
		}
		second, err := planChange(want, cfapi.Account(accountID), lost, now)
		if err != nil || !second.rotates() {
			t.Fatalf("the next run does not complete it: %v", err)
		}
		after := second.applied(lost, aRef, echo(second.update, lost), now)
		want.lastClientSecretVersion = want.clientSecretVersion
		if third, err := planChange(want, cfapi.Account(accountID), after, now); err != nil || !third.empty() {
			t.Errorf("the run after it still wants %+v, %v", third.steps, err)
		}
		if after.PendingClientSecretVersion != nil || after.ClientSecretStatus != statusCurrent || deref(after.ClientSecret) != newSecret {
			t.Errorf("after it: status %s, pending %v", after.ClientSecretStatus, after.PendingClientSecretVersion)
		}
	})
}

func tagName(field reflect.StructField) string {
	name := field.Tag.Get("pulumi")
	for i, r := range name {
		if r == ',' {
			return name[:i]
		}
	}
	return name
}

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
	want := desired{
		accountID: known(accountID), name: known(pick(r, "ci", "deploy")),
		duration:                      maybe(r, "24h", "1440m", "8760h", forever),
		enabled:                       maybe(r, true, false),
		clientSecretVersion:           maybe(r, 1, 2, 3, 9),
		lastClientSecretVersion:       maybe(r, 1, 2, 3, 9),
		previousClientSecretExpiresAt: maybe(r, past, at, later),
		rotateAfter:                   maybe(r, hours(48), hours(2160)),
		minDaysForRenewal:             maybe(r, 0, 7, 30, 400),
		recoverClientSecret:           maybe(r, RecoverNever, RecoverImported, RecoverAlways),
	}
	// As Check makes sure, the end is given in one way at the most.
	if r.IntN(2) == 0 {
		want.previousClientSecretExpiresAt = input[time.Time]{}
		want.previousClientSecretGrace = maybe(r, hours(0), hours(1), hours(24))
		want.lastPreviousClientSecretGrace = maybe(r, hours(1), hours(24))
	} else {
		want.rotateAfter = input[span]{}
	}
	return want
}

func anyState(r *rand.Rand) ServiceTokenState {
	s := ServiceTokenState{
		AccountID: new(accountID), TokenID: tokenID, Name: pick(r, "ci", "deploy"),
		Duration: pick(r, nil, new("24h"), new("8760h"), new(forever)), Enabled: pick(r, nil, new(true), new(false)),
		ClientSecretVersion: pick(r, nil, new(1), new(2), new(5)), HeldClientSecretVersion: pick(r, nil, new(1), new(2)),
		ClientSecretStatus: pick(r, statusCurrent, statusStale, statusUnavailable), ClientSecret: &oldSecret,
		PreviousClientSecretExpiresAt: pick(r, nil, new(formatTime(past)), new(formatTime(later))),
		ClientSecretIssuedAt:          pick(r, nil, new(formatTime(past)), new(formatTime(at.Add(-time.Hour))), new(formatTime(at.Add(-2500*time.Hour)))),
		ExpiresAt:                     pick(r, nil, new(formatTime(past)), new(formatTime(later)), new(formatTime(at.Add(8000*time.Hour)))),
		RotateAfterSince:              pick(r, nil, new(formatTime(past))),
		RotationCall:                  pick(r, nil, nil, new(rotationCallRotate)),
		AppliedClientSecretVersion:    pick(r, nil, new(1), new(3)),
	}
	if s.ClientSecretStatus == statusUnavailable {
		s.ClientSecret, s.HeldClientSecretVersion = nil, nil
	}
	if deref(s.Duration) == forever {
		s.ExpiresAt = nil // as every answer is read
	}
	if r.IntN(4) == 0 {
		s.PendingClientSecretVersion = new(2)
		s.PendingPreviousClientSecretExpiresAt = pick(r, nil, new(formatTime(later)))
	}
	if held, current := s.HeldClientSecretVersion, s.ClientSecretVersion; held != nil && current != nil && *held != *current {
		s.ClientSecretStatus = statusStale // as every read and update says
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
		if lasts, err := time.ParseDuration(token.Duration); err == nil {
			token.ExpiresAt = new(at.Add(lasts))
		}
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

// repeated is the same program in the run that follows.
func repeated(want desired) desired {
	want.lastClientSecretVersion = want.clientSecretVersion
	want.lastPreviousClientSecretExpiresAt = want.previousClientSecretExpiresAt
	want.lastPreviousClientSecretGrace = want.previousClientSecretGrace
	return want
}

var aRef = tokenRef{cfapi.Account(accountID), tokenID}

func TestAPlanThatWasCarriedOutLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		after := pl.applied(state, aRef, echo(pl.update, state), now)
		want = repeated(want)
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
			// An age that begins to be counted is a row too, and takes no request.
			return slices.ContainsFunc(pl.steps, func(s step) bool { return s.property == property && !(property == "rotateAfter" && pl.ageSince != nil) })
		}
		for _, field := range []struct {
			sent bool
			// one of them is the row.
			properties []string
		}{
			{pl.update.Name != nil, []string{"name"}},
			{pl.update.Duration != nil, []string{"duration", "minDaysForRenewal"}},
			{pl.update.Enabled != nil, []string{"enabled"}},
			{pl.rotates(), []string{"clientSecretVersion", "pendingClientSecretVersion", "rotateAfter", "recoverClientSecret"}},
			{pl.update.PreviousClientSecretExpiresAt != nil && !pl.rotates(), []string{"previousClientSecretExpiresAt", "previousClientSecretGrace"}},
		} {
			if field.sent != slices.ContainsFunc(field.properties, shown) {
				t.Errorf("%s: sent %v, shown %v", field.properties, field.sent, !field.sent)
			}
		}
		if pl.rotates() && pl.update.PreviousClientSecretExpiresAt == nil {
			t.Error("a rotation leaves the end of the previous secret to Cloudflare")
		}
		if pl.update == (cfapi.UpdateParams{}) && pl.ageSince == nil {
			t.Error("a plan without a request")
		}
	})
}

func TestADurationIsSentOnlyWhenItsValueChangesOrTheTokenIsRenewed(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		changes := want.duration.known && !sameDuration(want.duration.value, deref(state.Duration))
		expires := parseTime(state.ExpiresAt)
		near := expires != nil && want.minDaysForRenewal.value > 0 && !expires.After(now.AddDate(0, 0, want.minDaysForRenewal.value))
		switch sent := pl.update.Duration; {
		case sent != nil && !changes && !near:
			t.Error("a duration is sent that does not change, which resets the expiry")
		case sent == nil && changes:
			t.Error("a duration that changes is not sent")
		case sent != nil && !changes && *sent != *state.Duration:
			t.Errorf("a renewal sends %s, and the token's own duration is %s", *sent, *state.Duration)
		}
	})
}

func TestATokenThatLastsForeverIsNeverRenewed(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		if deref(state.Duration) == forever && pl.renews() && !want.duration.known {
			t.Error("renewed")
		}
	})
}

func TestMoreAgeNeverCancelsARotationOrARenewal(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, state ServiceTokenState, pl plan) {
		for _, more := range []time.Duration{time.Second, 24 * time.Hour, 400 * 24 * time.Hour} {
			older, err := planChange(want, cfapi.Account(accountID), state, now.Add(more))
			if err != nil || pl.rotates() && !older.rotates() || pl.renews() && !older.renews() {
				t.Errorf("%s later the plan is %+v, %v", more, older.steps, err)
			}
			if pl.rotates() && older.rotates() && *pl.update.ClientSecretVersion != *older.update.ClientSecretVersion {
				t.Errorf("%s later it rotates to another version", more)
			}
		}
	})
}

func TestARotationThatNobodyAskedForOutrightLeavesTimeUnlessTheProgramSaysOtherwise(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want desired, _ ServiceTokenState, pl plan) {
		if pl.cause != causeAge && pl.cause != causeRecovery || want.previousClientSecretGrace.known {
			return
		}
		if !pl.update.PreviousClientSecretExpiresAt.After(now) {
			t.Error("the previous secret stops at once")
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
		lost := state.pending(int(*pl.update.ClientSecretVersion), *pl.update.PreviousClientSecretExpiresAt)
		if lost.ClientSecret != state.ClientSecret || lost.ClientSecretStatus == statusCurrent {
			t.Error("the old secret is not kept as one that may be stale")
		}
		second, err := planChange(want, cfapi.Account(accountID), lost, now)
		if err != nil || !second.rotates() {
			t.Fatalf("the next run does not complete it: %v", err)
		}
		after := second.applied(lost, aRef, echo(second.update, lost), now)
		want = repeated(want)
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

package servicetoken

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
func eachPlan(t *testing.T, f func(t *testing.T, want Wanted, state State, pl Plan)) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	planned := 0
	for i := range manyPlans {
		want, state := anyDesired(random), anyState(random)
		pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
		if err != nil || pl.Empty() {
			continue
		}
		planned++
		f(t, want, state, pl)
		if t.Failed() {
			t.Fatalf("case %d:\nwant  %+v\nstate %s\nplan  %+v %v", i, want, show(state), pl.Steps, sent(pl.Update))
		}
	}
	if planned < manyPlans/10 {
		t.Errorf("only %d of %d cases made a plan", planned, manyPlans)
	}
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// maybe is absent or one of the values, which are all known: a run knows them.
func maybe[T any](r *rand.Rand, values ...T) Input[T] {
	if r.IntN(3) == 0 {
		return Input[T]{}
	}
	return Known(pick(r, values...))
}

func anyDesired(r *rand.Rand) Wanted {
	want := Wanted{Inputs: Inputs{
		AccountID: Known(accountID), Name: Known(pick(r, "ci", "deploy")),
		Duration:                      maybe(r, "24h", "1440m", "8760h", Forever),
		Enabled:                       maybe(r, true, false),
		ClientSecretVersion:           maybe(r, 1, 2, 3, 9),
		PreviousClientSecretExpiresAt: maybe(r, past, at, later),
		RotateAfter:                   maybe(r, hours(48), hours(2160)),
		MinDaysForRenewal:             maybe(r, 0, 7, 30, 400),
		RecoverClientSecret:           maybe(r, RecoverNever, RecoverImported, RecoverAlways),
	}, Last: Inputs{ClientSecretVersion: maybe(r, 1, 2, 3, 9)}}
	// As Check makes sure, the end is given in one way at the most.
	if r.IntN(2) == 0 {
		want.PreviousClientSecretExpiresAt = Input[time.Time]{}
		want.PreviousClientSecretGrace = maybe(r, hours(0), hours(1), hours(24))
		want.Last.PreviousClientSecretGrace = maybe(r, hours(1), hours(24))
	} else {
		want.RotateAfter = Input[Span]{}
	}
	return want
}

func anyState(r *rand.Rand) State {
	s := State{
		AccountID: new(accountID), TokenID: tokenID, Name: pick(r, "ci", "deploy"),
		Duration: pick(r, nil, new("24h"), new("8760h"), new(Forever)), Enabled: pick(r, nil, new(true), new(false)),
		ClientSecretVersion: pick(r, nil, new(1), new(2), new(5)), HeldClientSecretVersion: pick(r, nil, new(1), new(2)),
		ClientSecretStatus: pick(r, StatusCurrent, StatusStale, StatusUnavailable), ClientSecret: &oldSecret,
		PreviousClientSecretExpiresAt: pick(r, nil, new(FormatTime(past)), new(FormatTime(later))),
		ClientSecretIssuedAt:          pick(r, nil, new(FormatTime(past)), new(FormatTime(at.Add(-time.Hour))), new(FormatTime(at.Add(-2500*time.Hour)))),
		ExpiresAt:                     pick(r, nil, new(FormatTime(past)), new(FormatTime(later)), new(FormatTime(at.Add(8000*time.Hour)))),
		RotateAfterSince:              pick(r, nil, new(FormatTime(past))),
		RotationCall:                  pick(r, nil, nil, new(RotationCallRotate)),
		AppliedClientSecretVersion:    pick(r, nil, new(1), new(3)),
	}
	if s.ClientSecretStatus == StatusUnavailable {
		s.ClientSecret, s.HeldClientSecretVersion = nil, nil
	}
	if deref(s.Duration) == Forever {
		s.ExpiresAt = nil // as every answer is read
	}
	if r.IntN(4) == 0 {
		s.PendingClientSecretVersion = new(2)
		s.PendingPreviousClientSecretExpiresAt = pick(r, nil, new(FormatTime(later)))
	}
	if held, current := s.HeldClientSecretVersion, s.ClientSecretVersion; held != nil && current != nil && *held != *current {
		s.ClientSecretStatus = StatusStale // as every read and update says
	}
	return s
}

func show(s State) string {
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
func echo(request cfapi.UpdateParams, state State) cfapi.Token {
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
func repeated(want Wanted) Wanted {
	want.Last.ClientSecretVersion = want.ClientSecretVersion
	want.Last.PreviousClientSecretExpiresAt = want.PreviousClientSecretExpiresAt
	want.Last.PreviousClientSecretGrace = want.PreviousClientSecretGrace
	return want
}

var aRef = Ref{cfapi.Account(accountID), tokenID}

func TestAPlanThatWasCarriedOutLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want Wanted, state State, pl Plan) {
		after := pl.Applied(state, aRef, echo(pl.Update, state), now)
		want = repeated(want)
		again, err := PlanChange(want, cfapi.Account(accountID), after, now.Add(24*time.Hour))
		if err != nil || !again.Empty() {
			t.Errorf("the next run wants %+v, %v", again.Steps, err)
		}
	})
}

func TestAnUpdateIsSentOnlyForWhatThePlanShows(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ Wanted, _ State, pl Plan) {
		shown := func(property string) bool {
			// An age that begins to be counted is a row too, and takes no request.
			return slices.ContainsFunc(pl.Steps, func(s Step) bool { return s.Property == property && !(property == "rotateAfter" && pl.ageSince != nil) })
		}
		for _, field := range []struct {
			sent bool
			// one of them is the row.
			properties []string
		}{
			{pl.Update.Name != nil, []string{"name"}},
			{pl.Update.Duration != nil, []string{"duration", "minDaysForRenewal"}},
			{pl.Update.Enabled != nil, []string{"enabled"}},
			{pl.Rotates(), []string{"clientSecretVersion", "pendingClientSecretVersion", "rotateAfter", "recoverClientSecret"}},
			{pl.Update.PreviousClientSecretExpiresAt != nil && !pl.Rotates(), []string{"previousClientSecretExpiresAt", "previousClientSecretGrace"}},
		} {
			if field.sent != slices.ContainsFunc(field.properties, shown) {
				t.Errorf("%s: sent %v, shown %v", field.properties, field.sent, !field.sent)
			}
		}
		if pl.Rotates() && pl.Update.PreviousClientSecretExpiresAt == nil {
			t.Error("a rotation leaves the end of the previous secret to Cloudflare")
		}
		if pl.Update == (cfapi.UpdateParams{}) && pl.ageSince == nil {
			t.Error("a plan without a request")
		}
	})
}

func TestADurationIsSentOnlyWhenItsValueChangesOrTheTokenIsRenewed(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want Wanted, state State, pl Plan) {
		changes := want.Duration.Known && !sameDuration(want.Duration.Value, deref(state.Duration))
		expires := parseTime(state.ExpiresAt)
		near := expires != nil && want.MinDaysForRenewal.Value > 0 && !expires.After(now.AddDate(0, 0, want.MinDaysForRenewal.Value))
		switch sent := pl.Update.Duration; {
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
	eachPlan(t, func(t *testing.T, want Wanted, state State, pl Plan) {
		if deref(state.Duration) == Forever && pl.Renews() && !want.Duration.Known {
			t.Error("renewed")
		}
	})
}

func TestMoreAgeNeverCancelsARotationOrARenewal(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want Wanted, state State, pl Plan) {
		for _, more := range []time.Duration{time.Second, 24 * time.Hour, 400 * 24 * time.Hour} {
			older, err := PlanChange(want, cfapi.Account(accountID), state, now.Add(more))
			if err != nil || pl.Rotates() && !older.Rotates() || pl.Renews() && !older.Renews() {
				t.Errorf("%s later the plan is %+v, %v", more, older.Steps, err)
			}
			if pl.Rotates() && older.Rotates() && *pl.Update.ClientSecretVersion != *older.Update.ClientSecretVersion {
				t.Errorf("%s later it rotates to another version", more)
			}
		}
	})
}

func TestARotationThatNobodyAskedForOutrightLeavesTimeUnlessTheProgramSaysOtherwise(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, want Wanted, _ State, pl Plan) {
		if pl.cause != causeAge && pl.cause != causeRecovery || want.PreviousClientSecretGrace.Known {
			return
		}
		if !pl.Update.PreviousClientSecretExpiresAt.After(now) {
			t.Error("the previous secret stops at once")
		}
	})
}

func TestARotationNeverAsksForAVersionThatTheTokenMayHave(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ Wanted, state State, pl Plan) {
		highest := max(1, deref(state.ClientSecretVersion), deref(state.HeldClientSecretVersion), deref(state.PendingClientSecretVersion))
		if pl.Rotates() && *pl.Update.ClientSecretVersion <= int64(highest) {
			t.Errorf("asks for %d, and the token may be at %d", *pl.Update.ClientSecretVersion, highest)
		}
	})
}

func TestAPreviewShowsWhatTheRunWillStore(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, _ Wanted, state State, pl Plan) {
		before, after := reflect.ValueOf(pl.Preview(state)), reflect.ValueOf(pl.Applied(state, aRef, echo(pl.Update, state), now))
		for i := range before.NumField() {
			field := before.Type().Field(i)
			name := tagName(field)
			if slices.Contains(pl.Computed, name) || name == "enabled" && state.Enabled == nil {
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
	eachPlan(t, func(t *testing.T, want Wanted, state State, pl Plan) {
		if !pl.Rotates() {
			return
		}
		lost := state.Pending(int(*pl.Update.ClientSecretVersion), *pl.Update.PreviousClientSecretExpiresAt)
		if lost.ClientSecret != state.ClientSecret || lost.ClientSecretStatus == StatusCurrent {
			t.Error("the old secret is not kept as one that may be stale")
		}
		second, err := PlanChange(want, cfapi.Account(accountID), lost, now)
		if err != nil || !second.Rotates() {
			t.Fatalf("the next run does not complete it: %v", err)
		}
		after := second.Applied(lost, aRef, echo(second.Update, lost), now)
		want = repeated(want)
		if third, err := PlanChange(want, cfapi.Account(accountID), after, now); err != nil || !third.Empty() {
			t.Errorf("the run after it still wants %+v, %v", third.Steps, err)
		}
		if after.PendingClientSecretVersion != nil || after.ClientSecretStatus != StatusCurrent || deref(after.ClientSecret) != newSecret {
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

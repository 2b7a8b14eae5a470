package servicetoken

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// hours is a span as a program writes it.
func hours(n int) Span { return Span{fmt.Sprintf("%dh", n), time.Duration(n) * time.Hour} }

// issued sets when the stored secret was issued, so long before now.
func issued(ago time.Duration) func(*State) {
	return func(s *State) { s.ClientSecretIssuedAt = new(FormatTime(at.Add(-ago))) }
}

// expiring sets when the token expires, so long after now.
func expiring(in time.Duration) func(*State) {
	return func(s *State) { s.ExpiresAt = new(FormatTime(at.Add(in))) }
}

// all applies several changes to a state.
func all(changes ...func(*State)) func(*State) {
	return func(s *State) {
		for _, change := range changes {
			change(s)
		}
	}
}

// heldBack is a program whose rotations and renewals something holds back.
func heldBack(want func(*Wanted)) func(*Wanted) {
	return func(d *Wanted) { want(d); d.HeldBy = "an emergency" }
}

// mute is a token of which no rotation returns a client secret.
func mute(s *State) { s.RotationCall = new(RotationCallNone) }

func rotateAfter(after int) func(*Wanted) {
	return func(d *Wanted) { d.RotateAfter = Known(hours(after)) }
}

func TestASecretIsRotatedWhenItIsAsOldAsRotateAfter(t *testing.T) {
	t.Parallel()
	const reason = "rotating the client secret to version 2: it is 91 days old, and rotateAfter is 2160h; "
	byAge := map[string]Kind{"rotateAfter": Update}
	old := issued(91 * Day)
	tomorrow, afterAnHour := at.Add(24*time.Hour), at.Add(time.Hour)
	expectPlans(t, map[string]planned{
		"with a grace of 24h if none is given": {
			want: rotateAfter(2160), state: old,
			request: rotate(2, tomorrow), rows: byAge, computed: returnedAndEnd,
			reasons: []string{reason + "the previous one works until 2026-10-02T12:00:00Z"},
		},
		"with the grace that is given": {
			want:  func(d *Wanted) { rotateAfter(2160)(d); d.PreviousClientSecretGrace = Known(hours(1)) },
			state: old, request: rotate(2, afterAnHour), rows: byAge, computed: returnedAndEnd,
			reasons: []string{reason + "the previous one works until 2026-10-01T13:00:00Z"},
		},
		"with no grace": {
			want:  func(d *Wanted) { rotateAfter(2160)(d); d.PreviousClientSecretGrace = Known(hours(0)) },
			state: old, request: rotate(2, at), rows: byAge, computed: returnedAndEnd,
			reasons: []string{reason + "the previous one stops working at once"},
		},
		"with a grace that is not known yet": {
			want: func(d *Wanted) {
				rotateAfter(2160)(d)
				d.PreviousClientSecretGrace = Input[Span]{Unknown: true}
			},
			state: old, request: rotate(2, at), rows: byAge, computed: returnedAndEnd,
			reasons: []string{reason + "the previous one works until a time that is not known yet"},
		},
		"to the second": {
			want: rotateAfter(2160), state: issued(90 * Day),
			request: rotate(2, tomorrow), rows: byAge, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 2: it is 90 days old, and rotateAfter is 2160h; the previous one works until 2026-10-02T12:00:00Z"},
		},
		"and not a second earlier": {
			want: rotateAfter(2160), state: issued(90*Day - 2*time.Second),
			warnings: []string{"a rotation is due soon: from 2026-10-01T12:00:02Z on, `pulumi up` rotates the client secret, since rotateAfter is 2160h."},
		},
		"which is said within the hour":            {want: rotateAfter(2160), state: issued(90*Day - time.Hour), warnings: []string{"a rotation is due soon: from 2026-10-01T13:00:00Z on, `pulumi up` rotates the client secret, since rotateAfter is 2160h."}},
		"and not before it":                        {want: rotateAfter(2160), state: issued(90*Day - time.Hour - time.Second)},
		"nor of a secret that is stale":            {want: rotateAfter(2160), state: all(issued(90*Day-time.Minute), stale)},
		"nor of one that no rotation would return": {want: rotateAfter(2160), state: all(issued(90*Day-time.Minute), mute)},
		"nor while rotations are held back":        {want: heldBack(rotateAfter(2160)), state: issued(90*Day - time.Minute)},
		"while they are held back it waits": {
			want: heldBack(rotateAfter(2160)), state: issued(90 * Day),
			warnings: []string{"the client secret is not rotated, since an emergency holds rotations back: it is 90 days old, and rotateAfter is 2160h."},
		},
		"an imported token's counts from the import": {
			want: rotateAfter(2160), state: all(issued(91*Day), neverHeld, held(7, 0)),
			request: rotate(8, tomorrow), rows: byAge, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 8: it is 91 days old, and rotateAfter is 2160h; the previous one works until 2026-10-02T12:00:00Z"},
		},
		"an imported token's is not rotated at once": {want: rotateAfter(2160), state: all(issued(0), neverHeld)},
		"a version that the program raises comes first": {
			want: func(d *Wanted) { rotateAfter(2160)(d); versions(1, 5)(d) }, state: old,
			request: rotate(5, at), rows: rotation, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 5: clientSecretVersion is above the token's version, 1; the previous one stops working at once"},
		},
		"a version that stands behind is left alone": {
			want: func(d *Wanted) { rotateAfter(2160)(d); versions(1, 1)(d) }, state: all(old, held(4, 4)),
			request: rotate(5, tomorrow), rows: byAge, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 5: it is 91 days old, and rotateAfter is 2160h; the previous one works until 2026-10-02T12:00:00Z"},
		},
		"the age of one of unknown age is counted from the first run that asks": {
			want: rotateAfter(2160), rows: byAge, computed: []string{"rotateAfterSince"},
			reasons: []string{"counting rotateAfter from this run, since it is not known when the client secret was issued: it is rotated after 2160h"},
		},
		"and counted on in the runs that follow": {
			want: rotateAfter(2160), state: func(s *State) { s.RotateAfterSince = new(FormatTime(past)) },
		},
		"until it is old": {
			want: rotateAfter(48), state: func(s *State) { s.RotateAfterSince = new(FormatTime(past)) },
			request: rotate(2, at.Add(24*time.Hour)), rows: byAge, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 2: it is 30 days old, and rotateAfter is 48h; the previous one works until 2026-10-02T12:00:00Z"},
		},
		"one that was issued elsewhere is of unknown age": {
			want: rotateAfter(2160), state: all(old, stale),
		},
		"an age that is not known yet may be reached": {
			want: func(d *Wanted) { d.RotateAfter = Input[Span]{Unknown: true} }, state: old,
			rows: byAge, computed: possibly,
			reasons: []string{"rotating the client secret if it is as old as rotateAfter, which is not known yet"},
		},
	})
}

// possibly are the outputs that a rotation changes if it comes to that.
var possibly = []string{"clientSecret", "clientSecretIssuedAt", "clientSecretVersion", "heldClientSecretVersion",
	"clientSecretStatus", "previousClientSecretExpiresAt"}

func neverHeld(s *State) {
	s.ClientSecretStatus, s.ClientSecret, s.HeldClientSecretVersion = StatusUnavailable, nil, nil
}

func stale(s *State) { s.ClientSecretStatus = StatusStale }

func TestASecretThatIsNotHeldIsRecoveredWhereTheProgramAsksForIt(t *testing.T) {
	t.Parallel()
	recovers := func(r Recover) func(*Wanted) {
		return func(d *Wanted) { d.RecoverClientSecret = Known(r) }
	}
	byRecovery := map[string]Kind{"recoverClientSecret": Update}
	const (
		neverGiven = "rotating the client secret to version 2: this stack does not hold the current one, and recoverClientSecret is "
		elsewhere  = `rotating the client secret to version 8: it was rotated elsewhere, and recoverClientSecret is "always"; `
		grace      = "the previous one works until 2026-10-02T12:00:00Z"
		ifItWorks  = "; the one that this stack holds stops working now, if it still works"
	)
	tomorrow := at.Add(24 * time.Hour)
	expectPlans(t, map[string]planned{
		"of an imported token": {
			want: recovers(RecoverImported), state: neverHeld,
			request: rotate(2, tomorrow), rows: byRecovery, computed: returnedAndEnd, reasons: []string{neverGiven + `"imported"; ` + grace},
		},
		"of an imported token that is in use": {
			want: func(d *Wanted) { recovers(RecoverImported)(d); d.LastSeenAt = &past }, state: neverHeld,
			request: rotate(2, tomorrow), rows: byRecovery, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 2: this stack does not hold the current one (the token is in use: it was last seen on 2026-09-01T12:00:00Z), " +
				`and recoverClientSecret is "imported"; ` + grace},
		},
		"always includes an imported token": {
			want: recovers(RecoverAlways), state: neverHeld,
			request: rotate(2, tomorrow), rows: byRecovery, computed: returnedAndEnd, reasons: []string{neverGiven + `"always"; ` + grace},
		},
		"rotated elsewhere": {
			want: recovers(RecoverAlways), state: all(stale, held(7, 2)),
			request: rotate(8, tomorrow), rows: byRecovery, computed: returnedAndEnd, reasons: []string{elsewhere + grace + ifItWorks},
		},
		"rotated elsewhere, with the stored one in its grace": {
			want: recovers(RecoverAlways), state: all(stale, held(7, 2), func(s *State) { s.PreviousClientSecretExpiresAt = new(FormatTime(later)) }),
			request: rotate(8, tomorrow), rows: byRecovery, computed: returnedAndEnd,
			reasons: []string{elsewhere + grace + "; the one that this stack holds, which would have worked until 2026-10-08T12:00:00Z, stops working now"},
		},
		"rotated elsewhere, to a version that is not shown": {
			want: recovers(RecoverAlways), state: stale,
			request: rotate(3, tomorrow), rows: byRecovery, computed: returnedAndEnd,
			reasons: []string{`rotating the client secret to version 3: it was rotated elsewhere, and recoverClientSecret is "always"; ` + grace + ifItWorks},
		},
		"not known to be the token's": {
			want: recovers(RecoverAlways), state: all(stale, held(7, 0), func(s *State) { s.HeldClientSecretVersion = nil }),
			request: rotate(8, tomorrow), rows: byRecovery, computed: returnedAndEnd,
			reasons: []string{`rotating the client secret to version 8: this stack may not hold the current one, and recoverClientSecret is "always"; ` + grace},
		},
		"with an end that lies ahead": {
			want:  func(d *Wanted) { recovers(RecoverImported)(d); d.PreviousClientSecretExpiresAt = Known(later) },
			state: neverHeld, request: rotate(2, later), rows: byRecovery, computed: returned,
			reasons: []string{neverGiven + `"imported"; the previous one works until 2026-10-08T12:00:00Z`},
		},
		"an end that has passed was meant for an earlier rotation": {
			want:  func(d *Wanted) { recovers(RecoverImported)(d); d.PreviousClientSecretExpiresAt = Known(past) },
			state: neverHeld, request: rotate(2, tomorrow), rows: byRecovery, computed: returnedAndEnd,
			reasons: []string{neverGiven + `"imported"; ` + grace},
		},
		"imported leaves what was rotated elsewhere": {want: recovers(RecoverImported), state: all(stale, held(7, 2))},
		"never is never":                          {want: recovers(RecoverNever), state: neverHeld},
		"never is never, also elsewhere":          {want: recovers(RecoverNever), state: all(stale, held(7, 2))},
		"a secret that is held needs no recovery": {want: recovers(RecoverAlways)},
		"what is not known yet may ask for it": {
			want: func(d *Wanted) { d.RecoverClientSecret = Input[Recover]{Unknown: true} }, state: neverHeld,
			rows: byRecovery, computed: possibly,
			reasons: []string{"rotating the client secret if recoverClientSecret, which is not known yet, requires it"},
		},
		"what is not known yet does not matter for a secret that is held": {
			want: func(d *Wanted) { d.RecoverClientSecret = Input[Recover]{Unknown: true} },
		},
	})
}

func TestALostRotationThatNobodyAskedForOutrightIsCompletedWithAGrace(t *testing.T) {
	t.Parallel()
	lost := all(stale, held(1, 1), func(s *State) { s.PendingClientSecretVersion = new(2) })
	expectPlans(t, map[string]planned{
		"by age": {
			want: rotateAfter(2160), state: lost, request: rotate(3, at.Add(24*time.Hour)), rows: completion, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 3: completing the rotation whose answer was lost; " +
				"the client secret from before that rotation stops working at once if that rotation took effect, and otherwise works until 2026-10-02T12:00:00Z"},
		},
	})
}

func TestATokenIsRenewedNearItsExpiry(t *testing.T) {
	t.Parallel()
	within := func(days int) func(*Wanted) {
		return func(d *Wanted) { d.MinDaysForRenewal = Known(days) }
	}
	renewal := map[string]Kind{"minDaysForRenewal": Update}
	request := cfapi.UpdateParams{Duration: new("8760h")}
	const then = ", and minDaysForRenewal is 30; it then expires 8760h after this run"
	expectPlans(t, map[string]planned{
		"with the duration that it has": {
			want: within(30), state: expiring(12 * Day), request: request, rows: renewal, computed: []string{"expiresAt"},
			reasons: []string{"renewing the token: it expires on 2026-10-13T12:00:00Z, in 11 days" + then},
		},
		"on the first of the days": {
			want: within(30), state: expiring(30 * Day), request: request, rows: renewal, computed: []string{"expiresAt"},
			reasons: []string{"renewing the token: it expires on 2026-10-31T12:00:00Z, in 29 days" + then},
		},
		"and not a second before": {
			want: within(30), state: expiring(30*Day + time.Second),
			warnings: []string{"a renewal is due soon: from 2026-10-01T12:00:01Z on, `pulumi up` renews the token, since minDaysForRenewal is 30."},
		},
		"which is said within the hour": {
			want: within(30), state: expiring(30*Day + time.Hour),
			warnings: []string{"a renewal is due soon: from 2026-10-01T13:00:00Z on, `pulumi up` renews the token, since minDaysForRenewal is 30."},
		},
		"and not before it":                        {want: within(30), state: expiring(30*Day + time.Hour + time.Second)},
		"nor of a token that is not to be renewed": {state: expiring(time.Minute)},
		"while renewals are held back it waits": {
			want: heldBack(within(30)), state: expiring(8 * Day),
			warnings: []string{"the token is not renewed, since an emergency holds renewals back: it expires on 2026-10-09T12:00:00Z, in 7 days, and minDaysForRenewal is 30."},
		},
		"when it has expired": {
			want: within(30), state: expiring(-Day), request: request, rows: renewal, computed: []string{"expiresAt"},
			reasons:  []string{"renewing the token: it expired on 2026-09-30T12:00:00Z" + then},
			warnings: []string{"the token expired on 2026-09-30T12:00:00Z, and has not worked since: `pulumi up` renews it."},
		},
		"with its own spelling of a duration that agrees": {
			want:  func(d *Wanted) { within(30)(d); d.Duration = Known("525600m") },
			state: expiring(12 * Day), request: request, rows: renewal, computed: []string{"expiresAt"},
			reasons: []string{"renewing the token: it expires on 2026-10-13T12:00:00Z, in 11 days" + then},
		},
		"another duration renews it already": {
			want:  func(d *Wanted) { within(30)(d); d.Duration = Known("2160h") },
			state: expiring(12 * Day), request: cfapi.UpdateParams{Duration: new("2160h")}, rows: changed("duration"), computed: []string{"expiresAt"},
			reasons: []string{`changing the duration from "8760h" to "2160h": the token then expires 2160h after this run`},
		},
		"not if nobody asks for it":      {state: expiring(12 * Day)},
		"not within 0 days":              {want: within(0), state: expiring(-Day)},
		"not a token that lasts forever": {want: within(30), state: func(s *State) { s.Duration, s.ExpiresAt = new(Forever), nil }},
		"not by an expiry of a forever":  {want: within(30), state: func(s *State) { s.Duration = new(Forever) }},
		"not one that does not say when": {want: within(30), state: func(s *State) { s.ExpiresAt = nil }},
		"not one of no known duration": {
			want: within(30), state: all(expiring(12*Day), func(s *State) { s.Duration = nil }),
			warnings: []string{"the token is not renewed: Cloudflare does not show its duration. Set duration, such as \"8760h\" (a year)."},
		},
		"not yet one of no known duration": {want: within(30), state: all(expiring(31*Day), func(s *State) { s.Duration = nil })},
		"not one that each run would renew": {
			want: within(400), state: expiring(12 * Day),
			warnings: []string{"the token is not renewed: minDaysForRenewal is 400 days, and the token's duration, 8760h, is not longer, so every run would renew it. Write fewer days."},
		},
		"not one that lasts a day at most": {
			want: within(1), state: all(expiring(time.Hour), func(s *State) { s.Duration = new("10h") }),
			warnings: []string{"the token is not renewed: its duration, 10h, is not longer than a day, so every run would renew it: remove minDaysForRenewal, or set a longer duration."},
		},
		"days that are not known yet may be reached": {
			want: func(d *Wanted) { d.MinDaysForRenewal = Input[int]{Unknown: true} }, state: expiring(12 * Day),
			rows: renewal, computed: []string{"expiresAt"},
			reasons: []string{"renewing the token if minDaysForRenewal, which is not known yet, requires it"},
		},
	})
}

func TestARenewalAndARotationAreOneRequest(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"both due": {
			want:  func(d *Wanted) { rotateAfter(2160)(d); d.MinDaysForRenewal = Known(30) },
			state: all(issued(91*Day), expiring(12*Day)),
			request: cfapi.UpdateParams{
				Duration: new("8760h"), ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: new(at.Add(24 * time.Hour)),
			},
			rows:     map[string]Kind{"minDaysForRenewal": Update, "rotateAfter": Update},
			computed: append([]string{"expiresAt"}, returnedAndEnd...),
			reasons: []string{
				"renewing the token: it expires on 2026-10-13T12:00:00Z, in 11 days, and minDaysForRenewal is 30; it then expires 8760h after this run",
				"rotating the client secret to version 2: it is 91 days old, and rotateAfter is 2160h; the previous one works until 2026-10-02T12:00:00Z",
			},
		},
	})
}

func TestAnotherGraceMovesTheEndOfAPreviousSecretThatStillWorks(t *testing.T) {
	t.Parallel()
	// Rotated 10 hours ago, with 24 hours for the previous secret.
	running := all(issued(10*time.Hour), func(s *State) { s.PreviousClientSecretExpiresAt = new("2026-10-02T02:00:00Z") })
	moved := func(to time.Time) planned {
		return planned{
			state: running, request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &to}, rows: changed("previousClientSecretGrace"),
			reasons: []string{"moving the end of the previous client secret from 2026-10-02T02:00:00Z to " + FormatTime(to)},
		}
	}
	stopped := func(to time.Time) planned {
		test := moved(to)
		test.reasons[0] += ": it stops working at once"
		return test
	}
	with := func(test planned, want func(*Wanted)) planned {
		test.want = want
		return test
	}
	expectPlans(t, map[string]planned{
		"later":                           with(moved(at.Add(38*time.Hour)), graces(24, 48)),
		"earlier":                         with(moved(at.Add(2*time.Hour)), graces(24, 12)),
		"into the past":                   with(stopped(at.Add(-9*time.Hour)), graces(24, 1)),
		"to the rotation, which stops it": with(stopped(at.Add(-10*time.Hour)), graces(24, 0)),
		"the same does not":               {want: graces(24, 24), state: running},
		"one that is taken out does not":  {want: func(d *Wanted) { d.Last.PreviousClientSecretGrace = Known(hours(24)) }, state: running},
		"after the grace it waits": {
			want:  graces(24, 48),
			state: all(issued(40*time.Hour), func(s *State) { s.PreviousClientSecretExpiresAt = new("2026-09-30T20:00:00Z") }),
		},
		"without a previous secret it waits":                               {want: graces(24, 48), state: issued(10 * time.Hour)},
		"that of a rotation elsewhere is not known, and cannot be counted": {want: graces(24, 48), state: all(running, stale), warnings: []string{noMomentOfRotation}},
		"nor that of an imported token":                                    {want: graces(24, 1), state: all(running, neverHeld), warnings: []string{noMomentOfRotation}},
		"nor that of a secret of unknown age":                              {want: graces(24, 1), state: all(running, func(s *State) { s.ClientSecretIssuedAt = nil }), warnings: []string{noMomentOfRotation}},
		"of which nothing is said while the program stays the same":        {want: graces(48, 48), state: all(running, stale)},
		"nor after the grace":                                              {want: graces(24, 48), state: all(issued(40*time.Hour), stale, func(s *State) { s.PreviousClientSecretExpiresAt = new("2026-09-30T20:00:00Z") })},
		"one that is not known yet may move it": {
			want: func(d *Wanted) { d.PreviousClientSecretGrace = Input[Span]{Unknown: true} }, state: running,
			rows: changed("previousClientSecretGrace"), computed: []string{"previousClientSecretExpiresAt"},
			reasons: []string{"moving the end of the previous client secret: the time is not known yet"},
		},
	})
}

func TestARotationByVersionTakesTheGraceAsASpan(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"from the moment of the rotation": {
			want:    func(d *Wanted) { versions(1, 2)(d); d.PreviousClientSecretGrace = Known(hours(24)) },
			request: rotate(2, at.Add(24*time.Hour)), rows: rotation, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one works until 2026-10-02T12:00:00Z"},
		},
	})
}

func TestARevokedSecretIsNotBroughtBackToLife(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	state.PreviousClientSecretExpiresAt = new(FormatTime(past))
	want.PreviousClientSecretExpiresAt = Known(later)
	if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || !pl.Empty() {
		t.Errorf("planned %+v, %v", pl.Steps, err)
	}
}

func TestRotationsAreHeldBackButForThoseThatAreAskedForOutright(t *testing.T) {
	t.Parallel()
	lost := func(s *State) { *s = s.Pending(2, later) }
	recovered := func(d *Wanted) { d.RecoverClientSecret = Known(RecoverAlways) }
	const withoutEnd = "a rotation is not completed, since an emergency holds rotations back: its answer was lost, or had no client secret. " +
		"This stack does not hold the new client secret. To get a new one now, set clientSecretVersion to 3."
	expectPlans(t, map[string]planned{
		"a recovery": {
			want: heldBack(recovered), state: all(stale, held(7, 2)),
		},
		"a completion": {
			want: heldBack(versions(1, 2)), state: lost,
			warnings: []string{"a rotation is not completed, since an emergency holds rotations back: its answer was lost, or had no client secret. " +
				"This stack does not hold the new client secret, and the stored one works until 2026-10-08T12:00:00Z at most. To get a new one now, set clientSecretVersion to 3."},
		},
		"a completion where no client secret is stored": {
			want: heldBack(versions(1, 2)), state: all(func(s *State) { s.ClientSecret = nil }, lost),
			warnings: []string{withoutEnd},
		},
		"a completion where the end that was sent is not known": {
			want: heldBack(versions(1, 2)), state: all(lost, func(s *State) { s.PendingPreviousClientSecretExpiresAt = nil }),
			warnings: []string{withoutEnd},
		},
		"a completion of a number that was carried out": {
			want: heldBack(versions(7, 7)), state: all(lost, func(s *State) { s.AppliedClientSecretVersion = new(7) }),
			warnings: []string{"a rotation is not completed, since an emergency holds rotations back: its answer was lost, or had no client secret. " +
				"This stack does not hold the new client secret, and the stored one works until 2026-10-08T12:00:00Z at most. To get a new one now, set clientSecretVersion to 8."},
		},
		"not a version that is not known yet": {
			want: heldBack(func(d *Wanted) { rotateAfter(2160)(d); d.ClientSecretVersion = Input[int]{Unknown: true} }), state: issued(90 * Day),
			rows: changed("clientSecretVersion"), computed: append([]string{"appliedClientSecretVersion"}, possibly...),
			reasons:  []string{"rotating the client secret if clientSecretVersion, which is not known yet, is above the token's version"},
			warnings: []string{"the client secret is not rotated, since an emergency holds rotations back: it is 90 days old, and rotateAfter is 2160h."},
		},
		"a recovery that may be": {want: heldBack(func(d *Wanted) { d.RecoverClientSecret = Input[Recover]{Unknown: true} }), state: neverHeld},
		"not a version above the token's": {
			want: heldBack(versions(1, 2)), request: rotate(2, at), rows: changed("clientSecretVersion"), computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one stops working at once"},
		},
		"nor one above that of a lost rotation": {
			want: heldBack(versions(2, 3)), state: lost, request: rotate(3, at), rows: map[string]Kind{"pendingClientSecretVersion": Delete}, computed: returnedAndEnd,
			reasons: []string{"rotating the client secret to version 3: completing the rotation whose answer was lost; the client secret from before that rotation, which was to work until 2026-10-08T12:00:00Z, stops working at once"},
		},
	})
}

func TestANumberThatIsNotAboveTheTokensIsRefusedAlsoWhereRecoveryIsHeldBack(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	all(stale, held(3, 2))(&state)
	versions(2, 3)(&want)
	want.RecoverClientSecret = Known(RecoverAlways)
	if _, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil {
		t.Errorf("recovery gets a new one anyway, and yet: %v", err)
	}
	want.HeldBy = "an emergency"
	if _, err := PlanChange(want, cfapi.Account(accountID), state, now); err == nil || !strings.HasSuffix(err.Error(), "write 4") {
		t.Errorf("got %v", err)
	}
}

// What is advised while rotations are held back, the next run does.
func TestTheAdviceWhileRotationsAreHeldBackIsANumberThatRotates(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*State){
		"a stale secret":                all(stale, held(3, 2)),
		"one whose end alone was moved": stale,
		"none":                          neverHeld,
		"a lost rotation":               func(s *State) { *s = s.Pending(2, later) },
		"a number ahead of the token's": all(stale, held(3, 2), func(s *State) { s.AppliedClientSecretVersion = new(9) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, state := ordinary()
			change(&state)
			want.HeldBy, want.RecoverClientSecret = "an emergency", Known(RecoverAlways)
			pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
			if err != nil || !pl.Empty() {
				t.Fatalf("planned %+v, %v", pl.Steps, err)
			}
			said := strings.Join(append(pl.Warnings, SecretWarning(want, state, now)), " ")
			if !strings.Contains(said, fmt.Sprintf("set clientSecretVersion to %d", state.OutrightVersion())) || strings.Contains(said, "set recoverClientSecret to \"a") || strings.Contains(said, "set recoverClientSecret to \"i") {
				t.Errorf("said %q", said)
			}
			want.ClientSecretVersion = Known(state.OutrightVersion())
			if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || !pl.Rotates() {
				t.Errorf("the next run plans %+v, %v", pl.Steps, err)
			}
		})
	}
}

func TestAWarningNamesTheWaysThatAreLeft(t *testing.T) {
	t.Parallel()
	const ways = `set recoverClientSecret to "always", or clientSecretVersion to 8. The one issued elsewhere then `
	const byDefault = "works for another 24h, or stops at once if you set clientSecretVersion. To change that, set previousClientSecretGrace."
	for name, test := range map[string]struct {
		want  func(*Wanted)
		state func(*State)
		says  string
	}{
		"no grace":           {nil, all(stale, held(7, 2)), ways + byDefault},
		"a grace":            {func(d *Wanted) { d.PreviousClientSecretGrace = Known(hours(2)) }, all(stale, held(7, 2)), ways + "works for another 2h, as previousClientSecretGrace says."},
		"a grace of nothing": {func(d *Wanted) { d.PreviousClientSecretGrace = Known(hours(0)) }, all(stale, held(7, 2)), ways + "stops at once, as previousClientSecretGrace says."},
		"a time":             {func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(later) }, all(stale, held(7, 2)), ways + "works until 2026-10-08T12:00:00Z, as previousClientSecretExpiresAt says."},
		"a time that has passed": {func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(past) }, all(stale, held(7, 2)),
			ways + "works for another 24h, or stops at once if you set clientSecretVersion, since previousClientSecretExpiresAt is in the past."},
		"a time that has passed, held back": {heldBack(func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(past) }), all(stale, held(7, 2)),
			"The one issued elsewhere then stops at once, since previousClientSecretExpiresAt is in the past."},
		"a time that is not known yet":      {func(d *Wanted) { d.PreviousClientSecretExpiresAt = Input[time.Time]{Unknown: true} }, all(stale, held(7, 2)), ways + "works as long as the program says."},
		"a current secret":                  {nil, nil, ""},
		"a current one that no call issues": {nil, mute, ""},
		"a stale one that no call issues":   {nil, all(stale, mute), ReturnsNoSecret},
		"recovery":                          {func(d *Wanted) { d.RecoverClientSecret = Known(RecoverAlways) }, stale, "`pulumi up` rotates it, since recoverClientSecret is \"always\"."},
		"recovery of one that is not known": {func(d *Wanted) { d.RecoverClientSecret = Known(RecoverAlways) }, all(stale, func(s *State) { s.HeldClientSecretVersion = nil }), "this stack may not hold the token's current client secret. `pulumi up` rotates it"},
		"recovery that is not known yet":    {func(d *Wanted) { d.RecoverClientSecret = Input[Recover]{Unknown: true} }, stale, ""},
		"never":                             {func(d *Wanted) { d.RecoverClientSecret = Known(RecoverNever) }, neverHeld, ""},
		"never, and rotated elsewhere":      {func(d *Wanted) { d.RecoverClientSecret = Known(RecoverNever) }, all(stale, held(7, 2)), ways},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, state := ordinary()
			if test.want != nil {
				test.want(&want)
			}
			if test.state != nil {
				test.state(&state)
			}
			if got := SecretWarning(want, state, now); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
				t.Errorf("got %q, want %q", got, test.says)
			}
		})
	}
}

func TestAnExpiryIsWarnedOfNearItsEndAndOnlyWhereNothingRenewsIt(t *testing.T) {
	t.Parallel()
	const another = "set another duration, which counts from the run that sets it."
	for name, test := range map[string]struct {
		duration string
		in       time.Duration
		days     int // minDaysForRenewal
		held     bool
		says     string // the end of the warning
	}{
		"a year, a month before":                {"8760h", 30 * Day, 0, false, "so that a run renews it in time, or " + another},
		"not earlier":                           {"8760h", 30*Day + time.Second, 0, false, ""},
		"a month, three days before":            {"720h", 3 * Day, 0, false, "so that a run renews it in time, or " + another},
		"and not earlier":                       {"720h", 3*Day + time.Second, 0, false, ""},
		"ten hours, an hour before":             {"10h", time.Hour, 0, false, "To keep it working, " + another},
		"a day, which no days are shorter than": {"24h", time.Hour, 0, false, "To keep it working, " + another},
		"one that is renewed in time":           {"8760h", 20 * Day, 7, false, ""},
		"one that is not, for its days":         {"24h", time.Hour, 1, false, "To keep it working, " + another},
		"one that has expired":                  {"8760h", 0, 0, false, "so it no longer works. To renew it, set minDaysForRenewal, or " + another},
		"one whose renewal is held back":        {"8760h", -Day, 7, true, ""},
		"one of no known duration":              {"", 20 * Day, 0, false, "To keep it working, " + another},
		"one of no known duration, to renew":    {"", 20 * Day, 30, false, "To keep it working, " + another},
		"one of no known duration, held back":   {"", -Day, 7, true, "so it no longer works. To renew it, " + another},
		"forever":                               {Forever, -Day, 0, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, state := ordinary()
			state.Duration, state.ExpiresAt = &test.duration, new(FormatTime(at.Add(test.in)))
			want.MinDaysForRenewal = Input[int]{Value: test.days, Known: test.days > 0}
			if test.held {
				want.HeldBy = "an emergency"
			}
			if got := ExpiryWarning(want, state, 30, at); (got == "") != (test.says == "") || !strings.HasSuffix(got, test.says) {
				t.Errorf("got %q, want one that ends %q", got, test.says)
			}
		})
	}
}

package servicetoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

var (
	rotation   = map[string]Kind{"clientSecretVersion": Update}
	completion = map[string]Kind{"pendingClientSecretVersion": Delete}
	// returned are the outputs that a rotation with a known end changes to values
	// that only its answer has.
	returned = []string{"clientSecret", "clientSecretIssuedAt"}
	// returnedAndEnd are those where the run sets the end, too.
	returnedAndEnd = []string{"clientSecret", "clientSecretIssuedAt", "previousClientSecretExpiresAt"}
)

func rotate(version int64, end time.Time) cfapi.UpdateParams {
	return cfapi.UpdateParams{ClientSecretVersion: &version, PreviousClientSecretExpiresAt: &end}
}

// versions sets the version of this run and that of the last.
func versions(last, version int) func(*Wanted) {
	return func(d *Wanted) { d.Last.ClientSecretVersion, d.ClientSecretVersion = Known(last), Known(version) }
}

// held sets the token's version, and the one that the stored secret belongs to.
func held(version, held int) func(*State) {
	return func(s *State) { s.ClientSecretVersion, s.HeldClientSecretVersion = &version, &held }
}

func TestAVersionAboveTheTokensRotates(t *testing.T) {
	t.Parallel()
	const raised = "rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one stops working at once"
	expectPlans(t, map[string]planned{
		"raised": {
			want:     versions(1, 2),
			request:  rotate(2, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{raised},
		},
		"declared for the first time, above": {
			want:     func(d *Wanted) { d.ClientSecretVersion = Known(2) },
			request:  rotate(2, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{raised},
		},
		"the numbers between may be left out": {
			want:     versions(1, 20),
			request:  rotate(20, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{"rotating the client secret to version 20: clientSecretVersion is above the token's version, 1; the previous one stops working at once"},
		},
		"a token that does not show its version is at 1": {
			want:     versions(1, 2),
			state:    func(s *State) { s.ClientSecretVersion, s.HeldClientSecretVersion = nil, nil },
			request:  rotate(2, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{raised},
		},
		"an imported token gets a secret": {
			want:     func(d *Wanted) { d.ClientSecretVersion = Known(8) },
			state:    func(s *State) { held(7, 0)(s); s.HeldClientSecretVersion, s.ClientSecret = nil, nil },
			request:  rotate(8, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{"rotating the client secret to version 8: clientSecretVersion is above the token's version, 7; the previous one stops working at once"},
		},
		"above what somebody else rotated to": {
			want:     versions(2, 8),
			state:    held(7, 2),
			request:  rotate(8, at),
			rows:     rotation,
			computed: returnedAndEnd,
			reasons:  []string{"rotating the client secret to version 8: clientSecretVersion is above the token's version, 7; the previous one stops working at once"},
		},
	})
}

func TestAVersionThatIsNotAboveTheTokensDoesNotRotate(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"left out":                    {},
		"taken out":                   {want: func(d *Wanted) { d.Last.ClientSecretVersion = Known(3) }, state: held(3, 3)},
		"equal":                       {want: versions(3, 3), state: held(3, 3)},
		"below, and unchanged":        {want: versions(2, 2), state: held(7, 2)},
		"lowered":                     {want: versions(7, 3), state: held(7, 7)},
		"declared for the first time": {want: func(d *Wanted) { d.ClientSecretVersion = Known(2) }, state: held(7, 7)},
	})
}

func TestAVersionRaisedNotFarEnoughIsRefusedWithTheNumberToWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want  func(*Wanted)
		state func(*State)
		text  string
	}{
		"below the token's": {
			versions(2, 3), held(7, 2),
			"clientSecretVersion: 3 does not rotate the client secret, since the token is already at version 7: write 8",
		},
		"the token's own, of a secret that is not held": {
			versions(2, 7), held(7, 2),
			"clientSecretVersion: 7 does not rotate the client secret, since the token is already at version 7: write 8",
		},
		"the token's own, which a lost rotation was completed at": {
			versions(2, 3), held(3, 3),
			"clientSecretVersion: 3 does not rotate the client secret, since the token is already at version 3: write 4",
		},
		"of an imported token": {
			versions(1, 2), func(s *State) { s.ClientSecretVersion, s.HeldClientSecretVersion = new(4), nil },
			"clientSecretVersion: 2 does not rotate the client secret, since the token is already at version 4: write 5",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, scope, state := planned{want: test.want, state: test.state}.given()
			want.Name = Known("deploy")
			pl, err := PlanChange(want, scope, state, now)
			if err == nil || err.Error() != test.text {
				t.Errorf("got %v, want %s", err, test.text)
			}
			if !pl.Empty() {
				t.Error("a refused plan still changes something")
			}
		})
	}
}

func TestARotationSaysWhatBecomesOfThePreviousSecret(t *testing.T) {
	t.Parallel()
	const rotating = "rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; "
	grace := func(end time.Time) func(*Wanted) {
		return func(d *Wanted) { versions(1, 2)(d); d.PreviousClientSecretExpiresAt = Known(end) }
	}
	running := func(s *State) { s.PreviousClientSecretExpiresAt = new("2026-10-03T12:00:00Z") }
	expectPlans(t, map[string]planned{
		"it works until the time given": {
			want: grace(later), request: rotate(2, later), rows: rotation, computed: returned,
			reasons: []string{rotating + "the previous one works until 2026-10-08T12:00:00Z"},
		},
		"a time in the past stops it at once": {
			want: grace(past), request: rotate(2, past), rows: rotation, computed: returned,
			reasons: []string{rotating + "the previous one stops working at once, since previousClientSecretExpiresAt is in the past"},
		},
		"without a time it stops at once, which is sent": {
			want: versions(1, 2), request: rotate(2, at), rows: rotation, computed: returnedAndEnd,
			reasons: []string{rotating + "the previous one stops working at once"},
		},
		"a time that is not known yet": {
			want: func(d *Wanted) {
				versions(1, 2)(d)
				d.PreviousClientSecretExpiresAt = Input[time.Time]{Unknown: true}
			},
			request: rotate(2, at), rows: rotation, computed: returnedAndEnd,
			reasons: []string{rotating + "the previous one works until a time that is not known yet"},
		},
		"during a grace, the earlier one ends": {
			want: grace(later), state: running, request: rotate(2, later), rows: rotation, computed: returned,
			reasons: []string{rotating + "the previous one works until 2026-10-08T12:00:00Z; the one before it, which would have worked until 2026-10-03T12:00:00Z, stops working now"},
		},
		"after a grace, nothing else ends": {
			want:    grace(later),
			state:   func(s *State) { s.PreviousClientSecretExpiresAt = new(FormatTime(past)) },
			request: rotate(2, later), rows: rotation, computed: returned,
			reasons: []string{rotating + "the previous one works until 2026-10-08T12:00:00Z"},
		},
	})
}

func TestTheEndOfAPreviousSecretMovesInPlace(t *testing.T) {
	t.Parallel()
	grace := func(end time.Time) func(*Wanted) {
		return func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(end) }
	}
	ends := func(end string) func(*State) {
		return func(s *State) { s.PreviousClientSecretExpiresAt = &end }
	}
	expectPlans(t, map[string]planned{
		"later": {
			want: grace(later), state: ends("2026-10-03T12:00:00Z"),
			request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &later},
			rows:    changed("previousClientSecretExpiresAt"),
			reasons: []string{"moving the end of the previous client secret from 2026-10-03T12:00:00Z to 2026-10-08T12:00:00Z"},
		},
		"into the past, which stops it": {
			want: grace(past), state: ends("2026-10-03T12:00:00Z"),
			request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &past},
			rows:    changed("previousClientSecretExpiresAt"),
			reasons: []string{"moving the end of the previous client secret from 2026-10-03T12:00:00Z to 2026-09-01T12:00:00Z: it stops working at once"},
		},
		"written as another one than in the last run": {
			want: func(d *Wanted) { grace(later)(d); d.Last.PreviousClientSecretExpiresAt = Known(past) }, state: ends("2026-10-03T12:00:00Z"),
			request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &later},
			rows:    changed("previousClientSecretExpiresAt"),
			reasons: []string{"moving the end of the previous client secret from 2026-10-03T12:00:00Z to 2026-10-08T12:00:00Z"},
		},
		"the same moment in another zone":             {want: grace(later), state: ends("2026-10-08T14:00:00+02:00")},
		"the same second, with a fraction":            {want: grace(later), state: ends("2026-10-08T12:00:00.5Z")},
		"left out":                                    {state: ends("2026-10-03T12:00:00Z")},
		"without a previous secret it waits":          {want: grace(later)},
		"a past time without a previous secret waits": {want: grace(past)},
	})
}

func TestALostRotationIsCompletedByTheNextRun(t *testing.T) {
	t.Parallel()
	lost := func(version, pending int) func(*State) {
		return func(s *State) {
			held(version, 1)(s)
			s.PendingClientSecretVersion, s.ClientSecretStatus = &pending, StatusStale
		}
	}
	completed := func(version int64, reason string) planned {
		return planned{request: rotate(version, at), rows: completion, computed: returnedAndEnd, reasons: []string{reason}}
	}
	const to3 = "rotating the client secret to version 3: completing the rotation whose answer was lost; the client secret from before that rotation stops working at once"
	with := func(test planned, want func(*Wanted), state func(*State)) planned {
		test.want, test.state = want, state
		return test
	}
	expectPlans(t, map[string]planned{
		"above it, since it may have taken effect": with(completed(3, to3), versions(1, 2), lost(1, 2)),
		"also after a refresh that shows it":       with(completed(3, to3+", if it still works"), versions(1, 2), lost(2, 2)),
		"also where the version was taken out":     with(completed(3, to3), nil, lost(1, 2)),
		"and says which end is not kept": with(planned{
			request: rotate(3, past), rows: completion, computed: returned,
			reasons: []string{"rotating the client secret to version 3: completing the rotation whose answer was lost; the client secret from before that rotation, " +
				"which was to work until 2026-10-08T12:00:00Z, stops working at once, since previousClientSecretExpiresAt is in the past"},
		}, func(d *Wanted) { versions(2, 3)(d); d.PreviousClientSecretExpiresAt = Known(past) }, func(s *State) { *s = s.Pending(2, later) }),
		"and above what is now written": with(completed(9,
			"rotating the client secret to version 9: completing the rotation whose answer was lost; the client secret from before that rotation stops working at once"),
			versions(1, 9), lost(1, 2)),
		"and above what somebody else rotated to": with(completed(6,
			"rotating the client secret to version 6: completing the rotation whose answer was lost; the client secret from before that rotation stops working at once, if it still works"),
			versions(1, 2), lost(5, 2)),
	})
}

func TestAStandingEndDoesNotRevokeTheStoredSecretAfterARotationElsewhere(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	held(3, 2)(&state)
	state.ClientSecretStatus = StatusStale
	state.PreviousClientSecretExpiresAt = new(FormatTime(later)) // until then the stored secret works
	want.ClientSecretVersion, want.Last.ClientSecretVersion = Known(2), Known(2)
	// Both left from the rotation to 2.
	want.PreviousClientSecretExpiresAt, want.Last.PreviousClientSecretExpiresAt = Known(past), Known(past)
	pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
	if err != nil || !pl.Empty() {
		t.Errorf("planned: %+v, %v", pl.Steps, err)
	}
}

func TestARotationThatReturnsNoSecretIsRefusedWithTheNumberToKeep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want func(*Wanted)
		says string
	}{
		"a number that was raised": {versions(1, 2), ": write 1 again. "},
		"a number that is new":     {func(d *Wanted) { d.ClientSecretVersion = Known(2) }, ": remove it. "},
	} {
		want, state := ordinary()
		test.want(&want)
		mute(&state)
		if _, err := PlanChange(want, cfapi.Account(accountID), state, now); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestANumberThatWasCarriedOutAsksForNothingMore(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	versions(2, 3)(&want)
	state.AppliedClientSecretVersion = new(3) // by a call that left the token's version at 1
	if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || !pl.Empty() {
		t.Errorf("planned %+v, %v", pl.Steps, err)
	}
}

// That call may leave the token's version below the program's number, and its answer may
// be lost too.
func TestTheReasonOfARotationByTheCallThatTakesNoVersionIsTrue(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*Wanted, *State){
		"clientSecretVersion is above the last one that was carried out, 3;": func(want *Wanted, state *State) {
			versions(3, 4)(want)
			state.AppliedClientSecretVersion = new(3)
		},
		"completing the rotation whose answer was lost, or contained no client secret;": func(_ *Wanted, state *State) { *state = state.Pending(2, later) },
	} {
		want, state := ordinary()
		change(&want, &state)
		state.RotationCall = new(RotationCallRotate)
		if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || !strings.Contains(pl.Steps[0].Reason, says) {
			t.Errorf("planned %+v, %v, want %q", pl.Steps, err, says)
		}
	}
}

func TestARotationByTheCallThatTakesNoVersionLeavesTheVersionUnknown(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	versions(1, 2)(&want)
	state.RotationCall = new(RotationCallRotate)
	pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
	if err != nil || !slices.Contains(pl.Computed, "clientSecretVersion") || !slices.Contains(pl.Computed, "heldClientSecretVersion") || strings.Contains(pl.Steps[0].Reason, "to version") {
		t.Errorf("unknown are %q, %+v, %v", pl.Computed, pl.Steps, err)
	}
}

package servicetoken

import (
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// graces is a program that had a grace of so many hours in the last run, and has
// another one now.
func graces(last, now int) func(*Wanted) {
	return func(d *Wanted) {
		d.Last.PreviousClientSecretGrace, d.PreviousClientSecretGrace = Known(hours(last)), Known(hours(now))
	}
}

// endsIn sets when the previous secret stops, so long after now.
func endsIn(in time.Duration) func(*State) {
	return func(s *State) { s.PreviousClientSecretExpiresAt = new(FormatTime(at.Add(in))) }
}

func TestAGraceOfNothingStopsThePreviousSecretWhoeverRotated(t *testing.T) {
	t.Parallel()
	stop := func(want func(*Wanted), state func(*State), notes string) planned {
		return planned{
			want: want, state: all(endsIn(5*time.Hour), state), request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &at},
			rows: changed("previousClientSecretGrace"), computed: []string{"previousClientSecretExpiresAt"},
			reasons: []string{"moving the end of the previous client secret from 2026-10-01T17:00:00Z to the time of this run: it stops working at once" + notes},
		}
	}
	lost := func(s *State) { s.PendingClientSecretVersion = new(2) }
	unknownAge := func(s *State) { s.ClientSecretIssuedAt = nil }
	expectPlans(t, map[string]planned{
		"after a rotation elsewhere":     stop(graces(24, 0), stale, "; it is the one that this stack holds"),
		"of an imported token":           stop(graces(24, 0), neverHeld, ""),
		"where the program had no grace": stop(func(d *Wanted) { d.PreviousClientSecretGrace = Known(hours(0)) }, neverHeld, ""),
		"of a secret of unknown age":     stop(graces(24, 0), unknownAge, ""),
		"while rotations are held back":  stop(heldBack(graces(24, 0)), neverHeld, ""),
		"not if it still merely stands":  {want: graces(0, 0), state: all(endsIn(5*time.Hour), stale)},
		"nor one that has stopped":       {want: graces(24, 0), state: all(endsIn(-25*time.Hour), stale)},
		"nor where there is none":        {want: graces(24, 0), state: stale},
		"nor one that a lost rotation has": {want: heldBack(graces(24, 0)), state: all(endsIn(5*time.Hour), stale, lost), warnings: []string{
			"a rotation is not completed, since an emergency holds rotations back: its answer was lost, or had no client secret. " +
				"This stack does not hold the new client secret. To get a new one now, set clientSecretVersion to 3.",
			noMomentOfRotation,
		}},
	})
}

const noMomentOfRotation = "previousClientSecretGrace has no effect on the previous client secret, since it is not known when it was rotated; " +
	"to move its end, set previousClientSecretExpiresAt."

// Cloudflare's clock says when the secret was issued, and when the previous one ends.
func TestAPreviousSecretThatWasStoppedStaysSoWhereThisMachinesClockIsSlow(t *testing.T) {
	t.Parallel()
	ahead := 90 * time.Minute
	until := func(end time.Time) func(*Wanted) {
		return func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(end) }
	}
	revoked := all(issued(-ahead), endsIn(ahead))
	expectPlans(t, map[string]planned{
		"by a grace of nothing":                                   {want: graces(0, 24), state: revoked},
		"by the rotation":                                         {want: func(d *Wanted) { d.PreviousClientSecretGrace = Known(hours(24)) }, state: revoked},
		"by the rotation, and a time is named":                    {want: until(later), state: revoked},
		"by an earlier version, which stored this machine's time": {want: graces(0, 24), state: all(issued(time.Minute), endsIn(ahead))},
		"and so it does not stop again":                           {want: graces(24, 0), state: revoked},
	})
}

func TestAPreviousSecretIsStoppedAlsoWhereThisMachinesClockMayBeFast(t *testing.T) {
	t.Parallel()
	// Rotated 90 minutes ago, with an hour for the previous secret.
	over := all(issued(90*time.Minute), endsIn(-30*time.Minute))
	const reason = "moving the end of the previous client secret from 2026-10-01T11:30:00Z to "
	expectPlans(t, map[string]planned{
		"by a grace of nothing": {
			want: graces(1, 0), state: over, request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: new(at.Add(-90 * time.Minute))}, rows: changed("previousClientSecretGrace"),
			reasons: []string{reason + "2026-10-01T10:30:00Z: it stops working at once, if it still works"},
		},
		"by a time": {
			want: func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(past) }, state: over,
			request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: &past}, rows: changed("previousClientSecretExpiresAt"),
			reasons: []string{reason + "2026-09-01T12:00:00Z: it stops working at once, if it still works"},
		},
		"not by a shorter grace": {want: graces(2, 1), state: all(issued(3*time.Hour), endsIn(-time.Hour))},
		"of a rotation that is not known": {
			want: graces(24, 0), state: all(stale, issued(100*time.Hour), endsIn(-30*time.Minute)),
			rows: map[string]Kind{"previousClientSecretGrace": Update}, reasons: []string{
				"moving the end of the previous client secret from 2026-10-01T11:30:00Z to 2026-09-30T11:30:00Z: it stops working at once, if it still works; it is the one that this stack holds"},
			request: cfapi.UpdateParams{PreviousClientSecretExpiresAt: new(at.Add(-Day - 30*time.Minute))},
		},
		"nor by a longer one":      {want: graces(1, 24), state: over},
		"nor a day after it ended": {want: graces(1, 0), state: all(issued(26*time.Hour), endsIn(-25*time.Hour))},
		"nor if it merely stands":  {want: graces(0, 0), state: over},
		"nor by what is not known": {want: func(d *Wanted) { d.PreviousClientSecretGrace = Input[Span]{Unknown: true} }, state: over},
		"nor one that was stopped": {want: graces(1, 0), state: all(issued(90*time.Minute), endsIn(-90*time.Minute))},
		"nor by a time after it":   {want: func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(at.Add(-time.Minute)) }, state: over},
		"nor at the time it has":   {want: func(d *Wanted) { d.PreviousClientSecretExpiresAt = Known(at.Add(-30 * time.Minute)) }, state: over},
	})
}

func TestASecretThatHasStoppedByCloudflaresClockIsNotBroughtBackToLife(t *testing.T) {
	t.Parallel()
	moves := func(end time.Time) cfapi.UpdateParams {
		return cfapi.UpdateParams{Name: new("deploy"), PreviousClientSecretExpiresAt: &end}
	}
	rotates := moves(later)
	rotates.ClientSecretVersion = new(int64(2))
	for name, test := range map[string]struct {
		request cfapi.UpdateParams
		now     time.Time
		kept    bool
	}{
		"stopped":             {moves(later), at, true},
		"stops later":         {moves(later), at.Add(-time.Second), false},
		"stays so":            {moves(past), at, false},
		"is no longer":        {rotates, at, false},
		"is not moved":        {cfapi.UpdateParams{Name: new("deploy")}, at, false},
		"by an unknown clock": {moves(later), time.Time{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, state := ordinary()
			endsIn(0)(&state)
			pl, says := Plan{Update: test.request}.KeepingStopped(state, test.now)
			if kept := pl.Update.PreviousClientSecretExpiresAt == nil && test.request.PreviousClientSecretExpiresAt != nil; kept != test.kept || (says != "") != test.kept {
				t.Errorf("sends %s, and says %q", sent(pl.Update), says)
			}
			if pl.Update.Name == nil {
				t.Error("the rest is gone")
			}
		})
	}
}

// A run moved the end, and failed after that: the engine keeps the inputs of the run
// before it.
func TestAMoveOfTheEndThatWasCarriedOutIsNotRepeated(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"later":   {want: graces(24, 48), state: all(issued(10*time.Hour), endsIn(38*time.Hour))},
		"earlier": {want: graces(24, 12), state: all(issued(10*time.Hour), endsIn(2*time.Hour))},
		"at once": {want: graces(24, 0), state: all(issued(10*time.Hour), endsIn(-10*time.Hour))},
	})
}

func TestACompletionEndsTheSecretThatNobodyReceivedAtOnce(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	graces(24, 24)(&want)
	state.PendingClientSecretVersion = new(2)
	for name, test := range map[string]struct {
		why     cause
		version int
		want    time.Time
	}{
		"of a rotation that took effect":         {causeCompletion, 2, at},
		"of one that may have":                   {causeCompletion, 1, at.Add(24 * time.Hour)},
		"and another rotation goes by the grace": {causeVersion, 2, at.Add(24 * time.Hour)},
	} {
		state.ClientSecretVersion = &test.version
		if got := endAfter(want, test.why, state, at); !got.at.Equal(test.want) || !got.moves {
			t.Errorf("%s: got %+v, want %s", name, got, test.want)
		}
	}
}

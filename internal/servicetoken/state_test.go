package servicetoken

import (
	"reflect"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

func TestTheNextVersionIsAboveAllThatTheTokenMayBeAtAndThatWasCarriedOut(t *testing.T) {
	t.Parallel()
	versionless := func(s *State) { s.ClientSecretVersion, s.HeldClientSecretVersion = nil, nil }
	applied := func(number int) func(*State) {
		return func(s *State) { s.AppliedClientSecretVersion = &number }
	}
	for name, test := range map[string]struct {
		state func(*State)
		want  int
	}{
		"of an ordinary token":                               {func(*State) {}, 2},
		"of a token that shows no version":                   {versionless, 2},
		"of one that was rotated elsewhere":                  {all(stale, held(7, 2)), 8},
		"of one that was rotated elsewhere without a number": {all(stale, held(7, 7)), 9},
		"of one that was rotated elsewhere, and shows none":  {all(stale, versionless), 3},
		"where the version stays behind the program's":       {all(held(2, 2), applied(5)), 6},
		"where that is rotated elsewhere too":                {all(stale, held(2, 2), applied(5)), 6},
		"where the program's number is behind":               {all(held(7, 7), applied(5)), 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, state := ordinary()
			test.state(&state)
			if got := state.NextVersion(); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

// previousEnds lets the previous client secret end.
func previousEnds(end time.Time) func(*State) {
	return func(s *State) { s.PreviousClientSecretExpiresAt = new(FormatTime(end)) }
}

func TestAStaleSecretMayWorkUntilItsGraceIsKnownToBeOver(t *testing.T) {
	t.Parallel()
	lost := func(s *State) { *s = s.Pending(2, past) }
	for name, test := range map[string]struct {
		state func(*State)
		works bool
	}{
		"a current one works":                          {previousEnds(past), true},
		"a stale one works within its grace":           {all(stale, previousEnds(later)), true},
		"and not after it":                             {all(stale, previousEnds(past)), false},
		"nor at its end":                               {all(stale, previousEnds(now)), false},
		"a stale one of which no end is known may":     {stale, true},
		"one that a lost rotation may have ended may":  {all(lost, previousEnds(past)), true},
		"one that may be the current one may":          {all(stale, previousEnds(past), func(s *State) { s.HeldClientSecretVersion = nil }), true},
		"none does not":                                {neverHeld, false},
		"none does not, with the grace of another one": {all(neverHeld, previousEnds(later)), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, state := ordinary()
			test.state(&state)
			if got := state.SecretMayWork(now); got != test.works {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheVersionOfAnAnswersSecretIsTheAnswersOrElseTheOneAskedFor(t *testing.T) {
	t.Parallel()
	for answered, want := range map[int64]int{0: 3, 5: 5} {
		answer := cfapi.Token{ClientSecret: cfapi.Secret(newSecret)}
		if answered > 0 {
			answer.ClientSecretVersion = &answered
		}
		state := State{}.Holding(answer, 3, now)
		if deref(state.ClientSecretVersion) != want || deref(state.HeldClientSecretVersion) != want || state.ClientSecretStatus != StatusCurrent {
			t.Errorf("an answer with version %d: %s", answered, show(state))
		}
	}
}

func TestANumberIsCarriedOutOnceAndNeverTakenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		number Input[int]
		before *int
		want   int // 0 for none
	}{
		"the first":      {Known(2), nil, 2},
		"a higher one":   {Known(5), new(2), 5},
		"a lower one":    {Known(2), new(5), 5},
		"none":           {Input[int]{}, new(2), 2},
		"never any":      {Input[int]{}, nil, 0},
		"an unknown one": {Input[int]{Unknown: true}, nil, 0},
	} {
		got := State{AppliedClientSecretVersion: test.before}.CarriedOut(test.number).AppliedClientSecretVersion
		if deref(got) != test.want || (got == nil) != (test.want == 0) {
			t.Errorf("%s: got %v, want %d", name, got, test.want)
		}
	}
}

func TestARotationSinceAnEarlierLookIsNoticed(t *testing.T) {
	t.Parallel()
	current := func(*State) {}
	lost := func(s *State) { *s = s.Pending(2, past) }
	at9 := func(s *State) { s.ClientSecretVersion = new(9) }
	for name, test := range map[string]struct {
		before, after func(*State)
		rotated       bool
	}{
		"a current secret stays current":                {current, current, false},
		"a current secret is stale now":                 {current, stale, true},
		"a stale one is at the same version":            {stale, stale, false},
		"a stale one is at a later version":             {stale, all(stale, at9), true},
		"a stale one has another end":                   {all(stale, previousEnds(later)), all(stale, previousEnds(past)), true},
		"a pending rotation is pending still":           {lost, lost, false},
		"a pending rotation turned out to be another's": {lost, stale, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, before := ordinary()
			_, after := ordinary()
			test.before(&before)
			test.after(&after)
			if got := after.RotatedSince(before); got != test.rotated {
				t.Errorf("got %v, from %s to %s", got, show(before), show(after))
			}
		})
	}
}

func TestAPendingRotationIsSomeoneElsesIfItsEndIsNotTheOneThatWasSent(t *testing.T) {
	t.Parallel()
	other := later.Add(time.Hour)
	for name, test := range map[string]struct {
		version int64
		end     *time.Time
		others  bool
	}{
		"the version and end that were sent":     {2, &later, false},
		"the version, and no end":                {2, nil, false},
		"the version with another end":           {2, &other, true},
		"a later version with the end":           {3, &later, true},
		"the version before it, and no end":      {1, nil, false},
		"the version before it with another end": {1, &other, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, state := ordinary()
			got := state.Pending(2, later).Refreshed(aRef, cfapi.Token{ClientSecretVersion: &test.version, PreviousClientSecretExpiresAt: test.end})
			if (got.PendingClientSecretVersion == nil) != test.others {
				t.Error(show(got))
			}
		})
	}
}

func TestAnAnswerReplacesWhatItShowsAndKeepsWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	_, before := ordinary()
	before.ClientID = "0000.access"
	if after := before.Observed(aRef, cfapi.Token{}); !reflect.DeepEqual(after, before) {
		t.Errorf("an answer that shows nothing changed %s to %s", show(before), show(after))
	}
	after := before.Observed(aRef, cfapi.Token{ClientID: "1111.access", Name: "renamed", Duration: "24h", Enabled: new(false), ClientSecretVersion: new(int64(2))})
	want := before
	want.ClientID, want.Name, want.Duration, want.Enabled, want.ClientSecretVersion = "1111.access", "renamed", new("24h"), new(false), new(2)
	if !reflect.DeepEqual(after, want) {
		t.Errorf("the answer is stored as %s, want %s", show(after), show(want))
	}
}

func TestARotationThatIsPendingTookEffectIfTheTokenIsAtItsVersion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pending, version *int
		want             bool
	}{
		"at its version":  {new(2), new(2), true},
		"above":           {new(2), new(3), true},
		"below":           {new(2), new(1), false},
		"not shown":       {new(2), nil, false},
		"nothing pending": {nil, new(2), false},
	} {
		if got := (State{PendingClientSecretVersion: test.pending, ClientSecretVersion: test.version}).TookEffect(); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

package servicetoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

func TestATokenIsManagedByWhoNamesIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[Input[string]]bool{Known("ci"): true, {Unknown: true}: true, Known(""): false, {}: false} {
		if got := (Inputs{Name: name}).Managed(); got != want {
			t.Errorf("%+v: %v", name, got)
		}
	}
}

func TestALengthOfTimeIsSpelledInTheLargestUnitThatFits(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		0: "less than a minute", 59 * time.Second: "less than a minute", time.Minute: "1 minute", 2 * time.Minute: "2 minutes",
		time.Hour: "1 hour", 2 * time.Hour: "2 hours", Day: "24 hours", 2*Day - time.Second: "47 hours", 2 * Day: "2 days",
	} {
		if got := spell(length); got != want {
			t.Errorf("%s: got %q, want %q", length, got, want)
		}
	}
}

func TestLettersThatChangedPlacesAreOneMistake(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"ab", "ab", 0}, {"ab", "ba", 1}, {"abc", "acb", 1}, {"abcd", "badc", 2}, {"ab", "bc", 2}, {"xab", "ab", 1}, {"ab", "abx", 1},
		{"abc", "axc", 1}, {"aab", "baa", 2}, {"", "abc", 3},
	} {
		if got := distance(test.a, test.b); got != test.want || distance(test.b, test.a) != test.want {
			t.Errorf("%q and %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestTimesUpToTheYear9999AreRead(t *testing.T) {
	t.Parallel()
	for text, accepted := range map[string]bool{"9999-12-31T23:59:59Z": true, "0000-01-01T00:00:00Z": true, "9999-12-31T23:59:59-01:00": false, "0000-01-01T00:00:00+01:00": false} {
		if _, reason := asTime(property.New(text)); (reason == "") != accepted {
			t.Errorf("%s: %q", text, reason)
		}
	}
}

func TestDaysOutOfTheirRangeAreOneMistake(t *testing.T) {
	t.Parallel()
	for _, days := range []float64{-1, 36501} {
		failures := Check(propertyMap(map[string]property.Value{
			"accountId": property.New(accountID), "name": property.New("ci"), "duration": property.New("24h"), "minDaysForRenewal": property.New(days),
		}), "")
		if len(failures) != 1 || failures[0].Property != "minDaysForRenewal" {
			t.Errorf("%v days: %q", days, failures)
		}
	}
}

func TestOnlyTheEndThatWasAskedForIsExpected(t *testing.T) {
	t.Parallel()
	_, state := ordinary()
	state.PreviousClientSecretExpiresAt = new(FormatTime(past))
	for name, test := range map[string]struct {
		shown *time.Time
		want  string
	}{
		"the one that was asked for": {&later, FormatTime(later)},
		"another one":                {&at, FormatTime(past)},
		"none":                       {nil, FormatTime(past)},
	} {
		if got := state.Expecting(cfapi.Token{PreviousClientSecretExpiresAt: test.shown}, later); got.PreviousSecretEnd() != test.want {
			t.Errorf("%s: %s", name, got.PreviousSecretEnd())
		}
	}
}

func TestAnEndThatTheOtherProviderDidNotKeepIsNoRotationElsewhere(t *testing.T) {
	t.Parallel()
	answer := cfapi.Token{PreviousClientSecretExpiresAt: &later, ClientSecretVersion: new(int64(1))}
	for name, test := range map[string]struct {
		change func(*State)
		stale  bool
	}{
		"of an adopted state without one": {adoptable, false},
		"of an adopted state with one":    {func(s *State) { adoptable(s); s.PreviousClientSecretExpiresAt = new(FormatTime(past)) }, true},
		"of a state of this provider":     {func(*State) {}, true},
	} {
		_, state := ordinary()
		test.change(&state)
		if got := state.Refreshed(aRef, answer); (got.ClientSecretStatus == StatusStale) != test.stale {
			t.Errorf("%s: %s", name, got.ClientSecretStatus)
		}
	}
}

func TestAnAdoptionLearnsTheDurationThatTheOtherProviderDidNotKeep(t *testing.T) {
	t.Parallel()
	for kept, learns := range map[string]bool{"": true, "24h": false} {
		want, state := ordinary()
		state.Duration = nil
		if kept != "" {
			state.Duration = &kept
		}
		adoptable(&state)
		pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
		if err != nil || slices.Contains(pl.Computed, "duration") != learns {
			t.Errorf("%q: unknown are %q, %v", kept, pl.Computed, err)
		}
	}
}

func TestOnlyAnEndWithoutARotationMovesAGrace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		update cfapi.UpdateParams
		want   bool
	}{
		"an end":                {cfapi.UpdateParams{PreviousClientSecretExpiresAt: &later}, true},
		"a rotation":            {rotate(2, later), false},
		"a name":                {cfapi.UpdateParams{Name: new("ci")}, false},
		"a rotation, no answer": {cfapi.UpdateParams{ClientSecretVersion: new(int64(2))}, false},
	} {
		if got := (Plan{Update: test.update}).MovesGrace(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestATokenWhoseDurationIsNotKnownYetIsNotRenewed(t *testing.T) {
	t.Parallel()
	want, state := ordinary()
	want.Duration, want.MinDaysForRenewal = Input[string]{Unknown: true}, Known(30)
	if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || len(pl.Steps) != 1 || pl.Steps[0].Property != "duration" || pl.Renews() {
		t.Errorf("planned %+v, %v", pl.Steps, err)
	}
}

func TestARefreshBringsUpToDateWhatTheProgramSays(t *testing.T) {
	t.Parallel()
	state := State{Name: "renamed", Duration: new("24h"), Enabled: new(false)}
	for name, test := range map[string]struct{ in, want Inputs }{
		"all of it": {Inputs{Name: Known("ci"), Duration: Known("8760h"), Enabled: Known(true), RotateAfter: Known(hours(48))},
			Inputs{Name: Known("renamed"), Duration: Known("24h"), Enabled: Known(false), RotateAfter: Known(hours(48))}},
		"nothing that it leaves out":       {Inputs{Name: Known("ci")}, Inputs{Name: Known("renamed")}},
		"its own spelling of the duration": {Inputs{Name: Known("ci"), Duration: Known("1440m")}, Inputs{Name: Known("renamed"), Duration: Known("1440m")}},
		"not where it only reads":          {Inputs{Enabled: Known(true)}, Inputs{Enabled: Known(true)}},
	} {
		if got := test.in.Refreshed(state); got != test.want {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	in := Inputs{Name: Known("ci"), Duration: Known("24h"), Enabled: Known(true)}
	if got := in.Refreshed(State{Name: "ci"}); got != in {
		t.Errorf("what Cloudflare did not show is lost: %+v", got)
	}
}

func TestEachWayOfRecoveryIsReadAndNoOther(t *testing.T) {
	t.Parallel()
	for text, accepted := range map[string]bool{"never": true, "imported": true, "always": true, "Always": false, "": false} {
		if r, reason := asRecover(property.New(text)); (reason == "") != accepted || accepted && string(r) != text {
			t.Errorf("%q is read as %q: %q", text, r, reason)
		}
	}
}

func TestWhatRecoversDependsOnWhatIsHeld(t *testing.T) {
	t.Parallel()
	for status, ways := range map[string][]Recover{StatusCurrent: nil, StatusStale: {RecoverAlways}, StatusUnavailable: {RecoverImported, RecoverAlways}} {
		for _, way := range []Recover{"", RecoverNever, RecoverImported, RecoverAlways} {
			if got, want := way.Recovers(status), slices.Contains(ways, way); got != want {
				t.Errorf("%q of a secret that is %s: %v", way, status, got)
			}
		}
	}
}

func TestAPreviewOfACreationKnowsWhatTheInputsSay(t *testing.T) {
	t.Parallel()
	always := []string{"clientId", "clientSecret", "clientSecretIssuedAt", "createdAt", "tokenId"}
	for name, test := range map[string]struct {
		in      Inputs
		unknown []string
		enabled bool
		version int
	}{
		"the least":        {Inputs{}, append(always, "duration", "expiresAt"), true, 1},
		"a duration":       {Inputs{Duration: Known("24h"), Enabled: Known(false), ClientSecretVersion: Known(3)}, append(always, "expiresAt"), false, 3},
		"forever":          {Inputs{Duration: Known(Forever), Enabled: Known(true)}, always, true, 1},
		"unknown inputs":   {Inputs{Name: Input[string]{Unknown: true}, RotateAfter: Input[Span]{Unknown: true}, Duration: Known(Forever)}, append(always, "name"), true, 1},
		"a version, later": {Inputs{ClientSecretVersion: Input[int]{Unknown: true}, Duration: Known(Forever)}, append(always, "appliedClientSecretVersion", "clientSecretVersion", "heldClientSecretVersion"), true, 1},
	} {
		state, unknown := PreviewCreate(test.in)
		if slices.Sort(unknown); !slices.Equal(unknown, slices.Sorted(slices.Values(test.unknown))) {
			t.Errorf("%s: unknown are %q", name, unknown)
		}
		if state.IsEnabled() != test.enabled || state.Version() != test.version || state.ClientSecretStatus != StatusCurrent {
			t.Errorf("%s: %s", name, show(state))
		}
	}
}

func TestARefreshLeavesAnAdoptionToTheUpdate(t *testing.T) {
	t.Parallel()
	_, state := ordinary()
	adoptable(&state)
	foreign := state.Foreign()
	if foreign.ClientSecretStatus != "" || foreign.HeldClientSecretVersion != nil || foreign.ClientSecret == nil {
		t.Errorf("stored %s", show(foreign))
	}
	if again := foreign.adopted(new(1)); !again.Adopting || again.ClientSecretStatus != StatusCurrent {
		t.Errorf("read again: %s", show(again))
	}
	if unknown := foreign.adopted(nil); !unknown.HeldUnknown() || !unknown.SecretMayWork(now) {
		t.Errorf("of a version that nobody knows: %s", show(unknown))
	}
}

func TestATokenThatIsDisabledIsWarnedOfUnlessTheProgramSaysSo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		now, last Input[bool]
		enabled   *bool
		says      string
	}{
		"disabled elsewhere":     {enabled: new(false), says: "the token is disabled, so it does not work"},
		"no longer said":         {last: Known(false), enabled: new(false), says: "enabled was removed from the program"},
		"enabled before":         {last: Known(true), enabled: new(false), says: "the token is disabled, so it does not work"},
		"said":                   {now: Known(false), enabled: new(false)},
		"perhaps said":           {now: Input[bool]{Unknown: true}, enabled: new(false)},
		"enabled":                {enabled: new(true)},
		"as Cloudflare's tokens": {},
	} {
		got := DisabledWarning(Wanted{Inputs: Inputs{Enabled: test.now}, Last: Inputs{Enabled: test.last}}, State{Enabled: test.enabled})
		if (got == "") != (test.says == "") || !strings.HasPrefix(got, test.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTheScopeIsThatOfTheOneInputThatIsSet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in    Inputs
		want  cfapi.Scope
		given bool
	}{
		"an account": {Inputs{AccountID: Known(accountID)}, cfapi.Account(accountID), true},
		"a zone":     {Inputs{ZoneID: Known(zoneID)}, cfapi.Zone(zoneID), true},
		"neither":    {Inputs{AccountID: Input[string]{Unknown: true}}, cfapi.Account(""), false},
	} {
		if got, given := test.in.ScopeGiven(); got != test.want || given != test.given || test.in.Scope() != test.want {
			t.Errorf("%s: %v, %v", name, got, given)
		}
	}
}

package servicetoken

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// adoptable makes of the ordinary token one that the cloudflare provider keeps.
func adoptable(s *State) {
	s.Enabled, s.ClientID = nil, "0123456789abcdef0123456789abcdef.access"
	*s = s.adopted(new(1))
}

const adopting = "adopting the token from the cloudflare provider, with the client secret that its state holds"

func TestAForeignStateIsAdoptedAndWhatDiffersIsChangedWithIt(t *testing.T) {
	t.Parallel()
	row := map[string]Kind{"tokenId": Add}
	unknown := []string{"clientSecretStatus", "createdAt", "enabled", "previousClientSecretExpiresAt"}
	with := func(rows map[string]Kind) map[string]Kind {
		maps.Copy(rows, row)
		return rows
	}
	expectPlans(t, map[string]planned{
		"nothing differs": {state: adoptable, rows: row, computed: unknown, reasons: []string{adopting}},
		"a version that it has already": {
			want:  func(d *Wanted) { d.ClientSecretVersion, d.Last.ClientSecretVersion = Known(1), Known(1) },
			state: adoptable, rows: row, computed: unknown, reasons: []string{adopting},
		},
		"a state without a client secret": {
			state: func(s *State) { s.ClientSecret = nil; adoptable(s) },
			rows:  row, computed: slices.DeleteFunc(slices.Clone(unknown), func(s string) bool { return s == "clientSecretStatus" }),
			reasons: []string{"adopting the token from the cloudflare provider, whose state holds no client secret"},
		},
		"another duration": {
			want:    func(d *Wanted) { d.Duration = Known("24h") },
			state:   adoptable,
			request: cfapi.UpdateParams{Duration: new("24h")},
			rows:    with(map[string]Kind{"duration": Update}), computed: append([]string{"expiresAt"}, unknown...),
			reasons: []string{`changing the duration from "8760h" to "24h": the token then expires 24h after this run`, adopting},
		},
		"a client secret of unknown age": {
			want:  func(d *Wanted) { d.RotateAfter = Known(hours(1)) },
			state: adoptable, rows: with(map[string]Kind{"rotateAfter": Update}), computed: append([]string{"rotateAfterSince"}, unknown...),
			reasons: []string{"counting rotateAfter from this run, since it is not known when the client secret was issued: it is rotated after 1h", adopting},
		},
		"a grace that the other provider began": {
			want:  func(d *Wanted) { d.PreviousClientSecretGrace = Known(hours(1)) },
			state: func(s *State) { adoptable(s); s.PreviousClientSecretExpiresAt = new(FormatTime(later)) },
			rows:  row, computed: slices.DeleteFunc(slices.Clone(unknown), func(s string) bool { return s == "previousClientSecretExpiresAt" }),
			reasons:  []string{adopting},
			warnings: []string{noMomentOfRotation},
		},
		"a client secret to recover": {
			want:     func(d *Wanted) { d.RecoverClientSecret = Known(RecoverImported) },
			state:    func(s *State) { s.ClientSecret = nil; adoptable(s) },
			request:  cfapi.UpdateParams{ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: new(at.Add(defaultGrace))},
			rows:     with(map[string]Kind{"recoverClientSecret": Update}),
			computed: []string{"clientSecret", "clientSecretIssuedAt", "createdAt", "enabled", "previousClientSecretExpiresAt"},
			reasons: []string{`rotating the client secret to version 2: this stack does not hold the current one, and recoverClientSecret is "imported"; the previous one works until 2026-10-02T12:00:00Z`,
				"adopting the token from the cloudflare provider, whose state holds no client secret"},
		},
		"a token that expires soon": {
			want:    func(d *Wanted) { d.MinDaysForRenewal = Known(30) },
			state:   adoptable,
			request: cfapi.UpdateParams{Duration: new("8760h")},
			rows:    with(map[string]Kind{"minDaysForRenewal": Update}), computed: append([]string{"expiresAt"}, unknown...),
			reasons: []string{"renewing the token: it expires on 2026-10-08T12:00:00Z, in 6 days, and minDaysForRenewal is 30; it then expires 8760h after this run", adopting},
		},
		"a rotation": {
			want:    func(d *Wanted) { d.ClientSecretVersion, d.PreviousClientSecretExpiresAt = Known(2), Known(later) },
			state:   adoptable,
			request: cfapi.UpdateParams{ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: &later},
			rows:    with(map[string]Kind{"clientSecretVersion": Update}), computed: []string{"clientSecret", "clientSecretIssuedAt", "createdAt", "enabled"},
			reasons: []string{"rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one works until 2026-10-08T12:00:00Z", adopting},
		},
	})
}

func TestATokenThatTheProgramDescribesAsAnotherOneIsNotAdopted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want     func(*Wanted)
		property string
		has      string
	}{
		"another account": {func(d *Wanted) { d.AccountID = Known(otherAccount) }, "accountId", "is in account " + accountID},
		"a zone":          {inZone, "accountId", "is in account " + accountID},
		"a zone as well":  {func(d *Wanted) { d.ZoneID = Known(zoneID) }, "zoneId", "is in account " + accountID},
		"another name":    {func(d *Wanted) { d.Name = Known("own") }, "name", `is named "ci"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, state := ordinary()
			test.want(&want)
			if _, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil {
				t.Errorf("a state of this provider: %v", err)
			}
			adoptable(&state)
			_, err := PlanChange(want, cfapi.Account(accountID), state, now)
			if err == nil || !strings.HasPrefix(err.Error(), test.property+": ") || !strings.Contains(err.Error(), test.has) {
				t.Errorf("got %v, want one about %s that says %q", err, test.property, test.has)
			}
		})
	}
}

func TestWhatIsNotKnownYetMayBeTheTokenToAdopt(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]func(*Wanted){
		"the name":    func(d *Wanted) { d.Name = Input[string]{Unknown: true} },
		"the account": func(d *Wanted) { d.AccountID = Input[string]{Unknown: true} },
	} {
		want, state := ordinary()
		adoptable(&state)
		unknown(&want)
		if pl, err := PlanChange(want, cfapi.Account(accountID), state, now); err != nil || pl.Empty() {
			t.Errorf("%s: %+v, %v", name, pl.Steps, err)
		}
	}
}

func TestAnAdoptionIsPreviewedAsItIsCarriedOutAndLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	planned := 0
	for i := range manyPlans / 4 {
		want, state := anyDesired(random), anyState(random)
		state.ClientSecretIssuedAt, state.PendingClientSecretVersion = nil, nil
		state.ClientSecret = pick(random, nil, &oldSecret)
		state = state.adopted(new(want.HeldVersion()))
		pl, err := PlanChange(want, cfapi.Account(accountID), state, now)
		if err != nil {
			continue
		}
		planned++
		answer := echo(pl.Update, state)
		preview, after := pl.Preview(state), pl.Applied(state, aRef, answer, now)
		want.Last.ClientSecretVersion, want.Last.PreviousClientSecretExpiresAt = want.ClientSecretVersion, want.PreviousClientSecretExpiresAt
		want.Last.PreviousClientSecretGrace = want.PreviousClientSecretGrace
		if again, err := PlanChange(want, cfapi.Account(accountID), after, now); err != nil || !again.Empty() || after.Adopting {
			t.Errorf("case %d: the next run wants %+v, %v", i, again.Steps, err)
		}
		before, stored := reflect.ValueOf(preview), reflect.ValueOf(after)
		for field := range before.NumField() {
			name := tagName(before.Type().Field(field))
			if name == "" {
				continue // not stored
			}
			if was, is := before.Field(field).Interface(), stored.Field(field).Interface(); !slices.Contains(pl.Computed, name) && !reflect.DeepEqual(was, is) {
				t.Errorf("case %d: %s: the preview says it is known, and the run changes it", i, name)
			}
		}
	}
	if planned < manyPlans/16 {
		t.Errorf("only %d cases were adopted", planned)
	}
}

func TestNoOtherStateIsTakenForTheCloudflareProviders(t *testing.T) {
	t.Parallel()
	text := func(s string) property.Value { return property.New(s) }
	for name, state := range map[string]map[string]property.Value{
		"an import's": nil,
		"this one's":  {"tokenId": text(tokenID), "clientSecretStatus": text(StatusCurrent)},
		"this one's, with something of another's": {"tokenId": text(tokenID), "clientSecretStatus": text(StatusCurrent), "id": text(tokenID), "__meta": text("{}")},
		"a lookup's":        {"name": text("ci"), "clientId": text("0123456789abcdef0123456789abcdef.access")},
		"one without an id": {"accountId": text(accountID), "name": text("ci"), "id": property.New(7.0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if ReadState(property.NewMap(state), new(1)).Adopting {
				t.Error("it is adopted")
			}
		})
	}
}

func TestAVersionOfTheCloudflareProviderIsAWholeNumberOrAbsent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value property.Value
		want  int // 0 for absent
	}{
		{property.New(1.0), 1}, {property.New("7"), 7}, {property.New(7.0), 7}, {property.New("7.0"), 7}, {property.New(0.0), 0}, {property.New(-1.0), 0}, {property.New(1.5), 0}, {property.New(math.NaN()), 0}, {property.New(math.Inf(1)), 0}, {property.New(1e300), 0}, {property.New(float64(math.MaxInt32)), math.MaxInt32}, {property.New(float64(math.MaxInt32 + 1)), 0}, {property.New(""), 0}, {property.New("NaN"), 0}, {property.New("two"), 0}, {property.New(true), 0},
		{property.New(property.Null), 0}, {property.New(property.Computed), 0}, {property.New(2.0).WithSecret(true), 2},
	} {
		if got := foreignVersion(property.NewMap(map[string]property.Value{"version": test.value}), "version"); deref(got) != test.want || (got == nil) != (test.want == 0) {
			t.Errorf("%v is read as %v, want %d", test.value, got, test.want)
		}
	}
}

func TestATruthValueOfTheCloudflareProviderMayBeAText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value property.Value
		want  *bool
	}{
		{property.New(true), new(true)}, {property.New(false), new(false)}, {property.New("true"), new(true)},
		{property.New("false"), new(false)}, {property.New("maybe"), nil}, {property.New(1.0), nil},
	} {
		got := foreignBool(property.NewMap(map[string]property.Value{"enabled": test.value}), "enabled")
		if (got == nil) != (test.want == nil) || deref(got) != deref(test.want) {
			t.Errorf("%v is read as %v", test.value, got)
		}
	}
}

func TestADurationOfTheCloudflareProviderIsReadIfItIsOne(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"8760h": "8760h", Forever: Forever, "a year": "", "": ""} {
		got := foreignDuration(property.NewMap(map[string]property.Value{"duration": property.New(text)}), "duration")
		if deref(got) != want || (got == nil) != (want == "") {
			t.Errorf("%q is read as %q", text, deref(got))
		}
	}
}

func TestAScopeOfTheCloudflareProviderIsReadInLowerCaseIfItIsAnId(t *testing.T) {
	t.Parallel()
	state := property.NewMap(map[string]property.Value{
		"accountId": property.New(strings.ToUpper(accountID)), "zoneId": property.New("example.com"), "empty": property.New(""),
	})
	if got := foreignScope(state, "accountId"); got == nil || *got != accountID {
		t.Errorf("the account is read as %v", got)
	}
	for _, key := range []string{"zoneId", "empty", "absent"} {
		if got := foreignScope(state, key); got != nil {
			t.Errorf("%s is read as %q", key, *got)
		}
	}
}

func TestATimeOfTheCloudflareProviderIsReadIfItIsOne(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"2027-01-31T13:00:00+01:00": "2027-01-31T12:00:00Z", "2027-01-31T12:00:00.5Z": "2027-01-31T12:00:00Z", "tomorrow": "", "": "",
	} {
		got := deref(foreignTime(propertyMap(map[string]property.Value{"expiresAt": property.New(value)}), "expiresAt"))
		if got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func TestASecretOfTheCloudflareProviderBelongsToTheLowerOfTheVersionsThatTheProgramAskedFor(t *testing.T) {
	t.Parallel()
	none := Input[int]{}
	for _, test := range []struct {
		last, now Input[int]
		want      int
	}{
		{none, none, 1}, {Known(3), none, 3}, {Known(3), Known(2), 2}, {Known(2), Known(3), 2}, {none, Known(3), 1}, {Known(0), none, 1},
	} {
		want := Wanted{Inputs: Inputs{ClientSecretVersion: test.now}, Last: Inputs{ClientSecretVersion: test.last}}
		if got := want.HeldVersion(); got != test.want {
			t.Errorf("last %v, now %v: got %d, want %d", test.last, test.now, got, test.want)
		}
	}
}

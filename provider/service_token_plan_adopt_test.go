package provider

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// adoptable makes of the ordinary token one that the cloudflare provider keeps.
func adoptable(s *ServiceTokenState) {
	s.ClientSecretStatus, s.HeldClientSecretVersion, s.Enabled, s.ClientID = "", nil, nil, "0123456789abcdef0123456789abcdef.access"
}

const adopting = "adopting the token from the cloudflare provider, with the client secret that its state holds"

func TestAForeignStateIsAdoptedAndWhatDiffersIsChangedWithIt(t *testing.T) {
	t.Parallel()
	row := map[string]p.DiffKind{"tokenId": p.Add}
	untold := []string{"clientSecretStatus", "createdAt", "enabled", "previousClientSecretExpiresAt"}
	with := func(rows map[string]p.DiffKind) map[string]p.DiffKind {
		maps.Copy(rows, row)
		return rows
	}
	expectPlans(t, map[string]planned{
		"nothing differs": {state: adoptable, rows: row, computed: untold, reasons: []string{adopting}},
		"a version that it has already": {
			want:  func(d *desired) { d.clientSecretVersion, d.lastClientSecretVersion = known(1), known(1) },
			state: adoptable, rows: row, computed: untold, reasons: []string{adopting},
		},
		"a state without a client secret": {
			state: func(s *ServiceTokenState) { adoptable(s); s.ClientSecret = nil },
			rows:  row, computed: slices.DeleteFunc(slices.Clone(untold), func(s string) bool { return s == "clientSecretStatus" }),
			reasons: []string{"adopting the token from the cloudflare provider, whose state holds no client secret"},
		},
		"another duration": {
			want:    func(d *desired) { d.duration = known("24h") },
			state:   adoptable,
			request: cfapi.UpdateParams{Duration: new("24h")},
			rows:    with(map[string]p.DiffKind{"duration": p.Update}), computed: append([]string{"expiresAt"}, untold...),
			reasons: []string{`setting the duration from "8760h" to "24h": the token then expires that long after this run`, adopting},
		},
		"a client secret of unknown age": {
			want:  func(d *desired) { d.rotateAfter = known(hours(1)) },
			state: adoptable, rows: with(map[string]p.DiffKind{"rotateAfter": p.Update}), computed: append([]string{"rotateAfterSince"}, untold...),
			reasons: []string{"counting the age of the client secret from this run, since it is not known when it was issued: it is rotated after 1h", adopting},
		},
		"a grace that the other provider began": {
			want:  func(d *desired) { d.previousClientSecretGrace = known(hours(1)) },
			state: func(s *ServiceTokenState) { adoptable(s); s.PreviousClientSecretExpiresAt = new(formatTime(later)) },
			rows:  row, computed: slices.DeleteFunc(slices.Clone(untold), func(s string) bool { return s == "previousClientSecretExpiresAt" }),
			reasons: []string{adopting},
		},
		"a client secret to recover": {
			want:     func(d *desired) { d.recoverClientSecret = known(RecoverImported) },
			state:    func(s *ServiceTokenState) { adoptable(s); s.ClientSecret = nil },
			request:  cfapi.UpdateParams{ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: new(at.Add(defaultGrace))},
			rows:     with(map[string]p.DiffKind{"recoverClientSecret": p.Update}),
			computed: []string{"clientSecret", "clientSecretIssuedAt", "createdAt", "enabled", "previousClientSecretExpiresAt"},
			reasons: []string{`rotating the client secret to version 2: this stack was never told it, and recoverClientSecret is "imported"; the previous one works until 2026-10-02T12:00:00Z`,
				"adopting the token from the cloudflare provider, whose state holds no client secret"},
		},
		"a token that expires soon": {
			want:    func(d *desired) { d.minDaysForRenewal = known(30) },
			state:   adoptable,
			request: cfapi.UpdateParams{Duration: new("8760h")},
			rows:    with(map[string]p.DiffKind{"minDaysForRenewal": p.Update}), computed: append([]string{"expiresAt"}, untold...),
			reasons: []string{"renewing the token: it expires on 2026-10-08T12:00:00Z, in 6 days, and minDaysForRenewal is 30; it then expires 8760h after this run", adopting},
		},
		"a rotation": {
			want:    func(d *desired) { d.clientSecretVersion, d.previousClientSecretExpiresAt = known(2), known(later) },
			state:   adoptable,
			request: cfapi.UpdateParams{ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: &later},
			rows:    with(map[string]p.DiffKind{"clientSecretVersion": p.Update}), computed: []string{"clientSecret", "clientSecretIssuedAt", "createdAt", "enabled"},
			reasons: []string{"rotating the client secret to version 2: clientSecretVersion was raised above the token's 1; the previous one works until 2026-10-08T12:00:00Z", adopting},
		},
	})
}

func TestATokenThatTheProgramDescribesAsAnotherOneIsNotAdopted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		want     func(*desired)
		property string
		has      string
	}{
		"another account": {func(d *desired) { d.accountID = known(otherAccount) }, "accountId", "is in account " + accountID},
		"a zone":          {inZone, "accountId", "is in account " + accountID},
		"a zone as well":  {func(d *desired) { d.zoneID = known(zoneID) }, "zoneId", "is in account " + accountID},
		"another name":    {func(d *desired) { d.name = known("own") }, "name", `is named "ci"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, state := ordinary()
			test.want(&want)
			if _, err := planChange(want, cfapi.Account(accountID), state, now); err != nil {
				t.Errorf("a state of this provider: %v", err)
			}
			adoptable(&state)
			_, err := planChange(want, cfapi.Account(accountID), state, now)
			if err == nil || !strings.HasPrefix(err.Error(), test.property+": ") || !strings.Contains(err.Error(), test.has) {
				t.Errorf("got %v, want one about %s that says %q", err, test.property, test.has)
			}
		})
	}
}

func TestWhatIsNotKnownYetMayBeTheTokenToAdopt(t *testing.T) {
	t.Parallel()
	for name, unknown := range map[string]func(*desired){
		"the name":    func(d *desired) { d.name = input[string]{unknown: true} },
		"the account": func(d *desired) { d.accountID = input[string]{unknown: true} },
	} {
		want, state := ordinary()
		adoptable(&state)
		unknown(&want)
		if pl, err := planChange(want, cfapi.Account(accountID), state, now); err != nil || pl.empty() {
			t.Errorf("%s: %+v, %v", name, pl.steps, err)
		}
	}
}

func TestAnAdoptionIsPreviewedAsItIsCarriedOutAndLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	planned := 0
	for i := range manyPlans / 4 {
		want, state := anyDesired(random), anyState(random)
		state.ClientSecretStatus, state.ClientSecretIssuedAt = "", nil
		state.HeldClientSecretVersion, state.PendingClientSecretVersion = nil, nil
		state.ClientSecret = pick(random, nil, &oldSecret)
		pl, err := planChange(want, cfapi.Account(accountID), state, now)
		if err != nil {
			continue
		}
		planned++
		answer := echo(pl.update, state)
		adopted := state.adopted(want.heldVersion())
		preview, after := pl.preview(adopted), pl.applied(adopted, aRef, answer, now)
		want.lastClientSecretVersion, want.lastPreviousClientSecretExpiresAt = want.clientSecretVersion, want.previousClientSecretExpiresAt
		want.lastPreviousClientSecretGrace = want.previousClientSecretGrace
		if again, err := planChange(want, cfapi.Account(accountID), after, now); err != nil || !again.empty() || after.foreign() {
			t.Errorf("case %d: the next run wants %+v, %v", i, again.steps, err)
		}
		before, stored := reflect.ValueOf(preview), reflect.ValueOf(after)
		for field := range before.NumField() {
			name := tagName(before.Type().Field(field))
			if was, is := before.Field(field).Interface(), stored.Field(field).Interface(); !slices.Contains(pl.computed, name) && !reflect.DeepEqual(was, is) {
				t.Errorf("case %d: %s: the preview says it is known, and the run changes it", i, name)
			}
		}
	}
	if planned < manyPlans/16 {
		t.Errorf("only %d cases were adopted", planned)
	}
}

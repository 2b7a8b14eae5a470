package servicetoken

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// The clock of the plans, and a time on either side of it.
var (
	now   = time.Date(2026, 10, 1, 12, 0, 0, 750_000_000, time.UTC)
	past  = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	later = time.Date(2026, 10, 8, 12, 0, 0, 0, time.UTC)
	// at is now in the form that is sent to Cloudflare.
	at = now.Truncate(time.Second)
)

// planned is the specification of one plan: what is asked of an ordinary token,
// and what will be done.
type planned struct {
	want  func(*Wanted)
	state func(*State)
	scope *cfapi.Scope // the account if nil

	request  cfapi.UpdateParams
	rows     map[string]Kind
	computed []string
	reasons  []string
	warnings []string
}

// ordinary is a token and a program that agree.
func ordinary() (Wanted, State) {
	want := Wanted{Inputs: Inputs{AccountID: Known(accountID), Name: Known("ci")}}
	state := State{
		AccountID: new(accountID), TokenID: tokenID, Name: "ci", Duration: new("8760h"), Enabled: new(true),
		ClientSecret: &oldSecret, ClientSecretVersion: new(1), HeldClientSecretVersion: new(1), ClientSecretStatus: StatusCurrent,
		ExpiresAt: new(FormatTime(later)),
	}
	return want, state
}

func (test planned) given() (Wanted, cfapi.Scope, State) {
	want, state := ordinary()
	scope := cfapi.Account(accountID)
	if test.scope != nil {
		scope = *test.scope
	}
	if test.want != nil {
		test.want(&want)
	}
	if test.state != nil {
		test.state(&state)
	}
	return want, scope, state
}

func expectPlans(t *testing.T, tests map[string]planned) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, scope, state := test.given()
			pl, err := PlanChange(want, scope, state, now)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(pl.Update, test.request) {
				t.Errorf("request:\n got %+v\nwant %+v", sent(pl.Update), sent(test.request))
			}
			rows, reasons := map[string]Kind{}, []string(nil)
			for _, step := range pl.Steps {
				rows[step.Property] = step.Kind
				if step.Reason != "" {
					reasons = append(reasons, step.Reason)
				}
			}
			if len(rows)+len(test.rows) > 0 && !reflect.DeepEqual(rows, test.rows) {
				t.Errorf("rows:\n got %v\nwant %v", rows, test.rows)
			}
			if !slices.Equal(reasons, test.reasons) {
				t.Errorf("reasons:\n got %q\nwant %q", reasons, test.reasons)
			}
			if !slices.Equal(pl.Warnings, test.warnings) {
				t.Errorf("warnings:\n got %q\nwant %q", pl.Warnings, test.warnings)
			}
			computed := slices.Sorted(slices.Values(pl.Computed))
			if !slices.Equal(computed, slices.Sorted(slices.Values(test.computed))) {
				t.Errorf("computed:\n got %q\nwant %q", computed, test.computed)
			}
		})
	}
}

// sent shows what the pointers of a request point to.
func sent(u cfapi.UpdateParams) map[string]any {
	fields := map[string]any{}
	v := reflect.ValueOf(u)
	for i := range v.NumField() {
		if !v.Field(i).IsNil() {
			fields[v.Type().Field(i).Name] = v.Field(i).Elem().Interface()
		}
	}
	return fields
}

func changed(property string) map[string]Kind { return map[string]Kind{property: Update} }

func TestWhatAgreesIsNotChanged(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"only what is required is set":              {},
		"a duration is compared by value":           {want: func(d *Wanted) { d.Duration = Known("525600m") }},
		"seconds are compared by value":             {want: func(d *Wanted) { d.Duration = Known("31536000s") }},
		"forever is forever":                        {want: func(d *Wanted) { d.Duration = Known(Forever) }, state: func(s *State) { s.Duration = new(Forever) }},
		"an unmanaged duration may be forever":      {state: func(s *State) { s.Duration = new(Forever) }},
		"enabled is enabled":                        {want: func(d *Wanted) { d.Enabled = Known(true) }},
		"a token that does not say so is enabled":   {want: func(d *Wanted) { d.Enabled = Known(true) }, state: func(s *State) { s.Enabled = nil }},
		"disabled is disabled":                      {want: func(d *Wanted) { d.Enabled = Known(false) }, state: func(s *State) { s.Enabled = new(false) }},
		"an unmanaged token may be disabled":        {state: func(s *State) { s.Enabled = new(false) }},
		"a zone's token stays in its zone":          {want: inZone, scope: new(cfapi.Zone(zoneID))},
		"the stack's clock alone changes nothing":   {state: func(s *State) { s.ExpiresAt = new(FormatTime(past)) }},
		"a stale secret is not rotated by itself":   {state: func(s *State) { s.ClientSecretStatus = StatusStale; s.ClientSecretVersion = new(7) }},
		"an imported token's is not rotated either": {state: func(s *State) { s.ClientSecretStatus = StatusUnavailable; s.ClientSecret = nil }},
	})
}

func inZone(d *Wanted) { d.AccountID, d.ZoneID = Input[string]{}, Known(zoneID) }

func TestWhatDiffersIsChangedInPlace(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"a rename sends the name alone": {
			want:    func(d *Wanted) { d.Name, d.Duration = Known("deploy"), Known("8760h") },
			request: cfapi.UpdateParams{Name: new("deploy")},
			rows:    changed("name"),
			reasons: []string{`renaming "ci" to "deploy"`},
		},
		"a name differs in case and in spaces": {
			want:    func(d *Wanted) { d.Name = Known("CI ") },
			request: cfapi.UpdateParams{Name: new("CI ")},
			rows:    changed("name"),
			reasons: []string{`renaming "ci" to "CI "`},
		},
		"another duration moves the expiry": {
			want:     func(d *Wanted) { d.Duration = Known("24h") },
			request:  cfapi.UpdateParams{Duration: new("24h")},
			rows:     map[string]Kind{"duration": Update},
			computed: []string{"expiresAt"},
			reasons:  []string{`changing the duration from "8760h" to "24h": the token then expires 24h after this run`},
		},
		"forever ends the expiry, which is known": {
			want:    func(d *Wanted) { d.Duration = Known(Forever) },
			request: cfapi.UpdateParams{Duration: new(Forever)},
			rows:    map[string]Kind{"duration": Update},
			reasons: []string{`changing the duration from "8760h" to "forever": the token no longer expires`},
		},
		"from forever to a duration": {
			want:     func(d *Wanted) { d.Duration = Known("24h") },
			state:    func(s *State) { s.Duration, s.ExpiresAt = new(Forever), nil },
			request:  cfapi.UpdateParams{Duration: new("24h")},
			rows:     map[string]Kind{"duration": Update},
			computed: []string{"expiresAt"},
			reasons:  []string{`changing the duration from "forever" to "24h": the token then expires 24h after this run`},
		},
		"disabling": {
			want:    func(d *Wanted) { d.Enabled = Known(false) },
			request: cfapi.UpdateParams{Enabled: new(false)},
			rows:    changed("enabled"),
			reasons: []string{"disabling the token: its client secrets stop working until it is enabled again"},
		},
		"enabling": {
			want:    func(d *Wanted) { d.Enabled = Known(true) },
			state:   func(s *State) { s.Enabled = new(false) },
			request: cfapi.UpdateParams{Enabled: new(true)},
			rows:    changed("enabled"),
			reasons: []string{"enabling the token: its client secret works again"},
		},
		"several changes are one request": {
			want: func(d *Wanted) {
				d.Name, d.Duration, d.Enabled = Known("deploy"), Known("1h"), Known(false)
				d.ClientSecretVersion, d.PreviousClientSecretExpiresAt = Known(2), Known(later)
			},
			request: cfapi.UpdateParams{
				Name: new("deploy"), Duration: new("1h"), Enabled: new(false),
				ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: &later,
			},
			rows: map[string]Kind{"name": Update, "duration": Update, "enabled": Update,
				"clientSecretVersion": Update},
			computed: []string{"expiresAt", "clientSecret", "clientSecretIssuedAt"},
			reasons: []string{
				`renaming "ci" to "deploy"`,
				`changing the duration from "8760h" to "1h": the token then expires 1h after this run`,
				"disabling the token: its client secrets stop working until it is enabled again",
				"rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one works until 2026-10-08T12:00:00Z",
			},
		},
	})
}

func TestAnotherScopeMakesANewToken(t *testing.T) {
	t.Parallel()
	const then = ": a new one is created, with a new client id and client secret. The old ones stop working when the old token is deleted, by default at the end of the run. " +
		"An origin that authorizes clients by the client id (`common_name`) refuses the new one, although Access admits it"
	moving := func(from, to string) string {
		return "replacing the token, since it cannot move from " + from + " to " + to + then
	}
	account, zone := "account "+accountID, "zone "+zoneID
	expectPlans(t, map[string]planned{
		"to another account": {
			want:    func(d *Wanted) { d.AccountID = Known(otherAccount) },
			rows:    map[string]Kind{"accountId": UpdateReplace},
			reasons: []string{moving(account, "account "+otherAccount)},
		},
		"from an account to a zone": {
			want:    inZone,
			rows:    map[string]Kind{"accountId": DeleteReplace, "zoneId": AddReplace},
			reasons: []string{moving(account, zone), moving(account, zone)},
		},
		"from a zone to an account": {
			scope:   new(cfapi.Zone(zoneID)),
			rows:    map[string]Kind{"accountId": AddReplace, "zoneId": DeleteReplace},
			reasons: []string{moving(zone, account), moving(zone, account)},
		},
		"an account's id may look like a zone's": {
			want:    func(d *Wanted) { d.AccountID, d.ZoneID = Input[string]{}, Known(accountID) },
			rows:    map[string]Kind{"accountId": DeleteReplace, "zoneId": AddReplace},
			reasons: []string{moving(account, "zone "+accountID), moving(account, "zone "+accountID)},
		},
		"to an account that is not known yet": {
			want:    func(d *Wanted) { d.AccountID = Input[string]{Unknown: true} },
			rows:    map[string]Kind{"accountId": UpdateReplace},
			reasons: []string{"replacing the token, unless the account or zone, which is not known yet, is " + account + ", where the token is now" + then},
		},
		"what else differs is given to the new token": {
			want: func(d *Wanted) {
				d.AccountID, d.Name, d.Duration, d.ClientSecretVersion = Known(otherAccount), Known("deploy"), Known("1h"), Known(9)
			},
			rows:    map[string]Kind{"accountId": UpdateReplace},
			reasons: []string{moving(account, "account "+otherAccount)},
		},
	})
}

func TestWhatIsNotKnownYetIsShownAsAPossibleChange(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"name": {
			want:     func(d *Wanted) { d.Name = Input[string]{Unknown: true} },
			rows:     changed("name"),
			computed: []string{"name"},
			reasons:  []string{`renaming "ci": the new name is not known yet`},
		},
		"duration": {
			want:     func(d *Wanted) { d.Duration = Input[string]{Unknown: true} },
			rows:     changed("duration"),
			computed: []string{"duration", "expiresAt"},
			reasons:  []string{"changing the duration: the new one is not known yet"},
		},
		"enabled": {
			want:     func(d *Wanted) { d.Enabled = Input[bool]{Unknown: true} },
			rows:     changed("enabled"),
			computed: []string{"enabled"},
			reasons:  []string{"enabling or disabling the token: the new value is not known yet"},
		},
		"clientSecretVersion": {
			want: func(d *Wanted) { d.ClientSecretVersion = Input[int]{Unknown: true} },
			rows: changed("clientSecretVersion"),
			computed: []string{"clientSecret", "clientSecretIssuedAt", "clientSecretVersion", "heldClientSecretVersion",
				"appliedClientSecretVersion", "clientSecretStatus", "previousClientSecretExpiresAt"},
			reasons: []string{"rotating the client secret if clientSecretVersion, which is not known yet, is above the token's version"},
		},
		"previousClientSecretExpiresAt, without a previous secret": {
			want: func(d *Wanted) { d.PreviousClientSecretExpiresAt = Input[time.Time]{Unknown: true} },
		},
		"previousClientSecretExpiresAt, with one": {
			want:     func(d *Wanted) { d.PreviousClientSecretExpiresAt = Input[time.Time]{Unknown: true} },
			state:    func(s *State) { s.PreviousClientSecretExpiresAt = new(FormatTime(later)) },
			rows:     changed("previousClientSecretExpiresAt"),
			computed: []string{"previousClientSecretExpiresAt"},
			reasons:  []string{"moving the end of the previous client secret: the time is not known yet"},
		},
	})
}

package provider

import (
	"reflect"
	"slices"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// The clock of the plans, and a time on either side of it.
var (
	now   = time.Date(2026, 10, 1, 12, 0, 0, 750_000_000, time.UTC)
	past  = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	later = time.Date(2026, 10, 8, 12, 0, 0, 0, time.UTC)
	// at is now as Cloudflare is told it.
	at = now.Truncate(time.Second)
)

// planned is the specification of one plan: what is asked of an ordinary token,
// and what will be done.
type planned struct {
	want  func(*desired)
	state func(*ServiceTokenState)
	scope *cfapi.Scope // the account if nil

	request  cfapi.UpdateParams
	rows     map[string]p.DiffKind
	computed []string
	reasons  []string
	warnings []string
}

// ordinary is a token and a program that agree.
func ordinary() (desired, ServiceTokenState) {
	want := desired{accountID: known(accountID), name: known("ci")}
	state := ServiceTokenState{
		AccountID: new(accountID), TokenID: tokenID, Name: "ci", Duration: new("8760h"), Enabled: new(true),
		ClientSecret: &oldSecret, ClientSecretVersion: new(1), HeldClientSecretVersion: new(1), ClientSecretStatus: statusCurrent,
		ExpiresAt: new(formatTime(later)),
	}
	return want, state
}

func (test planned) given() (desired, cfapi.Scope, ServiceTokenState) {
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
			pl, err := planChange(want, scope, state, now)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(pl.update, test.request) {
				t.Errorf("request:\n got %+v\nwant %+v", sent(pl.update), sent(test.request))
			}
			rows, reasons := map[string]p.DiffKind{}, []string(nil)
			for _, step := range pl.steps {
				rows[step.property] = step.kind
				if step.reason != "" {
					reasons = append(reasons, step.reason)
				}
			}
			if len(rows)+len(test.rows) > 0 && !reflect.DeepEqual(rows, test.rows) {
				t.Errorf("rows:\n got %v\nwant %v", rows, test.rows)
			}
			if !slices.Equal(reasons, test.reasons) {
				t.Errorf("reasons:\n got %q\nwant %q", reasons, test.reasons)
			}
			if !slices.Equal(pl.warnings, test.warnings) {
				t.Errorf("warnings:\n got %q\nwant %q", pl.warnings, test.warnings)
			}
			computed := slices.Sorted(slices.Values(pl.computed))
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

func changed(property string) map[string]p.DiffKind { return map[string]p.DiffKind{property: p.Update} }

func TestWhatAgreesIsNotChanged(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"only what is required is set":              {},
		"a duration is compared by value":           {want: func(d *desired) { d.duration = known("525600m") }},
		"seconds are compared by value":             {want: func(d *desired) { d.duration = known("31536000s") }},
		"forever is forever":                        {want: func(d *desired) { d.duration = known(forever) }, state: func(s *ServiceTokenState) { s.Duration = new(forever) }},
		"an unmanaged duration may be forever":      {state: func(s *ServiceTokenState) { s.Duration = new(forever) }},
		"enabled is enabled":                        {want: func(d *desired) { d.enabled = known(true) }},
		"a token that does not say so is enabled":   {want: func(d *desired) { d.enabled = known(true) }, state: func(s *ServiceTokenState) { s.Enabled = nil }},
		"disabled is disabled":                      {want: func(d *desired) { d.enabled = known(false) }, state: func(s *ServiceTokenState) { s.Enabled = new(false) }},
		"an unmanaged token may be disabled":        {state: func(s *ServiceTokenState) { s.Enabled = new(false) }},
		"a zone's token stays in its zone":          {want: inZone, scope: new(cfapi.Zone(zoneID))},
		"the stack's clock alone changes nothing":   {state: func(s *ServiceTokenState) { s.ExpiresAt = new(formatTime(past)) }},
		"a stale secret is not rotated by itself":   {state: func(s *ServiceTokenState) { s.ClientSecretStatus = statusStale; s.ClientSecretVersion = new(7) }},
		"an imported token's is not rotated either": {state: func(s *ServiceTokenState) { s.ClientSecretStatus = statusUnavailable; s.ClientSecret = nil }},
	})
}

func inZone(d *desired) { d.accountID, d.zoneID = input[string]{}, known(zoneID) }

func TestWhatDiffersIsChangedInPlace(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"a rename sends the name alone": {
			want:    func(d *desired) { d.name, d.duration = known("deploy"), known("8760h") },
			request: cfapi.UpdateParams{Name: new("deploy")},
			rows:    changed("name"),
			reasons: []string{`renaming "ci" to "deploy"`},
		},
		"a name differs in case and in spaces": {
			want:    func(d *desired) { d.name = known("CI ") },
			request: cfapi.UpdateParams{Name: new("CI ")},
			rows:    changed("name"),
			reasons: []string{`renaming "ci" to "CI "`},
		},
		"another duration moves the expiry": {
			want:     func(d *desired) { d.duration = known("24h") },
			request:  cfapi.UpdateParams{Duration: new("24h")},
			rows:     map[string]p.DiffKind{"duration": p.Update},
			computed: []string{"expiresAt"},
			reasons:  []string{`setting the duration from "8760h" to "24h": the token then expires that long after this run`},
		},
		"forever ends the expiry, which is known": {
			want:    func(d *desired) { d.duration = known(forever) },
			request: cfapi.UpdateParams{Duration: new(forever)},
			rows:    map[string]p.DiffKind{"duration": p.Update},
			reasons: []string{`setting the duration from "8760h" to "forever": the token no longer expires`},
		},
		"from forever to a duration": {
			want:     func(d *desired) { d.duration = known("24h") },
			state:    func(s *ServiceTokenState) { s.Duration, s.ExpiresAt = new(forever), nil },
			request:  cfapi.UpdateParams{Duration: new("24h")},
			rows:     map[string]p.DiffKind{"duration": p.Update},
			computed: []string{"expiresAt"},
			reasons:  []string{`setting the duration from "forever" to "24h": the token then expires that long after this run`},
		},
		"disabling": {
			want:    func(d *desired) { d.enabled = known(false) },
			request: cfapi.UpdateParams{Enabled: new(false)},
			rows:    changed("enabled"),
			reasons: []string{"disabling the token: its client secrets stop working until it is enabled again"},
		},
		"enabling": {
			want:    func(d *desired) { d.enabled = known(true) },
			state:   func(s *ServiceTokenState) { s.Enabled = new(false) },
			request: cfapi.UpdateParams{Enabled: new(true)},
			rows:    changed("enabled"),
			reasons: []string{"enabling the token: its client secret works again"},
		},
		"several changes are one request": {
			want: func(d *desired) {
				d.name, d.duration, d.enabled = known("deploy"), known("1h"), known(false)
				d.clientSecretVersion, d.previousClientSecretExpiresAt = known(2), known(later)
			},
			request: cfapi.UpdateParams{
				Name: new("deploy"), Duration: new("1h"), Enabled: new(false),
				ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: &later,
			},
			rows: map[string]p.DiffKind{"name": p.Update, "duration": p.Update, "enabled": p.Update,
				"clientSecretVersion": p.Update},
			computed: []string{"expiresAt", "clientSecret", "clientSecretIssuedAt"},
			reasons: []string{
				`renaming "ci" to "deploy"`,
				`setting the duration from "8760h" to "1h": the token then expires that long after this run`,
				"disabling the token: its client secrets stop working until it is enabled again",
				"rotating the client secret to version 2: clientSecretVersion was raised above the token's 1; the previous one works until 2026-10-08T12:00:00Z",
			},
		},
	})
}

func TestAnotherScopeMakesANewToken(t *testing.T) {
	t.Parallel()
	const moving = "replacing the token: it cannot move to another account or zone"
	expectPlans(t, map[string]planned{
		"to another account": {
			want:    func(d *desired) { d.accountID = known(otherAccount) },
			rows:    map[string]p.DiffKind{"accountId": p.UpdateReplace},
			reasons: []string{moving},
		},
		"from an account to a zone": {
			want:    inZone,
			rows:    map[string]p.DiffKind{"accountId": p.DeleteReplace, "zoneId": p.AddReplace},
			reasons: []string{moving, moving},
		},
		"from a zone to an account": {
			scope:   new(cfapi.Zone(zoneID)),
			rows:    map[string]p.DiffKind{"accountId": p.AddReplace, "zoneId": p.DeleteReplace},
			reasons: []string{moving, moving},
		},
		"an account's id may look like a zone's": {
			want:    func(d *desired) { d.accountID, d.zoneID = input[string]{}, known(accountID) },
			rows:    map[string]p.DiffKind{"accountId": p.DeleteReplace, "zoneId": p.AddReplace},
			reasons: []string{moving, moving},
		},
		"to an account that is not known yet": {
			want:    func(d *desired) { d.accountID = input[string]{unknown: true} },
			rows:    map[string]p.DiffKind{"accountId": p.UpdateReplace},
			reasons: []string{"replacing the token, unless accountId, which is not known yet, turns out to be the one it has"},
		},
		"what else differs is given to the new token": {
			want: func(d *desired) {
				d.accountID, d.name, d.duration, d.clientSecretVersion = known(otherAccount), known("deploy"), known("1h"), known(9)
			},
			rows:    map[string]p.DiffKind{"accountId": p.UpdateReplace},
			reasons: []string{moving},
		},
	})
}

func TestWhatIsNotKnownYetIsShownAsAPossibleChange(t *testing.T) {
	t.Parallel()
	expectPlans(t, map[string]planned{
		"name": {
			want:     func(d *desired) { d.name = input[string]{unknown: true} },
			rows:     changed("name"),
			computed: []string{"name"},
			reasons:  []string{`renaming "ci": the new name is not known yet`},
		},
		"duration": {
			want:     func(d *desired) { d.duration = input[string]{unknown: true} },
			rows:     changed("duration"),
			computed: []string{"duration", "expiresAt"},
			reasons:  []string{"setting the duration, which is not known yet"},
		},
		"enabled": {
			want:     func(d *desired) { d.enabled = input[bool]{unknown: true} },
			rows:     changed("enabled"),
			computed: []string{"enabled"},
			reasons:  []string{"enabling or disabling the token: which, is not known yet"},
		},
		"clientSecretVersion": {
			want: func(d *desired) { d.clientSecretVersion = input[int]{unknown: true} },
			rows: changed("clientSecretVersion"),
			computed: []string{"clientSecret", "clientSecretIssuedAt", "clientSecretVersion", "heldClientSecretVersion",
				"appliedClientSecretVersion", "clientSecretStatus", "previousClientSecretExpiresAt"},
			reasons: []string{"rotating the client secret, if the version, which is not known yet, is above the token's"},
		},
		"previousClientSecretExpiresAt, without a previous secret": {
			want: func(d *desired) { d.previousClientSecretExpiresAt = input[time.Time]{unknown: true} },
		},
		"previousClientSecretExpiresAt, with one": {
			want:     func(d *desired) { d.previousClientSecretExpiresAt = input[time.Time]{unknown: true} },
			state:    func(s *ServiceTokenState) { s.PreviousClientSecretExpiresAt = new(formatTime(later)) },
			rows:     changed("previousClientSecretExpiresAt"),
			computed: []string{"previousClientSecretExpiresAt"},
			reasons:  []string{"moving the end of the previous client secret: the time is not known yet"},
		},
	})
}

package provider

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// warnStale and warnUnavailable are what a run says of a secret that is not the
// token's, and of none; next is the version that a rotation would have.
func warnStale(next string) string {
	return "WARN the client secret that this stack holds is not the token's current one: it was rotated elsewhere, or by a run that could not store it. Everything that uses the output clientSecret " +
		"gets a secret that may no longer work. To get a new one, set recoverClientSecret to \"always\", or clientSecretVersion to " + next + ". The one issued elsewhere" + thenWorks
}

func warnUnavailable(next string) string {
	return "WARN this stack does not hold the token's client secret, which Cloudflare returns only once. To get a new one, set recoverClientSecret to " +
		"\"imported\", or clientSecretVersion to " + next + ". The current one" + thenWorks + " If this stack does not need the secret, set recoverClientSecret to \"never\"."
}

const (
	thenWorks = " then works for another 24h, or stops at once if you set clientSecretVersion. To change that, set previousClientSecretGrace."

	warnNotKnown = "WARN this stack's client secret came from a Terraform state, and may not be the token's current one. " +
		"To get a new one, set recoverClientSecret to \"always\", or clientSecretVersion to 8. The current one" + thenWorks
	warnMuted     = "WARN this stack does not hold the token's current client secret, and " + servicetoken.ReturnsNoSecret + "."
	warnRecovered = "WARN this stack does not hold the token's current client secret. `pulumi up` rotates it, since recoverClientSecret is \"always\"."
	expiringSoon  = "WARN the token expires on 2026-10-10T12:00:00Z, in 8 days. To keep it working, set minDaysForRenewal, so that a run renews it in time, or set another duration, which counts from the run that sets it."
	disabled      = "WARN the token is disabled, so it does not work: somebody disabled it, or Cloudflare did because it was not used. " +
		"To enable it, set enabled to true. To keep it disabled, set enabled to false."
	deletedElsewhere = "WARN service token " + tokenID + " of account " + accountID + " no longer exists: it was deleted elsewhere, so it no longer works. " +
		"`pulumi up` creates a new one, with a new client id and client secret."
	expired = "WARN the token expired on 2026-09-30T12:00:00Z, so it no longer works. To renew it, set minDaysForRenewal, or set another duration, which counts from the run that sets it."
)

// warningsOf are those that a preview of an unchanged program shows.
func warningsOf(t *testing.T, config, state, inputs map[string]any) []string {
	t.Helper()
	h := start(t, config)
	program := props(inAccount, inputs)
	if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: stored(state), OldInputs: program, Inputs: program}); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(h.log(), func(line string) bool { return !strings.HasPrefix(line, "WARN ") })
}

func TestATokenThatExpiresSoonIsWarnedOf(t *testing.T) {
	t.Parallel()
	soon, late := map[string]any{"expiresAt": "2026-10-10T12:00:00Z"}, map[string]any{"expiresAt": "2026-09-30T12:00:00Z"}
	for name, test := range map[string]struct {
		config, state, inputs map[string]any
		want                  []string
	}{
		"within 30 days":                    {state: soon, want: []string{expiringSoon}},
		"not earlier":                       {state: map[string]any{"expiresAt": "2026-11-01T12:00:00Z"}},
		"within the days configured":        {config: map[string]any{"expiryWarningDays": 60}, state: soon, want: []string{expiringSoon}},
		"not before the days":               {config: map[string]any{"expiryWarningDays": 7}, state: soon},
		"not where 0 switches it off":       {config: map[string]any{"expiryWarningDays": 0}, state: soon},
		"but always when it has expired":    {config: map[string]any{"expiryWarningDays": 0}, state: late, want: []string{expired}},
		"also when it has expired":          {state: late, want: []string{expired}},
		"not if it is renewed":              {state: soon, inputs: map[string]any{"minDaysForRenewal": 30}},
		"not if its duration changes":       {state: soon, inputs: map[string]any{"duration": "24h"}},
		"not if it lasts forever":           {state: map[string]any{"expiresAt": "2026-10-10T12:00:00Z", "duration": servicetoken.Forever}},
		"not if nobody knows":               {state: map[string]any{"expiresAt": nil}},
		"not if it goes":                    {state: soon, inputs: map[string]any{"accountId": otherAccount}},
		"not if it will be renewed in time": {state: soon, inputs: map[string]any{"minDaysForRenewal": 3}},
		"a renewal that comes late is warned of": {state: late, inputs: map[string]any{"minDaysForRenewal": 3},
			want: []string{"WARN the token expired on 2026-09-30T12:00:00Z, and has not worked since: `pulumi up` renews it."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := warningsOf(t, test.config, test.state, test.inputs); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestASecretThatIsNotHeldIsWarnedOfUnlessTheProgramSettlesIt(t *testing.T) {
	t.Parallel()
	unavailable := map[string]any{"clientSecret": nil, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusUnavailable}
	stale := map[string]any{"clientSecretVersion": 7, "clientSecretStatus": servicetoken.StatusStale}
	muted := map[string]any{"rotationCall": servicetoken.RotationCallNone}
	notKnown := map[string]any{"clientSecretVersion": 7, "heldClientSecretVersion": nil, "clientSecretStatus": servicetoken.StatusStale}
	for name, test := range map[string]struct {
		state, inputs map[string]any
		want          []string
	}{
		"unavailable":                      {state: unavailable, want: []string{warnUnavailable("2")}},
		"unavailable, and so be it":        {state: unavailable, inputs: map[string]any{"recoverClientSecret": "never"}},
		"unavailable, and rotated now":     {state: unavailable, inputs: map[string]any{"recoverClientSecret": "imported"}},
		"unavailable, and rotated by hand": {state: unavailable, inputs: map[string]any{"clientSecretVersion": 2}},
		"stale":                            {state: stale, want: []string{warnStale("8")}},
		"stale, and never rotated":         {state: stale, inputs: map[string]any{"recoverClientSecret": "never"}, want: []string{warnStale("8")}},
		"stale, and only imported ones":    {state: stale, inputs: map[string]any{"recoverClientSecret": "imported"}, want: []string{warnStale("8")}},
		"stale, and rotated now":           {state: stale, inputs: map[string]any{"recoverClientSecret": "always"}},
		"stale, with an age":               {state: stale, inputs: map[string]any{"rotateAfter": "25h"}, want: []string{warnStale("8")}},
		"not known to be current":          {state: notKnown, want: []string{warnNotKnown}},
		"not known, and rotated now":       {state: notKnown, inputs: map[string]any{"recoverClientSecret": "always"}},
		"stale by a lost answer":           {state: map[string]any{"pendingClientSecretVersion": 2, "clientSecretStatus": servicetoken.StatusStale}},
		"current":                          {},
		"muted":                            {state: merged(unavailable, muted), want: []string{warnMuted}},
		"muted, and so be it":              {state: merged(unavailable, muted), inputs: map[string]any{"recoverClientSecret": "never"}},
		"muted, and stale":                 {state: merged(stale, muted), want: []string{warnMuted}},
		"muted, stale, and never rotated":  {state: merged(stale, muted), inputs: map[string]any{"recoverClientSecret": "never"}, want: []string{warnMuted}},
		"muted, and current":               {state: muted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := warningsOf(t, nil, test.state, test.inputs); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestARunWarnsOnceOfAToken(t *testing.T) {
	t.Parallel()
	changed := []string{"client_secret_version", "7", "expires_at", `"2026-10-10T12:00:00Z"`}
	h := play(t, token(changed...), listing(changed...)).start(t)
	for range 2 { // a refresh reads in its preview and again in the run, and compares each time
		state := h.refresh(t, stored(), nil).Properties
		if _, err := h.Diff(p.DiffRequest{ID: accountToken, Urn: h.urn, State: state, OldInputs: props(inAccount), Inputs: props(inAccount)}); err != nil {
			t.Fatal(err)
		}
	}
	h.expectLog(t, warnStale("8"))
	h.expectLog(t, expiringSoon)
}

func TestARefreshSaysThatUpRotates(t *testing.T) {
	t.Parallel()
	h := play(t, token("client_secret_version", "7")).start(t)
	h.refresh(t, stored(), map[string]any{"recoverClientSecret": "always"})
	h.expectLog(t, warnRecovered)
}

func TestAnUpdateWarnsOfARotationElsewhereThatItsAnswerShows(t *testing.T) {
	t.Parallel()
	h := play(t, token("name", `"deploy"`, "client_secret_version", "3")).start(t)
	if _, err := h.update(t, stored(), nil, map[string]any{"name": "deploy"}); err != nil {
		t.Fatal(err)
	}
	h.expectLog(t, warnStale("4"))
}

func TestAnUpdateWarnsOfATokenThatItsAnswerShowsDisabled(t *testing.T) {
	t.Parallel()
	for name, answers := range map[string][]http.HandlerFunc{
		"another change's": {token("enabled", "false")},
		"a rotation's":     {token("enabled", "false"), withSecret(newSecret, "client_secret_version", "2", "enabled", "false")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, answers...).start(t)
			inputs := map[string]any{"duration": "24h"}
			if len(answers) > 1 {
				inputs = map[string]any{"clientSecretVersion": 2}
			}
			if _, err := h.update(t, stored(), nil, inputs); err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(h.log(), func(line string) bool {
				return strings.HasPrefix(line, "WARN the token is disabled, so it does not work")
			}) {
				t.Errorf("logged %q", h.log())
			}
		})
	}
}

func TestAnUpdateThatShowsARotationElsewhereSaysThatUpRotates(t *testing.T) {
	t.Parallel()
	h := play(t, token("name", `"deploy"`, "client_secret_version", "3")).start(t)
	if _, err := h.update(t, stored(), nil, map[string]any{"name": "deploy", "recoverClientSecret": "always"}); err != nil {
		t.Fatal(err)
	}
	h.expectLog(t, warnRecovered)
}

func TestARotationByAgeBelowTheTokensVersionNamesTheWaysOut(t *testing.T) {
	t.Parallel()
	for recover, want := range map[string]string{
		"":       "To get a new client secret, set clientSecretVersion to 10, or recoverClientSecret to \"always\", and run `pulumi up`",
		"always": "Run `pulumi up` again: it rotates the client secret, since recoverClientSecret is \"always\"",
	} {
		inputs := map[string]any{"rotateAfter": "25h"}
		state := stored(map[string]any{"clientSecretIssuedAt": "2026-01-01T00:00:00Z"})
		if recover != "" {
			inputs["recoverClientSecret"] = recover
		}
		resp, err := play(t, token("client_secret_version", "9")).start(t).update(t, state, nil, inputs)
		if err == nil || resp.PartialState == nil || !strings.HasSuffix(resp.PartialState.Reasons[0], want) {
			t.Errorf("got %v, %+v", err, resp.PartialState)
		}
	}
}

func TestATokenThatLetsNobodyInIsWarnedOfOnceARun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer  []string
		warning string
	}{
		"disabled": {[]string{"enabled", "false"}, disabled},
		"expired":  {[]string{"expires_at", `"2026-09-30T12:00:00Z"`}, expired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, token(test.answer...), listing(test.answer...), token(test.answer...)).start(t)
			for range 2 { // by the refresh of the preview and that of the run, and by their comparisons
				state := h.refresh(t, stored(), nil).Properties
				h.registers(t, state, nil)
				h.expectWarning(t, test.warning)
			}
			h.nextRun(t)
			h.refresh(t, stored(), nil)
			if got := h.warnings(); len(got) != 2 || got[1] != test.warning {
				t.Errorf("after another run: %q", got)
			}
		})
	}
}

func TestATokenThatIsGoneIsWarnedOfOnceARun(t *testing.T) {
	t.Parallel()
	h := play(t, gone, noTokens, gone, gone).start(t) // a listing proves nothing
	for range 2 {
		if id := h.refresh(t, stored(), nil).ID; id != "" {
			t.Errorf("id %q of a token that is gone", id)
		}
		h.expectWarning(t, deletedElsewhere)
	}
	h.nextRun(t)
	h.refresh(t, stored(), nil)
	if got := h.warnings(); len(got) != 2 || got[1] != deletedElsewhere {
		t.Errorf("after another run: %q", got)
	}
}

func TestADisabledTokenIsWarnedOfUnlessTheProgramAsksForIt(t *testing.T) {
	t.Parallel()
	off := map[string]any{"enabled": false}
	for name, test := range map[string]struct {
		state, inputs map[string]any
		want          []string
	}{
		"left out":              {state: off, want: []string{disabled}},
		"asked for":             {state: off, inputs: map[string]any{"enabled": false}},
		"about to be enabled":   {state: off, inputs: map[string]any{"enabled": true}},
		"not known yet":         {state: off, inputs: map[string]any{"enabled": unknownValue}},
		"enabled":               {},
		"not shown":             {state: map[string]any{"enabled": nil}},
		"of a token that goes":  {state: off, inputs: map[string]any{"accountId": otherAccount}},
		"enabled, as asked for": {inputs: map[string]any{"enabled": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := warningsOf(t, nil, test.state, test.inputs); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

// lettingNobodyIn is a token of which there is much to say.
var lettingNobodyIn = []string{"enabled", "false", "expires_at", `"2026-09-30T12:00:00Z"`, "client_secret_version", "7"}

func TestAReadWithoutAStateSaysNothingAndReadingTwiceGivesTheSame(t *testing.T) {
	t.Parallel()
	h := play(t, token(lettingNobodyIn...), listing(lettingNobodyIn...)).start(t)
	var reads []p.ReadResponse
	for range 2 {
		resp, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn})
		if err != nil {
			t.Fatal(err)
		}
		reads = append(reads, resp)
	}
	if first, second := reads[0], reads[1]; first.ID != second.ID || !first.Properties.Equals(second.Properties) || !first.Inputs.Equals(second.Inputs) {
		t.Errorf("\nfirst %+v\n then %+v", first, second)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("logged %q", log)
	}
}

// A program's `get` has no inputs, so that nobody could follow the advice. A refresh
// reads it with its state.
func TestWhatAProgramOnlyReadsIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	h := play(t, token(lettingNobodyIn...), listing(lettingNobodyIn...), gone).start(t)
	got, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: got.Properties})
		if err != nil {
			t.Fatal(err)
		}
		if !again.Properties.Equals(got.Properties) || text(again.Inputs, "name") != "" {
			t.Errorf("a refresh makes inputs %v\nand of %v\n    %v", again.Inputs, got.Properties, again.Properties)
		}
	}
	h.nextRun(t)
	if again, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: got.Properties}); err != nil || again.ID != "" {
		t.Errorf("a token that is gone: %q, %v", again.ID, err)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("logged %q", log)
	}
}

func TestPulumiDoIsToldOnceThatNothingStoresTheNewClientSecret(t *testing.T) {
	t.Parallel()
	const warning = "WARN no stack stores the new client secret: it is shown once, and only with --show-secrets."
	create := func(t *testing.T, h *harness) {
		if _, err := h.Create(p.CreateRequest{Urn: h.urn, Properties: props(inAccount), DryRun: true}); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		operate func(*testing.T, *harness)
		want    []string
	}{
		"a creation": {create, []string{warning}},
		"a rotation": {func(t *testing.T, h *harness) {
			h.previewUpdate(t, stored(), props(inAccount, map[string]any{"clientSecretVersion": 2}))
		}, []string{"INFO rotating the client secret to version 2: clientSecretVersion is above the token's version, 1; the previous one stops working at once", warning}},
		"a new name": {func(t *testing.T, h *harness) {
			h.previewUpdate(t, stored(), props(inAccount, map[string]any{"name": "deploy"}))
		}, []string{`INFO renaming "ci" to "deploy"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, nil)
			h.memory.configured(new(""))
			test.operate(t, h)
			if log := h.log(); !slices.Equal(log, test.want) {
				t.Errorf("got %q, want %q", log, test.want)
			}
			create(t, h) // the run after the preview, in one process
			if again := slices.DeleteFunc(h.log(), func(line string) bool { return line != warning }); len(again) > 1 {
				t.Errorf("warned %d times", len(again))
			}
		})
	}
}

func TestPulumiDoIsNotWarned(t *testing.T) {
	t.Parallel()
	h := play(t, token(lettingNobodyIn...), gone).start(t)
	h.memory.configured(new("")) // its provider has no name
	h.registers(t, h.refresh(t, stored(), nil).Properties, nil)
	h.nextRun(t)
	h.memory.configured(new(""))
	h.refresh(t, stored(), nil)
	if log := h.log(); len(log) > 0 {
		t.Errorf("logged %q", log)
	}
}

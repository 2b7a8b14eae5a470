package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	day     = 24 * time.Hour
	rotated = "update client_secret_version,previous_client_secret_expires_at"
	renewed = "update duration"
)

// living is a project in which time can pass, and whose stack holds what the
// program says.
func living(t *testing.T, config cfsim.Config, program string) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, config)
	p.FollowSimulator()
	p.Program(program)
	p.Must(p.Up())
	p.Simulator.ResetRequests()
	return p
}

// edge is a program of one zone's token.
func edge(properties ...string) string {
	return named("ci", append([]string{inZone, "name: ci"}, properties...)...)
}

// dependent is a resource that needs the client secret of ci.
func dependent() string {
	return enginetest.Token("dependent", inAccount, "name: made for ${ci.clientSecret}")
}

// credential is what the stack holds of a token, in clear.
func credential(t *testing.T, p *enginetest.Project, name string) (clientID, secret string) {
	t.Helper()
	stored := p.Revealed().Token(t, name)
	secret, _ = stored.Secret("clientSecret")
	return stored.Output("clientId"), secret
}

// warnings are those of a run.
func warnings(r enginetest.Result) []string { return r.Said("warning") }

func TestASecretIsRotatedByAgeInEachQuarter(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("rotateAfter: 2160h", "previousClientSecretGrace: 48h", "duration: forever")+dependent())
	clientID, secret := credential(t, p, "ci")
	for quarter := 1; quarter <= 2; quarter++ {
		p.Simulator.Advance(89 * day)
		p.ExpectQuiet()
		p.Simulator.ResetRequests()

		p.Simulator.Advance(2 * day)
		preview := p.Must(p.Preview("--diff"))
		preview.MustSay(t, "it is 91 days old, and rotateAfter is 2160h; the previous one works until "+
			p.Simulator.Now().Add(48*time.Hour).Format("2006-01-02T15:04"))
		preview.ExpectOps(t, map[string]string{"ci": "update", "dependent": "update"})
		if rows := preview.Step(t, "ci").DetailedDiff; len(rows) != 1 || rows["rotateAfter"].Kind == "" {
			t.Errorf("the diff shows %v, want rotateAfter alone", rows)
		}
		p.ExpectRequests()

		up := p.Must(p.Up())
		up.ExpectOps(t, preview.Ops())
		p.ExpectRequests("get", rotated, "update name")
		p.ExpectWorking("ci")
		_, fresh := credential(t, p, "ci")
		if fresh == secret || !p.Simulator.Authenticates(clientID, secret) {
			t.Error("the secret was not rotated, or the previous one stopped at once")
		}
		if strings.Contains(p.State().Raw, fresh) {
			t.Error("the state holds the secret in clear")
		}
		if got := p.Revealed().Token(t, "dependent"); !strings.Contains(toText(got.Outputs["name"]), fresh) {
			t.Error("what depends on the secret did not get the new one in the same run")
		}
		p.Simulator.Advance(49 * time.Hour)
		if p.Simulator.Authenticates(clientID, secret) {
			t.Error("the previous secret outlived its grace")
		}
		p.ExpectQuiet()
		p.Simulator.ResetRequests()
		p.Simulator.Advance(-49 * time.Hour) // as old as the next quarter expects it
		secret = fresh
	}
	if version := p.Simulator.Tokens()[0].ClientSecretVersion; version != 3 {
		t.Errorf("the token is at version %d, want 3", version)
	}
}

// toText reads a plain or a revealed secret property.
func toText(value any) string {
	if envelope, ok := value.(map[string]any); ok {
		value = envelope["plaintext"]
	}
	text, _ := value.(string)
	return text
}

func TestRotationAndRenewalWorkForAZonesTokenToo(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, edge("rotateAfter: 2160h", "minDaysForRenewal: 30", "duration: 2880h"))
	p.Simulator.Advance(100 * day)
	p.Must(p.Preview()).MustSay(t, "rotating the client secret to version 2", "renewing the token", "it then expires 2880h after this run")
	p.Must(p.Up())
	p.ExpectRequests("get", "update client_secret_version,duration,previous_client_secret_expires_at")
	p.ExpectWorking("ci")
	if got, want := only(t, p).ExpiresAt, p.Simulator.Now().Add(2880*time.Hour); want.Sub(got).Abs() > time.Minute {
		t.Errorf("the token expires on %s, want %s", got, want)
	}
	p.ExpectQuiet()
}

func TestATokenIsRenewedBeforeItExpiresWithItsOwnDuration(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{
		"a duration that Cloudflare normalizes":        enginetest.OneToken("minDaysForRenewal: 30", "duration: 129600m"),
		"a zone's token, whose duration it leaves out": edge("minDaysForRenewal: 30"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := cfsim.Config{}
			config.Behaviour.NormalizedDurations = strings.Contains(name, "normalizes")
			p := living(t, config, program)
			before := only(t, p)
			_, secret := credential(t, p, "ci")
			lasts := before.ExpiresAt.Sub(before.CreatedAt)
			p.Simulator.Advance(lasts - 31*day)
			p.ExpectQuiet()
			p.Simulator.ResetRequests()

			p.Simulator.Advance(2 * day)
			p.Must(p.Preview()).MustSay(t, "renewing the token: it expires on "+before.ExpiresAt.Format(time.RFC3339)+", in 2", "and minDaysForRenewal is 30")
			p.ExpectRequests()
			p.Must(p.Up())
			p.ExpectRequests(renewed)
			after := only(t, p)
			if length(t, after.Duration) != lasts || after.ExpiresAt.Sub(p.Simulator.Now().Add(lasts)).Abs() > time.Minute {
				t.Errorf("the token lasts %s, until %s", after.Duration, after.ExpiresAt)
			}
			if got := p.State().Token(t, "ci").Output("expiresAt"); got != after.ExpiresAt.Format(time.RFC3339) {
				t.Errorf("stored %s, and the token expires on %s", got, after.ExpiresAt)
			}
			if _, now := credential(t, p, "ci"); now != secret {
				t.Error("the renewal changed the secret")
			}
			p.ExpectWorking("ci")
			p.ExpectQuiet()
		})
	}
}

// length is a token's duration by its value.
func length(t *testing.T, duration string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(duration)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestATokenThatLastsForeverIsNeverRenewed(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("minDaysForRenewal: 30", "duration: forever"))
	for range 3 {
		p.Simulator.Advance(3650 * day)
		r := p.Must(p.Up("--expect-no-changes"))
		if said := warnings(r); len(said) > 0 {
			t.Errorf("warned: %q", said)
		}
	}
	p.ExpectRequests()
}

func TestATokenThatHasExpiredIsRenewedWithAWarning(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("minDaysForRenewal: 30", "duration: 2160h"))
	p.Simulator.Advance(100 * day)
	clientID, secret := credential(t, p, "ci")
	if p.Simulator.Authenticates(clientID, secret) {
		t.Fatal("the token did not expire")
	}
	const warning = "and has not worked since: `pulumi up` renews it"
	p.Must(p.Preview()).MustSay(t, warning)
	p.Must(p.Up()).MustSay(t, warning)
	p.ExpectRequests(renewed)
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestATokenThatExpiresSoonIsWarnedOfOnceARunWithoutARequest(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: 8760h"))
	expectWarnings := func(r enginetest.Result, n int) {
		t.Helper()
		if said := warnings(p.Must(r)); len(said) != n || n > 0 && !strings.Contains(said[0], "the token expires on ") {
			t.Errorf("pulumi %s warned %q, want %d warnings", r.Args[0], said, n)
		}
	}
	expectWarnings(p.Preview(), 0)
	p.Simulator.Advance(336 * day)
	expectWarnings(p.Preview(), 1)
	expectWarnings(p.Up(), 1)
	p.ExpectRequests()
	expectWarnings(p.Refresh(), 1)
	p.ExpectRequests("get")
	expectWarnings(p.Up("--refresh"), 1)
	p.ExpectRequests("get")

	p.Config("cfaccess:expiryWarningDays", "7")
	expectWarnings(p.Preview(), 0)
	p.Simulator.Advance(25 * day)
	expectWarnings(p.Preview(), 1)
	p.Config("cfaccess:expiryWarningDays", "0")
	expectWarnings(p.Up(), 0)
	p.Config("cfaccess:expiryWarningDays", "30")
	p.Simulator.Advance(10 * day)
	p.Must(p.Preview()).MustSay(t, "the token expired on ", "set minDaysForRenewal")
	p.Program(enginetest.OneToken("duration: 8760h", "minDaysForRenewal: 7"))
	p.Must(p.Up())
	expectWarnings(p.Preview(), 0)
}

func TestAnotherGraceMovesTheEndOfThePreviousSecretOnlyWhileItRuns(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken())
	clientID, first := credential(t, p, "ci")
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 24h"))
	p.Must(p.Up()).MustSay(t, "the previous one works until ")
	p.Simulator.ResetRequests()
	ends := *only(t, p).PreviousClientSecretExpiresAt

	p.Simulator.Advance(10 * time.Hour)
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 72h"))
	p.Must(p.Preview()).MustSay(t, "moving the end of the previous client secret from "+ends.Format(time.RFC3339)+" to ")
	p.Must(p.Up())
	p.ExpectRequests("get", "update previous_client_secret_expires_at")
	if moved := only(t, p).PreviousClientSecretExpiresAt.Sub(ends) - 48*time.Hour; moved.Abs() > time.Minute {
		t.Errorf("the end is %s off", moved)
	}
	p.Simulator.Advance(40 * time.Hour)
	if !p.Simulator.Authenticates(clientID, first) {
		t.Error("the previous secret stopped before its new end")
	}
	p.ExpectQuiet()

	p.Simulator.Advance(100 * time.Hour)
	p.Simulator.ResetRequests()
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "previousClientSecretGrace: 720h"))
	p.Must(p.Up("--expect-no-changes"))
	p.ExpectRequests()
	if p.Simulator.Authenticates(clientID, first) {
		t.Error("a secret that had stopped came back to life")
	}
}

func TestADeclaredVersionThatStandsBehindIsLeftAlone(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("clientSecretVersion: 1", "rotateAfter: 720h", "duration: forever"))
	for range 3 {
		p.Simulator.Advance(31 * day)
		p.Must(p.Up())
	}
	if version := only(t, p).ClientSecretVersion; version != 4 {
		t.Fatalf("the token is at version %d, want 4", version)
	}
	p.ExpectQuiet()
	p.Program(enginetest.OneToken("clientSecretVersion: 2", "rotateAfter: 720h", "duration: forever"))
	p.MustFail(p.Preview(), "the token is already at version 4: write 5")
	p.Simulator.ResetRequests()
	p.Program(enginetest.OneToken("clientSecretVersion: 5", "rotateAfter: 720h", "duration: forever"))
	p.Must(p.Up())
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

// What Cloudflare does with a rotation without a grace time, and in answers without a
// version, is not known; the fault matrix has more of that.
func TestRotationByAgeHoldsUpWhateverCloudflareDoes(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"it gives a grace of its own":                    {GraceWithoutEnd: 720 * time.Hour},
		"no answer shows the version":                    {OmitVersionIn: []string{"create", "get", "list", "update"}},
		"no answer shows the end of the previous secret": {OmitPreviousEndIn: []string{"create", "get", "list", "update"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := living(t, cfsim.Config{Behaviour: behaviour}, enginetest.OneToken("rotateAfter: 720h", "previousClientSecretGrace: 0s", "duration: forever"))
			for range 2 {
				clientID, previous := credential(t, p, "ci")
				p.Simulator.Advance(31 * day)
				p.Must(p.Refresh())
				p.Simulator.ResetRequests()
				p.Must(p.Up())
				if slices.Contains(behaviour.OmitVersionIn, "get") {
					p.ExpectRequests("get", "list", rotated) // a listing may show the version
				} else {
					p.ExpectRequests("get", rotated)
				}
				p.ExpectWorking("ci")
				if p.Simulator.Authenticates(clientID, previous) {
					t.Error("the previous secret did not stop at once")
				}
				p.Must(p.Up("--refresh", "--expect-no-changes"))
			}
		})
	}
}

// importing is a program that imports a token of a simulator.
func importing(id string, properties ...string) string {
	return enginetest.OneToken(append([]string{"duration: 8760h"}, properties...)...) + "    options:\n      import: " + cfsim.DefaultAccountID + "/" + id + "\n"
}

func TestAnImportedTokenGetsASecretOnceWhereTheProgramAsksForIt(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	inUse := p.Simulator.IssuedSecrets()[0]
	p.Program(importing(existing.ID, "recoverClientSecret: imported"))
	p.Must(p.Up())
	// An import, and in the same run or the next the rotation.
	p.Must(p.Up())
	p.ExpectWorking("ci")
	if got := p.State().Token(t, "ci").Output("clientSecretStatus"); got != "current" {
		t.Errorf("clientSecretStatus is %q", got)
	}
	if !p.Simulator.Authenticates(existing.ClientID, inUse) {
		t.Error("the secret in use stopped at once")
	}
	p.Simulator.Advance(25 * time.Hour)
	if p.Simulator.Authenticates(existing.ClientID, inUse) {
		t.Error("the secret in use outlived the 24 hours of grace")
	}
	p.ExpectQuiet()
	if version := only(t, p).ClientSecretVersion; version != 2 {
		t.Errorf("the token is at version %d: it was rotated more than once", version)
	}
}

func TestAnImportedTokenWithoutASecretIsWarnedOfOnEachRunUnlessTheProgramSaysNever(t *testing.T) {
	t.Parallel()
	const warning = "this stack does not hold the token's client secret"
	p := enginetest.New(t, cfsim.Config{})
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Program(importing(existing.ID))
	p.Must(p.Up()).MustSay(t, warning)
	for range 2 {
		r := p.Must(p.Up("--expect-no-changes"))
		r.MustSay(t, warning, `set recoverClientSecret to "imported", or clientSecretVersion to 2`)
		if said := warnings(r); len(said) != 1 {
			t.Errorf("warned %q", said)
		}
	}
	p.Must(p.Refresh()).MustSay(t, warning)
	p.Program(importing(existing.ID, "recoverClientSecret: never"))
	for _, r := range []enginetest.Result{p.Up("--expect-no-changes"), p.Refresh(), p.Preview()} {
		if said := warnings(p.Must(r)); len(said) > 0 {
			t.Errorf("pulumi %s warned %q", r.Args[0], said)
		}
	}
}

func TestASecretRotatedElsewhereIsRecoveredInTheRunThatFindsIt(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"shown by the version": {DashboardSetsNoEnd: true},
		"shown by the end":     {DashboardKeepsVersion: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := living(t, cfsim.Config{}, enginetest.OneToken("recoverClientSecret: always")+dependent())
			p.Simulator.SetBehaviour(behaviour)
			ci := p.Simulator.Tokens()[0]
			p.Simulator.RotateElsewhere(ci.ID)
			issued := p.Simulator.IssuedSecrets()
			elsewhere := issued[len(issued)-1]
			p.Must(p.Up("--expect-no-changes")) // without a request nobody can know

			up := p.Must(p.Up("--refresh"))
			up.MustSay(t, `it was rotated elsewhere, and recoverClientSecret is "always"`)
			p.ExpectWorking("ci")
			_, fresh := credential(t, p, "ci")
			if got := p.Revealed().Token(t, "dependent"); !strings.Contains(toText(got.Outputs["name"]), fresh) {
				t.Error("what depends on the secret did not get the new one in the same run")
			}
			if !p.Simulator.Authenticates(ci.ClientID, elsewhere) {
				t.Error("the secret that was issued elsewhere stopped at once")
			}
			p.Must(p.Up("--refresh", "--expect-no-changes"))
		})
	}
}

func TestASecretRotatedElsewhereIsNoticedByAnUpdateWithoutAnExtraRequest(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken())
	p.Simulator.RotateElsewhere(only(t, p).ID)
	p.Program(strings.Replace(enginetest.OneToken(), "name: ci", "name: deploy", 1))
	p.Must(p.Up()).MustSay(t, "it was rotated elsewhere", "clientSecretVersion to 3")
	p.ExpectRequests("update name")
	if got := p.State().Token(t, "ci").Output("clientSecretStatus"); got != "stale" {
		t.Errorf("clientSecretStatus is %q, want stale", got)
	}
	p.Program(strings.Replace(enginetest.OneToken("clientSecretVersion: 3"), "name: ci", "name: deploy", 1))
	p.Must(p.Up())
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

// One of each kind; provider/service_token_check_test.go has all of them.
func TestAWrongGraceOrAgeIsRefusedInPreview(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	for property, says := range map[string]string{
		"rotateAfter: 24h":               "is not longer than the previous secret's grace, 24h",
		"minDaysForRenewal: 1.5":         "write a whole number from 0 to 36500",
		"recoverClientSecret: sometimes": `Allowed values are Never ("never"), Imported ("imported"), Always ("always")`,
	} {
		p.Program(enginetest.OneToken(property))
		p.MustFail(p.Preview(), strings.SplitN(property, ":", 2)[0], says)
	}
	p.ExpectRequests()
}

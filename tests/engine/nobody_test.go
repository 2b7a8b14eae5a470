package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// States in which a token does not work: it is disabled, expired or gone.

const (
	disabled = "the token is disabled, so it does not work: somebody disabled it, or Cloudflare did because it was not used. " +
		"To enable it, set enabled to true. To keep it disabled, set enabled to false."
	gone = "no longer exists: it was deleted elsewhere, so it no longer works. `pulumi up` creates a new one"
)

// expectWarned fails unless each of these runs warned of this once, and of nothing
// else; of nothing at all if there is no warning.
func expectWarned(t *testing.T, p *enginetest.Project, warning string, runs ...enginetest.Result) {
	t.Helper()
	for _, r := range runs {
		said := warnings(p.Must(r))
		if warning == "" && len(said) == 0 {
			continue
		}
		if len(said) != 1 || !strings.Contains(said[0], warning) || warning == "" {
			t.Errorf("pulumi %s warned %q, want once %q", strings.Join(r.Args, " "), said, warning)
		}
	}
}

// shut fails unless the stored credential of ci does not work.
func shut(t *testing.T, p *enginetest.Project) {
	t.Helper()
	if clientID, secret := credential(t, p, "ci"); p.Simulator.Authenticates(clientID, secret) {
		t.Fatal("the token lets one in")
	}
}

func TestATokenThatWasDisabledElsewhereIsWarnedOfUntilTheProgramSaysWhatItIsToBe(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: forever"))
	cleanUp(p.Simulator, cfsim.DisableInactive)
	shut(t, p)
	expectWarned(t, p, disabled, p.Preview("--refresh"), p.Up("--refresh", "--expect-no-changes"), p.Refresh(), p.Preview(), p.Up())
	p.Program(enginetest.OneToken("duration: forever", "enabled: true"))
	expectWarned(t, p, "", p.Preview(), p.Up())
	p.ExpectWorking("ci")
	expectWarned(t, p, "", p.Up("--refresh", "--expect-no-changes"))
}

func TestAnUpWarnsInItsPreviewAndAgainInTheRun(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("duration: forever"))
	p.Simulator.SetEnabled(only(t, p).ID, false)
	p.Must(p.Refresh())
	up, said := p.Must(p.Run("up", "--yes", "--non-interactive", "--color=never")), 0
	for line := range strings.SplitSeq(up.Output, "\n") {
		if strings.TrimSpace(line) == "warning: "+disabled {
			said++
		}
	}
	if said != 2 {
		t.Errorf("said %d times\n%s", said, up.Output)
	}
}

// cleanUp makes the organisation clean up tokens that nobody has used for a month,
// and lets more than that pass.
func cleanUp(s *cfsim.Simulator, action cfsim.InactivityAction) {
	s.SetInactivity(cfsim.Inactivity{Enabled: true, ThresholdDays: 30, Action: action})
	s.Advance(31 * day)
}

func TestATokenThatIsDisabledAsTheProgramSaysIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: forever"))
	p.Simulator.SetEnabled(only(t, p).ID, false)
	expectWarned(t, p, disabled, p.Refresh())
	p.Program(enginetest.OneToken("duration: forever", "enabled: false"))
	expectWarned(t, p, "", p.Preview(), p.Up(), p.Refresh(), p.Up("--refresh"))
	shut(t, p)
}

func TestAnUpdateWhoseAnswerShowsThatTheTokenIsDisabledSaysSo(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: forever"))
	p.Simulator.SetEnabled(only(t, p).ID, false)
	p.Program(enginetest.OneToken("duration: forever", "clientSecretVersion: 2"))
	expectWarned(t, p, disabled, p.Up(), p.Preview())
	shut(t, p)
}

func TestATokenThatTheCleanUpSparesIsNotWarnedOf(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: forever"))
	p.Simulator.AddPolicy(account, cfsim.ServiceAuthPolicy("ci", cfsim.ServiceTokenRule(only(t, p).ID)))
	cleanUp(p.Simulator, cfsim.DeleteInactive)
	expectWarned(t, p, "", p.Up("--refresh", "--expect-no-changes"))
	p.ExpectWorking("ci")
}

func TestATokenThatIsGoneIsWarnedOfAndMadeAnew(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*enginetest.Project) enginetest.Result{
		"by a refresh and an up": func(p *enginetest.Project) enginetest.Result {
			expectWarned(t, p, gone, p.Preview("--refresh"), p.Refresh())
			return p.Up()
		},
		"by an up that refreshes": func(p *enginetest.Project) enginetest.Result {
			up := p.Up("--refresh")
			expectWarned(t, p, gone, up)
			return up
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := living(t, cfsim.Config{}, enginetest.OneToken("duration: forever"))
			before := only(t, p).ID
			cleanUp(p.Simulator, cfsim.DeleteInactive)
			p.Must(run(p))
			if only(t, p).ID == before {
				t.Error("the token came back")
			}
			p.ExpectWorking("ci")
			expectWarned(t, p, "", p.Up("--refresh", "--expect-no-changes"))
		})
	}
}

func TestATokenThatHasExpiredIsWarnedOfUntilItIsRenewed(t *testing.T) {
	t.Parallel()
	p := living(t, cfsim.Config{}, enginetest.OneToken("duration: 2160h"))
	p.Simulator.Advance(91 * day)
	shut(t, p)
	expired := "the token expired on " + only(t, p).ExpiresAt.Format(time.RFC3339) + ", so it no longer works. To renew it, set minDaysForRenewal"
	expectWarned(t, p, expired, p.Refresh(), p.Preview(), p.Up("--refresh"))
	p.Program(enginetest.OneToken("duration: 2160h", "minDaysForRenewal: 7"))
	p.Must(p.Up())
	p.ExpectWorking("ci")
	expectWarned(t, p, "", p.Preview())
}

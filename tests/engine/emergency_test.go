package engine

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// byExplicitProvider is a token that another provider than the default one manages,
// which gets no configuration of the stack.
const byExplicitProvider = `resources:
  cloud:
    type: pulumi:providers:cfaccess
  ci:
    type: cfaccess:ServiceToken
    properties:
      accountId: ` + cfsim.DefaultAccountID + `
      name: ci
      recoverClientSecret: imported
    options:
      provider: ${cloud}
`

func TestTheEnvironmentHoldsRotationsBackForEveryProvider(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	inUse := newest(p)
	p.Program(byExplicitProvider + "      import: " + cfsim.DefaultAccountID + "/" + existing.ID + "\n")
	p.Env["CFACCESS_HOLD_ROTATIONS"] = "true"
	p.Must(p.Up())
	p.Program(byExplicitProvider)
	p.Simulator.ResetRequests()
	const waits = "To get a new one, set clientSecretVersion to 2: CFACCESS_HOLD_ROTATIONS in the environment holds all other rotations back."
	p.Must(p.Preview("--expect-no-changes")).MustSay(t, waits)
	p.Must(p.Up("--expect-no-changes")).MustSay(t, waits)
	p.ExpectRequests()
	if !p.Simulator.Authenticates(existing.ClientID, inUse) {
		t.Error("the client secret in use stopped")
	}

	delete(p.Env, "CFACCESS_HOLD_ROTATIONS")
	p.Must(p.Up())
	p.ExpectRequests("get", rotated)
	p.ExpectWorking("ci")
}

func TestTheConfigurationHoldsBackWhatIsDueAndNotWhatTheProgramAsksFor(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	held := func(version string) string {
		return enginetest.OneToken("duration: 8760h", "rotateAfter: 720h", "minDaysForRenewal: 340", "clientSecretVersion: "+version)
	}
	p.Program(held("1"))
	p.Must(p.Up())
	p.Config("cfaccess:holdRotations", "true")
	p.Simulator.Advance(31 * day)
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes")).MustSay(t,
		"the client secret is not rotated, since the provider's holdRotations holds rotations back: it is 31 days old, and rotateAfter is 720h.",
		"the token is not renewed, since the provider's holdRotations holds renewals back: it expires on ")
	p.ExpectRequests()
	p.Program(held("2"))
	p.Must(p.Up()).MustSay(t, "clientSecretVersion is above the token's version, 1", "the token is not renewed")
	p.ExpectRequests("get", rotated)
	p.Must(p.Run("config", "rm", "cfaccess:holdRotations"))
	p.Must(p.Up()).MustSay(t, "renewing the token")
	p.ExpectQuiet()
}

func TestASavedPlanPassesUnlessARotationHasFallenDue(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	p.Env["PULUMI_EXPERIMENTAL"] = "true"
	plan := filepath.Join(t.TempDir(), "plan.json")
	for _, program := range []string{
		enginetest.OneToken(), // a creation
		enginetest.OneToken("enabled: false"),
		"resources:\n" + enginetest.Token("ci", enginetest.InAccount, "name: deploy", "enabled: true"),
		"resources:\n" + enginetest.Token("ci", enginetest.InAccount, "name: deploy", "enabled: true", "clientSecretVersion: 2"),
		"resources:\n" + enginetest.Token("ci", enginetest.InAccount, "name: deploy", "enabled: true", "clientSecretVersion: 2"), // nothing
	} {
		p.Program(program)
		p.Must(p.Preview("--save-plan", plan))
		p.Must(p.Up("--plan", plan))
	}
	p.ExpectQuiet()

	p.Program("resources:\n" + enginetest.Token("ci", enginetest.InAccount, "name: deploy", "enabled: true", "clientSecretVersion: 2", "rotateAfter: 720h"))
	p.Simulator.Advance(30*day - 30*time.Minute)
	p.Must(p.Preview("--save-plan", plan)).MustSay(t, "a rotation is due soon: from ", "on, `pulumi up` rotates the client secret, since rotateAfter is 720h.")
	p.Simulator.Advance(time.Hour)
	p.Simulator.ResetRequests()
	p.MustFail(p.Up("--plan", plan))
	p.ExpectRequests()
	p.Must(p.Up()).MustSay(t, "rotating the client secret")
	p.ExpectQuiet()
}

func TestThePreviewOfAReplacementSaysWhatBecomesOfTheToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	p.Program("resources:\n" + enginetest.Token("ci", enginetest.InZone, "name: ci"))
	p.Must(p.Preview()).MustSay(t, "replacing the token, since it cannot move from account "+cfsim.DefaultAccountID+" to zone "+cfsim.DefaultZoneID+
		": a new one is created, with a new client id and client secret. The old ones stop working when the old token is deleted, by default at the end of the run. "+
		"An origin that authorizes clients by the client id (`common_name`) refuses the new one, although Access admits it")
}

func TestARevokedAPITokenInTheStateIsNamedAndTheWaysOutWork(t *testing.T) {
	t.Parallel()
	const renewed = "fake-api-token-that-was-issued-anew"
	p := enginetest.New(t, cfsim.Config{Credentials: cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: renewed}}}})
	delete(p.Env, "CLOUDFLARE_API_TOKEN")
	p.Config("cfaccess:apiToken", renewed, "--secret")
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	// What was stored is revoked: the state holds a token that Cloudflare does not know.
	p.Restore(enginetest.State{Raw: strings.ReplaceAll(p.Revealed().Raw, renewed, renewed+"-before")})
	const stored = "This run used the credential that the last `pulumi up` stored in the stack's state"
	p.MustFail(p.Refresh(), stored)
	p.MustFail(p.Up("--refresh"), stored)
	p.MustFail(p.Destroy(), stored)
	p.Must(p.Up("--refresh=false"))
	p.Must(p.Refresh())
	p.Config("cfaccess:apiToken", renewed+"-mistyped", "--secret")
	if r := p.MustFail(p.Up("--replace", p.State().Token(t, "ci").URN)); strings.Contains(r.Output, stored) {
		t.Errorf("a credential of the configuration is said to be the state's\n%s", r.Output)
	}
}

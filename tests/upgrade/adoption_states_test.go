package upgrade

import (
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// fleet is a stack of the cloudflare provider with a token of every kind, and the
// same program for this provider.
func fleet(t *testing.T) (p *enginetest.Project, program string) {
	t.Helper()
	end := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	rotated := fakeToken(3, "rotated", "17520h")
	rotated.ClientSecretVersion, rotated.PreviousClientSecretExpiresAt = 2, &end
	third := version6("rotated", account, rotated)
	third.inputs = map[string]any{"duration": "17520h", "clientSecretVersion": 2, "previousClientSecretExpiresAt": end}
	third.outputs["previousClientSecretExpiresAt"] = end
	edge := version6("edge", zone, fakeToken(2, "edge worker", "forever"))
	edge.inputs = map[string]any{"duration": "forever"}
	p = holding(t,
		version6("ci", account, fakeToken(1, "CI/CD app", "8760h")),
		edge, third,
		version5("legacy", olderType, account, fakeToken(4, "legacy", "8760h")),
		version5("zonal", cloudflareType, zone, fakeToken(5, "zonal", "8760h")),
	)
	return p, "resources:\n" + ours("ci", account, "name: CI/CD app") + ours("edge", zone, "name: edge worker", "duration: forever") +
		ours("rotated", account, "name: rotated", "duration: 17520h", "clientSecretVersion: 2", "previousClientSecretExpiresAt: "+end.Format(time.RFC3339)) +
		ours("legacy", account, "name: legacy", "minDaysForRenewal: 30") + ours("zonal", zone, "name: zonal")
}

var fleetNames = []string{"ci", "edge", "rotated", "legacy", "zonal"}

func eachOf(op string) map[string]string {
	ops := map[string]string{}
	for _, name := range fleetNames {
		ops[name] = op
	}
	return ops
}

func TestATokenOfEveryKindIsAdoptedInPlaceWithItsClientSecret(t *testing.T) {
	t.Parallel()
	p, program := fleet(t)
	p.Program(program)
	tokens := p.Simulator.Tokens()

	preview := p.Must(p.Preview("--diff"))
	preview.ExpectOps(t, eachOf("update"))
	for _, name := range fleetNames {
		if diff := preview.Step(t, name).DetailedDiff; len(diff) != 1 || diff["tokenId"].Kind != "add" {
			t.Errorf("%s: the diff shows %v, want a new tokenId alone", name, diff)
		}
	}
	preview.MustSay(t, "adopting the token from the cloudflare provider, with the client secret that its state holds")
	expectAsked(t, p)

	up := p.Must(p.Up())
	up.ExpectOps(t, eachOf("update"))
	if warnings := up.Said("warning"); len(warnings) > 0 {
		t.Errorf("warned %q", warnings)
	}
	expectAsked(t, p, "accounts 1 get", "zones 2 get", "accounts 3 get", "accounts 4 get", "zones 5 get")
	for i, token := range p.Simulator.Tokens() {
		if token != tokens[i] {
			t.Errorf("the token was %+v, and is now %+v", tokens[i], token)
		}
		stored := p.State().Token(t, fleetNames[i])
		if stored.ID != token.ID || stored.Output("tokenId") != token.ID || stored.Output("clientSecretStatus") != "current" {
			t.Errorf("%s: stored with the id %s, tokenId %s, clientSecretStatus %s", fleetNames[i], stored.ID, stored.Output("tokenId"), stored.Output("clientSecretStatus"))
		}
		if issued, stated := stored.Outputs["clientSecretIssuedAt"]; stated {
			t.Errorf("%s: says that the client secret was issued at %v, which nobody knows", fleetNames[i], issued)
		}
		if held := stored.Outputs["heldClientSecretVersion"]; held != float64(token.ClientSecretVersion) {
			t.Errorf("%s: holds version %v of %d", fleetNames[i], held, token.ClientSecretVersion)
		}
		p.ExpectWorking(fleetNames[i])
	}
	expectEncrypted(t, p)
	raw := p.State().Raw
	for _, left := range []string{"cloudflare:", "providers:cloudflare", "__meta", "__pulumi_raw_state_delta", "schema_version", "__defaults", "9999-12-31"} {
		if strings.Contains(raw, left) {
			t.Errorf("the state still holds %q", left)
		}
	}
	p.ExpectQuiet()
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes")).ExpectOps(t, eachOf("same"))
	expectAsked(t, p)
}

func TestAnAdoptedTokenIsManagedLikeAnyOther(t *testing.T) {
	t.Parallel()
	p, program := fleet(t)
	p.Program(program)
	p.Must(p.Up())
	p.Simulator.ResetRequests()

	program = strings.Replace(program, "name: edge worker", "name: edge", 1)
	program = strings.Replace(program, "name: legacy\n", "name: legacy\n      clientSecretVersion: 2\n", 1)
	p.Program(program)
	p.Must(p.Up())
	expectAsked(t, p, "zones 2 update name", "accounts 4 get", "accounts 4 update client_secret_version,previous_client_secret_expires_at")
	p.ExpectWorking(fleetNames...)
	expectEncrypted(t, p)
	p.ExpectQuiet()

	p.Simulator.RotateElsewhere(fakeToken(1, "", "").ID)
	p.Must(p.Refresh()).MustSay(t, "was rotated elsewhere")
	p.Simulator.ResetRequests()
	p.Must(p.Destroy())
	expectAsked(t, p, "accounts 1 delete", "zones 2 delete", "accounts 3 delete", "accounts 4 delete", "zones 5 delete")
	expectTokens(t, p)
}

func TestWhatDiffersIsWrittenInTheAdoption(t *testing.T) {
	t.Parallel()
	p := holding(t, version6("ci", account, fakeToken(1, "ci", "8760h")), version6("edge", zone, fakeToken(2, "edge", "8760h")))
	p.Program("resources:\n" + ours("ci", account, "name: ci", "enabled: false", "duration: 525600m") +
		ours("edge", zone, "name: edge", "clientSecretVersion: 2"))
	p.Must(p.Preview()).MustSay(t, "disabling the token", "rotating the client secret to version 2")
	p.Must(p.Up())
	expectAsked(t, p, "accounts 1 update enabled", "zones 2 get", "zones 2 update client_secret_version,previous_client_secret_expires_at")
	p.ExpectWorking("edge")
	p.ExpectQuiet()
}

func TestTheAgeOfAnAdoptedSecretIsCountedFromTheFirstRunThatAsksForIt(t *testing.T) {
	t.Parallel()
	p := holding(t, version6("ci", account, fakeToken(1, "ci", "8760h")))
	p.FollowSimulator()
	p.Program("resources:\n" + ours("ci", account, "name: ci", "rotateAfter: 720h"))
	p.Must(p.Up()).MustSay(t, "counting rotateAfter from this run")
	expectAsked(t, p, "accounts 1 get")
	if since := p.State().Token(t, "ci").Output("rotateAfterSince"); since == "" {
		t.Error("the state does not say since when")
	}
	p.Simulator.Advance(29 * 24 * time.Hour)
	p.Must(p.Up("--expect-no-changes"))
	p.Simulator.Advance(48 * time.Hour)
	_, up := p.Announced("ci")
	p.Must(up).MustSay(t, "it is 31 days old, and rotateAfter is 720h")
	expectAsked(t, p, "accounts 1 get", "accounts 1 update client_secret_version,previous_client_secret_expires_at")
	p.ExpectWorking("ci")
	if since := p.State().Token(t, "ci").Output("rotateAfterSince"); since != "" {
		t.Errorf("the state counts from %s, and knows when the secret was issued", since)
	}
}

func TestASecretThatIsNotTheTokensIsNoticedInTheAdoption(t *testing.T) {
	t.Parallel()
	unknown := version6("imported", account, fakeToken(3, "imported", "8760h"))
	unknown.unknownSecret = true
	p := holding(t, version6("ci", account, fakeToken(1, "ci", "8760h")), version5("legacy", olderType, account, fakeToken(2, "legacy", "8760h")), unknown)
	for _, number := range []int{1, 2} {
		p.Simulator.RotateElsewhere(fakeToken(number, "", "").ID)
	}
	p.Program("resources:\n" + ours("ci", account, "name: ci") + ours("legacy", account, "name: legacy") + ours("imported", account, "name: imported"))
	p.Must(p.Preview()).MustSay(t, "adopting the token from the cloudflare provider, whose state holds no client secret")
	p.Must(p.Up()).MustSay(t, "was rotated elsewhere", "clientSecretVersion to 3")
	state := p.State()
	for name, want := range map[string]string{"ci": "stale", "legacy": "stale", "imported": "unavailable"} {
		if got := state.Token(t, name).Output("clientSecretStatus"); got != want {
			t.Errorf("%s: clientSecretStatus is %q, want %q", name, got, want)
		}
	}
	expectAsked(t, p, "accounts 1 get", "accounts 2 get", "accounts 3 get")
}

func TestAnAdoptionOfATokenThatIsGoneFailsAndTheRefreshMakesANewOne(t *testing.T) {
	t.Parallel()
	p := holding(t, version6("ci", account, fakeToken(1, "ci", "8760h")))
	p.Simulator.DeleteToken(fakeToken(1, "", "").ID)
	p.Program("resources:\n" + ours("ci", account, "name: ci"))
	p.MustFail(p.Up(), "it no longer exists; run `pulumi refresh`")
	if got := entries(p); len(got) != 1 {
		t.Errorf("the stack holds %v", got)
	}
	p.Must(p.Up("--refresh", "--run-program"))
	p.ExpectWorking("ci")
}

// The program says which version a client secret is of. A refresh does not
// know.
func TestARefreshThatRunsTheProgramLeavesTheAdoptionToTheNextUp(t *testing.T) {
	t.Parallel()
	p, program := fleet(t)
	p.Program(program)
	if said := p.Must(p.Refresh("--run-program")).Said("warning"); len(said) > 0 {
		t.Errorf("warned %q", said)
	}
	// Which of them share a listing depends on when the engine asks for each.
	for _, request := range p.Simulator.Requests() {
		if request.Operation != "get" && request.Operation != "list" {
			t.Errorf("a refresh sent %s %s", request.Method, request.Path)
		}
	}
	if asked := len(p.Simulator.Requests()); asked == 0 || asked > len(fleetNames) {
		t.Errorf("%d requests were sent to read %d tokens", asked, len(fleetNames))
	}
	p.Simulator.ResetRequests()
	p.ExpectWorking(fleetNames...)
	expectEncrypted(t, p)
	p.Must(p.Up()).ExpectOps(t, eachOf("update"))
	expectAsked(t, p, "accounts 1 get", "zones 2 get", "accounts 3 get", "accounts 4 get", "zones 5 get")
	for _, name := range fleetNames {
		if got := p.State().Token(t, name).Output("clientSecretStatus"); got != "current" {
			t.Errorf("%s: clientSecretStatus is %q", name, got)
		}
	}
	p.Must(p.Up("--expect-no-changes"))
}

func TestTheBareIdOfAnAdoptedTokenDoesNotImport(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	live := p.Simulator.AddToken(account, fakeToken(1, "ci", ""))
	p.MustFail(p.Import("ci", live.ID), "write <account id>/"+live.ID)
	expectAsked(t, p)
}

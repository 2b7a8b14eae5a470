package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestUpCreatesATokenWhoseStoredSecretWorks(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(token("duration: 8760h"))

	preview := p.Must(p.Preview())
	expectOps(t, preview, map[string]string{"ci": "create"})
	expectRequests(t, p)

	expectOps(t, p.Must(p.Up()), map[string]string{"ci": "create"})
	expectRequests(t, p, "create duration,name,previous_client_secret_expires_at")
	live, stored := only(t, p), p.State().Token(t, "ci")
	if want := cfsim.DefaultAccountID + "/" + live.ID; stored.ID != want {
		t.Errorf("the id is %s, want %s", stored.ID, want)
	}
	for output, want := range map[string]string{
		"tokenId": live.ID, "clientId": live.ClientID, "name": "ci", "duration": "8760h", "clientSecretStatus": "current",
	} {
		if got := stored.Output(output); got != want {
			t.Errorf("%s is %q, want %q", output, got, want)
		}
	}
	works(t, p, "ci")
}

func TestSecondPreviewAndRefreshShowNoChange(t *testing.T) {
	t.Parallel()
	for name, properties := range map[string][]string{
		"account":  {"accountId: " + cfsim.DefaultAccountID, "name: ci"},
		"zone":     {"zoneId: " + cfsim.DefaultZoneID, "name: ci", "duration: forever"},
		"all":      {"accountId: " + cfsim.DefaultAccountID, "name: ci", "duration: 24h", "enabled: false", "clientSecretVersion: 3", "previousClientSecretExpiresAt: 2099-01-01T00:00:00Z"},
		"unicode":  {"accountId: " + cfsim.DefaultAccountID, `name: "Büro 東京 🔑"`},
		"fraction": {"accountId: " + cfsim.DefaultAccountID, "name: ci", "duration: 1.5h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := project(t, named("ci", properties...))
			expectQuiet(t, p)
			expectOps(t, p.Must(p.Up()), map[string]string{"ci": "same"})
			expectRequests(t, p, "get")
			if secret, marked := p.Revealed().Token(t, "ci").Secret("clientSecret"); !marked || secret == "" {
				t.Error("the refresh lost the client secret")
			}
		})
	}
}

func TestDurationIsComparedByValue(t *testing.T) {
	t.Parallel()
	p := project(t, token("duration: 24h"))
	p.Program(token("duration: 1440m"))
	expectOps(t, p.Must(p.Up("--expect-no-changes")), map[string]string{"ci": "same"})
	expectRequests(t, p)
}

func TestRenameIsInPlaceAndLeavesTheSecretKnown(t *testing.T) {
	t.Parallel()
	p := project(t, token()+"outputs:\n  secret: ${ci.clientSecret}\n  name: ${ci.name}\n  expires: ${ci.expiresAt}\n")
	before, outputs := only(t, p), p.Outputs()

	p.Program(named("ci", "accountId: "+cfsim.DefaultAccountID, "name: renamed") +
		"outputs:\n  secret: ${ci.clientSecret}\n  name: ${ci.name}\n  expires: ${ci.expiresAt}\n")
	preview := p.Must(p.Preview("--diff"))
	expectOps(t, preview, map[string]string{"ci": "update"})
	preview.MustSay(t, `renaming "ci" to "renamed"`)
	if strings.Contains(preview.Output, "[unknown]") || strings.Contains(preview.Output, "output<") {
		t.Errorf("the preview of a rename shows something as unknown\n%s", preview.Output)
	}
	expectRequests(t, p)

	p.Must(p.Up())
	expectRequests(t, p, "update name")
	after := only(t, p)
	if after.ID != before.ID || after.ClientID != before.ClientID || after.Name != "renamed" || !after.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("the token was %+v and is %+v", before, after)
	}
	if got := p.Outputs(); got["secret"] != outputs["secret"] {
		t.Error("the rename changed the client secret")
	}
	works(t, p, "ci")
	expectQuiet(t, p)
}

func TestEnabledGoesOffAndOnInPlace(t *testing.T) {
	t.Parallel()
	p := project(t, token())

	p.Program(token("enabled: false"))
	p.Must(p.Up()).MustSay(t, "disabling the token")
	expectRequests(t, p, "update enabled")
	if only(t, p).Enabled {
		t.Error("the token is still enabled")
	}

	p.Program(token())
	unmanaged := p.Must(p.Preview("--expect-no-changes"))
	unmanaged.MustSay(t, "the token stays disabled")
	p.Must(p.Up("--expect-no-changes"))
	expectRequests(t, p)

	p.Program(token("enabled: true"))
	p.Must(p.Up()).MustSay(t, "enabling the token")
	expectRequests(t, p, "update enabled")
	works(t, p, "ci")
}

func TestDurationChangesInPlaceAndMovesTheExpiry(t *testing.T) {
	t.Parallel()
	p := project(t, token("duration: 24h"))
	before := only(t, p)
	p.Program(token("duration: 48h"))
	p.Must(p.Preview("--diff")).MustSay(t, `setting the duration from "24h" to "48h"`)
	p.Must(p.Up())
	expectRequests(t, p, "update duration")
	if after := only(t, p); !after.ExpiresAt.After(before.ExpiresAt) || after.ID != before.ID {
		t.Errorf("the expiry went from %s to %s", before.ExpiresAt, after.ExpiresAt)
	}

	p.Program(token("duration: forever"))
	p.Must(p.Up())
	if _, ok := p.State().Token(t, "ci").Outputs["expiresAt"]; ok {
		t.Error("a token that lasts for ever has an expiresAt")
	}
	expectQuiet(t, p)
}

func TestScopeChangeReplacesAndCreatesFirst(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	before := only(t, p)
	p.Program(named("ci", "zoneId: "+cfsim.DefaultZoneID, "name: ci"))
	expectOps(t, p.Must(p.Preview()), map[string]string{"ci": "replace"})
	p.Must(p.Up())
	expectRequests(t, p, "create name,previous_client_secret_expires_at", "delete")
	if after := only(t, p); after.Scope != zone || after.ID == before.ID {
		t.Errorf("the token is now %+v", after)
	}
	works(t, p, "ci")
}

func TestWhatWasChangedElsewhereIsShownAndPutBack(t *testing.T) {
	t.Parallel()
	p := project(t, token("duration: 24h", "enabled: true"))
	id := only(t, p).ID
	p.Simulator.SetName(id, "renamed elsewhere")
	p.Simulator.SetEnabled(id, false)
	p.Simulator.SetDuration(id, "48h")
	p.Must(p.Refresh("--diff")).MustSay(t, "renamed elsewhere", "48h", "enabled")
	p.Simulator.ResetRequests()
	p.Must(p.Up())
	expectRequests(t, p, "update duration,enabled,name")
	if live := only(t, p); live.Name != "ci" || live.Duration != "24h" || !live.Enabled {
		t.Errorf("the token is %+v", live)
	}
	expectQuiet(t, p)
}

func TestWhatTheProgramLeavesOutMayChangeElsewhere(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	id := only(t, p).ID
	p.Simulator.SetEnabled(id, false)
	p.Simulator.SetDuration(id, "48h")
	p.Simulator.Use(id)
	p.Must(p.Refresh())
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes"))
	expectRequests(t, p)
	if got := p.State().Token(t, "ci"); got.Output("duration") != "48h" || got.Outputs["enabled"] != false {
		t.Errorf("the state says %v", got.Outputs)
	}
}

func TestTokenDeletedElsewhereIsDroppedByRefreshAndMadeAnew(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	before := only(t, p)
	p.Simulator.DeleteToken(before.ID)
	p.Must(p.Refresh())
	if tokens := p.State().Tokens(); len(tokens) != 0 {
		t.Errorf("the refresh left %v", tokens)
	}
	expectOps(t, p.Must(p.Up()), map[string]string{"ci": "create"})
	if only(t, p).ID == before.ID {
		t.Error("the token came back")
	}
	works(t, p, "ci")
}

func TestUpdateOfATokenDeletedElsewhereNamesTheWayOut(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	p.Simulator.DeleteToken(only(t, p).ID)
	p.Program(token("duration: 24h"))
	p.MustFail(p.Up(), "it no longer exists", "pulumi refresh")
}

func TestDestroyDeletesTheToken(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	p.Must(p.Destroy())
	expectRequests(t, p, "delete")
	if tokens := p.Simulator.Tokens(); len(tokens) != 0 {
		t.Errorf("left at Cloudflare: %v", tokens)
	}
}

func TestDestroyOfATokenThatIsGoneSucceeds(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	p.Simulator.DeleteToken(only(t, p).ID)
	p.Must(p.Destroy())
	if tokens := p.State().Tokens(); len(tokens) != 0 {
		t.Errorf("left in the state: %v", tokens)
	}
}

func TestDestroyOfATokenInUseExplainsAndKeepsIt(t *testing.T) {
	t.Parallel()
	p := project(t, token())
	id := only(t, p).ID
	p.Simulator.SetInUse(id, true)
	p.MustFail(p.Destroy(), "12139", "take it out there first")
	p.State().Token(t, "ci")

	p.Simulator.SetInUse(id, false)
	p.Must(p.Destroy())
}

func TestFiftyTokensTakeFiftyRequests(t *testing.T) {
	t.Parallel()
	program := "resources:\n"
	for i := range 50 {
		program += resource(fmt.Sprintf("token%02d", i), "accountId: "+cfsim.DefaultAccountID, fmt.Sprintf("name: token-%02d", i))
	}
	p := enginetest.New(t, cfsim.Config{})
	p.Program(program)
	p.Must(p.Up())
	requests := p.Simulator.Requests()
	for _, request := range requests {
		if request.Operation != "create" {
			t.Errorf("an up made a %s request", request.Operation)
		}
	}
	if len(requests) != 50 || len(p.Simulator.Tokens()) != 50 {
		t.Errorf("%d requests made %d tokens, want 50 of each", len(requests), len(p.Simulator.Tokens()))
	}
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes"))
	expectRequests(t, p)
}

func TestGetReadsATokenByItsIDAlone(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	existing := p.Simulator.AddToken(zone, cfsim.NewToken{Name: "made elsewhere"})
	p.Program("resources:\n  found:\n    type: cfaccess:ServiceToken\n    get:\n      id: zones/" + cfsim.DefaultZoneID + "/" + existing.ID +
		"\noutputs:\n  name: ${found.name}\n  clientId: ${found.clientId}\n")
	for range 2 {
		p.Must(p.Up())
	}
	if got := p.Outputs(); got["name"] != "made elsewhere" || got["clientId"] != existing.ClientID {
		t.Errorf("got %v", got)
	}
	p.Must(p.Destroy())
	if len(p.Simulator.Tokens()) != 1 {
		t.Error("destroying the stack deleted a token that it only read")
	}
}

func TestLostAnswersLeaveExactlyWhatIsInTheState(t *testing.T) {
	t.Parallel()
	program := "resources:\n"
	for i := range 10 {
		program += resource(fmt.Sprintf("token%d", i), "accountId: "+cfsim.DefaultAccountID, "name: same")
	}
	p := enginetest.New(t, cfsim.Config{})
	for _, kind := range []cfsim.FaultKind{cfsim.CutAfter, cfsim.HTMLAfter, cfsim.Garbage, cfsim.MissingSecret} {
		p.Simulator.Inject(cfsim.Fault{Operation: "create", Kind: kind})
	}
	p.Program(program)
	p.Must(p.Up())
	if n := p.Simulator.PendingFaults(); n != 0 {
		t.Errorf("%d faults were not hit", n)
	}
	stored := p.State().Tokens()
	if live := p.Simulator.Tokens(); len(live) != 10 || len(stored) != 10 {
		t.Errorf("%d tokens live and %d are in the state, want 10 of each", len(live), len(stored))
	}
	for name := range stored {
		works(t, p, name)
	}
}

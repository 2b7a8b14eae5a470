package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestUpCreatesATokenWhoseStoredSecretWorks(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken("duration: 8760h"))

	preview := p.Must(p.Preview())
	preview.ExpectOps(t, map[string]string{"ci": "create"})
	p.ExpectRequests()

	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "create"})
	p.ExpectRequests("create duration,name,previous_client_secret_expires_at")
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
	p.ExpectWorking("ci")
}

func TestSecondPreviewAndRefreshShowNoChange(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("東é👩‍👧\u202e", 40)
	long += strings.Repeat("x", 350-utf8.RuneCountInString(long))
	p := project(t, "resources:\n"+
		enginetest.Token("account", inAccount, "name: account")+
		enginetest.Token("zone", inZone, "name: zone", "duration: forever")+
		enginetest.Token("all", inAccount, "name: all", "duration: 24h", "enabled: false", "clientSecretVersion: 3",
			"previousClientSecretExpiresAt: 2099-01-01T00:00:00Z")+
		enginetest.Token("unicode", inAccount, `name: "Büro 東京 🔑"`)+
		enginetest.Token("long", inAccount, `name: "`+long+`"`)+
		enginetest.Token("fraction", inAccount, "name: fraction", "duration: 1.5h"))
	p.ExpectQuiet()
	for name, op := range p.Must(p.Up()).Ops() {
		if op != "same" {
			t.Errorf("the up did %q to %s", op, name)
		}
	}
	for operation, times := range p.Counts() {
		if operation != "get" && operation != "list" {
			t.Errorf("Cloudflare was asked %d times to %s", times, operation)
		}
	}
	tokens := p.State().Tokens()
	for name, stored := range tokens {
		if _, marked := stored.Secret("clientSecret"); !marked {
			t.Errorf("the refresh lost the client secret of %s, or its mark", name)
		}
	}
	if !slices.ContainsFunc(p.Simulator.Tokens(), func(live cfsim.Token) bool { return live.Name == long }) || len(tokens) != 6 {
		t.Errorf("the long name arrived as another one, or the stack holds %d tokens", len(tokens))
	}
}

func TestDurationIsComparedByValue(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("duration: 24h"))
	p.Program(enginetest.OneToken("duration: 1440m"))
	p.Must(p.Up("--expect-no-changes")).ExpectOps(t, map[string]string{"ci": "same"})
	p.ExpectRequests()
}

func TestRenameIsInPlaceAndLeavesTheSecretKnown(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken()+"outputs:\n  secret: ${ci.clientSecret}\n  name: ${ci.name}\n  expires: ${ci.expiresAt}\n")
	before, outputs := only(t, p), p.Outputs()

	p.Program(named("ci", inAccount, "name: renamed") +
		"outputs:\n  secret: ${ci.clientSecret}\n  name: ${ci.name}\n  expires: ${ci.expiresAt}\n")
	preview := p.Must(p.Preview("--diff"))
	preview.ExpectOps(t, map[string]string{"ci": "update"})
	preview.MustSay(t, `renaming "ci" to "renamed"`)
	if strings.Contains(preview.Output, "[unknown]") || strings.Contains(preview.Output, "output<") {
		t.Errorf("the preview of a rename shows something as unknown\n%s", preview.Output)
	}
	p.ExpectRequests()

	p.Must(p.Up())
	p.ExpectRequests("update name")
	after := only(t, p)
	if after.ID != before.ID || after.ClientID != before.ClientID || after.Name != "renamed" || !after.ExpiresAt.Equal(before.ExpiresAt) {
		t.Errorf("the token was %+v and is %+v", before, after)
	}
	if got := p.Outputs(); got["secret"] != outputs["secret"] {
		t.Error("the rename changed the client secret")
	}
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestEnabledGoesOffAndOnInPlace(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())

	p.Program(enginetest.OneToken("enabled: false"))
	p.Must(p.Up()).MustSay(t, "disabling the token")
	p.ExpectRequests("update enabled")
	if only(t, p).Enabled {
		t.Error("the token is still enabled")
	}

	p.Program(enginetest.OneToken())
	unmanaged := p.Must(p.Preview("--expect-no-changes"))
	unmanaged.MustSay(t, "the token stays disabled")
	p.Must(p.Up("--expect-no-changes"))
	p.ExpectRequests()

	p.Program(enginetest.OneToken("enabled: true"))
	p.Must(p.Up()).MustSay(t, "enabling the token")
	p.ExpectRequests("update enabled")
	p.ExpectWorking("ci")
}

func TestDurationChangesInPlaceAndMovesTheExpiry(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("duration: 24h"))
	before := only(t, p)
	p.Program(enginetest.OneToken("duration: 48h"))
	p.Must(p.Preview("--diff")).MustSay(t, `changing the duration from "24h" to "48h"`)
	p.Must(p.Up())
	p.ExpectRequests("update duration")
	if after := only(t, p); !after.ExpiresAt.After(before.ExpiresAt) || after.ID != before.ID {
		t.Errorf("the expiry went from %s to %s", before.ExpiresAt, after.ExpiresAt)
	}

	p.Program(enginetest.OneToken("duration: forever"))
	p.Must(p.Up())
	if _, ok := p.State().Token(t, "ci").Outputs["expiresAt"]; ok {
		t.Error("a token that lasts for ever has an expiresAt")
	}
	p.ExpectQuiet()
}

func TestScopeChangeReplacesAndCreatesFirst(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	before := only(t, p)
	p.Program(named("ci", inZone, "name: ci"))
	p.Must(p.Preview()).ExpectOps(t, map[string]string{"ci": "replace"})
	p.Must(p.Up())
	p.ExpectRequests("create name,previous_client_secret_expires_at", "delete")
	if after := only(t, p); after.Scope != zone || after.ID == before.ID {
		t.Errorf("the token is now %+v", after)
	}
	p.ExpectWorking("ci")
}

func TestWhatWasChangedElsewhereIsShownAndPutBack(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken("duration: 24h", "enabled: true"))
	id := only(t, p).ID
	p.Simulator.SetName(id, "renamed elsewhere")
	p.Simulator.SetEnabled(id, false)
	p.Simulator.SetDuration(id, "48h")
	p.Must(p.Refresh("--diff")).MustSay(t, "renamed elsewhere", "48h", "enabled")
	p.Simulator.ResetRequests()
	p.Must(p.Up())
	p.ExpectRequests("update duration,enabled,name")
	if live := only(t, p); live.Name != "ci" || live.Duration != "24h" || !live.Enabled {
		t.Errorf("the token is %+v", live)
	}
	p.ExpectQuiet()
}

func TestWhatTheProgramLeavesOutMayChangeElsewhere(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	id := only(t, p).ID
	p.Simulator.SetEnabled(id, false)
	p.Simulator.SetDuration(id, "48h")
	p.Simulator.Use(id)
	p.Must(p.Refresh())
	p.Simulator.ResetRequests()
	p.Must(p.Up("--expect-no-changes"))
	p.ExpectRequests()
	if got := p.State().Token(t, "ci"); got.Output("duration") != "48h" || got.Outputs["enabled"] != false {
		t.Errorf("the state says %v", got.Outputs)
	}
}

func TestTokenDeletedElsewhereIsDroppedByRefreshAndMadeAnew(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	before := only(t, p)
	p.Simulator.DeleteToken(before.ID)
	p.Must(p.Refresh())
	if tokens := p.State().Tokens(); len(tokens) != 0 {
		t.Errorf("the refresh left %v", tokens)
	}
	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "create"})
	if only(t, p).ID == before.ID {
		t.Error("the token came back")
	}
	p.ExpectWorking("ci")
}

func TestUpdateOfATokenDeletedElsewhereNamesTheWayOut(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	p.Simulator.DeleteToken(only(t, p).ID)
	p.Program(enginetest.OneToken("duration: 24h"))
	p.MustFail(p.Up(), "it no longer exists", "pulumi refresh")
}

func TestDestroyDeletesTheToken(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	p.Must(p.Destroy())
	p.ExpectRequests("delete")
	if tokens := p.Simulator.Tokens(); len(tokens) != 0 {
		t.Errorf("left at Cloudflare: %v", tokens)
	}
}

func TestDestroyOfATokenThatIsGoneSucceeds(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	p.Simulator.DeleteToken(only(t, p).ID)
	p.Must(p.Destroy())
	if tokens := p.State().Tokens(); len(tokens) != 0 {
		t.Errorf("left in the state: %v", tokens)
	}
}

// What uses the token is named as the function names it, with what was not looked at.
func TestDestroyOfATokenInUseExplainsAndKeepsIt(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken()+call("getServiceTokenReferences", inAccount, "tokenId: ${ci.tokenId}"))
	token := only(t, p)
	if references := found(t, p)["references"]; len(references.([]any)) != 0 {
		t.Errorf("at first it is used by %v", references)
	}
	rule := cfsim.ServiceTokenRule(token.ID)
	group := p.Simulator.AddGroup(account, cfsim.Group{Name: "machines", Rules: cfsim.Rules{Include: []cfsim.Rule{rule}}})
	policy := p.Simulator.AddPolicy(account, cfsim.ServiceAuthPolicy("deploy", cfsim.GroupRule(group.ID)))
	app := p.Simulator.AddApplication(account, cfsim.Application{
		Name: "hr", Policies: []cfsim.Policy{{ID: policy.ID}, {Name: "mistake", Decision: "allow", Rules: cfsim.Rules{Require: []cfsim.Rule{rule}}}},
		SCIMConfig: json.RawMessage(fmt.Sprintf(`{"authentication":{"scheme":"access_service_token","client_id":%q}}`, token.ClientID)),
	})
	p.Must(p.Up())
	var listed []string
	for _, r := range found(t, p)["references"].([]any) {
		reference := r.(map[string]any)
		listed = append(listed, fmt.Sprint(reference["name"], " ", reference["place"], " ", reference["admits"]))
	}
	if want := []string{"hr require false", "hr scimConfig <nil>", "machines include <nil>", "deploy include true"}; !slices.Equal(listed, want) {
		t.Errorf("the function lists %q, want %q", listed, want)
	}

	p.MustFail(p.Destroy(), "12139", fmt.Sprintf(`the token is still used by policy "mistake" (%s) of application "hr" (%s) in a rule of "require", `+
		`the SCIM configuration of application "hr" (%[2]s), Access group "machines" (%s), policy "deploy" (%s) through group "machines" (%[3]s): remove it there first`,
		app.Policies[1].ID, app.ID, group.ID, policy.ID), "This run did not look at Hyperdrive configurations")
	p.State().Token(t, "ci")

	p.Simulator.RemoveAccess(group.ID)
	p.Simulator.RemoveAccess(app.ID)
	p.Must(p.Destroy())
}

func TestFiftyTokensTakeFiftyRequests(t *testing.T) {
	t.Parallel()
	program := "resources:\n"
	for i := range 50 {
		program += enginetest.Token(fmt.Sprintf("token%02d", i), inAccount, fmt.Sprintf("name: token-%02d", i))
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
	p.ExpectRequests()
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

package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// call is a part of a program that calls a function and gives what it returns as
// the output found.
func call(function string, arguments ...string) string {
	text := "variables:\n  found:\n    fn::invoke:\n      function: cfaccess:" + function + "\n      arguments:\n"
	for _, argument := range arguments {
		text += "        " + argument + "\n"
	}
	return text + "outputs:\n  found: ${found}\n"
}

// found is what a program's function returned.
func found(t *testing.T, p *enginetest.Project) map[string]any {
	t.Helper()
	result, ok := p.Outputs()["found"].(map[string]any)
	if !ok {
		t.Fatalf("the program has no output found: %v", p.Outputs())
	}
	return result
}

func TestALookupReturnsWhatCloudflareShowsOfAToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	live := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Simulator.Use(live.ID)
	live = only(t, p)
	for argument, request := range map[string]string{"name: ci": "list", "tokenId: " + live.ID: "get"} {
		p.Program(call("getServiceToken", inAccount, argument))
		p.Must(p.Preview())
		p.ExpectRequests(request)
		p.Must(p.Up())
		p.ExpectRequests(request)
		for output, want := range map[string]string{
			"importId": cfsim.DefaultAccountID + "/" + live.ID, "tokenId": live.ID, "accountId": cfsim.DefaultAccountID, "name": "ci",
			"clientId": live.ClientID, "duration": "8760h", "enabled": "true", "clientSecretVersion": "1",
			"createdAt": live.CreatedAt.Format(time.RFC3339), "updatedAt": live.UpdatedAt.Format(time.RFC3339),
			"expiresAt": live.ExpiresAt.Format(time.RFC3339), "lastSeenAt": live.LastSeenAt.Format(time.RFC3339),
		} {
			if got := fmt.Sprint(found(t, p)[output]); got != want {
				t.Errorf("by %s, %s is %s, want %s", argument, output, got, want)
			}
		}
		if secret, shown := found(t, p)["clientSecret"]; shown {
			t.Errorf("the client secret is there: %v", secret)
		}
	}
}

// A program that looks up a token which it makes itself has to wait for it.
func TestALookupOfATokenThatIsStillToBeMadeWaitsForTheRun(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken() + call("getServiceToken", inAccount, "tokenId: ${ci.tokenId}"))
	p.Must(p.Preview())
	p.ExpectRequests()

	p.Must(p.Up())
	p.ExpectRequests("create name,previous_client_secret_expires_at", "get")
	if got := found(t, p)["tokenId"]; got != only(t, p).ID {
		t.Errorf("found %v", got)
	}
	p.Must(p.Preview("--expect-no-changes"))
	p.ExpectRequests("get")
}

func TestAListingByANameThatIsNotKnownYetWaitsForTheRun(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken() + call("getServiceTokens", inAccount, "nameContains: ${ci.tokenId}"))
	p.Must(p.Preview())
	p.ExpectRequests()
	p.Must(p.Up())
	p.ExpectRequests("create name,previous_client_secret_expires_at", "list")
}

func TestALookupThatFindsNoOneTokenFailsInPreviewAndNamesTheWayOut(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(call("getServiceToken", inAccount, "name: ci"))
	p.MustFail(p.Preview(), `no service token of account `+cfsim.DefaultAccountID+` is named "ci"`)

	one := p.Simulator.AddToken(account, cfsim.NewToken{Name: "CI"})
	p.MustFail(p.Preview(), "Tokens with similar names: "+one.ID+` ("CI", created `+one.CreatedAt.Format(time.RFC3339)+", last seen never)")

	p.Simulator.SetName(one.ID, "ci")
	other := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.MustFail(p.Preview(), `has 2 service tokens named "ci": write the tokenId of one of them instead of name`, one.ID, other.ID)

	id := cfsim.DefaultAccountID + "/" + one.ID
	p.Program(call("getServiceToken", inAccount, "tokenId: "+id))
	p.Simulator.ResetRequests()
	p.MustFail(p.Preview(), "write tokenId: "+one.ID+" and accountId: "+cfsim.DefaultAccountID)
	p.ExpectRequests()
}

func TestALookupWithoutPermissionSaysWhichIsMissing(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{Behaviour: cfsim.Behaviour{Refused: []string{"list"}}})
	p.Program(call("getServiceToken", inAccount, "name: ci"))
	p.MustFail(p.Preview(), `the API token needs the permission "Access: Service Tokens Read" on account `+cfsim.DefaultAccountID)
}

func TestALookupTakesTheDefaultAccount(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	live := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Program(call("getServiceToken", "name: ci"))
	p.MustFail(p.Preview(), "write accountId or zoneId, or set the provider's default account")
	p.Env["CLOUDFLARE_ACCOUNT_ID"] = cfsim.DefaultAccountID
	p.Must(p.Up())
	if got := found(t, p)["tokenId"]; got != live.ID {
		t.Errorf("found %v", got)
	}
}

func TestTokensThatNobodyHasUsedForMonthsAreFound(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{PerPageCap: 2})
	p.FollowSimulator()
	for _, name := range []string{"used", "forgotten", "never used"} {
		p.Simulator.AddToken(zone, cfsim.NewToken{Name: name, Duration: "2400h"})
	}
	ids := map[string]string{}
	for _, token := range p.Simulator.Tokens() {
		ids[token.Name] = token.ID
	}
	p.Simulator.Use(ids["used"])
	p.Simulator.Use(ids["forgotten"])
	p.Simulator.Advance(89 * 24 * time.Hour)
	p.Simulator.Use(ids["used"])
	p.Program(call("getServiceTokens", inZone, "unusedForDays: 90"))
	names := func() string {
		p.Must(p.Up())
		tokens, _ := found(t, p)["tokens"].([]any)
		var names []string
		for _, token := range tokens {
			name, _ := token.(map[string]any)["name"].(string)
			names = append(names, name)
		}
		return strings.Join(names, ", ")
	}
	if got := names(); got != "" {
		t.Errorf("after 89 days: %s", got)
	}
	p.Simulator.Advance(48 * time.Hour)
	if got, want := names(), "forgotten, never used"; got != want {
		t.Errorf("after 91 days: %s, want %s", got, want)
	}
	p.Program(call("getServiceTokens", inZone, "expiresWithinDays: 9"))
	if got, want := names(), "forgotten, never used, used"; got != want {
		t.Errorf("9 days before the end: %s, want %s", got, want)
	}
}

package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// invoke calls a function of the package.
func (h *harness) invoke(function string, args map[string]any) (p.InvokeResponse, error) {
	return h.Invoke(p.InvokeRequest{Token: tokens.Type("cfaccess:index:" + function), Args: props(args)})
}

// mustInvoke fails the test unless the function returns something.
func (h *harness) mustInvoke(t *testing.T, function string, args map[string]any) property.Map {
	t.Helper()
	resp, err := h.invoke(function, args)
	if err != nil || len(resp.Failures) > 0 {
		t.Fatalf("%s: %v, %v", function, resp.Failures, err)
	}
	return dropNulls(resp.Return)
}

// listOf answers a listing with tokens, each of which is fields beside what
// every token has.
func listOf(found ...string) http.HandlerFunc {
	for i, fields := range found {
		found[i] = `{"client_id":"fake.access","enabled":true,` + fields + `}`
	}
	return answer(http.StatusOK, fmt.Sprintf(`{"success":true,"errors":[],"messages":[],"result":[%s],"result_info":{"total_pages":1,"total_count":%d}}`,
		strings.Join(found, ","), len(found)))
}

// seen is a token's fields; what is empty is left out.
func seen(id, name, created, lastSeen string) string {
	fields := fmt.Sprintf(`"id":%q,"name":%q`, id, name)
	if created != "" {
		fields += fmt.Sprintf(`,"created_at":%q`, created)
	}
	if lastSeen != "" {
		fields += fmt.Sprintf(`,"last_seen_at":%q`, lastSeen)
	}
	return fields
}

func TestATokenIsLookedUpByItsIdInOneRequest(t *testing.T) {
	t.Parallel()
	for scope, test := range map[string]struct{ args, want map[string]any }{
		accountPath: {map[string]any{"accountId": accountID}, map[string]any{"accountId": accountID, "importId": accountToken}},
		zonePath:    {map[string]any{"zoneId": zoneID}, map[string]any{"zoneId": zoneID, "importId": zoneToken}},
	} {
		c := play(t, withSecret(oldSecret, "last_seen_at", `"2026-10-05T12:00:00.5Z"`, "previous_client_secret_expires_at", `"2026-11-01T12:00:00Z"`))
		test.args["tokenId"] = tokenID
		got := c.start(t).mustInvoke(t, "getServiceToken", test.args)
		want := props(map[string]any{
			"tokenId": tokenID, "name": "ci", "clientId": "0123456789abcdef0123456789abcdef.access", "duration": "8760h", "enabled": true,
			"clientSecretVersion": 1, "createdAt": "2026-10-01T12:00:00Z", "updatedAt": "2026-10-01T12:00:00Z", "expiresAt": "2027-10-01T12:00:00Z",
			"lastSeenAt": "2026-10-05T12:00:00Z", "previousClientSecretExpiresAt": "2026-11-01T12:00:00Z",
		}, test.want)
		if !got.Equals(want) { // and so without the secret, whatever Cloudflare answers
			t.Errorf("got  %v\nwant %v", got, want)
		}
		c.expect(t, "GET "+scope+"/"+tokenID)
	}
}

func TestWhatCloudflareDoesNotTellIsAbsent(t *testing.T) {
	t.Parallel()
	c := play(t, token("duration", `"forever"`, "enabled", "", "client_secret_version", "", "created_at", "", "updated_at", ""))
	got := c.start(t).mustInvoke(t, "getServiceToken", map[string]any{"accountId": accountID, "tokenId": tokenID})
	want := props(map[string]any{
		"accountId": accountID, "importId": accountToken, "tokenId": tokenID, "name": "ci", "clientId": "0123456789abcdef0123456789abcdef.access",
		"duration": servicetoken.Forever, "enabled": true,
	})
	if !got.Equals(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestATokenIsLookedUpByItsExactName(t *testing.T) {
	t.Parallel()
	// Cloudflare may match more than was asked for.
	c := play(t, listOf(seen(otherTokenID, "CI", "", ""), seen(tokenID, "ci", "", ""), seen("00000000-0000-4000-8000-00000000000a", "ci ", "", "")))
	h := start(t, map[string]any{"baseUrl": c.url, "accountId": accountID})
	got := h.mustInvoke(t, "getServiceToken", map[string]any{"name": "ci"})
	if text(got, "importId") != accountToken || text(got, "name") != "ci" {
		t.Errorf("got %v", got)
	}
	c.expect(t, "GET "+accountPath+"?name=ci&page=1&per_page=1000")
}

func TestANameThatCloudflareDoesNotFindIsLookedForAmongAllTokens(t *testing.T) {
	t.Parallel()
	c := play(t, listOf(), listOf(seen(otherTokenID, "other", "", ""), seen(tokenID, "ci & cd", "", "")))
	got := c.start(t).mustInvoke(t, "getServiceToken", map[string]any{"accountId": accountID, "name": "ci & cd"})
	if text(got, "tokenId") != tokenID {
		t.Errorf("got %v", got)
	}
	c.expect(t, "GET "+accountPath+"?name=ci+%26+cd&page=1&per_page=1000", "GET "+accountPath+"?page=1&per_page=1000")
}

func TestALookupThatFindsNoOneTokenSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	many := make([]string, 12)
	for i := range many {
		many[i] = seen(fmt.Sprintf("00000000-0000-4000-8000-%012d", i), "ci", "", "")
	}
	const notAllowed = `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID +
		"; check also that " + accountID + " is the id of an account, not of a zone"
	for name, test := range map[string]struct {
		args    map[string]any
		answers []http.HandlerFunc
		want    []string
	}{
		"an ambiguous name": {map[string]any{"name": "ci"},
			[]http.HandlerFunc{listOf(seen(tokenID, "ci", "2026-01-01T12:00:00Z", ""), seen(otherTokenID, "ci", "", "2026-10-05T12:00:00Z"))},
			[]string{`account ` + accountID + ` has 2 service tokens named "ci": write the tokenId of one of them instead of name: ` +
				tokenID + ` ("ci", created 2026-01-01T12:00:00Z, last seen never), ` + otherTokenID + ` ("ci", created at an unknown time, last seen 2026-10-05T12:00:00Z)`}},
		"a name of many": {map[string]any{"name": "ci"}, []http.HandlerFunc{listOf(many...)}, []string{"has 12 service tokens", "and 2 more"}},
		"a name that comes near": {map[string]any{"name": "CI"}, []http.HandlerFunc{listOf(), listOf(seen(tokenID, "ci ", "", ""), seen(otherTokenID, "cis", "", ""))},
			[]string{`no service token of account ` + accountID + ` is named "CI": names are compared exactly. Tokens with similar names: ` + tokenID + ` ("ci ", created`}},
		"a name that nobody has": {map[string]any{"name": "ci"}, []http.HandlerFunc{listOf(), listOf(seen(otherTokenID, "other", "", ""))},
			[]string{`no service token of account ` + accountID + ` is named "ci": check the name, and whether the token is in this account and the API token may see it`}},
		"an id that nobody has": {map[string]any{"tokenId": tokenID}, []http.HandlerFunc{gone},
			[]string{"service token " + tokenID + " of account " + accountID + " does not exist: check the id, and whether the token is in this account"}},
		"an id, not allowed": {map[string]any{"tokenId": tokenID}, []http.HandlerFunc{refuse(http.StatusForbidden, 10000, "Authentication error")},
			[]string{"reading service token " + tokenID + " of account " + accountID + ": ", notAllowed}},
		"a name, not allowed": {map[string]any{"name": "ci"}, []http.HandlerFunc{refuse(http.StatusForbidden, 10000, "Authentication error")},
			[]string{"listing the service tokens of account " + accountID + ": ", notAllowed}},
		"a name, not allowed the second time": {map[string]any{"name": "ci"}, []http.HandlerFunc{listOf(), html},
			[]string{"listing the service tokens of account " + accountID + ": "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.args["accountId"] = accountID
			resp, err := play(t, test.answers...).start(t).invoke("getServiceToken", test.args)
			if err == nil || len(resp.Failures) > 0 {
				t.Fatalf("got %v, %v", resp, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("\n got %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestArgumentsOfALookupThatCannotBeAreRefusedWithoutARequest(t *testing.T) {
	t.Parallel()
	const unknown = "its value is not known yet: call the function's Output form, which waits for it"
	inAccount := map[string]any{"accountId": accountID}
	for name, test := range map[string]struct {
		args             map[string]any
		property, reason string
	}{
		"no scope":    {map[string]any{"name": "ci"}, "accountId", noScope},
		"both scopes": {map[string]any{"accountId": accountID, "zoneId": zoneID, "name": "ci"}, "zoneId", servicetoken.BothScopes},
		"a scope in upper case": {map[string]any{"accountId": strings.ToUpper(accountID), "name": "ci"}, "accountId",
			`"` + strings.ToUpper(accountID) + `" must be in lower case and without spaces: write ` + accountID},
		"a zone that is none": {map[string]any{"zoneId": "example.com", "name": "ci"}, "zoneId",
			`"example.com" is not a Cloudflare id: write the 32 hexadecimal characters that the dashboard shows as the Zone ID`},
		"nothing to look for":  {inAccount, "tokenId", "tokenId or name is required: write the token's id as tokenId, or its exact name as name"},
		"both to look for":     {map[string]any{"accountId": accountID, "tokenId": tokenID, "name": "ci"}, "name", "a token is looked up by its id or by its name: write tokenId or name and remove the other"},
		"an empty name":        {map[string]any{"accountId": accountID, "name": " "}, "name", "the name is empty: write it as the dashboard shows it, or write tokenId"},
		"an empty id":          {map[string]any{"accountId": accountID, "tokenId": ""}, "tokenId", `"" is not a token's id: write the UUID in the output tokenId of a ServiceToken, or find the token by its name with getServiceToken`},
		"a name for an id":     {map[string]any{"accountId": accountID, "tokenId": "ci"}, "tokenId", `"ci" is not a token's id: write the UUID in the output tokenId of a ServiceToken, or find the token by its name with getServiceToken`},
		"a client id":          {map[string]any{"accountId": accountID, "tokenId": clientID}, "tokenId", `"` + clientID + `" is a client id: write the token's id, a UUID, or find the token by its name with getServiceToken`},
		"an id in upper case":  {map[string]any{"accountId": accountID, "tokenId": strings.ToUpper(otherTokenID)}, "tokenId", `"` + strings.ToUpper(otherTokenID) + `" must be in lower case and without spaces: write ` + otherTokenID},
		"a resource's id":      {map[string]any{"accountId": accountID, "tokenId": accountToken}, "tokenId", `"` + accountToken + `" is an import id, which contains the account or zone too: write tokenId: ` + tokenID + ` and accountId: ` + accountID},
		"a zone's resource id": {map[string]any{"zoneId": zoneID, "tokenId": zoneToken}, "tokenId", `"` + zoneToken + `" is an import id, which contains the account or zone too: write tokenId: ` + tokenID + ` and zoneId: ` + zoneID},
		"an unknown id":        {map[string]any{"accountId": accountID, "tokenId": unknownValue}, "tokenId", unknown},
		"an unknown scope":     {map[string]any{"accountId": unknownValue, "name": "ci"}, "accountId", unknown},
		"an unknown secret":    {map[string]any{"accountId": accountID, "name": unknownValue.WithSecret(true)}, "name", unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := start(t, nil).invoke("getServiceToken", test.args)
			if err != nil || len(resp.Failures) != 1 {
				t.Fatalf("got %v, %v", resp.Failures, err)
			}
			if got := resp.Failures[0]; got.Property != test.property || got.Reason != test.reason {
				t.Errorf("\n got %s: %s\nwant %s: %s", got.Property, got.Reason, test.property, test.reason)
			}
		})
	}
}

func TestTheMessagesOfAFunctionDoNotRepeatASecretArgument(t *testing.T) {
	t.Parallel()
	secret := func(text string) property.Value { return property.New(text).WithSecret(true) }
	resp, err := start(t, nil).invoke("getServiceToken", map[string]any{"accountId": accountID, "tokenId": secret("fake-confidential")})
	if err != nil || len(resp.Failures) != 1 || !strings.HasPrefix(resp.Failures[0].Reason, `"[secret]" is not a token's id`) {
		t.Errorf("a refused argument: got %v, %v", resp.Failures, err)
	}
	_, err = play(t, listOf(), listOf()).start(t).invoke("getServiceToken", map[string]any{"accountId": accountID, "name": secret("fake-confidential")})
	if err == nil || !strings.Contains(err.Error(), `is named "[secret]"`) || strings.Contains(err.Error(), "confidential") {
		t.Errorf("a lookup: got %v", err)
	}
}

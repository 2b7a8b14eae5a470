package cfapi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// predicates are all that distinguishes failures.
var predicates = map[string]func(error) bool{
	"not found": cfapi.IsNotFound, "malformed id": cfapi.IsMalformedID, "rate limited": cfapi.IsRateLimited,
	"in use": cfapi.IsInUse, "auth": cfapi.IsAuth, "invalid": isInvalid, "not enabled": cfapi.IsAccessNotEnabled,
	"token limit": cfapi.IsTokenLimit, "outcome unknown": cfapi.IsOutcomeUnknown,
}

// expectOnly fails unless exactly these predicates hold for an error.
func expectOnly(t *testing.T, err error, names ...string) {
	t.Helper()
	want := map[string]bool{}
	for _, name := range names {
		if predicates[name] == nil {
			t.Fatalf("there is no predicate %q", name)
		}
		want[name] = true
	}
	for name, holds := range predicates {
		if holds(err) != want[name] {
			t.Errorf("%q is %t of %v", name, holds(err), err)
		}
	}
}

func TestEveryRefusalIsRecognized(t *testing.T) {
	t.Parallel()
	const other = "0000000000000000000000000000cccc"
	readOnly := cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken, ReadOnly: true}}}
	elsewhere := cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken, Scopes: []string{"accounts/" + other}}}}
	account := cfapi.Account(cfsim.DefaultAccountID)
	create := func(scope cfapi.Scope, name string) func(*testing.T, *cloudflare) error {
		return func(t *testing.T, c *cloudflare) error {
			_, err := c.Create(t.Context(), scope, cfapi.CreateParams{Name: name})
			return err
		}
	}
	get := func(scope cfapi.Scope, id string) func(*testing.T, *cloudflare) error {
		return func(t *testing.T, c *cloudflare) error {
			_, err := c.Get(t.Context(), scope, id)
			return err
		}
	}
	const absent = "00000000-0000-4000-8000-000000000000"
	for name, test := range map[string]struct {
		config cfsim.Config
		do     func(*testing.T, *cloudflare) error
		want   string
	}{
		"a token that is gone":       {do: get(account, absent), want: "not found"},
		"an id of the wrong form":    {do: get(account, "not-an-id"), want: "malformed id"},
		"an account's wrong form":    {do: get(cfapi.Account("abc"), absent), want: "malformed id"},
		"an id that is a path":       {do: get(account, "../x"), want: "malformed id"},
		"an unknown account":         {do: get(cfapi.Account(other), absent), want: "auth"},
		"a zone's id as an account":  {do: get(cfapi.Account(cfsim.DefaultZoneID), absent), want: "auth"},
		"an account's id as a zone":  {do: get(cfapi.Zone(cfsim.DefaultAccountID), absent), want: "auth"},
		"a wrong credential":         {config: cfsim.Config{Credentials: cfsim.Credentials{APIKey: "fake-api-key", APIEmail: "ci@example.com"}}, do: get(account, absent), want: "auth"},
		"a token that may only read": {config: cfsim.Config{Credentials: readOnly}, do: create(account, "ci"), want: "auth"},
		"a token of another account": {config: cfsim.Config{Credentials: elsewhere}, do: get(account, absent), want: "auth"},
		"a zone without API tokens": {
			config: cfsim.Config{Behaviour: cfsim.Behaviour{ZonesRefuseAPITokens: true}},
			do:     get(cfapi.Zone(cfsim.DefaultZoneID), absent), want: "auth",
		},
		"a refused listing": {
			config: cfsim.Config{Behaviour: cfsim.Behaviour{Refused: []string{"list"}}},
			do: func(t *testing.T, c *cloudflare) error {
				_, err := c.List(t.Context(), account, cfapi.ListFilter{})
				return err
			},
			want: "auth",
		},
		"a blank name": {
			do: func(t *testing.T, c *cloudflare) error {
				id := c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"}).ID
				_, err := c.Update(t.Context(), account, id, cfapi.UpdateParams{Name: new(" ")})
				return err
			},
			want: "invalid",
		},
		"Zero Trust never set": {config: cfsim.Config{AccessNotEnabled: []string{cfsim.DefaultAccountID}}, do: create(account, "ci"), want: "not enabled"},
		"one token too many": {
			config: cfsim.Config{MaxTokens: 1},
			do: func(t *testing.T, c *cloudflare) error {
				c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "first"})
				return create(account, "second")(t, c)
			},
			want: "token limit",
		},
		"a version that is lowered": {
			config: cfsim.Config{Behaviour: cfsim.Behaviour{LowerVersion: cfsim.LowerRefused}},
			do: func(t *testing.T, c *cloudflare) error {
				id := c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", ClientSecretVersion: 3}).ID
				_, err := c.Update(t.Context(), account, id, cfapi.UpdateParams{ClientSecretVersion: new(int64(2))})
				return err
			},
			want: "invalid",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, test.config)
			err := test.do(t, c)
			if err == nil {
				t.Fatal("it succeeded")
			}
			expectOnly(t, err, test.want)
			c.expectHarmless(t, err)
			if len(c.Requests()) > 1 || len(c.waits) > 0 {
				t.Errorf("a refusal was repeated: %q", c.operations())
			}
		})
	}
}

func TestEveryKindOfCredentialIsAccepted(t *testing.T) {
	t.Parallel()
	const key, email = "fake-api-key", "ci@example.com"
	credentials := cfsim.Credentials{
		APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken}}, APIKey: key, APIEmail: email,
	}
	for name, change := range map[string]func(*cfapi.Config){
		"API token": func(*cfapi.Config) {},
		"API key":   func(c *cfapi.Config) { c.APIToken, c.APIKey, c.APIEmail = "", key, email },
	} {
		c := connect(t, cfsim.Config{Credentials: credentials}, change)
		if _, err := c.List(t.Context(), cfapi.Account(cfsim.DefaultAccountID), cfapi.ListFilter{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenInUseIsDeletedOnceItIsFree(t *testing.T) {
	t.Parallel()
	inBothScopes(t, func(t *testing.T, path string, scope cfapi.Scope) {
		c := connect(t, cfsim.Config{})
		id := c.AddToken(path, cfsim.NewToken{Name: "ci"}).ID
		policy := c.AddPolicy("accounts/"+cfsim.DefaultAccountID, cfsim.ServiceAuthPolicy("ci", cfsim.ServiceTokenRule(id)))
		reported := 0
		err := c.Delete(t.Context(), scope, id, func() { reported++ })
		expectOnly(t, err, "in use")
		c.expectHarmless(t, err)
		equal(t, "the patience", c.time().Sub(began), 30*time.Second)
		equal(t, "the number of waits reported", reported, len(c.waits))

		c.onWait = func() { c.RemoveAccess(policy.ID) }
		if err := c.Delete(t.Context(), scope, id, nil); err != nil {
			t.Error(err)
		}
		equal(t, "the tokens", c.Tokens(), "[]")
	})
}

// What lacks a permission is named; what is refused for another reason fails.
func TestReferencesTellAMissingPermissionFromOtherRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault  cfsim.Fault
		unread bool
	}{
		"no permission":      {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, true},
		"not enabled":        {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 9999}, false},
		"no permission, 401": {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 401, Code: 10000}, true},
		"credentials":        {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 401, Code: 9109}, false},
		"a proxy":            {cfsim.Fault{Kind: cfsim.HTMLBefore, Status: 403}, false},
		"another 403":        {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 9109}, false},
		"Cloudflare's edge":  {cfsim.Fault{Kind: cfsim.StatusBefore, Status: 500, Times: -1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, cfsim.Config{})
			token := c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
			test.fault.Operation = "list-groups"
			c.Inject(test.fault)
			found, err := c.References(t.Context(), cfapi.Account(cfsim.DefaultAccountID), token.ID, token.ClientID)
			if unread := err == nil && len(found.Unread) == 1 && found.Unread[0].What == cfapi.UnreadGroups; unread != test.unread || !unread && err == nil {
				t.Errorf("got %v, %v", found.Unread, err)
			}
			if err != nil && !strings.Contains(err.Error(), "accounts/"+cfsim.DefaultAccountID+"/access/groups") {
				t.Errorf("the error does not say what was asked: %v", err)
			}
		})
	}
}

func TestARateLimitIsWaitedFor(t *testing.T) {
	t.Parallel()
	inBothScopes(t, func(t *testing.T, _ string, scope cfapi.Scope) {
		c := connect(t, cfsim.Config{EnforceRateLimit: true})
		c.SpendRateLimit(1200)
		if _, err := c.Create(t.Context(), scope, cfapi.CreateParams{Name: "ci"}); err != nil {
			t.Fatal(err)
		}
		equal(t, "the waits", c.waits, "[5m0s]")
		equal(t, "the tokens", len(c.Tokens()), 1)
	})
}

func TestCredentialsNeverAppearInARefusal(t *testing.T) {
	t.Parallel()
	// A path that Cloudflare quotes in its message.
	c := connect(t, cfsim.Config{})
	_, err := c.Get(t.Context(), cfapi.Account(cfsim.DefaultAccountID), strings.Repeat("f4ce", 16))
	expectOnly(t, err, "malformed id")
	if strings.Contains(err.Error(), "f4ce") {
		t.Error("the error quotes what looks like a secret")
	}
}

// isInvalid reports whether Cloudflare did not accept a value.
func isInvalid(err error) bool {
	refused, ok := errors.AsType[*cfapi.Error](err)
	return ok && slices.ContainsFunc(refused.Codes, func(c cfapi.ErrorCode) bool { return c.Code == 12130 })
}

package provider

import (
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
)

// What Cloudflare says, and what the provider advises; nothing where it fits
// no row.
func TestARefusalComesWithWhatToDoAboutIt(t *testing.T) {
	t.Parallel()
	const (
		permission = `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID + "; check also that " + accountID + " is the id of an account, not of a zone"
		mistyped   = "the API token is not valid: it is mistyped, or it was rolled or deleted"
		malformed  = "the API token is malformed: copy it again, whole and without quotes"
	)
	for name, test := range map[string]struct {
		status, code int
		says         string
		zone         bool
		key          bool
		want         string
	}{
		"no permission":                      {status: 403, code: 10000, says: "Authentication error", want: permission},
		"no permission, in the newer words":  {status: 403, code: 10000, says: "Forbidden", want: permission},
		"no permission for this resource":    {status: 403, code: 9109, says: "Unauthorized to access requested resource", want: permission},
		"no permission in a zone":            {status: 403, code: 10000, says: "Authentication error", zone: true, want: `the API token needs the permission "Access: Service Tokens Read" on zone ` + zoneID + "; check also that " + zoneID + " is the id of a zone, not of an account"},
		"no role of the key's user":          {status: 403, code: 10000, says: "Authentication error", key: true, want: "the user of the API key needs a role that may read Zero Trust in account " + accountID + "; check also that " + accountID + " is the id of an account, not of a zone"},
		"a token that is not valid":          {status: 401, code: 1000, says: "Invalid API Token", want: mistyped},
		"a token that was deleted":           {status: 403, code: 9109, says: "Invalid access token", want: mistyped},
		"a token that has expired":           {status: 401, code: 1000, says: "API token expired", want: "the API token has expired: extend it in the Cloudflare dashboard, or create another one"},
		"a token of another form":            {status: 400, code: 6003, says: "Invalid request headers", want: malformed},
		"a header of another form":           {status: 400, code: 6111, says: "Invalid format for Authorization header", want: malformed},
		"a token bound to other addresses":   {status: 403, code: 9109, says: "Cannot use the access token from location: 192.0.2.1", want: "the API token may be used from certain IP addresses only: run from one of them, or change the token's client IP address filtering"},
		"an unknown key or e-mail":           {status: 403, code: 9103, says: "Unknown X-Auth-Key or X-Auth-Email", key: true, want: "Cloudflare does not know this API key with this e-mail address: check both, or use an API token"},
		"a key of another form":              {status: 400, code: 6003, says: "Invalid request headers", key: true, want: "the API key is malformed: copy it again, whole and without quotes"},
		"tokens that a zone does not take":   {status: 405, code: 10405, says: "GET method with API Tokens is not supported", zone: true, want: "Cloudflare does not accept API tokens for this zone: authenticate with apiKey and email, or use accountId in place of zoneId (which replaces a token that exists)"},
		"Access that was never enabled":      {status: 403, code: 9999, says: "access.api.error.not_enabled: Access is not enabled", want: "Access has never been enabled for account " + accountID + ": open Zero Trust in the Cloudflare dashboard once and choose a team name"},
		"the rate limit":                     {status: 429, code: 971, says: "Please wait and consider throttling your request speed", want: "Cloudflare allows 1200 requests in 5 minutes for a user, dashboard included: run again in a few minutes"},
		"an id that routes nowhere":          {status: 404, code: 7003, says: "Could not route to /accounts, perhaps your object identifier is invalid?", want: "check the account or zone id and the token id"},
		"a method that no row knows":         {status: 405, code: 10405, says: "Method not allowed"},
		"a refusal that no row knows":        {status: 403, code: 12345, says: "Something new"},
		"a request that was not well formed": {status: 400, code: 12130, says: "access.api.error.invalid_request: something"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, refuse(test.status, test.code, test.says))
			config := map[string]any{"baseUrl": c.url}
			if test.key {
				config = map[string]any{"baseUrl": c.url, "apiToken": nil, "apiKey": "fake-api-key", "email": "ci@example.invalid"}
				c.byKey = true
			}
			h := start(t, config)
			id, inputs, state := accountToken, props(inAccount), stored()
			if test.zone {
				id, inputs, state = zoneToken, props(map[string]any{"zoneId": zoneID, "name": "ci"}), stored(map[string]any{"accountId": nil, "zoneId": zoneID})
			}
			_, err := h.Read(p.ReadRequest{ID: id, Urn: h.urn, Properties: state, Inputs: inputs})
			if err == nil {
				t.Fatal("the refusal is no error")
			}
			said, advice, _ := strings.Cut(err.Error(), "; ")
			if !strings.Contains(said, test.says) || advice != test.want {
				t.Errorf("said %q\nadvice %q\nwant   %q", said, advice, test.want)
			}
		})
	}
}

// What answers at an address without /client/v4 is not the API.
func TestABaseURLThatIsNotThatOfTheAPIIsNamed(t *testing.T) {
	t.Parallel()
	nothingHere := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	for suffix, want := range map[string]bool{"": true, "/client": true, "/client/v4": false, "/client/v4/": false} {
		c := play(t, nothingHere)
		h := start(t, map[string]any{"baseUrl": strings.TrimSuffix(c.url, "/client/v4") + suffix})
		_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)})
		const advice = "; check baseUrl, from the provider's baseUrl: the address of Cloudflare's API ends in /client/v4"
		if err == nil || strings.HasSuffix(err.Error(), advice) != want {
			t.Errorf("at %q: %v", suffix, err)
		}
	}
}

// A refresh, a destroy and an import configure the provider without a check before.
func TestACredentialOfTheStacksStateIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	const stateClause = "This run used the credential that the last `pulumi up` stored in the stack's state."
	for name, test := range map[string]struct {
		checked bool
		code    int
		want    bool
	}{
		"a refresh's":               {false, 10000, true},
		"an update's":               {true, 10000, false},
		"another kind of refusal's": {false, 9999, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := play(t, refuse(http.StatusForbidden, test.code, "refused"))
			h := start(t, map[string]any{"baseUrl": c.url})
			if !test.checked {
				if err := h.Configure(p.ConfigureRequest{Args: h.config}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)})
			if err == nil || strings.Contains(err.Error(), stateClause) != test.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

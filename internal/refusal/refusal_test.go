package refusal

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const (
	accountID = "0000000000000000000000000000aaaa"
	zoneID    = "0000000000000000000000000000bbbb"
)

// byProvider and byCommand are requests as the two callers describe them.
func byProvider(r Request) Request {
	r.BaseURLSetting, r.InsteadOfToken = "the provider's baseUrl", "apiKey with email, or use accountId"
	return r
}

func byCommand(r Request) Request {
	r.BaseURLSetting, r.InsteadOfToken = "CLOUDFLARE_BASE_URL", "CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL"
	return r
}

// What Cloudflare says, what it means, and what the reader is advised to do.
func TestARefusalMeansWhatItsCodeAndItsWordsSay(t *testing.T) {
	t.Parallel()
	account, zone := Request{Scope: cfapi.Account(accountID), What: Reading}, Request{Scope: cfapi.Zone(zoneID), What: Reading}
	with := func(r Request, change func(*Request)) Request { change(&r); return r }
	writing := func(r *Request) { r.What = Writing }
	key := func(r *Request) { r.UsesKey = true }
	const (
		isAccount = "; check also that " + accountID + " is the id of an account, not of a zone"
		isZone    = "; check also that " + zoneID + " is the id of a zone, not of an account"
		mistyped  = " is not valid: it is mistyped, or it was rolled or deleted"
		malformed = " is malformed: copy it again, whole and without quotes"
	)
	for _, test := range []struct {
		means        string
		status, code int
		says         string
		request      Request
		advice       string
		ofCredential bool
	}{
		{"no permission", 403, 10000, "Authentication error", account, `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID + isAccount, true},
		{"no permission, in newer words", 403, 10000, "Forbidden", account, `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID + isAccount, true},
		{"no permission for this resource", 403, 9109, "Unauthorized to access requested resource", account, `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID + isAccount, true},
		{"no permission to write", 403, 10000, "Authentication error", with(account, writing), `the API token needs the permission "Access: Service Tokens Write" on account ` + accountID + isAccount, true},
		{"no permission in a zone", 403, 10000, "Authentication error", zone, `the API token needs the permission "Access: Service Tokens Read" on zone ` + zoneID + isZone, true},
		{"no role to read", 403, 10000, "Authentication error", with(account, key), "the user of the API key needs a role that may read Zero Trust in account " + accountID + isAccount, true},
		{"no role to write", 403, 10000, "Authentication error", with(with(zone, key), writing), "the user of the API key needs a role that may change Zero Trust in zone " + zoneID + isZone, true},
		{"a token that is not valid", 401, 1000, "Invalid API Token", account, "the API token" + mistyped, true},
		{"a token that was deleted", 403, 9109, "Invalid access token", account, "the API token" + mistyped, true},
		{"a token that has expired", 401, 1000, "API token expired", account, "the API token has expired: extend it in the Cloudflare dashboard, or create another one", true},
		{"a token that has expired, in other words", 403, 9109, "The access token has expired", account, "the API token has expired: extend it in the Cloudflare dashboard, or create another one", true},
		{"a token of another form", 400, 6003, "Invalid request headers", account, "the API token" + malformed, true},
		{"a header of another form", 400, 6111, "Invalid format for Authorization header", account, "the API token" + malformed, true},
		{"no header", 400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers", account, "the API token" + malformed, true},
		{"a key of another form", 400, 6003, "Invalid request headers", with(account, key), "the API key" + malformed, true},
		{"a token bound to other addresses", 403, 9109, "Cannot use the access token from location: 192.0.2.1", account,
			"the API token may be used from certain IP addresses only: run from one of them, or change the token's client IP address filtering", true},
		{"an unknown key or e-mail", 403, 9103, "Unknown X-Auth-Key or X-Auth-Email", with(account, key), "Cloudflare does not know this API key with this e-mail address: check both, or use an API token", true},
		{"a zone that takes no tokens", 405, 10405, "POST method with API Tokens is not supported", zone, "Cloudflare does not accept API tokens for this zone: authenticate with <instead of a token>", false},
		{"Access was never enabled", 403, 9999, "access.api.error.not_enabled: Access is not enabled", account,
			"Access has never been enabled for account " + accountID + ": open Zero Trust in the Cloudflare dashboard once and choose a team name", false},
		{"the token limit", 400, 12130, "access.api.error.service_token_limit_reached: maximum number of service tokens", account,
			"an account holds 50 service tokens by default: delete unused ones or ask Cloudflare for more. A replacement needs room for one more, since the new token is created before the old one is deleted", false},
		{"the rate limit", 429, 971, "Please wait and consider throttling your request speed", account, "Cloudflare allows 1200 requests in 5 minutes for a user, dashboard included: run again in a few minutes", false},
		{"an id that routes nowhere", 404, 7003, "Could not route to /accounts, perhaps your object identifier is invalid?", account, "check the account or zone id and the token id", false},

		{"a method that no row knows", 405, 10405, "Method not allowed", account, "", false},
		{"a code that no row knows", 403, 12345, "Something new", account, "", false},
		{"a request that was not well formed", 400, 12130, "access.api.error.invalid_request: something", account, "", false},
		{"a failure of Cloudflare's, whatever it says", 500, 10000, "Authentication error", account, "", false},
	} {
		t.Run(test.means, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("reading: %w", &cfapi.Error{Status: test.status, Envelope: true, Codes: []cfapi.ErrorCode{{Code: test.code, Message: test.says}}})
			for _, request := range []Request{byProvider(test.request), byCommand(test.request)} {
				want := strings.ReplaceAll(test.advice, "<instead of a token>", request.InsteadOfToken)
				if advice, ofCredential := Advice(err, request); advice != want || ofCredential != test.ofCredential {
					t.Errorf("advises %q (of the credential: %v)\nwant    %q (%v)", advice, ofCredential, want, test.ofCredential)
				}
			}
		})
	}
}

func TestABaseURLThatIsNotThatOfTheAPIIsToBeChecked(t *testing.T) {
	t.Parallel()
	notTheAPI := &cfapi.Error{Status: 404}
	for baseURL, named := range map[string]bool{"https://x.test": true, "https://x.test/client": true, "https://x.test/client/v4": false, "https://x.test/client/v4/": false, "": false} {
		for _, request := range []Request{byProvider(Request{BaseURL: baseURL}), byCommand(Request{BaseURL: baseURL})} {
			want := ""
			if named {
				want = "check " + request.BaseURLSetting + ": the address of Cloudflare's API ends in /client/v4"
			}
			if advice, _ := Advice(notTheAPI, request); advice != want {
				t.Errorf("at %q, it advises %q, want %q", baseURL, advice, want)
			}
		}
	}
}

func TestWhatIsNoRefusalGetsNoAdvice(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("no connection"), &cfapi.Error{Err: errors.New("no connection")}} {
		if advice, ofCredential := Advice(err, byProvider(Request{})); advice != "" || ofCredential {
			t.Errorf("%v: advises %q", err, advice)
		}
	}
}

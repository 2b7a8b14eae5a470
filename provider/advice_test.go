package provider

import (
	"net/http"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
)

// internal/refusal has every refusal. Here are those of whose advice the provider
// decides a part.
func TestARefusalComesWithWhatToDoAboutIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status, code int
		says         string
		zone         bool
		key          bool
		want         string
	}{
		"no permission":             {status: 403, code: 10000, says: "Authentication error", want: `the API token needs the permission "Access: Service Tokens Read" on account ` + accountID + "; check also that " + accountID + " is the id of an account, not of a zone"},
		"no permission in a zone":   {status: 403, code: 10000, says: "Authentication error", zone: true, want: `the API token needs the permission "Access: Service Tokens Read" on zone ` + zoneID + "; check also that " + zoneID + " is the id of a zone, not of an account"},
		"no role of the key's user": {status: 403, code: 10000, says: "Authentication error", key: true, want: "the user of the API key needs a role that may read Zero Trust in account " + accountID + "; check also that " + accountID + " is the id of an account, not of a zone"},
		"tokens that a zone does not take": {status: 405, code: 10405, says: "GET method with API Tokens is not supported", zone: true,
			want: "Cloudflare does not accept API tokens for this zone: authenticate with apiKey and email, or use accountId in place of zoneId (which replaces a token that exists)"},
		"a refusal that no row knows": {status: 403, code: 12345, says: "Something new"},
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

// What answers at an address without /client/v4 is not the API, whether it says so in
// the API's words or not.
func TestABaseURLThatIsNotThatOfTheAPIIsNamed(t *testing.T) {
	t.Parallel()
	nothingHere := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	noRoute := refuse(http.StatusNotFound, 7000, "No route for that URI")
	for _, answer := range []http.HandlerFunc{nothingHere, noRoute} {
		for suffix, want := range map[string]bool{"": true, "/client": true, "/client/v4": false, "/client/v4/": false} {
			c := play(t, answer)
			h := start(t, map[string]any{"baseUrl": strings.TrimSuffix(c.url, "/client/v4") + suffix})
			_, err := h.Read(p.ReadRequest{ID: accountToken, Urn: h.urn, Properties: stored(), Inputs: props(inAccount)})
			const advice = "; check the provider's baseUrl: the address of Cloudflare's API ends in /client/v4"
			if err == nil || strings.Contains(err.Error(), advice) != want {
				t.Errorf("at %q: %v", suffix, err)
			}
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

package command

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
)

const scopeID = "0000000000000000000000000000aaaa"

// internal/refusal has every refusal, and all that is said of a setting. Here are those
// of which the command decides a part.
func TestARefusalToListComesWithTheProvidersAdvice(t *testing.T) {
	t.Parallel()
	token := map[string]string{"CLOUDFLARE_API_TOKEN": "fake-api-token"}
	key := map[string]string{"CLOUDFLARE_API_KEY": "fake-api-key", "CLOUDFLARE_EMAIL": "ci@example.invalid"}
	for name, test := range map[string]struct {
		env          map[string]string
		scope        cfapi.Scope
		status, code int
		want         string
	}{
		"no permission": {token, cfapi.Account(scopeID), 403, 10000,
			`; the API token needs the permission "Access: Service Tokens Read" on account ` + scopeID + "; check also that " + scopeID + " is the id of an account, not of a zone"},
		"no role of the key's user": {key, cfapi.Zone(scopeID), 403, 10000, "; the user of the API key needs a role that may read Zero Trust in zone " + scopeID},
		"tokens that a zone does not take": {token, cfapi.Zone(scopeID), 405, 10405,
			"; Cloudflare does not accept API tokens for this zone: authenticate with CLOUDFLARE_API_KEY and CLOUDFLARE_EMAIL"},
		"what answers is not the API": {token, cfapi.Account(scopeID), 404, 0, "; check CLOUDFLARE_BASE_URL: the address of Cloudflare's API ends in /client/v4"},
		"what nobody knows":           {token, cfapi.Account(scopeID), 403, 12345, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				if test.code != 0 {
					fmt.Fprintf(w, `{"success":false,"result":null,"messages":[],"errors":[{"code":%d,"message":"refused"}]}`, test.code)
				}
			}))
			defer server.Close()
			var stderr strings.Builder
			_, err := List(t.Context(), Console{Stderr: &stderr, Getenv: func(name string) string {
				if name == "CLOUDFLARE_BASE_URL" {
					return server.URL
				}
				return test.env[name]
			}}, test.scope)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
			if advised := err != nil && strings.Contains(err.Error(), "; "); advised != strings.HasPrefix(test.want, "; ") {
				t.Errorf("the advice is a guess: %v", err)
			}
		})
	}
}

func TestEveryKindOfCredentialOfTheEnvironmentIsTaken(t *testing.T) {
	t.Parallel()
	const key, email, serviceKey = "fake-api-key", "ci@example.invalid", "v1.0-fake-service-key"
	server, err := cfsim.New(cfsim.Config{Credentials: cfsim.Credentials{
		APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken}}, APIKey: key, APIEmail: email,
	}}).Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	for name, test := range map[string]struct {
		env         map[string]string
		says, fails string
	}{
		"a token":                      {map[string]string{"CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken + "\n"}, "", ""},
		"a key":                        {map[string]string{"CLOUDFLARE_API_KEY": key, "CLOUDFLARE_EMAIL": email}, "", ""},
		"a token beside an e-mail":     {map[string]string{"CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken, "CLOUDFLARE_EMAIL": email}, "", ""},
		"a token beside a service key": {map[string]string{"CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken, "CLOUDFLARE_API_USER_SERVICE_KEY": serviceKey}, refusal.ServiceKeyIgnored + ".\n", ""},
		"a key beside a service key":   {map[string]string{"CLOUDFLARE_API_KEY": key, "CLOUDFLARE_EMAIL": email, "CLOUDFLARE_API_USER_SERVICE_KEY": serviceKey}, refusal.ServiceKeyIgnored + ".\n", ""},
		"a service key": {map[string]string{"CLOUDFLARE_API_USER_SERVICE_KEY": serviceKey}, refusal.ServiceKeyIgnored + ".\n",
			"no credential for Cloudflare is set: set CLOUDFLARE_API_TOKEN in the environment (CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL works too)"},
		"none": {nil, "", "no credential for Cloudflare is set: set CLOUDFLARE_API_TOKEN in the environment (CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL works too)"},
		"a key alone": {map[string]string{"CLOUDFLARE_API_KEY": key}, "",
			"CLOUDFLARE_API_KEY in the environment requires the user's e-mail: set CLOUDFLARE_EMAIL in the environment"},
		"two kinds": {map[string]string{"CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken, "CLOUDFLARE_API_KEY": key, "CLOUDFLARE_EMAIL": email}, "",
			"more than one kind of credential is set: CLOUDFLARE_API_TOKEN in the environment and CLOUDFLARE_API_KEY in the environment with CLOUDFLARE_EMAIL in the environment; keep one"},
		"an address that is not https": {map[string]string{"CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken, "CLOUDFLARE_BASE_URL": "http://192.0.2.1"}, "",
			"CLOUDFLARE_BASE_URL in the environment is not https, so the credential would be sent unencrypted: write https://192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"CLOUDFLARE_BASE_URL": server.BaseURL}
			maps.Copy(env, test.env)
			var stderr strings.Builder
			_, err := List(t.Context(), Console{Stderr: &stderr, Getenv: func(name string) string { return env[name] }}, cfapi.Account(cfsim.DefaultAccountID))
			if (err == nil) != (test.fails == "") || err != nil && err.Error() != test.fails || stderr.String() != test.says {
				t.Errorf("said %q, and failed with %v", stderr.String(), err)
			}
		})
	}
}

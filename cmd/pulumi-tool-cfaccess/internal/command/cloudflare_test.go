package command

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const scopeID = "0000000000000000000000000000aaaa"

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
		"a token beside half a pair": {map[string]string{"CLOUDFLARE_API_TOKEN": "fake-api-token", "CLOUDFLARE_API_KEY": "fake-api-key"}, cfapi.Account(scopeID), 400, 6003,
			"; the API token is malformed: copy it again, whole and without quotes"},
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

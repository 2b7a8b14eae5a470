package limits

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

var account = cfapi.Account(cfsim.DefaultAccountID)

// client is one for a simulator, whose waits take no time.
func client(t *testing.T, sim *cfsim.Simulator) *cfapi.Client {
	t.Helper()
	served, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	return clientOf(t, cfapi.Config{BaseURL: served.BaseURL, APIToken: cfsim.DefaultAPIToken})
}

func clientOf(t *testing.T, config cfapi.Config) *cfapi.Client {
	t.Helper()
	config.MaxRetries = new(0)
	config.Timing.Sleep = func(context.Context, time.Duration) error { return nil }
	c, err := cfapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// Not parallel: it measures what the whole process allocates.
func TestAnEndlessAnswerIsRefusedInBoundedMemory(t *testing.T) {
	const endless, bound = 1 << 30, 128 << 20
	sim := cfsim.New(cfsim.Config{})
	token := sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
	c := client(t, sim)
	sim.Inject(cfsim.Fault{Kind: cfsim.HugeBody, Size: endless, Operation: "get"})

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Get(t.Context(), account, token.ID)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "the answer is larger than 16 MiB") || len(err.Error()) > 500 {
		t.Errorf("got %.1000v", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > bound {
		t.Errorf("%d MiB were allocated for an answer of %d MiB", allocated>>20, endless>>20)
	}
}

// The answer to a creation that is too large to read told a secret all the same.
func TestACreationWithAnEndlessAnswerLeavesOneToken(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	sim.Inject(cfsim.Fault{Kind: cfsim.HugeBody, Size: 100 << 20, Operation: "create"})
	token, err := client(t, sim).Create(t.Context(), account, cfapi.CreateParams{Name: "ci"})
	if err != nil {
		t.Fatal(err)
	}
	if live := sim.Tokens(); len(live) != 1 || live[0].ID != token.ID || !sim.Authenticates(token.ClientID, token.ClientSecret.Reveal()) {
		t.Errorf("Cloudflare holds %v", live)
	}
}

func TestAListingOfAThousandPagesIsCollected(t *testing.T) {
	t.Parallel()
	const pages = 1000
	sim := cfsim.New(cfsim.Config{PerPageCap: 1})
	for i := range pages {
		sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: fmt.Sprintf("token %d", i)})
	}
	listed, err := client(t, sim).List(t.Context(), account, cfapi.ListFilter{})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, token := range listed {
		names[token.Name] = true
	}
	if len(listed) != pages || len(names) != pages || len(sim.Requests()) != pages {
		t.Errorf("%d tokens of %d names in %d requests", len(listed), len(names), len(sim.Requests()))
	}
}

// A server that counts pages without end would keep a listing busy for ever.
func TestAListingThatRepeatsItselfEnds(t *testing.T) {
	t.Parallel()
	const id = "00000000-0000-4000-8000-00000000feed"
	requests := 0
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		_, _ = fmt.Fprintf(w, `{"success":true,"errors":[],"result":[{"id":%q,"name":"ci"}],"result_info":{"total_pages":1000000000,"total_count":1000000000}}`, id)
	}))
	defer endless.Close()
	listed, err := clientOf(t, cfapi.Config{BaseURL: endless.URL, APIToken: cfsim.DefaultAPIToken}).List(t.Context(), account, cfapi.ListFilter{})
	if err != nil || len(listed) != 1 || requests != 2 {
		t.Errorf("%v, %v in %d requests", listed, err, requests)
	}
}

func TestNoCallTakesACredentialToAnotherHost(t *testing.T) {
	t.Parallel()
	const id = "00000000-0000-4000-8000-00000000feed"
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived at another host, with the headers %d in number, Authorization: %v",
			r.Method, r.URL.Path, len(r.Header), r.Header.Get("Authorization") != "")
	}))
	defer elsewhere.Close()

	calls := map[string]func(*cfapi.Client) error{
		"create": func(c *cfapi.Client) error {
			_, err := c.Create(t.Context(), account, cfapi.CreateParams{Name: "ci"})
			return err
		},
		"get":  func(c *cfapi.Client) error { _, err := c.Get(t.Context(), account, id); return err },
		"list": func(c *cfapi.Client) error { _, err := c.List(t.Context(), account, cfapi.ListFilter{}); return err },
		"update": func(c *cfapi.Client) error {
			_, err := c.Update(t.Context(), account, id, cfapi.UpdateParams{Name: new("new")})
			return err
		},
		"delete": func(c *cfapi.Client) error { return c.Delete(t.Context(), account, id, nil) },
	}
	credentials := map[string]cfapi.Config{
		"API token": {APIToken: cfsim.DefaultAPIToken},
		"API key":   {APIKey: "fake-api-key-for-tests", APIEmail: "ci@example.test"},
	}
	for kind, config := range credentials {
		for _, status := range []int{301, 302, 303, 307, 308} {
			sim := cfsim.New(cfsim.Config{})
			sim.Inject(cfsim.Fault{Kind: cfsim.Redirect, Status: status, Location: elsewhere.URL + "/client/v4", Times: -1})
			served, err := sim.Serve()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(served.Close)
			config.BaseURL = served.BaseURL
			c := clientOf(t, config)
			for name, call := range calls {
				if err := call(c); err == nil || !strings.Contains(err.Error(), "which is not followed: check the base URL") {
					t.Errorf("%s with an %s at a %d: %v", name, kind, status, err)
				}
			}
			if asked := len(sim.Requests()); asked < len(calls) {
				t.Errorf("only %d requests were redirected", asked)
			}
		}
	}
}

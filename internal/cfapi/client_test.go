package cfapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestEachKindOfCredentialIsSentInItsHeaders(t *testing.T) {
	t.Parallel()
	all := []string{"Authorization", "X-Auth-Key", "X-Auth-Email", "X-Auth-User-Service-Key"}
	for name, test := range map[string]struct {
		config Config
		want   map[string]string
	}{
		"token":                         {Config{APIToken: apiToken}, map[string]string{"Authorization": "Bearer " + apiToken.Reveal()}},
		"a token beside half a pair":    {Config{APIToken: apiToken, APIEmail: "ci@example.invalid"}, map[string]string{"Authorization": "Bearer " + apiToken.Reveal()}},
		"a token beside the other half": {Config{APIToken: apiToken, APIKey: "fake-key"}, map[string]string{"Authorization": "Bearer " + apiToken.Reveal()}},
		"key":                           {Config{APIKey: "fake-key", APIEmail: "ci@example.invalid"}, map[string]string{"X-Auth-Key": "fake-key", "X-Auth-Email": "ci@example.invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, ok(minimal))
			test.config.BaseURL, test.config.UserAgent = rec.URL+"/client/v4/", "cfaccess-test/1.0"
			c, err := New(test.config)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdleConnections()
			if _, err := c.Get(t.Context(), Account(accountID), tokenID); err != nil {
				t.Fatal(err)
			}
			rec.expect(t, "GET "+tokenPath)
			header := rec.requests[0].Header
			for _, key := range all {
				if got := header.Get(key); got != test.want[key] {
					t.Errorf("%s: got %q, want %q", key, got, test.want[key])
				}
			}
			if got := header.Get("User-Agent"); got != "cfaccess-test/1.0" {
				t.Errorf("User-Agent: %q", got)
			}
		})
	}
}

func TestTheEnvironmentIsNotRead(t *testing.T) { // not parallel: it sets variables
	for _, name := range []string{"CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL", "CLOUDFLARE_API_USER_SERVICE_KEY", "CLOUDFLARE_BASE_URL"} {
		t.Setenv(name, "fake-of-the-environment")
	}
	rec := record(t, ok(minimal))
	if _, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID); err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "GET "+tokenPath)
	if strings.Contains(fmt.Sprint(rec.requests[0].Header), "fake-of-the-environment") {
		t.Error("a credential of the environment was sent")
	}
}

func TestBodiesAreJSON(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(minimal))
	if _, err := rec.client(t).Update(t.Context(), Account(accountID), tokenID, whatToDo); err != nil {
		t.Fatal(err)
	}
	if got := rec.requests[0].Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: %q", got)
	}
}

func TestTheDefaultIsCloudflare(t *testing.T) {
	t.Parallel()
	var asked string
	requests := 0
	c, err := New(Config{APIToken: apiToken, Timing: Timing{Jitter: func() float64 { return 0 }}, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.String()
		requests++
		return nil, http.ErrAbortHandler
	})})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.Get(t.Context(), Account(accountID), tokenID)
	if want := "https://api.cloudflare.com/client/v4/" + tokenPath; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	if requests != 5 || c.requestTimeout != 30*time.Second || c.pacer.own.Limit() != 4 {
		t.Errorf("%d requests, timeout %v, %v requests per second", requests, c.requestTimeout, c.pacer.own.Limit())
	}
}

func TestPrintingAClientOrAConfigShowsNoCredential(t *testing.T) {
	t.Parallel()
	config := Config{APIToken: apiToken}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{c, config, &config} {
			if strings.Contains(fmt.Sprintf(verb, v), apiToken.Reveal()) {
				t.Errorf("%s of %T shows the API token", verb, v)
			}
		}
	}
}

func TestAClientServesManyCallersAtOnce(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && !strings.HasSuffix(r.URL.Path, tokenID) {
			page(`{"total_pages":1}`, "a")(w, r)
			return
		}
		ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`)(w, r)
	}))
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, APIToken: apiToken, MaxRetries: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	everything := UpdateParams{new("n"), new("1h"), new(true), new(int64(9)), new(start)}
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			_, create := c.createOnce(t.Context(), Account(accountID), CreateParams{Name: "ci", Duration: new("1h"), Enabled: new(true)}, nil)
			_, get := c.Get(t.Context(), Zone(zoneID), tokenID)
			_, list := c.List(t.Context(), Account(accountID), ListFilter{Name: "token a"})
			_, update := c.Update(t.Context(), Zone(zoneID), tokenID, everything)
			if err := errors.Join(create, get, list, update, c.Delete(t.Context(), Account(accountID), tokenID, nil)); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
}

func TestTheClientKnowsTheTimeOfTheLastAnswer(t *testing.T) {
	t.Parallel()
	const date = "Thu, 01 Oct 2026 12:03:00 GMT"
	c := record(t, reply(200, success(minimal), "Date", date), html(404), reply(200, success(minimal), "Date", "later")).client(t)
	for _, want := range []time.Time{start.Add(3 * time.Minute), start.Add(3 * time.Minute), {}} {
		_, _ = c.Get(t.Context(), Account(accountID), tokenID)
		if got := c.ServerTime(); !got.Equal(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestTheClientKnowsTheTimeSinceTheLastAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{BaseURL: "http://127.0.0.1/client/v4", APIToken: apiToken})
		if err != nil {
			t.Fatal(err)
		}
		c.shown.Store(c.timeOf(http.Header{"Date": {"Thu, 01 Oct 2026 12:03:00 GMT"}}))
		time.Sleep(150*time.Second + 700*time.Millisecond)
		if got, want := c.ServerTime(), start.Add(5*time.Minute+30*time.Second); !got.Equal(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

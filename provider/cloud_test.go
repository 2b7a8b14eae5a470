package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const (
	accountPath = "/client/v4/accounts/" + accountID + "/access/service_tokens"
	zonePath    = "/client/v4/zones/" + zoneID + "/access/service_tokens"
)

// cloud stands for Cloudflare: it plays answers in their order and keeps what
// it was asked. A request too many fails the test, and so does one too few.
type cloud struct {
	url string
	// clockOffset is how far its clock is ahead of the provider's.
	clockOffset time.Duration
	handler     http.HandlerFunc
	mu          sync.Mutex
	requests    []string
	// marks are those of creations.
	marks []time.Time
	// byKey says that requests come with an API key and its e-mail.
	byKey bool
}

// marker is what marks a creation: a second before 2001, most of it random.
var marker = regexp.MustCompile(`,"previous_client_secret_expires_at":"((?:19|2000)[^"]*)"`)

func play(t *testing.T, answers ...http.HandlerFunc) *cloud {
	t.Helper()
	c := playInMemory(t, answers...)
	server := httptest.NewServer(c.handler)
	c.url = server.URL + "/client/v4"
	t.Cleanup(server.Close)
	return c
}

// playInMemory is play without a network, which a test in a bubble of
// testing/synctest has not.
func playInMemory(t *testing.T, answers ...http.HandlerFunc) *cloud {
	t.Helper()
	c := &cloud{url: nowhere}
	c.handler = func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		if r.Header.Get("Authorization") != "Bearer "+fakeAPIToken && !c.byKey {
			t.Error("a request without the API token")
		}
		c.mu.Lock()
		n := len(c.requests)
		if marked := marker.FindSubmatch(body); marked != nil {
			mark, err := time.Parse(time.RFC3339, string(marked[1]))
			if err != nil {
				t.Errorf("reading the mark of a creation: %v", err)
			}
			c.marks = append(c.marks, mark)
		}
		c.requests = append(c.requests, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+marker.ReplaceAllString(string(body), "")))
		c.mu.Unlock()
		if n >= len(answers) {
			t.Errorf("request %d was not expected: %s %s", n+1, r.Method, r.URL)
			http.Error(w, "unexpected", http.StatusTeapot)
			return
		}
		w.Header().Set("Date", now.Add(c.clockOffset).Format(http.TimeFormat))
		answers[n](w, r)
	}
	t.Cleanup(func() {
		if n := len(c.asked()); n < len(answers) {
			t.Errorf("%d requests, want %d", n, len(answers))
		}
	})
	return c
}

// RoundTrip answers a request without a network.
func (c *cloud) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	defer func() {
		if recover() != nil { // see hangUp
			err = errors.New("connection reset")
		}
	}()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorded := httptest.NewRecorder()
	c.handler(recorded, r)
	return recorded.Result(), nil
}

func (c *cloud) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.requests...)
}

// expect compares the requests so far; each is "METHOD path body".
func (c *cloud) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := c.asked(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("requests:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// start starts a provider that calls the cloud.
func (c *cloud) start(t *testing.T) *harness {
	t.Helper()
	return start(t, map[string]any{"baseUrl": c.url})
}

// startInMemory is start for a cloud without a network.
func (c *cloud) startInMemory(t *testing.T) *harness {
	t.Helper()
	return startWithin(t.Context(), t, map[string]any{"baseUrl": c.url}, WithClient(func(client *cfapi.Client) { client.SetTransport(c) }))
}

// token answers with a token as Cloudflare shows one, in which the given pairs
// replace or add fields; a value of "" takes the field out.
func token(pairs ...string) http.HandlerFunc {
	return answer(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":`+tokenText(pairs...)+`}`)
}

// listing answers with one token on the only page, see token.
func listing(pairs ...string) http.HandlerFunc {
	return answer(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":[`+tokenText(pairs...)+`],"result_info":{"total_pages":1,"total_count":1}}`)
}

func tokenText(pairs ...string) string {
	fields := [][2]string{
		{"id", `"` + tokenID + `"`}, {"name", `"ci"`}, {"client_id", `"0123456789abcdef0123456789abcdef.access"`},
		{"duration", `"8760h"`}, {"enabled", "true"}, {"client_secret_version", "1"},
		{"created_at", `"2026-10-01T12:00:00.5Z"`}, {"updated_at", `"2026-10-01T12:00:00Z"`}, {"expires_at", `"2027-10-01T12:00:00Z"`},
	}
	for i := 0; i < len(pairs); i += 2 {
		found := false
		for j := range fields {
			if fields[j][0] == pairs[i] {
				fields[j][1], found = pairs[i+1], true
			}
		}
		if !found {
			fields = append(fields, [2]string{pairs[i], pairs[i+1]})
		}
	}
	var parts []string
	for _, f := range fields {
		if f[1] != "" {
			parts = append(parts, `"`+f[0]+`":`+f[1])
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// withSecret is token in an answer that carries a client secret.
func withSecret(secret string, pairs ...string) http.HandlerFunc {
	return token(append(pairs, "client_secret", `"`+secret+`"`)...)
}

func refuse(status, code int, message string) http.HandlerFunc {
	return answer(status, fmt.Sprintf(`{"success":false,"errors":[{"code":%d,"message":%q}],"messages":[],"result":null}`, code, message))
}

var (
	gone = refuse(http.StatusNotFound, 12135, "access.api.error.not_found")
	html = answer(http.StatusBadGateway, "<html>Bad gateway</html>")
)

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

package cfapi

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	accountID = "0000000000000000000000000000aaaa"
	zoneID    = "0000000000000000000000000000bbbb"
	tokenID   = "00000000-0000-4000-8000-000000000001"
	apiToken  = Secret("fake-api-token-for-tests-0123456789abcdef")
)

var (
	oldSecret = strings.Repeat("f4ce", 16)
	newSecret = "cfast_" + strings.Repeat("fake", 12)

	start = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
)

// recorded is a request as the server saw it.
type recorded struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// line is what distinguishes one request from another.
func (r recorded) line() string {
	line := r.Method + " " + r.Path
	if r.Query != "" {
		line += "?" + r.Query
	}
	if r.Body != "" {
		line += " " + r.Body
	}
	return line
}

// recorder is a server that plays handlers in their order and keeps what it was
// asked. A request too many fails the test.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
	waits    []time.Duration
}

func record(t *testing.T, handlers ...http.HandlerFunc) *recorder {
	t.Helper()
	rec := &recorder{}
	rec.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		rec.mu.Lock()
		n := len(rec.requests)
		rec.requests = append(rec.requests, recorded{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header})
		rec.mu.Unlock()
		if n >= len(handlers) {
			t.Errorf("request %d was not expected: %s %s", n+1, r.Method, r.URL)
			http.Error(w, "unexpected", http.StatusTeapot)
			return
		}
		handlers[n](w, r)
	}))
	rec.Config.ErrorLog = log.New(io.Discard, "", 0)
	rec.Start()
	t.Cleanup(rec.Close)
	return rec
}

// client calls the recorder without ever sleeping: waits are kept instead, and
// the clock passes as if they had been slept.
func (rec *recorder) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{
		BaseURL:    rec.URL + "/client/v4",
		APIToken:   apiToken,
		MaxRetries: new(2),
		Timing: Timing{
			Now: func() time.Time {
				rec.mu.Lock()
				defer rec.mu.Unlock()
				now := start
				for _, d := range rec.waits {
					now = now.Add(d)
				}
				return now
			},
			Sleep: func(ctx context.Context, d time.Duration) error {
				rec.mu.Lock()
				defer rec.mu.Unlock()
				rec.waits = append(rec.waits, d)
				return context.Cause(ctx)
			},
			Jitter: func() float64 { return 0.5 },
		},
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// expect compares the requests, each in the form of [recorded.line] below the
// base path.
func (rec *recorder) expect(t *testing.T, lines ...string) {
	t.Helper()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.requests) != len(lines) {
		t.Fatalf("%d requests, want %d", len(rec.requests), len(lines))
	}
	for i, want := range lines {
		method, rest, _ := strings.Cut(want, " ")
		want = method + " /client/v4/" + rest
		if got := rec.requests[i].line(); got != want {
			t.Errorf("request %d:\n got %s\nwant %s", i+1, got, want)
		}
	}
}

// reply answers with a status, a body and headers in pairs.
func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// ok answers with a result.
func ok(result string) http.HandlerFunc { return reply(http.StatusOK, success(result)) }

func success(result string) string {
	return `{"result":` + result + `,"success":true,"errors":[],"messages":[]}`
}

// refuse answers with one error of Cloudflare's.
func refuse(status int, code, message string, headers ...string) http.HandlerFunc {
	return reply(status, refusal(code, message), headers...)
}

func refusal(code, message string) string {
	return `{"result":null,"success":false,"errors":[{"code":` + code + `,"message":"` + message + `"}],"messages":[]}`
}

// html answers as a proxy or the edge would.
func html(status int) http.HandlerFunc {
	return reply(status, "<html>"+oldSecret+"</html>", "Content-Type", "text/html")
}

// hangUp closes the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// breakOff answers with a status and a part of the body.
func breakOff(status int, part string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, part)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func asFailure(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := asError(err)
	if !ok {
		t.Fatalf("got %v, want an *Error", err)
	}
	return e
}

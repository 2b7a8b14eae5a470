package cfsim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const (
	account = "/accounts/" + cfsim.DefaultAccountID
	zone    = "/zones/" + cfsim.DefaultZoneID
	tokens  = account + "/access/service_tokens"
)

// began is when every simulator's clock stands at first.
var began = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// TestMain fails if a server that was closed left something running.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if left := leaked(); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines were left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leaked returns the stacks of the goroutines that still serve, after giving
// those that are about to end the processor.
func leaked() string {
	var left []string
	for range 1000 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left = slices.DeleteFunc(strings.Split(string(stacks), "\n\n"), func(stack string) bool {
			return !strings.Contains(stack, "cfsim.(") && !strings.Contains(stack, "net/http.(*conn).serve")
		})
		if len(left) == 0 {
			return ""
		}
		runtime.Gosched()
	}
	return strings.Join(left, "\n\n")
}

// api is a simulator that listens, and a client for it.
type api struct {
	*cfsim.Simulator
	t    *testing.T
	base string
	// header is sent with every request.
	header http.Header
}

func start(t *testing.T, config cfsim.Config) *api {
	t.Helper()
	if config.Now == nil {
		config.Now = func() time.Time { return began }
	}
	sim := cfsim.New(config)
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &api{Simulator: sim, t: t, base: server.BaseURL, header: http.Header{"Authorization": {"Bearer " + cfsim.DefaultAPIToken}}}
}

// response is what came back.
type response struct {
	status int
	header http.Header
	raw    string
	fields map[string]json.RawMessage
}

// try sends a request and returns what became of it.
func (a *api) try(method, path, body string) (response, error) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.base+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header = a.header.Clone()
	// Only round trips: following a redirect is up to a client.
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	r := response{status: answer.StatusCode, header: answer.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &r.fields) // what is no JSON has no fields
	return r, err
}

// call sends a request that has to be answered.
func (a *api) call(method, path, body string) response {
	a.t.Helper()
	r, err := a.try(method, path, body)
	if err != nil {
		a.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

// result sends a request that has to succeed, and returns its result.
func (a *api) result(method, path, body string) map[string]any {
	a.t.Helper()
	r := a.call(method, path, body)
	if r.status >= 300 || string(r.fields["success"]) != "true" {
		a.t.Fatalf("%s %s answered %d", method, path, r.status)
	}
	return decode[map[string]any](a.t, r.fields["result"])
}

// create makes a token and returns its id, client id and secret.
func (a *api) create(body string) (id, clientID, secret string) {
	a.t.Helper()
	result := a.result("POST", tokens, body)
	return result["id"].(string), result["client_id"].(string), result["client_secret"].(string)
}

// list returns the ids that a listing shows.
func (a *api) list(query string) []string {
	a.t.Helper()
	r := a.call("GET", tokens+query, "")
	ids := []string{}
	for _, token := range decode[[]map[string]any](a.t, r.fields["result"]) {
		ids = append(ids, token["id"].(string))
	}
	return ids
}

// add makes a token in the default account elsewhere.
func (a *api) add(t cfsim.NewToken) cfsim.Token {
	return a.AddToken("accounts/"+cfsim.DefaultAccountID, t)
}

// live returns a token that has to be there.
func (a *api) live(id string) cfsim.Token {
	a.t.Helper()
	token, ok := a.Token(id)
	if !ok {
		a.t.Fatalf("there is no token %s", id)
	}
	return token
}

// codes are those of a refusal's errors, each followed by what caused it.
func (r response) codes(t *testing.T) (codes []int) {
	t.Helper()
	type caused struct {
		Code  int
		Chain []struct{ Code int } `json:"error_chain"`
	}
	for _, e := range decode[[]caused](t, r.fields["errors"]) {
		codes = append(codes, e.Code)
		for _, cause := range e.Chain {
			codes = append(codes, cause.Code)
		}
	}
	return codes
}

// refused fails unless an answer is the refusal that is meant.
func (r response) refused(t *testing.T, status int, codes ...int) {
	t.Helper()
	if r.status != status || !slices.Equal(r.codes(t), codes) || string(r.fields["success"]) != "false" || string(r.fields["result"]) != "null" {
		t.Errorf("answered %d %s, want status %d and the codes %d", r.status, r.raw, status, codes)
	}
}

func decode[T any](t *testing.T, raw json.RawMessage) (v T) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("reading %q: %v", raw, err)
	}
	return v
}

// equal compares what can be compared by how it is printed.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s is %s, want %s", what, g, w)
	}
}

package cfsim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestFaultsAnswerInsteadOfCloudflareBeforeOrAfterTheWork(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fault  cfsim.Fault
		worked bool
		status int
		body   string // begins with
	}{
		{cfsim.Fault{Kind: cfsim.StatusBefore, Status: 503, Code: 1234}, false, 503, `{"result":null,"success":false,"errors":[{"code":1234,`},
		{cfsim.Fault{Kind: cfsim.StatusAfter, Status: 503, Code: 1234}, true, 503, `{"result":null,"success":false,"errors":[{"code":1234,`},
		{cfsim.Fault{Kind: cfsim.StatusBefore}, false, 500, `{"result":null,"success":false,"errors":[{"code":10001,`},
		{cfsim.Fault{Kind: cfsim.FalseSuccessBefore, Code: 1234}, false, 200, `{"result":null,"success":false,"errors":[{"code":1234,`},
		{cfsim.Fault{Kind: cfsim.FalseSuccessAfter}, true, 200, `{"result":null,"success":false,"errors":[{"code":10001,`},
		{cfsim.Fault{Kind: cfsim.HTMLBefore}, false, 502, `<html><head><title>502</title></head><body><h1>502 Bad Gateway</h1>`},
		{cfsim.Fault{Kind: cfsim.HTMLAfter}, true, 502, `<html>`},
		{cfsim.Fault{Kind: cfsim.ProblemBefore, RetryAfter: "5"}, false, 502, `{"detail":"This problem was injected","owner_action_required":false,"retry_after":5,"retryable":true,"status":502,"title":"Error 502","type":"about:blank"}`},
		{cfsim.Fault{Kind: cfsim.ProblemAfter, Status: 520, Final: true}, true, 520, `{"detail":"This problem was injected","owner_action_required":false,"retryable":false,"status":520,"title":"Error 520","type":"about:blank"}`},
		{cfsim.Fault{Kind: cfsim.HTMLBefore, Status: 404}, false, 404, `<html><head><title>404</title></head><body><h1>404 Not Found</h1>`},
		{cfsim.Fault{Kind: cfsim.EmptyBodyBefore, Status: 502}, false, 502, ``},
		{cfsim.Fault{Kind: cfsim.EmptyBody}, true, 200, ``},
		{cfsim.Fault{Kind: cfsim.EmptyBody, Status: 502}, true, 502, ``},
		{cfsim.Fault{Kind: cfsim.Garbage}, true, 200, "\x00\x01"},
		{cfsim.Fault{Kind: cfsim.MalformedIDNotFound}, false, 404, `{"result":null,"success":false,"errors":[{"code":7003,`},
		{cfsim.Fault{Kind: cfsim.RateLimited}, false, 429, `{"result":null,"success":false,"errors":[{"code":971,`},
		{cfsim.Fault{Kind: cfsim.RateLimited, Code: 10100}, false, 429, `{"result":null,"success":false,"errors":[{"code":10100,`},
		{cfsim.Fault{Kind: cfsim.Redirect, Location: "https://example.com/"}, false, 307, ``},
		{cfsim.Fault{Kind: cfsim.Redirect, Location: "https://example.com/", Status: 302}, false, 302, ``},
		{cfsim.Fault{Kind: cfsim.Slow, Delay: time.Nanosecond}, true, 201, `{"result":{`},
	} {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			t.Parallel()
			a := start(t, cfsim.Config{})
			a.Inject(test.fault)
			r := a.call("POST", tokens, `{"name":"ci"}`)
			equal(t, "the status", r.status, test.status)
			if !strings.HasPrefix(r.raw, test.body) || test.body == "" && r.raw != "" {
				t.Errorf("the body is %q, want it to begin with %q", r.raw, test.body)
			}
			html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html")
			equal(t, "that it is a page", html, strings.HasPrefix(test.body, "<html>"))
			equal(t, "that the work was done", len(a.Tokens()) == 1, test.worked)
			equal(t, "the logged status", a.Requests()[0].Status, test.status)
			equal(t, "the logged fault", a.Requests()[0].FaultName, test.fault.Kind)
			a.create(`{"name":"ci"}`)
			equal(t, "a fault of the next request", a.Requests()[1].FaultName, "")
		})
	}
}

func TestAFaultHitsBothWaysToRotateAlike(t *testing.T) {
	t.Parallel()
	undone := []cfsim.FaultKind{
		cfsim.StatusBefore, cfsim.FalseSuccessBefore, cfsim.HTMLBefore, cfsim.ProblemBefore, cfsim.EmptyBodyBefore, cfsim.CutBefore,
		cfsim.HangBefore, cfsim.RateLimited, cfsim.MalformedIDNotFound, cfsim.Redirect,
	}
	// rotation is what a client and Cloudflare have after a rotation with a fault.
	rotation := func(t *testing.T, kind cfsim.FaultKind, operation, method, suffix, body string) (outcome string, version int) {
		synctest.Test(t, func(t *testing.T) {
			sim := cfsim.New(cfsim.Config{})
			token := sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
			sim.Inject(cfsim.Fault{Kind: kind, Operation: operation})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			answer, aborted := httptest.NewRecorder(), any(nil)
			func() {
				defer func() { aborted = recover() }()
				handleInto(ctx, answer, sim, method, tokens+"/"+token.ID+suffix, body)
			}()
			token, _ = sim.Token(token.ID)
			version = token.ClientSecretVersion
			outcome = fmt.Sprint(answer.Code, answer.Header(), strings.ReplaceAll(answer.Body.String(), "/rotate", ""), aborted, ctx.Err(),
				version, sim.SecretState(token.ClientID, sim.IssuedSecrets()[0]), sim.Requests()[0].FaultName, sim.PendingFaults())
		})
		return outcome, version
	}
	for _, kind := range cfsim.FaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			byUpdate, version := rotation(t, kind, "update", "PUT", "", `{"client_secret_version":2}`)
			equal(t, "that the work was done", version == 2, !slices.Contains(undone, kind))
			byRotate, _ := rotation(t, kind, "rotate", "POST", "/rotate", `{}`)
			if byRotate != byUpdate {
				t.Error("rotate is not hit as an update is")
			}
		})
	}
}

func TestFaultsAlsoHitWhatIsRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{EnforceRateLimit: true})
	a.Inject(cfsim.Fault{Kind: cfsim.StatusAfter, Status: 503, Times: -1})
	refused := func() {
		t.Helper()
		a.call("POST", tokens, "{}").refused(t, 503, 10001)
	}
	a.call("GET", "/unknown", "").refused(t, 503, 10001)
	refused()
	a.SpendRateLimit(1200)
	refused()
	a.Advance(time.Hour)
	a.header = http.Header{}
	refused()
}

func TestRetryAfterIsSpelledAsConfigured(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	for _, spelling := range []string{"", "7", "300", "Wed, 02 Jan 2030 03:05:05 GMT", "soon"} {
		a.Inject(cfsim.Fault{Kind: cfsim.RateLimited, RetryAfter: spelling})
		r := a.call("GET", tokens, "")
		equal(t, "Retry-After", r.header.Get("Retry-After"), spelling)
		equal(t, "that there is one", len(r.header.Values("Retry-After")), min(len(spelling), 1))
	}
}

func TestARedirectNamesItsTarget(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Inject(cfsim.Fault{Kind: cfsim.Redirect, Location: "https://example.com/elsewhere"})
	equal(t, "Location", a.call("GET", tokens, "").header.Get("Location"), "https://example.com/elsewhere")
}

func TestFaultsCutTheConnection(t *testing.T) {
	t.Parallel()
	for kind, worked := range map[cfsim.FaultKind]bool{cfsim.CutBefore: false, cfsim.CutAfter: true} {
		a := start(t, cfsim.Config{})
		a.Inject(cfsim.Fault{Kind: kind})
		if _, err := a.try("POST", tokens, `{"name":"ci"}`); !errors.Is(err, io.EOF) {
			t.Errorf("%s: got %v, want the end of the connection", kind, err)
		}
		equal(t, "that the work was done", len(a.Tokens()) == 1, worked)
	}
}

func TestATruncatedAnswerBreaksOffInItsMiddle(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Inject(cfsim.Fault{Kind: cfsim.Truncate})
	r, err := a.try("POST", tokens, `{"name":"ci"}`)
	if !errors.Is(err, io.ErrUnexpectedEOF) || r.status != 201 || !strings.HasPrefix(r.raw, `{"result":{`) || r.fields != nil {
		t.Errorf("got %v and status %d", err, r.status)
	}
	equal(t, "the number of tokens", len(a.Tokens()), 1)
}

func TestAnAnswerLacksTheSecretAndNothingElse(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Inject(cfsim.Fault{Kind: cfsim.MissingSecret, Times: -1})
	created := a.result("POST", tokens, `{"name":"ci"}`)
	rotated := a.result("PUT", tokens+"/"+created["id"].(string), `{"client_secret_version":2}`)
	for _, result := range []map[string]any{created, rotated} {
		if _, ok := result["client_secret"]; ok || result["client_id"] == nil {
			t.Error("the answer is not what it would be without its secret")
		}
	}
	equal(t, "the number of secrets", len(a.IssuedSecrets()), 2)
	a.ClearFaults()
	equal(t, "the errors of a refusal", a.call("POST", tokens, `{}`).codes(t), []int{12130})
}

func TestAHugeBodyIsStreamedInFrontOfTheAnswer(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	const size = 1<<20 + 7
	a.Inject(cfsim.Fault{Kind: cfsim.HugeBody, Size: size})
	r := a.call("POST", tokens, `{"name":"ci"}`)
	equal(t, "the white space in front", len(r.raw)-len(strings.TrimLeft(r.raw, " ")), size)
	equal(t, "success", string(r.fields["success"]), true)
}

func TestAHugeBodyEndsWithItsReader(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Inject(cfsim.Fault{Kind: cfsim.HugeBody, Size: 1 << 40})
	request, err := http.NewRequestWithContext(t.Context(), "GET", a.base+tokens, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = a.header
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close() // Close of the server waits for the rest
}

func TestAHangLastsUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	for kind, worked := range map[cfsim.FaultKind]bool{cfsim.HangBefore: false, cfsim.HangAfter: true} {
		synctest.Test(t, func(t *testing.T) {
			sim := cfsim.New(cfsim.Config{})
			sim.Inject(cfsim.Fault{Kind: kind})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			func() {
				defer func() {
					if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
						t.Error("the handler did not abort")
					}
				}()
				handle(ctx, sim, "POST", `{"name":"ci"}`)
			}()
			equal(t, "how long it hung", time.Since(began), time.Hour)
			equal(t, "that the work was done", len(sim.Tokens()) == 1, worked)
			equal(t, "the logged status", sim.Requests()[0].Status, 0)
		})
	}
}

func TestLatencyAndDelayPassBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := cfsim.New(cfsim.Config{Latency: 100 * time.Millisecond})
		took := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			equal(t, "the status", handle(t.Context(), sim, "POST", `{"name":"ci"}`).Code, 201)
			equal(t, "how long it took", time.Since(began), want)
		}
		took(100 * time.Millisecond)
		sim.Inject(cfsim.Fault{Kind: cfsim.Slow, Delay: 3 * time.Second})
		took(3100 * time.Millisecond)
		sim.SetLatency(0)
		took(0)
	})
}

// handle serves a request without a network, for clocks that stand still.
func handle(ctx context.Context, sim *cfsim.Simulator, method, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handleInto(ctx, recorder, sim, method, tokens, body)
	return recorder
}

// handleInto keeps what was answered before the handler aborts.
func handleInto(ctx context.Context, w http.ResponseWriter, sim *cfsim.Simulator, method, path, body string) {
	request := httptest.NewRequestWithContext(ctx, method, "/client/v4"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+cfsim.DefaultAPIToken)
	sim.Handler().ServeHTTP(w, request)
}

func TestFaultsHitTheRequestsTheySelect(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	first, second := a.add(cfsim.NewToken{Name: "ci"}).ID, a.add(cfsim.NewToken{Name: "ci"}).ID
	requests := [][2]string{
		{"GET", tokens}, {"GET", tokens + "/" + first}, {"GET", tokens + "/" + second},
		{"PUT", tokens + "/" + first}, {"GET", zone + "/access/service_tokens"},
	}
	for name, test := range map[string]struct {
		fault cfsim.Fault
		want  string // which of the requests are hit
	}{
		"once":         {cfsim.Fault{}, "x...."},
		"always":       {cfsim.Fault{Times: -1}, "xxxxx"},
		"twice":        {cfsim.Fault{Times: 2}, "xx..."},
		"later":        {cfsim.Fault{After: 3}, "...x."},
		"an operation": {cfsim.Fault{Operation: "get", Times: -1}, ".xx.."},
		"the second":   {cfsim.Fault{Operation: "get", After: 1}, "..x.."},
		"a token":      {cfsim.Fault{TokenID: first, Times: -1}, ".x.x."},
		"a method":     {cfsim.Fault{Method: "PUT", Times: -1}, "...x."},
		"a path":       {cfsim.Fault{Path: "^/client/v4/zones/", Times: -1}, "....x"},
		"both":         {cfsim.Fault{Method: "PUT", Path: "zones", Times: -1}, "....."},
	} {
		t.Run(name, func(t *testing.T) {
			test.fault.Kind = cfsim.StatusBefore
			a.Inject(test.fault)
			hit := ""
			for _, request := range requests {
				if a.call(request[0], request[1], "").status == 500 {
					hit += "x"
				} else {
					hit += "."
				}
			}
			equal(t, "what was hit", hit, test.want)
			equal(t, "the faults left", a.PendingFaults() == 1, test.fault.Times < 0)
			a.ClearFaults()
			equal(t, "the faults after clearing", a.PendingFaults(), 0)
		})
	}
}

func TestOfSeveralFaultsTheFirstHits(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.Inject(cfsim.Fault{Kind: cfsim.StatusBefore, Status: 501})
	a.Inject(cfsim.Fault{Kind: cfsim.StatusBefore, Status: 502})
	for _, want := range []int{501, 502, 200} {
		equal(t, "the status", a.call("GET", tokens, "").status, want)
	}
}

func TestAFaultThatDoesNotExistPanics(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	for _, fault := range []cfsim.Fault{
		{}, {Kind: "x"}, {Kind: cfsim.CutAfter, Operation: "x"}, {Kind: cfsim.CutAfter, Path: "("},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was accepted", fault)
				}
			}()
			sim.Inject(fault)
		}()
	}
	equal(t, "the faults", sim.PendingFaults(), 0)
}

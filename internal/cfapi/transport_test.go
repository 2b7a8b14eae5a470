package cfapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// closing calls a function when the body is closed.
type closing struct {
	io.ReadCloser
	then func()
}

func (c closing) Close() error {
	c.then()
	return c.ReadCloser.Close()
}

func TestARedirectIsNeverFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := record(t) // which fails the test if anything arrives
	calls := map[string]func(context.Context, *Client) error{
		"create": func(ctx context.Context, c *Client) error {
			_, err := c.Create(ctx, Account(accountID), justAName)
			return err
		},
		"get": func(ctx context.Context, c *Client) error {
			_, err := c.Get(ctx, Account(accountID), tokenID)
			return err
		},
		"list": func(ctx context.Context, c *Client) error {
			_, err := c.List(ctx, Account(accountID), ListFilter{})
			return err
		},
		"update": func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, Account(accountID), tokenID, whatToDo)
			return err
		},
		"rotate": func(ctx context.Context, c *Client) error {
			_, err := c.Rotate(ctx, Account(accountID), tokenID, start)
			return err
		},
		"delete": func(ctx context.Context, c *Client) error { return c.Delete(ctx, Account(accountID), tokenID, nil) },
	}
	credentials := map[string]func(*Config){
		"an API token": func(*Config) {},
		"an API key":   func(c *Config) { c.APIToken, c.APIKey, c.APIEmail = "", "fake-api-key-for-tests", "ci@example.test" },
	}
	for _, status := range []int{300, 301, 302, 303, 307, 308} {
		for name, call := range calls {
			for kind, credential := range credentials {
				rec := record(t, reply(status, "", "Location", elsewhere.URL+"/?key=fake-query"))
				err := call(t.Context(), rec.client(t, credential))
				if err == nil {
					t.Fatalf("%s with %s at a %d succeeded", name, kind, status)
				}
				says := `redirected to "` + elsewhere.Listener.Addr().String() + `", which is not followed: check the base URL`
				if text := err.Error(); !strings.Contains(text, says) || strings.Contains(text, "fake-query") {
					t.Errorf("%s with %s at a %d: %s", name, kind, status, text)
				}
			}
		}
	}
}

func TestAnAnswerBeyondTheLimitIsAClearError(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.CopyN(w, zeros{}, largestAnswer+1)
	})
	_, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID)
	if err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("got %v", err)
	}
}

// Not parallel: it measures what the whole process allocates.
func TestAnEndlessAnswerIsRefusedInBoundedMemory(t *testing.T) {
	const endless, bound = 1 << 30, 32 << 20
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.CopyN(w, zeros{}, endless) // until the client hangs up
	})
	c := rec.client(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := c.Get(t.Context(), Account(accountID), tokenID)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") || len(err.Error()) > 500 {
		t.Errorf("got %.1000v", err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > bound {
		t.Errorf("%d MiB were allocated for an answer of %d MiB", allocated>>20, endless>>20)
	}
}

func TestAnAnswerAtTheLimitIsRead(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(minimal+strings.Repeat(" ", largestAnswer-len(success(minimal)))))
	if token, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID); err != nil || token.ID != tokenID {
		t.Errorf("got %+v, %v", token, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestARequestThatGotNoConnectionHadNoEffect(t *testing.T) {
	t.Parallel()
	rec := record(t)
	c := rec.client(t)
	rec.Close()
	_, err := c.createOnce(t.Context(), Account(accountID), justAName, nil)
	if err == nil || IsOutcomeUnknown(err) || !strings.Contains(err.Error(), "no connection: dial tcp") {
		t.Errorf("got %v", err)
	}
	if len(rec.waits) != 2 {
		t.Errorf("waited %d times to try again, want 2", len(rec.waits))
	}
}

func TestARequestLostOverHTTP2HasAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	protocol := make(chan string, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		protocol <- r.Proto
		panic(http.ErrAbortHandler)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, APIToken: apiToken, MaxRetries: new(3), Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.createOnce(t.Context(), Account(accountID), justAName, nil); !IsOutcomeUnknown(err) {
		t.Errorf("got %v, want an unknown outcome", err)
	}
	if got := <-protocol; got != "HTTP/2.0" {
		t.Errorf("spoke %s", got)
	}
}

func TestTLSFailuresAreExplainedAndNotRepeated(t *testing.T) {
	t.Parallel()
	quiet := func(s *httptest.Server) { s.Config.ErrorLog = log.New(io.Discard, "", 0) }
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	quiet(secure)
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewUnstartedServer(http.NotFoundHandler())
	quiet(plain)
	plain.Start()
	defer plain.Close()

	otherName := secure.Client().Transport.(*http.Transport).Clone()
	otherName.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, secure.Listener.Addr().String())
	}
	modern := httptest.NewUnstartedServer(http.NotFoundHandler())
	quiet(modern)
	modern.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	modern.StartTLS()
	defer modern.Close()
	ancient := modern.Client().Transport.(*http.Transport).Clone()
	ancient.TLSClientConfig.MaxVersion = tls.VersionTLS12

	late := secure.Client().Transport.(*http.Transport).Clone()
	late.TLSClientConfig.Time = func() time.Time { return start.AddDate(200, 0, 0) }

	pinned := secure.Client().Transport.(*http.Transport).Clone()
	pinned.TLSClientConfig.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error {
		return &tls.CertificateVerificationError{Err: errors.New("not the one that was pinned")}
	}

	for name, test := range map[string]struct {
		url       string
		transport http.RoundTripper
		want      string
	}{
		"an unknown authority":   {secure.URL, nil, "signed by an authority that this machine does not trust"},
		"another host":           {"https://other.invalid", otherName, "belongs to another host"},
		"an expired certificate": {secure.URL, late, "is not valid (is this machine's clock right?)"},
		"another certificate":    {secure.URL, pinned, "could not be verified"},
		"no common version":      {modern.URL, ancient, "refused the TLS connection: remote error: tls: protocol version not supported"},
		"no TLS at all":          {"https://" + plain.Listener.Addr().String(), nil, "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := New(Config{BaseURL: test.url, APIToken: apiToken, MaxRetries: new(3), Transport: test.transport, Timing: Timing{
				Sleep: func(context.Context, time.Duration) error { t.Error("tried again"); return nil },
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseIdleConnections()
			_, err = c.createOnce(t.Context(), Account(accountID), justAName, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || IsOutcomeUnknown(err) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestConnectionsAreReusedAndCanBeClosed(t *testing.T) {
	t.Parallel()
	var opened []net.Conn
	closed := make(chan net.Conn, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodDelete:
			refuse(400, "12130", "not valid")(w, r)
		case http.MethodPut:
			html(403)(w, r)
		default:
			ok(minimal)(w, r)
		}
	}))
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			opened = append(opened, conn)
		case http.StateClosed:
			closed <- conn
		}
	}
	server.Start()
	defer server.Close()
	c, err := New(Config{BaseURL: server.URL, APIToken: apiToken, MaxRetries: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.Get(t.Context(), Account(accountID), tokenID); err != nil {
			t.Fatal(err)
		}
		if err := c.Delete(t.Context(), Account(accountID), tokenID, nil); !isInvalid(err) {
			t.Fatal(err)
		}
		if _, err := c.Update(t.Context(), Account(accountID), tokenID, whatToDo); !IsAuth(err) {
			t.Fatal(err)
		}
	}
	c.CloseIdleConnections()
	conn := <-closed
	if len(opened) != 1 || opened[0] != conn {
		t.Errorf("%d connections for nine requests", len(opened))
	}
}

// The proxy is read from the environment once in a process, so the client runs
// in another.
func TestTheProxyOfTheEnvironmentIsUsedAndItsPasswordIsNotPrinted(t *testing.T) {
	if os.Getenv("CFAPI_BEHIND_A_PROXY") != "" {
		c, err := New(Config{BaseURL: "https://api.invalid/client/v4", APIToken: apiToken, MaxRetries: new(0)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.createOnce(t.Context(), Account(accountID), justAName, nil)
		t.Logf("unknown=%v: %v", IsOutcomeUnknown(err), err)
		return
	}
	t.Parallel()
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.Host + " " + r.Header.Get("Proxy-Authorization")
		w.WriteHeader(http.StatusForbidden)
	}))
	defer proxy.Close()
	const password = "fake-proxy-password"
	test := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	test.Env = append(os.Environ(), "CFAPI_BEHIND_A_PROXY=1", "HTTPS_PROXY=http://user:"+password+"@"+proxy.Listener.Addr().String(), "NO_PROXY=")
	out, err := test.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "unknown=false: POST "+tokensPath+": no connection: Forbidden") || strings.Contains(string(out), password) {
		t.Errorf("%v: %s", err, out)
	}
	want := "CONNECT api.invalid:443 Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+password))
	if got := <-asked; got != want {
		t.Errorf("the proxy was asked for %q, want %q", got, want)
	}
}

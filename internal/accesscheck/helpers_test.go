package accesscheck

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fake are credentials that protect nothing.
var fake = Credentials{strings.Repeat("fa4e", 8) + ".access", "cfast_" + strings.Repeat("FAKE", 12)}

const userAgent = "pulumi-cfaccess/test"

func TestMain(m *testing.M) {
	useProxy()
	os.Exit(m.Run())
}

// door answers as an address does, and keeps what it was asked.
type door struct {
	// nothing, token and madeUp answer to what a request carries.
	nothing, token, madeUp http.HandlerFunc

	mu       sync.Mutex
	requests []*http.Request
}

// carried is what a request carries.
func carried(r *http.Request) string {
	switch id, secret := r.Header.Get(clientIDHeader), r.Header.Get(clientSecretHeader); {
	case r.Header.Get("X-Token") == fake.inOne(), id == fake.ClientID && secret == fake.ClientSecret:
		return "token"
	case r.Header.Get("X-Token") != "", id != "" && secret != "":
		return "made-up"
	case id != "" || secret != "":
		return "half a token"
	}
	return "nothing"
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.requests = append(d.requests, r)
	d.mu.Unlock()
	map[string]http.HandlerFunc{"nothing": d.nothing, "token": d.token, "made-up": d.madeUp}[carried(r)](w, r)
}

// asked is what the requests so far carried, in their order.
func (d *door) asked() (asked []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.requests {
		asked = append(asked, carried(r))
	}
	return asked
}

func (d *door) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := d.asked(); !slices.Equal(got, want) {
		t.Errorf("asked with %q, want %q", got, want)
	}
}

// answering answers with a status and headers in pairs.
func answering(status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// refusing answers as Access refuses, for the host that is asked.
func refusing(w http.ResponseWriter, r *http.Request) {
	answering(http.StatusForbidden, "Cf-Access-Domain", hostName(r.Host), "Cf-Ray", "00000000000fa4e0-SIM")(w, r)
}

// bubble runs a test in virtual time, with a checker that reaches the handler at every
// address.
func bubble(t *testing.T, handler http.Handler, test func(*testing.T, *Checker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		pipes := make(pipeListener)
		serveOn(t, pipes, handler)
		test(t, &Checker{UserAgent: userAgent, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return pipes.dial(ctx, "192.0.2.1:80") }})
	})
}

// serveOn serves until the test ends.
func serveOn(t *testing.T, pipes pipeListener, handler http.Handler) {
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(pipes) }) // ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
}

// pipeListener joins clients and a server by pipes: a goroutine that waits for one lets
// the clock run on.
type pipeListener chan net.Conn

func (l pipeListener) dial(ctx context.Context, at string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l <- server:
		return piped{client, at}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, ok := <-l; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error { close(l); return nil }

func (pipeListener) Addr() net.Addr { return &net.IPAddr{IP: net.IPv4(192, 0, 2, 1)} }

// piped is a connection to an address.
type piped struct {
	net.Conn
	at string
}

func (p piped) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(p.at)) }

// question asks an address that has a query nobody should see.
func question(t *testing.T, address string, change ...func(*Question)) Question {
	t.Helper()
	u, err := ParseAddress(address + "?key=hidden-query")
	if err != nil {
		t.Fatal(err)
	}
	q := Question{Rules: Rules{Asked: u}, Credentials: fake, Timeout: DefaultTimeout}
	for _, f := range change {
		f(&q)
	}
	return q
}

func inOneHeader(q *Question) { q.Header = "X-Token" }

func within(d time.Duration) func(*Question) { return func(q *Question) { q.Timeout = d } }

// expectError fails unless the error says all of want, and nothing that it must not.
func expectError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q:\n%v", text, err)
		}
	}
	for _, hidden := range []string{fake.ClientSecret, strings.ToLower(fake.ClientSecret), url.QueryEscape(fake.inOne()), "hidden-query"} {
		if strings.Contains(err.Error(), hidden) {
			t.Errorf("the error says %q:\n%v", hidden, err)
		}
	}
}

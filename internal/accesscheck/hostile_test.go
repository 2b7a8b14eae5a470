package accesscheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// site is the host for which the certificate of httptest is valid.
const site = "https://example.com/health"

// house serves a door with TLS, and counts what it has sent.
type house struct {
	*door
	*httptest.Server
	sent atomic.Int64
}

func serve(t *testing.T, d *door, http2 bool) *house {
	t.Helper()
	h := &house{door: d}
	h.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.ServeHTTP(&counted{w, &h.sent}, r) }))
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.EnableHTTP2 = http2
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

// counted counts the bytes of bodies.
type counted struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	c.sent.Add(int64(n))
	return n, err
}

// checker trusts the houses, and finds them, one after the other, under every name.
func checker(t *testing.T, houses ...*house) *Checker {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(houses[0].Certificate())
	var mu sync.Mutex
	dialled := 0
	return &Checker{UserAgent: userAgent, tls: &tls.Config{RootCAs: roots}, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if name, _, _ := net.SplitHostPort(address); net.ParseIP(name) == nil { // a name, which has all of the addresses
			address = houses[dialled%len(houses)].Listener.Addr().String()
			dialled++
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
}

// write sends a body of so many megabytes, or an endless one.
func write(status, megabytes int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		block := make([]byte, 1<<20)
		for i := 0; megabytes == 0 || i < megabytes; i++ {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

func TestNoHostileAddressGetsMoreThanItRefused(t *testing.T) {
	t.Parallel()
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			secret := r.Header.Get(clientSecretHeader)
			answering(status, "Cf-Access-Domain", "example.com/"+secret, "Cf-Ray", secret, "X-Echo", secret, "Www-Authenticate", secret, "Server", secret)(w, r)
		}
	}
	for _, test := range []struct {
		name  string
		door  *door
		asked []string
		says  string
	}{
		{"an endless body without credentials", &door{nothing: write(200, 0)}, []string{"nothing"}, "lets everybody in"},
		{"200 MB without credentials", &door{nothing: write(404, 200)}, []string{"nothing"}, "nothing is known"},
		{"an endless body for the token", &door{nothing: refusing, token: write(500, 0)}, []string{"nothing", "token"}, "nothing is known"},
		{"a redirect to another host", &door{nothing: answering(302, "Location", "https://127.0.0.1:1/")}, []string{"nothing"}, "redirect to 127.0.0.1"},
		{"a redirect to another host for the token", &door{nothing: refusing, token: answering(307, "Location", "https://127.0.0.1:1/")}, []string{"nothing", "token"}, `add "127.0.0.1" to originRedirects`},
		{"a redirect to an origin's own login by Access", &door{nothing: answering(302, "Location", "https://team.cloudflareaccess.com/cdn-cgi/access/sso/oidc/0000/authorization")}, []string{"nothing"}, "nothing is known"},
		{"a login of another host", &door{nothing: answering(302, "Location", "https://team.cloudflareaccess.com/cdn-cgi/access/login/billing.example.net")}, []string{"nothing"}, "for another host"},
		{"a reverse proxy before another application", &door{nothing: answering(403, "Cf-Access-Domain", "billing.example.net", "Cf-Access-Aud", "fake")}, []string{"nothing"}, "domain billing.example.net"},
		{"marks of this host and of another", &door{nothing: answering(403, "Cf-Access-Domain", "example.com", "Cf-Access-Domain", "billing.example.net")}, []string{"nothing"}, "for another host"},
		{"marks that an origin copies and that name no host", &door{nothing: answering(403, "Cf-Access-Aud", "fake", "Www-Authenticate", "Cloudflare-Access")}, []string{"nothing"}, "does not name this host"},
		{"it refuses once, and then stands open", &door{nothing: refusing, token: answering(200), madeUp: answering(200)}, []string{"nothing", "token", "made-up"}, "nothing is known"},
		{"it repeats the secret in a refusal", &door{nothing: refusing, token: echo(403)}, []string{"nothing", "token"}, "refused the token"},
		{"it repeats the secret in an answer", &door{nothing: refusing, token: echo(500)}, []string{"nothing", "token"}, "nothing is known"},
		{"it repeats the secret where a status belongs", &door{nothing: refusing, token: garble}, []string{"nothing", "token"}, "cannot be read"},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/HTTP2=%v", test.name, http2), func(t *testing.T) {
				t.Parallel()
				d := &door{nothing: test.door.nothing, token: test.door.token, madeUp: test.door.madeUp}
				h := serve(t, d, http2)
				_, err := checker(t, h).Check(t.Context(), question(t, site, within(time.Second)))
				expectError(t, err, test.says)
				h.expect(t, test.asked...)
				if sent := h.sent.Load(); sent > 20<<20 {
					t.Errorf("%d bytes were read", sent)
				}
			})
		}
	}
}

// garble answers with what is no HTTP, and repeats what it was sent.
func garble(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 has no such line
		panic(http.ErrAbortHandler)
	}
	_, _ = conn.Write([]byte("HTTP/1.1 " + r.Header.Get(clientSecretHeader) + "\r\n\r\n"))
	_ = conn.Close()
}

func TestSecretReachesOnlyTheAddressThatRefused(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter, r *http.Request) { // unread, it ends the connection
		refusing(w, r)
		_, _ = w.Write(make([]byte, 1<<20))
	}
	refuses := serve(t, &door{nothing: page, token: answering(200), madeUp: page}, false)
	open := serve(t, &door{nothing: answering(200), token: answering(200), madeUp: answering(200)}, false)
	c := checker(t, refuses, open)
	if verdict, err := c.Check(t.Context(), question(t, site, within(time.Second))); err != nil || verdict.Outcome != Admitted {
		t.Errorf("%+v, %v", verdict, err)
	}
	_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
	expectError(t, err, "lets everybody in")
	refuses.expect(t, "nothing", "token", "made-up")
	open.expect(t, "nothing")
}

func TestNoCertificateButTheHostsIsTrusted(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing}
	h := serve(t, d, true)
	for _, test := range []struct {
		address, says string
		trusted       bool
	}{
		{"https://app.example.net/", "not app.example.net", true},
		{site, "certificate signed by unknown authority", false},
	} {
		c := checker(t, h)
		if !test.trusted {
			c.tls = nil
		}
		_, err := c.Check(t.Context(), question(t, test.address, within(time.Second)))
		expectError(t, err, "no attempt was answered", "certificate is not valid for this host", test.says)
	}
	plain := httptest.NewServer(d)
	t.Cleanup(plain.Close)
	c := &Checker{Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, plain.Listener.Addr().String())
	}}
	_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
	expectError(t, err, "does not speak TLS")
	d.expect(t)
}

func TestAnAddressThatCannotBeReachedIsNamedWithoutItsQuery(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	address := "http://" + closed.Addr().String() + "/health"
	_, err = new(Checker).Check(t.Context(), question(t, address, within(time.Second)))
	expectError(t, err, address+": nothing is known", "The last attempt failed without credentials: dial tcp", "connection refused")
}

package accesscheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// site is the host for which the certificate of httptest is valid.
const site = "https://example.com/health"

// house serves a door with TLS at an address, and counts what it has sent.
type house struct {
	*door
	at    string
	pipes pipeListener
	sent  atomic.Int64
}

// certified has the certificate for the site.
var certified = sync.OnceValue(func() *httptest.Server { return httptest.NewTLSServer(nil) })

// in runs a test in virtual time, with a house for each door and a checker that trusts
// them, and finds them under every name, one after the other.
func in(t *testing.T, http2 bool, test func(*testing.T, *Checker, []*house), doors ...*door) {
	t.Helper()
	certificates := certified()
	synctest.Test(t, func(t *testing.T) {
		var houses []*house
		for i, d := range doors {
			h := &house{door: d, at: fmt.Sprintf("192.0.2.%d:443", i+1), pipes: make(pipeListener)}
			server := &http.Server{ErrorLog: log.New(io.Discard, "", 0), TLSConfig: &tls.Config{Certificates: certificates.TLS.Certificates}, Protocols: new(http.Protocols)}
			server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { d.ServeHTTP(&counted{w, &h.sent}, r) })
			server.Protocols.SetHTTP1(!http2)
			server.Protocols.SetHTTP2(http2)
			var serving sync.WaitGroup
			serving.Go(func() { _ = server.ServeTLS(h.pipes, "", "") }) // ends with Close
			t.Cleanup(func() {
				_ = server.Close()
				serving.Wait()
			})
			houses = append(houses, h)
		}
		roots := x509.NewCertPool()
		roots.AddCert(certificates.Certificate())
		dialled := 0
		c := &Checker{UserAgent: userAgent, tls: &tls.Config{RootCAs: roots}, Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
			for _, h := range houses {
				if h.at == address {
					return h.pipes.dial(ctx, h.at)
				}
			}
			h := houses[dialled%len(houses)] // a name, which has all of the addresses
			dialled++
			return h.pipes.dial(ctx, h.at)
		}}
		test(t, c, houses)
	})
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
		{"an endless body without credentials", &door{nothing: write(200, 0)}, []string{"nothing"}, "is open to everybody"},
		{"200 MB without credentials", &door{nothing: write(404, 200)}, []string{"nothing"}, "it is not known"},
		{"an endless body for the token", &door{nothing: refusing, token: write(500, 0)}, []string{"nothing", "token"}, "it is not known"},
		{"a redirect to another host", &door{nothing: answering(302, "Location", "https://127.0.0.1:1/")}, []string{"nothing"}, "redirect to 127.0.0.1"},
		{"a redirect to another host for the token", &door{nothing: refusing, token: answering(307, "Location", "https://127.0.0.1:1/")}, []string{"nothing", "token"}, `add "127.0.0.1" to originRedirects`},
		{"a redirect to an origin's own login by Access", &door{nothing: answering(302, "Location", "https://team.cloudflareaccess.com/cdn-cgi/access/sso/oidc/0000/authorization")}, []string{"nothing"}, "it is not known"},
		{"a login of another host", &door{nothing: answering(302, "Location", "https://team.cloudflareaccess.com/cdn-cgi/access/login/billing.example.net")}, []string{"nothing"}, "for another host"},
		{"a reverse proxy before another application", &door{nothing: answering(403, "Cf-Access-Domain", "billing.example.net", "Cf-Access-Aud", "fake")}, []string{"nothing"}, "domain billing.example.net"},
		{"marks of this host and of another", &door{nothing: answering(403, "Cf-Access-Domain", "example.com", "Cf-Access-Domain", "billing.example.net")}, []string{"nothing"}, "for another host"},
		{"marks that an origin copies and that name no host", &door{nothing: answering(403, "Cf-Access-Aud", "fake", "Www-Authenticate", "Cloudflare-Access")}, []string{"nothing"}, "does not name this host"},
		{"a header of 1 MB", &door{nothing: answering(403, "Cf-Access-Domain", "example.com", "X-Long", strings.Repeat("x", 1<<20))}, []string{"nothing"}, "cannot be read"},
		{"it refuses once, and then stands open", &door{nothing: refusing, token: answering(200), madeUp: answering(200)}, []string{"nothing", "token", "made-up"}, "it is not known"},
		{"it repeats the secret in a refusal", &door{nothing: refusing, token: echo(403)}, []string{"nothing", "token"}, "refused the token"},
		{"it repeats the secret in an answer", &door{nothing: refusing, token: echo(500)}, []string{"nothing", "token"}, "it is not known"},
		{"it repeats the secret where a status belongs", &door{nothing: refusing, token: garble}, []string{"nothing", "token"}, "cannot be read"},
	} {
		for _, http2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/HTTP2=%v", test.name, http2), func(t *testing.T) {
				t.Parallel()
				d := &door{nothing: test.door.nothing, token: test.door.token, madeUp: test.door.madeUp}
				in(t, http2, func(t *testing.T, c *Checker, houses []*house) {
					_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
					expectError(t, err, test.says)
					if sent := houses[0].sent.Load(); sent > 20<<20 {
						t.Errorf("%d bytes were read", sent)
					}
				}, d)
				d.expect(t, test.asked...)
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
	_, _ = io.Copy(io.Discard, conn) // a pipe has to be read until the other side closes it
	_ = conn.Close()
}

func TestSecretReachesOnlyTheAddressThatRefused(t *testing.T) {
	t.Parallel()
	page := func(w http.ResponseWriter, r *http.Request) { // unread, it ends the connection
		refusing(w, r)
		_, _ = w.Write(make([]byte, 1<<20))
	}
	refuses := &door{nothing: page, token: answering(200), madeUp: page}
	open := &door{nothing: answering(200), token: answering(200), madeUp: answering(200)}
	in(t, false, func(t *testing.T, c *Checker, _ []*house) {
		if verdict, err := c.Check(t.Context(), question(t, site, within(time.Second))); err != nil || verdict.Outcome != Admitted {
			t.Errorf("%+v, %v", verdict, err)
		}
		_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
		expectError(t, err, "is open to everybody")
	}, refuses, open)
	refuses.expect(t, "nothing", "token", "made-up")
	open.expect(t, "nothing")
}

func TestNoCertificateButTheHostsIsTrusted(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing}
	in(t, true, func(t *testing.T, c *Checker, _ []*house) {
		_, err := c.Check(t.Context(), question(t, "https://app.example.net/", within(time.Second)))
		expectError(t, err, "no attempt was completed", "certificate is not valid for this host", "not app.example.net")
		c.tls = nil
		_, err = c.Check(t.Context(), question(t, site, within(time.Second)))
		expectError(t, err, "no attempt was completed", "certificate is not valid for this host", "certificate signed by unknown authority")
	}, d)
	bubble(t, d, func(t *testing.T, c *Checker) {
		_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
		expectError(t, err, "does not speak TLS")
	})
	d.expect(t)
}

func TestAnAddressThatCannotBeReachedIsNamedWithoutItsQuery(t *testing.T) {
	t.Parallel()
	for err, says := range map[error]string{
		&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}: "dial tcp: connection refused",
		&net.DNSError{Err: "no such host", Name: "example.com"}:                     "lookup example.com: no such host",
	} {
		c := &Checker{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, err }}
		_, err := c.Check(t.Context(), question(t, site, within(time.Second)))
		expectError(t, err, site+": it is not known", "The last attempt failed: "+says, "(request without credentials)")
	}
}

package accesscheck

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// environmentsProxy is the proxy of the environment in which these tests run, for all
// hosts but those of the tests that have a network of their own. Go reads these
// variables once in a process.
var environmentsProxy = &connectProxy{hosts: map[string]http.HandlerFunc{}}

const proxyPassword = "hidden-proxy-password"

// useProxy sets it, and keeps that of the machine out.
func useProxy() {
	server := httptest.NewUnstartedServer(environmentsProxy)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	address := "http://user:" + proxyPassword + "@" + server.Listener.Addr().String()
	for name, value := range map[string]string{"HTTP_PROXY": address, "HTTPS_PROXY": address, "NO_PROXY": "example.com:443,example.net"} {
		for _, name := range []string{name, strings.ToLower(name)} {
			if err := os.Setenv(name, value); err != nil {
				panic(err)
			}
		}
	}
}

// connectProxy keeps what it could read, and does with each host what a test says.
type connectProxy struct {
	mu    sync.Mutex
	hosts map[string]http.HandlerFunc
	heard bytes.Buffer
}

func (p *connectProxy) to(host string, does http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hosts[host] = does
}

func (p *connectProxy) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard.Write(data)
}

func (p *connectProxy) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard.String()
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	dump, _ := httputil.DumpRequest(r, true) // of what is cut off, the rest is empty
	_, _ = p.Write(dump)
	host, _, _ := net.SplitHostPort(r.Host)
	p.mu.Lock()
	does := p.hosts[host]
	p.mu.Unlock()
	if r.Method != http.MethodConnect || does == nil {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	does(w, r)
}

// tunnel leads to an address, as a proxy should.
func (p *connectProxy) tunnel(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		server, err := new(net.Dialer).DialContext(r.Context(), "tcp", address)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer server.Close()
		p.hijack(w, func(client net.Conn) {
			go func() {
				_, _ = io.Copy(io.MultiWriter(server, p), client) // ends with either connection
				_ = server.Close()
			}()
			_, _ = io.Copy(client, server)
		})
	}
}

// hijack says that the client is connected, and does something else with it.
func (p *connectProxy) hijack(w http.ResponseWriter, serve func(client net.Conn)) {
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer client.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err == nil {
		serve(client)
	}
}

// behindProxy serves a door with TLS on a loopback address, which has a host's name only
// at the proxy, and returns the address to ask and a checker that trusts the door.
func behindProxy(t *testing.T, host string, d *door) (address string, c *Checker) {
	t.Helper()
	server := httptest.NewUnstartedServer(d)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	environmentsProxy.to(host, environmentsProxy.tunnel(server.Listener.Addr().String()))
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return "https://" + host + ":8443/health", &Checker{UserAgent: userAgent, tls: &tls.Config{RootCAs: roots}}
}

// once is what a check says after one attempt. Its time is not virtual here, so that a
// limit to it would be one to the machine.
func (c *Checker) once(t *testing.T, q Question) string {
	t.Helper()
	last := result{question: q, userAgent: c.UserAgent}
	if last.add(c.attempt(t.Context(), q)); last.passes() {
		t.Error("the check passes")
	}
	return last.explain()
}

// expectNothingHeard fails if the proxy could read what is no business of its.
func expectNothingHeard(t *testing.T) {
	t.Helper()
	heard := environmentsProxy.said()
	for _, hidden := range []string{fake.ClientSecret, fake.ClientID, "hidden-query", "/health"} {
		if strings.Contains(heard, hidden) {
			t.Errorf("the proxy could read %q", hidden)
		}
	}
}

func TestAnAddressIsAskedThroughTheProxyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: answering(http.StatusOK), madeUp: refusing}
	address, c := behindProxy(t, "through.example.com", d)
	verdict, err := c.Check(t.Context(), question(t, address))
	if err != nil || verdict.Outcome != Admitted {
		t.Errorf("%+v, %v", verdict, err)
	}
	d.expect(t, "nothing", "token", "made-up")
	if !strings.Contains(environmentsProxy.said(), "CONNECT through.example.com:8443") {
		t.Error("the proxy was not asked")
	}
	expectNothingHeard(t)
}

func TestAProxyThatIsInTheWayGetsNoSecret(t *testing.T) {
	t.Parallel()
	page := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<title>This page is blocked</title>"))
		}
	}
	unreached := &door{nothing: refusing, token: answering(http.StatusOK), madeUp: refusing}
	for host, test := range map[string]struct {
		door *door
		// instead is what the proxy does in place of a tunnel to the door.
		instead http.HandlerFunc
		trusted bool
		asked   []string
		says    string
	}{
		"wants-a-password.example.com": {door: unreached, instead: page(http.StatusProxyAuthRequired), says: "the proxy answered 407 and did not connect: check HTTPS_PROXY and NO_PROXY"},
		"forbidden.example.com":        {door: unreached, instead: page(http.StatusForbidden), says: "the proxy answered 403 and did not connect"},
		"log-in-first.example.com":     {door: unreached, instead: answering(http.StatusFound, "Location", "http://192.0.2.7/"), says: "the proxy answered 302 and did not connect"},
		"cannot-reach.example.com":     {door: unreached, instead: page(http.StatusBadGateway), says: "the proxy answered 502 and did not connect"},
		"page-without-tls.example.com": {door: unreached, instead: func(w http.ResponseWriter, _ *http.Request) {
			environmentsProxy.hijack(w, func(client net.Conn) {
				_, _ = client.Read(make([]byte, 1<<10)) // the client begins
				_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\nThis page is blocked")
				_, _ = io.Copy(io.Discard, client)
			})
		}, trusted: true, says: "the server does not speak TLS"},
		"hangs-up.example.com": {door: unreached, instead: func(w http.ResponseWriter, _ *http.Request) {
			environmentsProxy.hijack(w, func(net.Conn) {})
		}, trusted: true, says: "it is not known whether Access admits the token"},
		// The machine may trust the proxy's own certificates, as companies set it up.
		"certificate-of-its-own.example.com": {door: &door{nothing: page(http.StatusForbidden)}, says: "certificate is not valid for this host"},
		"blocks.example.com":                 {door: &door{nothing: page(http.StatusForbidden)}, trusted: true, asked: []string{"nothing"}, says: "does not name this host"},
		"page-of-its-own.example.com":        {door: &door{nothing: page(http.StatusOK)}, trusted: true, asked: []string{"nothing"}, says: "is open to everybody"},
		"blocks-credentials.example.com": {
			door:    &door{nothing: refusing, token: page(http.StatusOK), madeUp: page(http.StatusOK)},
			trusted: true, asked: []string{"nothing", "token", "made-up"}, says: "So any credentials may get the answer",
		},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			address, c := behindProxy(t, host, test.door)
			if test.instead != nil {
				environmentsProxy.to(host, test.instead)
			}
			if !test.trusted {
				c.tls = nil
			}
			said := c.once(t, question(t, address))
			if !strings.Contains(said, test.says) {
				t.Errorf("it does not say %q:\n%s", test.says, said)
			}
			if strings.Contains(said, proxyPassword) {
				t.Error("the error has the password of the proxy")
			}
			test.door.expect(t, test.asked...)
			expectNothingHeard(t)
		})
	}
}

// A proxy could read what is not encrypted.
func TestAnAddressOfThisMachineIsAskedWithoutAProxy(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: answering(http.StatusOK), madeUp: refusing}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST"} {
		verdict, err := new(Checker).Check(t.Context(), question(t, "http://"+host+":"+port+"/health"))
		if err != nil || verdict.Outcome != Admitted {
			t.Errorf("%s: %+v, %v", host, verdict, err)
		}
	}
	expectNothingHeard(t)
}

func TestAHostInNoProxyIsAskedWithoutTheProxy(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: answering(http.StatusOK), madeUp: refusing}
	in(t, true, func(t *testing.T, c *Checker, _ []*house) {
		verdict, err := c.Check(t.Context(), question(t, "https://direct.example.com/health", within(time.Second)))
		if err != nil || verdict.Outcome != Admitted {
			t.Errorf("%+v, %v", verdict, err)
		}
	}, d)
	d.expect(t, "nothing", "token", "made-up")
	if strings.Contains(environmentsProxy.said(), "direct.example.com") {
		t.Error("the proxy was asked")
	}
}

package accesscheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// requestTimeout bounds one request.
const requestTimeout = 10 * time.Second

var errNoAnswer = fmt.Errorf("there was no answer within %s", requestTimeout)

// asks are what an attempt asks with, in their order, as messages name it.
var asks = []string{"without credentials", "with the token", "with made-up credentials"}

// attempt asks until there is a verdict. Without one, an ask was not answered.
func (c *Checker) attempt(ctx context.Context, q Question) (Verdict, error) {
	client, done := c.client()
	defer done()
	var answers []Answer
	for i, with := range []func(http.Header){
		func(http.Header) {},
		func(h http.Header) { q.Credentials.set(h, q.Header) },
		func(h http.Header) { q.Credentials.madeUp().set(h, q.Header) },
	} {
		answer, err := c.ask(ctx, client, q, with)
		if err != nil {
			return Verdict{}, fmt.Errorf("%w (request %s)", err, asks[i])
		}
		answers = append(answers, answer)
		if verdict, decided := q.Judge(answers...); decided {
			return verdict, nil
		}
	}
	panic("accesscheck: three answers without a verdict")
}

// ask sends one request, and leaves the body of the answer unread.
func (c *Checker) ask(ctx context.Context, client *http.Client, q Question, with func(http.Header)) (Answer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, requestTimeout, errNoAnswer)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, q.Asked.String(), nil)
	if err != nil {
		return Answer{}, errors.New("the address cannot be asked")
	}
	request.Header.Set("User-Agent", c.UserAgent)
	with(request.Header)
	response, err := client.Do(request)
	if err != nil {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, context.DeadlineExceeded): // that of the caller, who has a time of its own
			return Answer{}, errTimeUp
		case cause != nil:
			return Answer{}, cause
		}
		return Answer{}, transportError(err)
	}
	_ = response.Body.Close() // what it says is not of interest
	return Answer{response.StatusCode, response.Header}, nil
}

// client returns a client for one attempt: no redirect is followed, no cookie is
// kept, and each request goes to the IP address that the first one reached, so that
// the secret reaches no other than the one that has refused. Through a proxy that
// address is the proxy's, and the certificate vouches for the host.
func (c *Checker) client() (client *http.Client, done func()) {
	pin := &pin{dial: c.Dial}
	if pin.dial == nil {
		pin.dial = new(net.Dialer).DialContext
	}
	const longestHeader = 64 << 10
	transport := &http.Transport{
		Proxy:                  proxyOf,
		OnProxyConnectResponse: connected,
		DialContext:            pin.dialContext,
		TLSClientConfig:        c.tls.Clone(),
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: longestHeader,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, CheckRedirect: stay}, transport.CloseIdleConnections
}

// proxyOf returns the proxy of the environment. What is not encrypted goes to none: it
// is for this machine, whose name in capitals Go does not know.
func proxyOf(r *http.Request) (*url.URL, error) {
	if r.URL.Scheme == "http" {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

// proxyError is the status with which a proxy refuses to connect.
type proxyError int

func (e proxyError) Error() string {
	return fmt.Sprintf("the proxy answered %d and did not connect: check HTTPS_PROXY and NO_PROXY", int(e))
}

// connected names a proxy's refusal, for which Go returns what the proxy wrote.
func connected(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return proxyError(answer.StatusCode)
	}
	return nil
}

// pin dials one IP address.
type pin struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu sync.Mutex
	to string
}

func (p *pin) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to != "" {
		address = p.to
	}
	conn, err := p.dial(ctx, network, address)
	if err == nil {
		p.to = conn.RemoteAddr().String()
	}
	return conn, err
}

// transportError says why there was no answer. It does not repeat text from the other
// side, which may contain the client secret.
func transportError(err error) error {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return errors.New("the server does not speak TLS")
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("the server's certificate is not valid for this host: %w", e.Err)
	}
	if e, ok := errors.AsType[proxyError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection was closed without an answer")
	}
	return errors.New("the answer cannot be read")
}

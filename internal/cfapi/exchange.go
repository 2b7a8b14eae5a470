package cfapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
)

// largestAnswer bounds what is read of an answer. A page of a thousand tokens is
// below half a megabyte.
const largestAnswer = 4 << 20

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", largestAnswer>>20)

// exchange is one request and its result, as seen below cloudflare-go, whose own
// errors quote bodies and URLs.
type exchange struct {
	status int
	header http.Header
	body   []byte

	whole    bool         // the body was read to its end
	tooLarge bool         // it was not, because it is larger than largestAnswer
	envelope *envelope    // of a whole answer; nil if Cloudflare's API did not write it
	problem  *edgeProblem // of a whole answer without an envelope
	redirect string       // the host that a redirect points to

	stopped   bool // the caller's context ended before the answer was whole
	permanent bool // the network error would come again

	dialling, connected atomic.Bool
}

// options make cloudflare-go hand the exchange over and decode nothing itself.
func (x *exchange) options() []option.RequestOption {
	return []option.RequestOption{
		option.WithMiddleware(x.observe),
		option.WithResponseBodyInto(new([]byte)),
	}
}

func (x *exchange) observe(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	res, err := next(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	x.status, x.header = res.StatusCode, res.Header
	if location, err := res.Location(); err == nil {
		x.redirect = location.Host
	}
	x.body, err = io.ReadAll(io.LimitReader(res.Body, largestAnswer+1))
	if err != nil {
		return nil, err
	}
	if x.tooLarge = len(x.body) > largestAnswer; x.tooLarge {
		return nil, errTooLarge
	}
	x.whole, x.envelope = true, parseEnvelope(x.body)
	if x.envelope == nil {
		x.problem = parseProblem(x.body)
	}
	res.Body = io.NopCloser(bytes.NewReader(x.body))
	return res, nil
}

// trace records whether the request got a connection.
func (x *exchange) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.dialling.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
}

// neverSent reports whether it is certain that the request was not sent.
func (x *exchange) neverSent() bool { return x.dialling.Load() && !x.connected.Load() }

// sendOnce sends a request once and judges the answer. A complete answer counts
// even if the context has ended meanwhile.
func (c *Client) sendOnce(ctx context.Context, r request, x *exchange) (*answer, *Error) {
	if ctx.Err() != nil {
		x.stopped = true
		return nil, c.fail(r, &Error{Err: WhyEnded(ctx)})
	}
	limited, cancel := context.WithTimeout(ctx, c.requestTimeout)
	defer cancel()
	err := r.send(x.trace(limited), x.options()...)
	c.pacer.observe(x.header)
	if x.whole {
		return c.judge(r, x)
	}

	failure := &Error{OutcomeUnknown: !x.neverSent()}
	if x.status != 0 {
		failure = c.refusal(x)
	}
	switch {
	case x.tooLarge:
		failure.Err = errTooLarge
	case ctx.Err() != nil:
		x.stopped = true
		failure.Err = fmt.Errorf("stopped before the answer came: %w", WhyEnded(ctx))
	case limited.Err() != nil:
		failure.Err = fmt.Errorf("no complete answer within %s: %w", c.requestTimeout, limited.Err())
	default:
		var text string
		text, x.permanent = explain(err)
		switch {
		case x.status != 0:
			text = "the answer is incomplete: " + text
		case x.neverSent():
			text = "no connection: " + text
		}
		failure.Err = &cleanedError{text: text, err: err}
	}
	return nil, c.fail(r, failure)
}

// judge decides what a complete answer means.
func (c *Client) judge(r request, x *exchange) (*answer, *Error) {
	e, success := x.envelope, x.status/100 == 2
	if e != nil {
		c.shown.Store(c.timeOf(x.header))
	}
	failure := c.refusal(x)
	if success && e.succeeded() {
		return &answer{envelope: e, status: x.status, rayID: failure.RayID}, nil
	}
	failure.Envelope = e != nil
	failure.Codes = e.codes(c.redactor.clean)
	switch {
	case x.status/100 == 3:
		failure.Err = fmt.Errorf("redirected to %q, which is not followed: check the base URL", x.redirect)
	case e == nil && success:
		failure.Err = errors.New("the answer is not from Cloudflare's API")
	case x.problem != nil:
		failure.Err, failure.Final = x.problem.err(c.redactor.clean), x.problem.final()
		failure.RetryAfter = max(failure.RetryAfter, x.problem.retryAfter())
	case e == nil:
		failure.Err = errors.New("refused by something other than Cloudflare's API")
	}
	return nil, c.fail(r, failure)
}

// refusal returns the error that follows from an answer's status and headers alone.
func (c *Client) refusal(x *exchange) *Error {
	return &Error{
		Status:         x.status,
		RayID:          c.redactor.clean(x.header.Get("Cf-Ray")),
		RetryAfter:     retryAfter(x.header.Get("Retry-After"), c.timing.Now()),
		OutcomeUnknown: leavesOpen(x.status),
	}
}

// leavesOpen reports whether a status leaves open if the request had its effect.
func leavesOpen(status int) bool {
	return status == http.StatusRequestTimeout || status >= 500 || status < 300
}

// fail adds to a failure what is known from the request.
func (c *Client) fail(r request, failure *Error) *Error {
	failure.Method, failure.Path = r.method, c.redactor.clean(r.path())
	failure.OutcomeUnknown = failure.OutcomeUnknown && r.method != http.MethodGet
	if failure.Err != nil {
		failure.Err = &cleanedError{text: c.redactor.clean(failure.Err.Error()), err: failure.Err}
	}
	return failure
}

// timeOf reads the header Date of an answer that came now. It returns nil if there is
// none.
func (c *Client) timeOf(header http.Header) *shownTime {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return nil
	}
	return &shownTime{at, c.timing.Now()}
}

// retryAfter reads seconds or a date, and returns 0 for anything else.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

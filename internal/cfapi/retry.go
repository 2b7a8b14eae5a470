package cfapi

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// checkRetry reports whether a request may be sent again after an exchange that
// failed: any request that certainly had no effect, and an idempotent one that may
// have had it, unless another attempt would fail alike.
func checkRetry(r request, x *exchange) bool {
	switch {
	case x.stopped, x.tooLarge, x.permanent, x.problem.final():
		return false
	case x.status == http.StatusTooManyRequests, x.neverSent():
		return true
	case !x.whole:
		return r.idempotent
	case x.status/100 == 2 && x.envelope != nil:
		return false // Cloudflare has decided; asking again changes nothing
	}
	return r.idempotent && leavesOpen(x.status)
}

// perform sends a request, and sends it again where that is safe and may help.
func (c *Client) perform(ctx context.Context, r request) (*answer, error) {
	waiting, cancel := ctx, context.CancelFunc(func() {})
	if !r.idempotent {
		// It must not be cut off once sent, but need not be sent.
		waiting, cancel = untilInterrupted(ctx)
	}
	defer cancel()
	var failure *Error
	unknown := false
	for attempt := 0; ; attempt++ {
		if err := c.pacer.admit(waiting); err != nil {
			return nil, c.stopped(r, failure, err)
		}
		var answer *answer
		x := new(exchange)
		answer, failure = c.sendOnce(ctx, r, x)
		if failure == nil {
			return answer, nil
		}
		// A later refusal does not undo what an earlier attempt may have done.
		unknown = unknown || failure.OutcomeUnknown
		failure.OutcomeUnknown = unknown

		wait := max(failure.RetryAfter, backoff(attempt, c.timing.Jitter()))
		limited := failure.Status == http.StatusTooManyRequests
		if limited {
			// Every other call waits too, before it is sent.
			c.pacer.pause(wait)
		}
		switch {
		case attempt >= c.maxRetries || !checkRetry(r, x):
			return nil, failure
		case limited:
			continue
		}
		if err := c.waitToRetry(waiting, wait, failure.Status); err != nil {
			return nil, c.stopped(r, failure, err)
		}
	}
}

// stopped returns the failure of a request that stopped waiting, after an earlier
// failure or before it was sent at all.
func (c *Client) stopped(r request, failure *Error, err error) *Error {
	if failure == nil {
		return c.fail(r, &Error{Err: err})
	}
	if failure.Err != nil {
		err = fmt.Errorf("%w; %w", failure.Err, err)
	}
	failure.Err = err
	return failure
}

// backoff is exponential with full jitter, so that clients that failed together do
// not try again together.
func backoff(attempt int, jitter float64) time.Duration {
	const first, doublings = 500 * time.Millisecond, 4
	return time.Duration(jitter * float64(first<<min(attempt, doublings)))
}

package accesscheck

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"net"
	"time"
)

// The time that a check may take: people waited 5 to 70 seconds for a new token, and a
// new application is not known everywhere at once.
const (
	DefaultTimeout = 2 * time.Minute
	MaxTimeout     = 10 * time.Minute
)

var errTimeUp = errors.New("the time limit was reached before there was an answer")

// Question is what a check asks, and by what it judges the answers.
type Question struct {
	Rules
	Credentials Credentials
	// Header is the one that carries the token, empty for the two ordinary ones.
	Header string
	// Timeout is how long an attempt that fails is repeated.
	Timeout time.Duration
	// AcceptOpen has an address pass that is open to everybody.
	AcceptOpen bool
}

// Checker asks.
type Checker struct {
	// UserAgent is what a rule of a firewall can know the requests by.
	UserAgent string
	// Waiting, if it is not nil, is told what came of an attempt before it is repeated.
	Waiting func(ctx context.Context, result string, wait time.Duration)
	// Dial replaces the network, if it is not nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	tls *tls.Config
}

// Check asks until an attempt passes, or the time is up. The error then says what the
// last attempt that was answered proves, and what can be done.
func (c *Checker) Check(ctx context.Context, q Question) (Verdict, error) {
	within, cancel := context.WithTimeoutCause(ctx, q.Timeout, errTimeUp)
	defer cancel()
	ends, _ := within.Deadline()
	last := result{question: q, userAgent: c.UserAgent}
	for wait := range waits() {
		verdict, err := c.attempt(within, q)
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			return Verdict{}, fmt.Errorf("the check of %s was stopped during a request: %w%s", Shown(q.Asked), context.Cause(ctx), last.soFar())
		}
		if last.add(verdict, err); last.passes() {
			return verdict, nil
		}
		if !time.Now().Add(wait).Before(ends) {
			break
		}
		if c.Waiting != nil {
			c.Waiting(ctx, last.brief(), wait)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return Verdict{}, fmt.Errorf("the check of %s was stopped before it was repeated: %w%s", Shown(q.Asked), context.Cause(ctx), last.soFar())
		}
	}
	return Verdict{}, errors.New(last.explain())
}

// waits are those between attempts.
func waits() iter.Seq[time.Duration] {
	const first, longest = time.Second, 15 * time.Second
	return func(yield func(time.Duration) bool) {
		for wait := first; yield(wait); wait = min(2*wait, longest) {
		}
	}
}

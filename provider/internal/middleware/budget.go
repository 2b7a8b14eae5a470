package middleware

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// operationTimeout bounds a whole operation where the program sets no
// customTimeouts. Waiting for Cloudflare's rate limit does not count.
const operationTimeout = 5 * time.Minute

var errTimedOut = fmt.Errorf("the operation took longer than %s: for more time, set customTimeouts", operationTimeout)

// budget is the time that an operation may take, which waiting can extend.
type budget struct {
	// spent ends with the time.
	spent context.Context

	mu    sync.Mutex
	ends  time.Time
	timer *time.Timer
}

// bounded gives a call its time: that of customTimeouts, in seconds, or if it is 0
// the ordinary one.
func (c *Call) bounded(ctx context.Context, timeout float64) (context.Context, context.CancelFunc) {
	ctx = c.in(ctx)
	if timeout > 0 {
		return context.WithTimeout(ctx, time.Duration(timeout*float64(time.Second)))
	}
	spent, spend := context.WithCancelCause(context.Background())
	c.budget = &budget{spent: spent, ends: time.Now().Add(operationTimeout)}
	c.budget.timer = time.AfterFunc(operationTimeout, func() { spend(errTimedOut) })
	ctx, cancel := context.WithCancelCause(ctx)
	stop := c.budget.end(cancel)
	return ctx, func() {
		stop()
		c.budget.timer.Stop()
		cancel(context.Canceled)
		spend(context.Canceled)
	}
}

// Bounded gives an operation that is no call of a resource the ordinary time.
func Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return new(Call).bounded(ctx, 0)
}

// end cancels with the budget, until it is stopped.
func (b *budget) end(cancel context.CancelCauseFunc) (stop func() bool) {
	return context.AfterFunc(b.spent, func() { cancel(context.Cause(b.spent)) })
}

// Extend gives an operation that has to wait as much more time.
func Extend(ctx context.Context, wait time.Duration) {
	b := Of(ctx).budget
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends = b.ends.Add(wait)
	b.timer.Reset(time.Until(b.ends))
}

// Uninterrupted returns a context that Ctrl-C does not end, while the time limit
// of the operation still does. The engine cancels the context of running calls
// when the user presses Ctrl-C, and then waits for them.
func Uninterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	uncut := context.WithoutCancel(ctx)
	if deadline, ok := ctx.Deadline(); ok {
		return context.WithDeadline(uncut, deadline)
	}
	uncut, cancel := context.WithCancelCause(uncut)
	stop := func() bool { return true }
	if b := Of(ctx).budget; b != nil {
		stop = b.end(cancel)
	}
	return uncut, func() { stop(); cancel(context.Canceled) }
}

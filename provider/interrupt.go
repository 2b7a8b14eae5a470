package provider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// operationTimeout bounds a whole operation where the program sets no
// customTimeouts. Waiting for Cloudflare's rate limit does not count.
const operationTimeout = 5 * time.Minute

var errTimedOut = fmt.Errorf("the operation took longer than %s (customTimeouts set another limit)", operationTimeout)

// budget is the time that an operation may take, which waiting can extend.
type budget struct {
	// spent ends with the time.
	spent context.Context

	mu    sync.Mutex
	ends  time.Time
	timer *time.Timer
}

type budgetKey struct{}

// bounded gives an operation its time: that of customTimeouts, in seconds, or
// if it is 0 the ordinary one.
func bounded(ctx context.Context, timeout float64) (context.Context, context.CancelFunc) {
	if timeout > 0 {
		return context.WithTimeout(ctx, time.Duration(timeout*float64(time.Second)))
	}
	spent, spend := context.WithCancelCause(context.Background())
	b := &budget{spent: spent, ends: time.Now().Add(operationTimeout)}
	b.timer = time.AfterFunc(operationTimeout, func() { spend(errTimedOut) })
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, budgetKey{}, b))
	stop := b.end(cancel)
	return ctx, func() {
		stop()
		b.timer.Stop()
		cancel(context.Canceled)
		spend(context.Canceled)
	}
}

// end cancels with the budget, until it is stopped.
func (b *budget) end(cancel context.CancelCauseFunc) (stop func() bool) {
	return context.AfterFunc(b.spent, func() { cancel(context.Cause(b.spent)) })
}

// extendBudget gives an operation that has to wait for the rate limit as much
// more time.
func extendBudget(ctx context.Context, wait time.Duration) {
	b, ok := ctx.Value(budgetKey{}).(*budget)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ends = b.ends.Add(wait)
	b.timer.Reset(time.Until(b.ends))
}

// uninterrupted returns a context for a request that must not be cut: a POST
// or a rotation broken off in mid-flight would leave a credential that nobody
// holds. The engine cancels the context of running calls when the user presses
// Ctrl-C, then waits for them. What was interrupted before it was sent is not
// sent, and the operation's time limit still holds.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, fmt.Errorf("stopped before anything was sent to Cloudflare: %w", context.Cause(ctx))
	}
	uncut := cfapi.Interruptible(context.WithoutCancel(ctx), ctx)
	if deadline, ok := ctx.Deadline(); ok {
		uncut, cancel := context.WithDeadline(uncut, deadline)
		return uncut, cancel, nil
	}
	uncut, cancel := context.WithCancelCause(uncut)
	stop := func() bool { return true }
	if b, ok := ctx.Value(budgetKey{}).(*budget); ok {
		stop = b.end(cancel)
	}
	return uncut, func() { stop(); cancel(context.Canceled) }, nil
}

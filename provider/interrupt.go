package provider

import (
	"context"
	"errors"
	"time"
)

// operationTimeout bounds a whole operation where the program sets no
// customTimeouts.
const operationTimeout = 5 * time.Minute

// bounded gives an operation its deadline. That of customTimeouts arrives with
// the context.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, operationTimeout)
}

// uninterrupted returns a context for a request that must not be cut: a POST
// or a rotation broken off in mid-flight would leave a credential that nobody
// holds. The engine cancels the context of running calls when the user presses
// Ctrl-C, then waits for them. What was interrupted before it began is not
// begun, and the operation's deadline still holds.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, errors.New("interrupted before anything was sent to Cloudflare")
	}
	ctx, end := bounded(ctx)
	deadline, _ := ctx.Deadline()
	uncut, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	return uncut, func() { cancel(); end() }, nil
}

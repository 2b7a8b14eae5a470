package cfapi

import (
	"context"
	"errors"
)

type interruptKey struct{}

// Interruptible returns ctx with a second context. When that one ends, no more
// requests are sent, but those already sent go on. It is for creations and
// rotations, which must not be cut off: the secret that they make would be lost.
func Interruptible(ctx, interrupt context.Context) context.Context {
	return context.WithValue(ctx, interruptKey{}, interrupt)
}

// interrupted returns the reason why nothing more should be sent, or nil.
func interrupted(ctx context.Context) error {
	if by, ok := ctx.Value(interruptKey{}).(context.Context); ok {
		return WhyEnded(by)
	}
	return nil
}

// WhyEnded returns the reason why a context has ended, in words for a user, or nil if
// it has not. [errors.Is] still finds the error of package context.
func WhyEnded(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, context.Canceled):
		return &cleanedError{text: "the run was interrupted", err: cause}
	case errors.Is(cause, context.DeadlineExceeded):
		return &cleanedError{text: "the time limit in customTimeouts was reached", err: cause}
	default:
		return cause
	}
}

// untilInterrupted returns a context for waiting, which ends when either does.
func untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	by, ok := ctx.Value(interruptKey{}).(context.Context)
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(by, func() { cancel(context.Cause(by)) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}

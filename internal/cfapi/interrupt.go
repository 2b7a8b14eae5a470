package cfapi

import "context"

type interruptKey struct{}

// Interruptible returns ctx with a second context whose end keeps requests from
// being sent, while those that were sent go on. It is for creations and
// rotations, which must not be cut: what they make would be lost.
func Interruptible(ctx, interrupt context.Context) context.Context {
	return context.WithValue(ctx, interruptKey{}, interrupt)
}

// interrupted is the reason why nothing more should be sent, or nil.
func interrupted(ctx context.Context) error {
	if by, ok := ctx.Value(interruptKey{}).(context.Context); ok {
		return context.Cause(by)
	}
	return nil
}

// untilInterrupted returns a context that ends with either, for waiting.
func untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	by, ok := ctx.Value(interruptKey{}).(context.Context)
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(by, func() { cancel(context.Cause(by)) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}

package cfapi

import (
	"context"
	"math/rand/v2"
	"time"
)

// Timing is a client's clock and source of chance. What is nil is the real one.
type Timing struct {
	Now func() time.Time
	// Sleep returns early, with the reason, when the context ends.
	Sleep func(context.Context, time.Duration) error
	// Jitter returns a number in [0, 1).
	Jitter func() float64
}

func (t Timing) orReal() Timing {
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.Sleep == nil {
		t.Sleep = sleep
	}
	if t.Jitter == nil {
		t.Jitter = rand.Float64
	}
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return WhyEnded(ctx)
	}
}

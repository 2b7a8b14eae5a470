package cfapi

import (
	"context"
	"fmt"
	"time"
)

// WaitReason is what a call waits for.
type WaitReason int

const (
	// ForRateLimit: Cloudflare would refuse every request of the user before that.
	ForRateLimit WaitReason = iota
	// ForRetry: a request failed, and is sent again.
	ForRetry
	// ForLostToken: a creation was not answered, and its token may not be listed yet.
	ForLostToken
)

// Wait is a wait that begins.
type Wait struct {
	Reason   WaitReason
	Duration time.Duration
	// Status is the HTTP status of the request that failed, or 0 without an answer.
	// It is set ForRetry alone.
	Status int
}

func (w Wait) String() string {
	switch w.Reason {
	case ForRetry:
		return fmt.Sprintf("waiting %s to try again after %s", w.Duration.Round(time.Second), w.failure())
	case ForLostToken:
		return "looking for a token that the creation may have left behind"
	}
	return fmt.Sprintf("waiting %s for Cloudflare's rate limit", w.Duration.Round(time.Second))
}

// failure is what the wait follows.
func (w Wait) failure() string {
	switch {
	case w.Status == 0:
		return "a request without an answer"
	case w.Status/100 == 2:
		return "an incomplete answer"
	}
	return statusLine(w.Status)
}

// noticeable reports whether a user would notice the wait. A search is more than
// its first wait.
func (w Wait) noticeable() bool { return w.Reason == ForLostToken || w.Duration >= time.Second }

// wait waits, and says so before.
func (c *Client) wait(ctx context.Context, w Wait) error {
	c.reads.waits(ctx, w)
	return c.timing.Sleep(ctx, w.Duration)
}

// waitToRetry waits before a request is sent again that failed with this status.
func (c *Client) waitToRetry(ctx context.Context, d time.Duration, status int) error {
	if err := c.wait(ctx, Wait{ForRetry, d, status}); err != nil {
		return fmt.Errorf("stopped while waiting %s to try again: %w", d.Round(time.Millisecond), err)
	}
	return nil
}

package cfapi

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// DefaultRequestsPerSecond keeps a client below Cloudflare's documented 1200
	// requests in 5 minutes where the answers do not say what is left of them.
	DefaultRequestsPerSecond = 4
	// unpacedRequests are sent at full speed before that.
	unpacedRequests = 200
	// reserve is the share of the allowance from which on what is left is spread:
	// it is also the dashboard's and that of other programs of the same user.
	reserve = 10
)

// pacer keeps the requests of a client, all together, within the rate limit.
// Past it Cloudflare refuses every call of the user for minutes.
type pacer struct {
	timing Timing
	// onWait, if not nil, is told of each wait before it.
	onWait func(context.Context, time.Duration)
	// own paces where answers carry no rate-limit headers.
	own *rate.Limiter

	mu sync.Mutex
	// pausedUntil is the end of the pause that a 429 asked for.
	pausedUntil time.Time
	// The window that Cloudflare told of last.
	quota, left int
	resets      time.Time
	// next is the first moment that is not given away while requests are spread.
	next time.Time
}

func newPacer(timing Timing, perSecond float64, onWait func(context.Context, time.Duration)) *pacer {
	return &pacer{timing: timing, onWait: onWait, own: rate.NewLimiter(rate.Limit(perSecond), unpacedRequests)}
}

// admit returns when a request may be sent.
func (p *pacer) admit(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := p.sitOutPauses(ctx); err != nil {
		return err
	}
	if err := p.wait(ctx, p.slot()); err != nil {
		return err
	}
	return p.sitOutPauses(ctx)
}

// sitOutPauses waits for the end of a pause, and of one that begins meanwhile.
func (p *pacer) sitOutPauses(ctx context.Context) error {
	for served := (time.Time{}); ; {
		p.mu.Lock()
		until, now := p.pausedUntil, p.timing.Now()
		p.mu.Unlock()
		if !until.After(now) || !until.After(served) {
			return nil
		}
		if err := p.wait(ctx, until.Sub(now)); err != nil {
			return err
		}
		served = until
	}
}

// slot takes the next place for a request, and returns how far off it is.
func (p *pacer) slot() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.timing.Now()
	switch {
	case !now.Before(p.resets):
		return p.own.ReserveN(now, 1).DelayFrom(now)
	case p.left > p.quota/reserve:
		p.left--
		return 0
	case p.left <= 0:
		return p.resets.Sub(now)
	}
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.resets.Sub(at) / time.Duration(p.left))
	p.left--
	return at.Sub(now)
}

func (p *pacer) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if p.onWait != nil {
		p.onWait(ctx, d)
	}
	if err := p.timing.Sleep(ctx, d); err != nil {
		return fmt.Errorf("stopped while waiting %s for Cloudflare's rate limit: %w", d.Round(time.Millisecond), err)
	}
	return nil
}

// pause holds every request back, as a 429 asks.
func (p *pacer) pause(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.timing.Now().Add(d); until.After(p.pausedUntil) {
		p.pausedUntil = until
	}
}

var (
	ratelimitPattern = regexp.MustCompile(`;\s*r=(\d+)\s*;\s*t=(\d+)`)
	policyPattern    = regexp.MustCompile(`;\s*q=(\d+)`)
)

// observe learns from an answer's headers what is left of the allowance.
func (p *pacer) observe(header http.Header) {
	limit := ratelimitPattern.FindStringSubmatch(header.Get("Ratelimit"))
	policy := policyPattern.FindStringSubmatch(header.Get("Ratelimit-Policy"))
	if limit == nil || policy == nil {
		return
	}
	left, errLeft := strconv.Atoi(limit[1])
	seconds, errSeconds := strconv.ParseUint(limit[2], 10, 32)
	quota, errQuota := strconv.Atoi(policy[1])
	if errLeft != nil || errSeconds != nil || errQuota != nil || quota == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	resets := p.timing.Now().Add(time.Duration(seconds) * time.Second)
	// Answers overtake each other: within a window what is left only shrinks.
	const sameWindow = 5 * time.Second
	if resets.Sub(p.resets).Abs() <= sameWindow {
		left = min(left, p.left)
	}
	p.quota, p.left, p.resets = quota, left, resets
}

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
	// unpacedRequests are sent at full speed first.
	unpacedRequests = 200
	// reserve is the share of the allowance, a tenth, that is spread over the rest
	// of the window: the dashboard and other programs of the user draw on it too.
	reserve = 10
)

// pacer keeps all requests of a client together within the rate limit. Beyond it
// Cloudflare refuses every call of the user for minutes.
type pacer struct {
	timing Timing
	// onWait, if not nil, is called before each wait.
	onWait func(context.Context, Wait)
	// own paces the requests if answers have no rate-limit headers.
	own *rate.Limiter

	mu sync.Mutex
	// pausedUntil is the end of the pause that a 429 requested.
	pausedUntil time.Time
	// The window that Cloudflare last reported.
	quota, left int
	resets      time.Time
	// next is the first free moment while requests are spread.
	next time.Time
}

func newPacer(timing Timing, perSecond float64, onWait func(context.Context, Wait)) *pacer {
	return &pacer{timing: timing, onWait: onWait, own: rate.NewLimiter(rate.Limit(perSecond), unpacedRequests)}
}

// admit returns when a request may be sent.
func (p *pacer) admit(ctx context.Context) error {
	if ctx.Err() != nil {
		return WhyEnded(ctx)
	}
	if err := p.sitOutPauses(ctx); err != nil {
		return err
	}
	if err := p.wait(ctx, p.slot()); err != nil {
		return err
	}
	return p.sitOutPauses(ctx)
}

// sitOutPauses waits until a pause ends, and one that begins meanwhile.
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

// slot reserves the next moment for a request, and returns how far off it is.
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
		p.onWait(ctx, Wait{Reason: ForRateLimit, Duration: d})
	}
	if err := p.timing.Sleep(ctx, d); err != nil {
		return fmt.Errorf("stopped while waiting %s for Cloudflare's rate limit: %w", d.Round(time.Millisecond), err)
	}
	return nil
}

// pause holds every request back, as a 429 requests.
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
	// Answers can overtake each other. Within a window what is left only shrinks.
	const sameWindow = 5 * time.Second
	if resets.Sub(p.resets).Abs() <= sameWindow {
		left = min(left, p.left)
	}
	p.quota, p.left, p.resets = quota, left, resets
}

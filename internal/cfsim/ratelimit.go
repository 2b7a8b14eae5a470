package cfsim

import (
	"fmt"
	"net/http"
	"time"
)

// Cloudflare's documented limit for a user or token.
const (
	limitRequests = 1200
	limitWindow   = 5 * time.Minute
)

// window counts the requests of a fixed window. All credentials belong to one
// user here, so there is one.
type window struct {
	began        time.Time
	used         int
	blockedUntil time.Time
}

// spend counts requests.
func (w *window) spend(now time.Time, requests int) {
	if now.Sub(w.began) >= limitWindow {
		w.began, w.used = now, 0
	}
	w.used += requests
}

// take counts a request. If the limit is enforced and exceeded, it returns a refusal.
// Refused requests do not count, or the refusals would never end. When they end, the
// window in which they began is over too.
func (w *window) take(now time.Time, enforce bool) *apiError {
	if now.Before(w.blockedUntil) {
		return errRateLimited(w.blockedUntil.Sub(now))
	}
	w.spend(now, 1)
	if !enforce || w.used <= limitRequests {
		return nil
	}
	w.blockedUntil = now.Add(limitWindow)
	return errRateLimited(limitWindow)
}

// describe writes the headers that come with every answer.
func (w *window) describe(now time.Time, header http.Header) {
	w.spend(now, 0)
	remaining, reset := max(limitRequests-w.used, 0), w.began.Add(limitWindow).Sub(now)
	if now.Before(w.blockedUntil) {
		remaining, reset = 0, w.blockedUntil.Sub(now)
	}
	header.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, remaining, wholeSeconds(reset)))
	header.Set("Ratelimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, limitRequests, wholeSeconds(limitWindow)))
}

// wholeSeconds rounds up, so that waiting that long is enough.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

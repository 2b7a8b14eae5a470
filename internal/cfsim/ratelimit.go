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

// window counts the requests of a fixed window.
type window struct {
	began        time.Time
	used         int
	blockedUntil time.Time
}

// take counts a request and writes the headers that come with every answer. It
// returns a refusal past the limit, if that is enforced.
func (w *window) take(now time.Time, enforce bool, header http.Header) *apiError {
	if now.Sub(w.began) >= limitWindow {
		w.began, w.used = now, 0
	}
	w.used++
	left := w.began.Add(limitWindow).Sub(now)
	header.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, max(limitRequests-w.used, 0), int(left/time.Second)))
	header.Set("Ratelimit-Policy", fmt.Sprintf(`"default";q=%d;w=%d`, limitRequests, int(limitWindow/time.Second)))
	if !enforce {
		return nil
	}
	if w.used > limitRequests && !now.Before(w.blockedUntil) {
		w.blockedUntil = now.Add(limitWindow)
	}
	if now.Before(w.blockedUntil) {
		return errRateLimited(w.blockedUntil.Sub(now))
	}
	return nil
}

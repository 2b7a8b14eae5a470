package cfsim

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// bodyLimit is far above the size of any sensible request.
const bodyLimit = 1 << 20

// respond answers a request: with a fault if one hits it, with a refusal if its route
// is wrong, or with the result of the work.
func (s *Simulator) respond(w http.ResponseWriter, r *http.Request, t target, refused *apiError) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil {
		return // the client went away
	}
	if refused == nil && len(body) > bodyLimit {
		refused = errTooLarge()
	}

	s.mu.Lock()
	s.store.cleanUp()
	now := s.store.now()
	entry := newRequest(now, r, t, body)
	f := s.takeFault(r, t)
	a := s.outcome(f, now, r, t, body, refused)
	if !s.store.behaviour.OmitRateLimitHeaders {
		s.limit.describe(now, a.header)
	}
	a.header.Set("Date", now.Add(s.store.behaviour.DateOff).UTC().Format(http.TimeFormat))
	entry.complete(f, a)
	s.requests = append(s.requests, entry)
	s.answered++
	a.header.Set("Cf-Ray", fmt.Sprintf("%016x-SIM", s.answered))
	latency := s.latency + f.Delay
	s.mu.Unlock()

	wait(r, latency)
	f.send(w, r, a)
}

// outcome decides how a request is answered, and does its work. A fault comes before
// everything else, as one of the edge or of a proxy does.
func (s *Simulator) outcome(f Fault, now time.Time, r *http.Request, t target, body []byte, refused *apiError) answer {
	if a, ok := f.before(r.URL.Path); ok {
		return a
	}
	limited := s.limit.take(now, s.config.EnforceRateLimit)
	switch {
	case limited != nil:
		return f.spoil(refusal(limited))
	case refused != nil:
		return f.spoil(refusal(refused))
	}
	credential, err := s.config.Credentials.authenticate(r.Header)
	if err == nil {
		err = s.authorize(credential, t)
	}
	if err != nil {
		return f.spoil(refusal(err))
	}
	return f.spoil(s.perform(call{target: t, credential: credential, query: r.URL.Query(), body: body}))
}

// wait waits in real time, unless the client or the server goes away.
func wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

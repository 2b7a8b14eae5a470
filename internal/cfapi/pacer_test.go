package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// said are the headers in which Cloudflare shows what is left.
func said(left, seconds int) http.Header {
	h := http.Header{}
	h.Set("Ratelimit", fmt.Sprintf(`"default";r=%d;t=%d`, left, seconds))
	h.Set("Ratelimit-Policy", `"default";q=1200;w=300`)
	return h
}

// admitted is how long n requests, one after the other, take to be let through.
// It runs in a bubble whose clock passes by itself.
func admitted(t *testing.T, p *pacer, n int) time.Duration {
	t.Helper()
	began := time.Now()
	for range n {
		if err := p.admit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(began)
}

func bubblePacer(perSecond float64) *pacer {
	return newPacer(Timing{}.orReal(), perSecond, nil)
}

func TestWithoutHeadersABurstGoesThroughAndTheRestIsPaced(t *testing.T) {
	t.Parallel()
	for perSecond, want := range map[float64]time.Duration{4: 10 * time.Second, 10: 4 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			p := bubblePacer(perSecond)
			if took := admitted(t, p, unpacedRequests); took != 0 {
				t.Errorf("the burst took %s", took)
			}
			if took := admitted(t, p, 40); took != want {
				t.Errorf("40 more at %g a second took %s, want %s", perSecond, took, want)
			}
		})
	}
}

func TestFullSpeedWhileMoreThanATenthIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(1200, 300))
		if took := admitted(t, p, 1080); took != 0 {
			t.Errorf("the first nine tenths took %s", took)
		}
	})
}

func TestTheLastTenthIsSpreadOverWhatIsLeftOfTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(120, 240))
		// One every two seconds, the first at once.
		if took := admitted(t, p, 120); took != 238*time.Second {
			t.Errorf("the last tenth took %s, want 3m58s", took)
		}
		// Nothing is left, so the next waits for the window's end.
		if took := admitted(t, p, 1); took != 2*time.Second {
			t.Errorf("the one after it waited %s, want 2s", took)
		}
	})
}

func TestNothingLeftWaitsForTheEndOfTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(0, 77))
		if took := admitted(t, p, 1); took != 77*time.Second {
			t.Errorf("waited %s, want 77s", took)
		}
	})
}

func TestAnswersThatOvertakeEachOtherDoNotGiveBackWhatIsUsed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(0, 60))
		p.observe(said(500, 60)) // sent earlier, arrived later
		if took := admitted(t, p, 1); took != time.Minute {
			t.Errorf("waited %s, want 1m", took)
		}
		p.observe(said(1199, 300)) // a new window
		if took := admitted(t, p, 100); took != 0 {
			t.Errorf("in a new window, waited %s", took)
		}
	})
}

func TestHeadersThatCannotBeReadChangeNothing(t *testing.T) {
	t.Parallel()
	for header, values := range map[string][]string{
		"Ratelimit": {
			"", "soon", `"default";r=;t=1`, `"default";t=1;r=0`,
			`"default";r=99999999999999999999;t=1`, `"default";r=0;t=99999999999999999999`,
		},
		"Ratelimit-Policy": {"", "much", `"default";q=;w=300`, `"default";q=0;w=300`, `"default";q=99999999999999999999;w=300`},
	} {
		for _, value := range values {
			p := bubblePacer(4)
			h := said(0, 300)
			h.Set(header, value)
			p.observe(h)
			if !p.resets.IsZero() {
				t.Errorf("%s: %q was taken for a window", header, value)
			}
		}
	}
}

func TestAPauseHoldsEveryCallBackTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		began := time.Now()
		p.pause(290 * time.Second)
		p.pause(10 * time.Second) // a shorter one does not shorten it
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				if err := p.admit(t.Context()); err != nil {
					t.Error(err)
				}
				if waited := time.Since(began); waited != 290*time.Second {
					t.Errorf("waited %s, want 4m50s", waited)
				}
			})
		}
		wait.Wait()
	})
}

func TestAPauseThatBeginsDuringAPauseIsSatOutToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		began := time.Now()
		p.pause(time.Minute)
		time.AfterFunc(30*time.Second, func() { p.pause(2 * time.Minute) })
		admitted(t, p, 1)
		if waited := time.Since(began); waited != 150*time.Second {
			t.Errorf("waited %s, want 2m30s", waited)
		}
	})
}

func TestAPauseThatBeginsWhileARequestWaitsForItsTurnIsSatOutToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(0, 60))
		time.AfterFunc(30*time.Second, func() { p.pause(2 * time.Minute) })
		if took := admitted(t, p, 1); took != 150*time.Second {
			t.Errorf("waited %s, want 2m30s", took)
		}
	})
}

func TestARequestThatIsStoppedWhileItWaitsForItsTurnIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := bubblePacer(4)
		p.observe(said(0, 60))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.admit(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of its time", err)
		}
	})
}

func TestWaitsThatAUserNoticesAreReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reported []Wait
		c, err := New(Config{APIToken: apiToken, OnWait: func(_ context.Context, w Wait) { reported = append(reported, w) }})
		if err != nil {
			t.Fatal(err)
		}
		admitted(t, c.pacer, unpacedRequests+1) // a quarter of a second
		c.pacer.pause(time.Second)
		admitted(t, c.pacer, 1)
		if len(reported) != 1 || reported[0] != (Wait{Reason: ForRateLimit, Duration: time.Second}) {
			t.Errorf("reported %v, want 1s", reported)
		}
	})
}

func TestNoCallIsLostWhenManyAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 20
	answers := make([]http.HandlerFunc, 0, 2*calls)
	for range calls {
		answers = append(answers, refuse(429, "971", "Please wait", "Retry-After", "290"))
	}
	for range calls {
		answers = append(answers, ok(minimal))
	}
	c := record(t, answers...).client(t, func(c *Config) { c.MaxRetries = new(calls) })
	var wait sync.WaitGroup
	for range calls {
		wait.Go(func() {
			if _, err := c.Get(t.Context(), Account(accountID), tokenID); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

package cfapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	lost      = map[string]http.HandlerFunc{"lost": hangUp, "cut": breakOff(200, "{"), "408": html(408), "500": html(500), "503": html(503), "garbage": reply(200, "garbage")}
	whatToDo  = UpdateParams{Name: new("new")}
	rotation  = UpdateParams{ClientSecretVersion: new(int64(2))}
	justAName = CreateParams{Name: "ci"}
)

func TestWhatIsSafeToRepeatIsRepeated(t *testing.T) {
	t.Parallel()
	for name, failure := range lost {
		for call, do := range map[string]func(*Client, context.Context) error{
			"GET": func(c *Client, ctx context.Context) error {
				_, err := c.Get(ctx, Account(accountID), tokenID)
				return err
			},
			"LIST": func(c *Client, ctx context.Context) error {
				_, err := c.List(ctx, Account(accountID), ListFilter{})
				return err
			},
			"PUT": func(c *Client, ctx context.Context) error {
				_, err := c.Update(ctx, Account(accountID), tokenID, whatToDo)
				return err
			},
			"DELETE": func(c *Client, ctx context.Context) error { return c.Delete(ctx, Account(accountID), tokenID, nil) },
		} {
			t.Run(call+" "+name, func(t *testing.T) {
				t.Parallel()
				last := ok(minimal)
				if call == "LIST" {
					last = page(`{"total_pages":1}`)
				}
				rec := record(t, failure, failure, last)
				if err := do(rec.client(t), t.Context()); err != nil {
					t.Error(err)
				}
				if want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond}; !reflect.DeepEqual(rec.waits, want) {
					t.Errorf("waited %v, want %v", rec.waits, want)
				}
			})
		}
	}
}

func TestWhatMayHaveMadeASecretIsNeverRepeated(t *testing.T) {
	t.Parallel()
	for name, failure := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, failure, failure, failure)
			c := rec.client(t)
			if _, err := c.createOnce(t.Context(), Account(accountID), justAName, nil); !IsOutcomeUnknown(err) {
				t.Errorf("creation: %v", err)
			}
			if _, err := c.Update(t.Context(), Account(accountID), tokenID, rotation); !IsOutcomeUnknown(err) {
				t.Errorf("rotation: %v", err)
			}
			if _, err := c.Rotate(t.Context(), Account(accountID), tokenID, start); !IsOutcomeUnknown(err) {
				t.Errorf("rotation by its own call: %v", err)
			}
			rec.expect(t, "POST "+tokensPath+` {"name":"ci"}`, "PUT "+tokenPath+` {"client_secret_version":2}`,
				"POST "+tokenPath+`/rotate {"previous_client_secret_expires_at":"2026-10-01T12:00:00Z"}`)
		})
	}
}

func TestOneFunctionDecidesWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	const never, idempotent, always = "never", "if idempotent", "always"
	unsent := new(exchange)
	unsent.dialling.Store(true)
	refused := &exchange{permanent: true}
	refused.dialling.Store(true)
	written := new(envelope)
	for name, test := range map[string]struct {
		x    *exchange
		want string
	}{
		"no connection":                 {unsent, always},
		"no agreement on TLS":           {refused, never},
		"no answer":                     {&exchange{}, idempotent},
		"the caller stopped":            {&exchange{stopped: true}, never},
		"an answer cut off":             {&exchange{status: 200}, idempotent},
		"a refusal cut off":             {&exchange{status: 400}, idempotent},
		"a 429 cut off":                 {&exchange{status: 429}, always},
		"an answer too large":           {&exchange{status: 429, tooLarge: true}, never},
		"429":                           {&exchange{status: 429, whole: true}, always},
		"408":                           {&exchange{status: 408, whole: true, envelope: written}, idempotent},
		"503":                           {&exchange{status: 503, whole: true, envelope: written}, idempotent},
		"a refusal":                     {&exchange{status: 400, whole: true, envelope: written}, never},
		"a redirect":                    {&exchange{status: 307, whole: true}, never},
		"200 of something else":         {&exchange{status: 200, whole: true}, idempotent},
		"200, but success is false":     {&exchange{status: 200, whole: true, envelope: written}, never},
		"a refusal of something else":   {&exchange{status: 403, whole: true}, never},
		"a 502 of something in between": {&exchange{status: 502, whole: true}, idempotent},
		"a problem":                     {&exchange{status: 502, whole: true, problem: new(edgeProblem)}, idempotent},
		"a problem that stays":          {&exchange{status: 502, whole: true, problem: &edgeProblem{Retryable: lenient[bool]{new(false)}}}, never},
	} {
		for _, r := range []request{{idempotent: true}, {}} {
			if got, want := checkRetry(r, test.x), test.want == always || test.want == idempotent && r.idempotent; got != want {
				t.Errorf("%s: a request that is idempotent, %v: got %v, want %v", name, r.idempotent, got, want)
			}
		}
	}
}

func TestARateLimitedRequestIsRepeatedWhateverItIs(t *testing.T) {
	t.Parallel()
	limited := refuse(429, "971", "Please wait", "Retry-After", "290")
	rec := record(t, limited, ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`), limited, ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`))
	c := rec.client(t)
	if _, err := c.createOnce(t.Context(), Account(accountID), justAName, nil); err != nil {
		t.Error(err)
	}
	if _, err := c.Update(t.Context(), Account(accountID), tokenID, rotation); err != nil {
		t.Error(err)
	}
	if want := []time.Duration{290 * time.Second, 290 * time.Second}; !reflect.DeepEqual(rec.waits, want) {
		t.Errorf("waited %v, want %v", rec.waits, want)
	}
}

func TestRetryAfterIsHonouredHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"290":                              290 * time.Second,
		"86400":                            24 * time.Hour,
		"Thu, 01 Oct 2026 12:01:00 GMT":    time.Minute,
		"Thu, 01 Oct 2026 11:59:00 GMT":    250 * time.Millisecond,
		"0":                                250 * time.Millisecond,
		"-5":                               250 * time.Millisecond,
		"soon":                             250 * time.Millisecond,
		"99999999999999999999999999":       250 * time.Millisecond,
		"":                                 250 * time.Millisecond,
		"4294967295":                       4294967295 * time.Second,
		"Thursday, 01-Oct-26 12:02:00 GMT": 2 * time.Minute,
	} {
		rec := record(t, reply(503, "", "Retry-After", value), ok(minimal))
		if _, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID); err != nil {
			t.Error(err)
		}
		if got := rec.waits; len(got) != 1 || got[0] != want {
			t.Errorf("%q: waited %v, want %v", value, got, want)
		}
	}
}

func TestAProblemSaysHowLongToWaitToo(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "2": 5 * time.Second, "1e99": 4294967295 * time.Second, "-1": 5 * time.Second, `"120"`: 5 * time.Second,
	} {
		for _, status := range []int{429, 520} {
			rec := record(t, reply(status, `{"title":"Error","retryable":true,"retry_after":`+value+`}`, "Retry-After", "5"), ok(minimal))
			if _, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID); err != nil {
				t.Error(err)
			}
			if got := rec.waits; len(got) != 1 || got[0] != want {
				t.Errorf("%s: waited %v, want %v", value, got, want)
			}
		}
	}
}

func TestRetriesThatAUserNoticesAreReported(t *testing.T) {
	t.Parallel()
	var reported []string
	rec := record(t, html(502), reply(503, "", "Retry-After", "8"), breakOff(200, "{"), hangUp, ok(minimal))
	c := rec.client(t, func(c *Config) {
		c.MaxRetries = new(4)
		c.OnWait = func(_ context.Context, w Wait) { reported = append(reported, w.String()) }
	})
	if _, err := c.Get(t.Context(), Account(accountID), tokenID); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"waiting 8s to try again after 503 Service Unavailable",
		"waiting 1s to try again after an incomplete answer",
		"waiting 2s to try again after a request without an answer",
	}
	if !slices.Equal(reported, want) {
		t.Errorf("reported %q, want %q", reported, want)
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 300, 301, 308, 400, 401, 403, 404, 409, 422} {
		rec := record(t, refuse(status, "12130", "invalid"))
		if _, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID); err == nil {
			t.Errorf("%d: succeeded", status)
		}
		rec.expect(t, "GET "+tokenPath)
	}
}

func TestRetriesEndAndTheLastFailureIsReported(t *testing.T) {
	t.Parallel()
	rec := record(t, hangUp, html(502), refuse(503, "1", "overloaded", "Retry-After", "7", "Cf-Ray", "8f00-AMS"))
	_, err := rec.client(t).Update(t.Context(), Account(accountID), tokenID, whatToDo)
	e := asFailure(t, err)
	if e.Status != 503 || e.RetryAfter != 7*time.Second || e.RayID != "8f00-AMS" || !e.OutcomeUnknown {
		t.Errorf("got %#v", e)
	}
}

func TestZeroRetriesMeansOneRequest(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(429, "971", "wait"))
	_, err := rec.client(t, func(c *Config) { c.MaxRetries = new(0) }).Get(t.Context(), Account(accountID), tokenID)
	if !IsRateLimited(err) {
		t.Error(err)
	}
}

func TestALaterRefusalDoesNotHideThatAnEarlierAttemptMayHaveWorked(t *testing.T) {
	t.Parallel()
	rec := record(t, hangUp, refuse(403, "10000", "Authentication error"), hangUp, refuse(403, "10000", "Authentication error"))
	c := rec.client(t)
	if err := c.Delete(t.Context(), Account(accountID), tokenID, nil); !IsOutcomeUnknown(err) || !IsAuth(err) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Get(t.Context(), Account(accountID), tokenID); IsOutcomeUnknown(err) {
		t.Errorf("a read has no outcome: %v", err)
	}
}

func TestADeletionWhoseAnswerWasLostSucceedsWhenTheTokenIsFoundGone(t *testing.T) {
	t.Parallel()
	rec := record(t, hangUp, refuse(404, "12135", "access.api.error.not_found"))
	if err := rec.client(t).Delete(t.Context(), Account(accountID), tokenID, nil); err != nil {
		t.Error(err)
	}
	rec.expect(t, "DELETE "+tokenPath, "DELETE "+tokenPath)
}

func TestACancelledContextEndsTheWaitAtOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	limited := refuse(429, "971", "Please wait", "Retry-After", "300")
	rec := record(t, func(w http.ResponseWriter, r *http.Request) { limited(w, r) })
	c := rec.client(t, func(c *Config) {
		c.Timing.Sleep = func(ctx context.Context, d time.Duration) error {
			cancel()
			return sleep(ctx, d)
		}
	})
	_, err := c.createOnce(ctx, Account(accountID), justAName, nil)
	if !errors.Is(err, context.Canceled) || !IsRateLimited(err) || IsOutcomeUnknown(err) {
		t.Errorf("got %v", err)
	}
	if want := "429 Too Many Requests: Please wait (code 971): stopped while waiting 5m0s for Cloudflare's rate limit: the run was interrupted"; !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not say %q", err, want)
	}
}

func TestStoppingToWaitDoesNotHideWhatWasWaitedFor(t *testing.T) {
	t.Parallel()
	rec := record(t, hangUp)
	c := rec.client(t, func(c *Config) {
		c.Timing.Sleep = func(context.Context, time.Duration) error { return context.DeadlineExceeded }
	})
	err := c.Delete(t.Context(), Account(accountID), tokenID, nil)
	want := ": the connection was closed without an answer; stopped while waiting 250ms to try again: context deadline exceeded; the request may have taken effect"
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

func TestACancelledContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := record(t).client(t).createOnce(ctx, Account(accountID), justAName, nil)
	if !errors.Is(err, context.Canceled) || IsOutcomeUnknown(err) {
		t.Errorf("got %v", err)
	}
}

// roundTrip is a transport without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func silence(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestEveryRequestIsBoundedInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{APIToken: apiToken, MaxRetries: new(1), RequestTimeout: new(10 * time.Second), Transport: roundTrip(silence), Timing: Timing{Jitter: func() float64 { return 0 }}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = c.Get(t.Context(), Account(accountID), tokenID)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no complete answer within 10s") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("took %v for two attempts of 10s", took)
		}
		if _, err = c.createOnce(t.Context(), Account(accountID), justAName, nil); !IsOutcomeUnknown(err) {
			t.Errorf("got %v, want an unknown outcome", err)
		}
	})
}

func TestTheRealClockWaitsAsLongAsAskedAndNotLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := sleep(t.Context(), 5*time.Minute); err != nil || time.Since(began) != 5*time.Minute {
			t.Errorf("slept %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		if err := sleep(ctx, 5*time.Minute); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("slept %v: %v", time.Since(began), err)
		}
	})
}

func TestCancellingARequestInFlightIsNotATimeout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, err := New(Config{APIToken: apiToken, MaxRetries: new(3), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		cancel()
		return silence(r)
	})})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Update(ctx, Account(accountID), tokenID, whatToDo)
	if !errors.Is(err, context.Canceled) || !IsOutcomeUnknown(err) || !strings.Contains(err.Error(), "stopped before the answer came") {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerThatCameWholeCountsEvenIfTheContextEndedMeanwhile(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rec := record(t, ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`))
	c := rec.client(t, func(c *Config) {
		c.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			res, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				res.Body = closing{res.Body, cancel}
			}
			return res, err
		})
	})
	token, err := c.createOnce(ctx, Account(accountID), justAName, nil)
	if err != nil || token.ClientSecret.Reveal() != newSecret {
		t.Errorf("the secret was lost: %v", err)
	}
}

func TestBackoffGrowsToALimitAndIsJittered(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for attempt := range 7 {
		got = append(got, backoff(attempt, 0.5))
	}
	want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 4 * time.Second, 4 * time.Second}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if backoff(3, 0) != 0 {
		t.Error("full jitter starts at zero")
	}
}

func TestTheReasonWhyAContextEndedIsInAUsersWords(t *testing.T) {
	t.Parallel()
	running, interrupt := context.WithCancel(t.Context())
	if err := WhyEnded(running); err != nil {
		t.Errorf("before it ended: %v", err)
	}
	interrupt()
	over, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	own, end := context.WithCancelCause(t.Context())
	end(errors.New("a reason of its own"))
	for says, test := range map[string]struct {
		ctx context.Context
		is  error
	}{
		"the run was interrupted":                      {running, context.Canceled},
		"the time limit in customTimeouts was reached": {over, context.DeadlineExceeded},
		"a reason of its own":                          {own, context.Cause(own)},
	} {
		if err := WhyEnded(test.ctx); err.Error() != says || !errors.Is(err, test.is) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}

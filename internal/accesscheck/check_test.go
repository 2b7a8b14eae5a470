package accesscheck

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"
)

const loopback = "http://127.0.0.1/health"

func TestTokenIsAdmittedThatMadeUpCredentialsAreNot(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Question){func(*Question) {}, inOneHeader} {
		d := &door{nothing: refusing, token: answering(http.StatusNoContent), madeUp: refusing}
		bubble(t, d, func(t *testing.T, c *Checker) {
			verdict, err := c.Check(t.Context(), question(t, loopback, change))
			if err != nil || verdict.Outcome != Admitted || verdict.Status != http.StatusNoContent {
				t.Errorf("%+v, %v", verdict, err)
			}
		})
		d.expect(t, "nothing", "token", "made-up")
		for _, r := range d.requests {
			if r.Method != http.MethodGet || r.URL.Path != "/health" || r.URL.RawQuery != "key=hidden-query" || r.UserAgent() != userAgent || len(r.Cookies()) > 0 {
				t.Errorf("%s %s by %q with the cookies %v", r.Method, r.URL, r.UserAgent(), r.Cookies())
			}
		}
	}
}

func TestTokenInOneHeaderIsInNoOther(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: answering(http.StatusOK), madeUp: refusing}
	bubble(t, d, func(t *testing.T, c *Checker) {
		if _, err := c.Check(t.Context(), question(t, loopback, inOneHeader)); err != nil {
			t.Error(err)
		}
	})
	if header := d.requests[1].Header; header.Get(clientIDHeader) != "" || header.Get(clientSecretHeader) != "" ||
		header.Get("X-Token") != `{"cf-access-client-id":"`+fake.ClientID+`","cf-access-client-secret":"`+fake.ClientSecret+`"}` {
		t.Errorf("the token was not sent in one header alone, in its form: %d headers", len(header))
	}
}

func TestMadeUpCredentialsHaveTheSameForm(t *testing.T) {
	t.Parallel()
	old := Credentials{fake.ClientID, "fa4e" + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"}
	for _, c := range []Credentials{fake, old, {"id", "s"}} {
		made := c.madeUp()
		if len(made.ClientID) != len(c.ClientID) || len(made.ClientSecret) != len(c.ClientSecret) || len(c.ClientSecret) > 1 && made == c {
			t.Error("another form, or the same credentials")
		}
	}
	made := fake.madeUp()
	if !regexp.MustCompile(`^[0-9a-f]{32}\.access$`).MatchString(made.ClientID) || !regexp.MustCompile(`^cfast_[0-9a-zA-Z]{48}$`).MatchString(made.ClientSecret) {
		t.Error("another form")
	}
	if made == fake.madeUp() {
		t.Error("the same credentials twice")
	}
}

func TestOnlyARefusalLetsTheTokenOut(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]http.HandlerFunc{
		"open":                 answering(http.StatusOK),
		"WAF":                  answering(http.StatusForbidden, "Cf-Mitigated", "challenge"),
		"an origin's own mark": answering(http.StatusUnauthorized, "Www-Authenticate", "Bearer", "Cf-Access-Aud", "fake"),
		"a redirect elsewhere": answering(http.StatusFound, "Location", "http://127.0.0.2/"),
		"another host's":       answering(http.StatusForbidden, "Cf-Access-Domain", "app.example.com"),
		"down":                 answering(http.StatusBadGateway),
	} {
		d := &door{nothing: first}
		bubble(t, d, func(t *testing.T, c *Checker) {
			_, err := c.Check(t.Context(), question(t, loopback, within(time.Second)))
			expectError(t, err, loopback)
		})
		if got := d.asked(); !slices.Equal(got, []string{"nothing"}) {
			t.Errorf("%s: asked with %q", name, got)
		}
	}
}

func TestAttemptThatFailsIsRepeatedUntilTheTimeIsUp(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: refusing}
	bubble(t, d, func(t *testing.T, c *Checker) {
		var waits []time.Duration
		c.Waiting = func(_ context.Context, _ string, wait time.Duration) { waits = append(waits, wait/time.Second) }
		began := time.Now()
		_, err := c.Check(t.Context(), question(t, loopback))
		expectError(t, err, "refused the token")
		if want := []time.Duration{1, 2, 4, 8, 15, 15, 15, 15, 15, 15}; !slices.Equal(waits, want) {
			t.Errorf("waited %v seconds, want %v", waits, want)
		}
		if took := time.Since(began); took != 105*time.Second {
			t.Errorf("ended after %s", took)
		}
	})
}

func TestTokenIsAdmittedAsSoonAsItIsKnown(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, madeUp: refusing}
	bubble(t, d, func(t *testing.T, c *Checker) {
		began := time.Now()
		d.token = func(w http.ResponseWriter, r *http.Request) {
			if time.Since(began) < 20*time.Second {
				refusing(w, r)
			}
		}
		verdict, err := c.Check(t.Context(), question(t, loopback))
		if err != nil || verdict.Outcome != Admitted {
			t.Errorf("%+v, %v", verdict, err)
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("admitted after %s", took)
		}
	})
}

var errInterrupted = errors.New("interrupted")

func TestCheckEndsAtOnceWithItsContext(t *testing.T) {
	t.Parallel()
	stuck := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, d := range map[string]*door{
		"while it waits":                 {nothing: refusing, token: refusing},
		"while it waits for an answer":   {nothing: stuck},
		"while it waits for a token's":   {nothing: refusing, token: stuck},
		"while it waits for a made-up's": {nothing: refusing, token: answering(http.StatusOK), madeUp: stuck},
	} {
		bubble(t, d, func(t *testing.T, c *Checker) {
			ctx, interrupt := context.WithCancelCause(t.Context())
			time.AfterFunc(4*time.Second, func() { interrupt(errInterrupted) })
			began := time.Now()
			_, err := c.Check(ctx, question(t, loopback))
			expectError(t, err, "stopped", loopback)
			if !errors.Is(err, errInterrupted) || time.Since(began) != 4*time.Second {
				t.Errorf("%s: ended after %s with %v", name, time.Since(began), err)
			}
		})
	}
}

func TestAnInterruptedCheckSaysWhatItHasSeen(t *testing.T) {
	t.Parallel()
	d := &door{token: refusing}
	d.nothing = func(w http.ResponseWriter, r *http.Request) {
		if len(d.asked()) > 2 {
			<-r.Context().Done()
		}
		refusing(w, r)
	}
	bubble(t, d, func(t *testing.T, c *Checker) {
		ctx, interrupt := context.WithCancelCause(t.Context())
		time.AfterFunc(4*time.Second, func() { interrupt(errInterrupted) })
		_, err := c.Check(ctx, question(t, loopback))
		expectError(t, err, "was stopped during a request: interrupted; the last attempt: refused: answered 403")
	})
}

func TestRequestEndsAfterTenSeconds(t *testing.T) {
	t.Parallel()
	slow := func(w http.ResponseWriter, r *http.Request) { // header after header, and no end of them
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		for _, err := conn.Write([]byte("HTTP/1.1 200 OK\r\n")); err == nil; _, err = conn.Write([]byte("X-Slow: 1\r\n")) {
			time.Sleep(time.Second)
		}
	}
	d := &door{nothing: slow}
	bubble(t, d, func(t *testing.T, c *Checker) {
		began := time.Now()
		_, err := c.Check(t.Context(), question(t, loopback, within(11*time.Second)))
		expectError(t, err, "no attempt was completed", "there was no answer within 10s (request without credentials)")
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("ended after %s", took)
		}
		time.Sleep(time.Minute) // the handler finds out
	})
	d.expect(t, "nothing")
}

func TestAnAttemptThatWasAnsweredInPartIsNotCalledUnanswered(t *testing.T) {
	t.Parallel()
	d := &door{nothing: refusing, token: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }}
	bubble(t, d, func(t *testing.T, c *Checker) {
		_, err := c.Check(t.Context(), question(t, loopback, within(time.Second)))
		expectError(t, err, "it is not known whether Access admits the token, since no attempt was completed.",
			"The last attempt failed: the connection was closed without an answer (request with the token).")
	})
}

func TestVerdictIsThatOfTheLastAttemptThatWasAnswered(t *testing.T) {
	t.Parallel()
	d := &door{token: refusing}
	d.nothing = func(w http.ResponseWriter, r *http.Request) {
		if len(d.asked()) > 2 {
			panic(http.ErrAbortHandler)
		}
		refusing(w, r)
	}
	bubble(t, d, func(t *testing.T, c *Checker) {
		_, err := c.Check(t.Context(), question(t, loopback, within(3*time.Second)))
		expectError(t, err, "refused the token", "The last attempt failed: the connection was closed without an answer (request without credentials).")
	})
}

func TestOpenAddressPassesOnlyWhereThatIsAccepted(t *testing.T) {
	t.Parallel()
	d := &door{nothing: answering(http.StatusOK)}
	bubble(t, d, func(t *testing.T, c *Checker) {
		_, err := c.Check(t.Context(), question(t, loopback, within(time.Second)))
		expectError(t, err, "is open to everybody", "answered 200 without credentials", "set acceptOpen to true")
		verdict, err := c.Check(t.Context(), question(t, loopback, func(q *Question) { q.AcceptOpen = true }))
		if err != nil || verdict.Outcome != Open || verdict.Status != http.StatusOK {
			t.Errorf("%+v, %v", verdict, err)
		}
	})
	d.expect(t, "nothing", "nothing")
}

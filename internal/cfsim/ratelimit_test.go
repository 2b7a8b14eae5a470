package cfsim_test

import (
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestEveryAnswerShowsTheRateLimit(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	expect := func(r response, want string) {
		t.Helper()
		equal(t, "Ratelimit", r.header.Get("Ratelimit"), want)
		equal(t, "Ratelimit-Policy", r.header.Get("Ratelimit-Policy"), `"default";q=1200;w=300`)
		equal(t, "Retry-After", r.header.Get("Retry-After"), "")
	}
	a.Inject(cfsim.Fault{Kind: cfsim.HTMLBefore})
	expect(a.call("GET", tokens, ""), `"default";r=1200;t=300`)
	expect(a.call("GET", tokens, ""), `"default";r=1199;t=300`)
	a.Advance(30 * time.Second)
	expect(a.call("GET", "/unknown", ""), `"default";r=1198;t=270`)
	a.Inject(cfsim.Fault{Kind: cfsim.HTMLBefore})
	expect(a.call("GET", tokens, ""), `"default";r=1198;t=270`)
	a.SpendRateLimit(1000)
	expect(a.call("GET", tokens, ""), `"default";r=197;t=270`)
	a.Advance(270 * time.Second)
	expect(a.call("GET", tokens, ""), `"default";r=1199;t=300`)

	a.SetBehaviour(cfsim.Behaviour{OmitRateLimitHeaders: true})
	r := a.call("GET", tokens, "")
	equal(t, "Ratelimit, left out", r.header.Values("Ratelimit"), []string{})
	equal(t, "Ratelimit-Policy, left out", r.header.Values("Ratelimit-Policy"), []string{})
}

func TestPastTheLimitEverythingIsRefusedForFiveMinutes(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{EnforceRateLimit: true})
	a.SpendRateLimit(1199)
	a.create(`{"name":"last"}`)
	a.Advance(299 * time.Second)
	refused := func(retryAfter string) {
		t.Helper()
		r := a.call("POST", tokens, `{"name":"ci"}`)
		r.refused(t, 429, 971)
		equal(t, "Retry-After", r.header.Get("Retry-After"), retryAfter)
		equal(t, "Ratelimit", r.header.Get("Ratelimit"), `"default";r=0;t=`+retryAfter)
	}
	refused("300")
	// The window is over now, the refusal is not, and what it refuses does not
	// prolong it.
	a.Advance(100 * time.Second)
	refused("200")
	a.Advance(199 * time.Second)
	refused("1")
	equal(t, "the number of tokens", len(a.Tokens()), 1)
	a.Advance(time.Second)
	a.create(`{"name":"ci"}`)
}

func TestRetryAfterCountsAStartedSecondAsWhole(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{EnforceRateLimit: true, Behaviour: cfsim.Behaviour{FractionalTimes: true}})
	a.SpendRateLimit(1200)
	a.call("GET", tokens, "").refused(t, 429, 971)
	a.Advance(500 * time.Millisecond)
	equal(t, "Retry-After", a.call("GET", tokens, "").header.Get("Retry-After"), "300")
}

func TestTheLimitIsNotEnforcedUnlessAsked(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	a.SpendRateLimit(5000)
	r := a.call("GET", tokens, "")
	equal(t, "the status", r.status, 200)
	equal(t, "Ratelimit", r.header.Get("Ratelimit"), `"default";r=0;t=300`)
}

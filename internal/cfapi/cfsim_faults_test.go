package cfapi_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// consequence is what a fault means to the client.
type consequence struct {
	fault cfsim.Fault
	// undone: the simulator does not do the work.
	undone bool
	// unknown: a write may have had its effect.
	unknown bool
	// repeated: what is safe to repeat is repeated.
	repeated bool
	// final: nothing is repeated, not even a creation.
	final bool
	// predicate holds besides, if any.
	predicate string
	// says is in the error; empty is no error, except where a secret is due.
	says string
}

var consequences = []consequence{
	{fault: cfsim.Fault{Kind: cfsim.StatusBefore}, undone: true, unknown: true, repeated: true, says: "500 Internal Server Error"},
	{fault: cfsim.Fault{Kind: cfsim.StatusAfter}, unknown: true, repeated: true, says: "500 Internal Server Error"},
	{fault: cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, undone: true, predicate: "auth", says: "403 Forbidden"},
	{fault: cfsim.Fault{Kind: cfsim.FalseSuccessBefore}, undone: true, unknown: true, says: "success is false"},
	{fault: cfsim.Fault{Kind: cfsim.FalseSuccessAfter}, unknown: true, says: "success is false"},
	{fault: cfsim.Fault{Kind: cfsim.HTMLBefore}, undone: true, unknown: true, repeated: true, says: "502 Bad Gateway"},
	{fault: cfsim.Fault{Kind: cfsim.HTMLAfter}, unknown: true, repeated: true, says: "502 Bad Gateway"},
	{fault: cfsim.Fault{Kind: cfsim.HTMLBefore, Status: 404}, undone: true, says: "404 Not Found"},
	{fault: cfsim.Fault{Kind: cfsim.ProblemBefore, RetryAfter: "7"}, undone: true, unknown: true, repeated: true, says: "itself: Error 502: This problem was injected"},
	{fault: cfsim.Fault{Kind: cfsim.ProblemAfter, Status: 520}, unknown: true, repeated: true, says: "520"},
	{fault: cfsim.Fault{Kind: cfsim.ProblemBefore, Final: true}, undone: true, unknown: true, final: true, says: "itself: Error 502: This problem was injected"},
	{fault: cfsim.Fault{Kind: cfsim.ProblemAfter, Final: true}, unknown: true, final: true, says: "itself: Error 502: This problem was injected"},
	{fault: cfsim.Fault{Kind: cfsim.EmptyBodyBefore}, undone: true, unknown: true, repeated: true, says: "not from Cloudflare's API"},
	{fault: cfsim.Fault{Kind: cfsim.EmptyBody}, unknown: true, repeated: true, says: "not from Cloudflare's API"},
	{fault: cfsim.Fault{Kind: cfsim.CutBefore}, undone: true, unknown: true, repeated: true, says: "closed without an answer"},
	{fault: cfsim.Fault{Kind: cfsim.CutAfter}, unknown: true, repeated: true, says: "closed without an answer"},
	{fault: cfsim.Fault{Kind: cfsim.HangBefore}, undone: true, unknown: true, says: "stopped before the answer came"},
	{fault: cfsim.Fault{Kind: cfsim.HangAfter}, unknown: true, says: "stopped before the answer came"},
	{fault: cfsim.Fault{Kind: cfsim.Truncate}, unknown: true, repeated: true, says: "the answer is incomplete"},
	{fault: cfsim.Fault{Kind: cfsim.Garbage}, unknown: true, repeated: true, says: "not from Cloudflare's API"},
	{fault: cfsim.Fault{Kind: cfsim.HugeBody, Size: 4 << 20}, unknown: true, says: "larger than 4 MiB"},
	{fault: cfsim.Fault{Kind: cfsim.HugeBody, Size: 1 << 20}},
	{fault: cfsim.Fault{Kind: cfsim.RateLimited, RetryAfter: "7"}, undone: true, repeated: true, predicate: "rate limited", says: "429 Too Many Requests"},
	{fault: cfsim.Fault{Kind: cfsim.MalformedIDNotFound}, undone: true, predicate: "malformed id", says: "404 Not Found"},
	{fault: cfsim.Fault{Kind: cfsim.Redirect, Location: "https://elsewhere.invalid/"}, undone: true, says: `redirected to "elsewhere.invalid"`},
	{fault: cfsim.Fault{Kind: cfsim.MissingSecret}},
	{fault: cfsim.Fault{Kind: cfsim.Slow, Delay: time.Millisecond}},
}

func TestTheConsequencesOfEveryKindOfFaultAreKnown(t *testing.T) {
	t.Parallel()
	for _, kind := range cfsim.FaultKinds() {
		if !slices.ContainsFunc(consequences, func(x consequence) bool { return x.fault.Kind == kind }) {
			t.Errorf("nobody says what %s means to the client", kind)
		}
	}
}

// hangs reports whether only the caller can end a request that the fault hits.
func (x consequence) hangs() bool {
	return x.fault.Kind == cfsim.HangBefore || x.fault.Kind == cfsim.HangAfter
}

// call is a use of the client on a token that exists. Creations have their own
// test, as they look for what they may have left.
type call struct {
	operation string // the simulator's name
	writes    bool
	rotates   bool // and is not safe to repeat
	do        func(context.Context, *cloudflare, cfapi.Scope, string) error
	// done reports whether the simulator has done the work.
	done func(before, after cfsim.Token, there bool) bool
}

func update(params cfapi.UpdateParams) func(context.Context, *cloudflare, cfapi.Scope, string) error {
	return func(ctx context.Context, c *cloudflare, scope cfapi.Scope, id string) error {
		_, err := c.Update(ctx, scope, id, params)
		return err
	}
}

var calls = map[string]call{
	"get": {operation: "get", do: func(ctx context.Context, c *cloudflare, scope cfapi.Scope, id string) error {
		_, err := c.Get(ctx, scope, id)
		return err
	}},
	"list": {operation: "list", do: func(ctx context.Context, c *cloudflare, scope cfapi.Scope, _ string) error {
		_, err := c.List(ctx, scope, cfapi.ListFilter{})
		return err
	}},
	"rename": {operation: "update", writes: true,
		do:   update(cfapi.UpdateParams{Name: new("renamed")}),
		done: func(_, after cfsim.Token, _ bool) bool { return after.Name == "renamed" }},
	"renew": {operation: "update", writes: true,
		do:   update(cfapi.UpdateParams{Duration: new("48h")}),
		done: func(before, after cfsim.Token, _ bool) bool { return after.ExpiresAt.After(before.ExpiresAt) }},
	"rotate": {operation: "update", writes: true, rotates: true,
		do:   update(cfapi.UpdateParams{ClientSecretVersion: new(int64(2)), PreviousClientSecretExpiresAt: new(began.Add(time.Hour))}),
		done: func(_, after cfsim.Token, _ bool) bool { return after.ClientSecretVersion == 2 }},
	"delete": {operation: "delete", writes: true,
		do: func(ctx context.Context, c *cloudflare, scope cfapi.Scope, id string) error {
			return c.Delete(ctx, scope, id, nil)
		},
		done: func(_, _ cfsim.Token, there bool) bool { return !there }},
}

// repeats reports whether the client repeats a call that a fault hit.
func (x consequence) repeats(call call) bool {
	return x.repeated && (!call.rotates || x.predicate == "rate limited")
}

// tooSlow leaves out what takes long and shows nothing new: scopes differ in
// their paths alone.
func (x consequence) tooSlow(scope cfapi.Scope) bool {
	return x.fault.Size >= 16<<20 && scope.Kind == cfapi.KindZone
}

// eachFault runs a test for every fault on every call in both scopes.
func eachFault(t *testing.T, test func(*testing.T, consequence, call, string, cfapi.Scope)) {
	t.Helper()
	for _, x := range consequences {
		for name, call := range calls {
			for path, scope := range scopes {
				if x.tooSlow(scope) {
					continue
				}
				kind, _, _ := strings.Cut(path, "/")
				t.Run(string(x.fault.Kind)+" "+name+" "+kind, func(t *testing.T) {
					t.Parallel()
					test(t, x, call, path, scope)
				})
			}
		}
	}
}

func TestEveryFaultThatLastsEndsEveryCallInAnErrorThatSaysWhatMayHaveHappened(t *testing.T) {
	t.Parallel()
	eachFault(t, func(t *testing.T, x consequence, call call, path string, scope cfapi.Scope) {
		c := connect(t, cfsim.Config{})
		before := c.AddToken(path, cfsim.NewToken{Name: "ci", Duration: "24h"})
		x.fault.Operation, x.fault.Times = call.operation, -1
		c.Inject(x.fault)
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		interrupted := errors.New("interrupted")
		if x.hangs() {
			c.atRequests(func() { cancel(interrupted) })
		}
		err := call.do(ctx, c, scope, before.ID)

		after, there := c.Token(before.ID)
		if call.writes {
			equal(t, "whether the work was done", call.done(before, after, there), !x.undone)
		}
		requests := 1
		if x.repeats(call) {
			requests = 3
		}
		equal(t, "the number of requests", len(c.Requests()), requests)
		equal(t, "the number of waits", len(c.waits), requests-1)

		says := x.says
		lost := x.fault.Kind == cfsim.MissingSecret && call.rotates
		if lost {
			says = cfapi.ErrSecretMissing.Error()
		}
		if says == "" {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if err == nil {
			t.Fatal("it succeeded")
		}
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error %q does not say %q", err, says)
		}
		equal(t, "whether the interruption is known", errors.Is(err, interrupted), x.hangs())
		want := []string{x.predicate}
		if call.writes && x.unknown || lost {
			want = append(want, "outcome unknown")
		}
		expectOnly(t, err, slices.DeleteFunc(want, func(name string) bool { return name == "" })...)
		c.expectHarmless(t, err)
	})
}

func TestAFaultThatPassesIsOvercomeWhereRepeatingIsSafe(t *testing.T) {
	t.Parallel()
	eachFault(t, func(t *testing.T, x consequence, call call, path string, scope cfapi.Scope) {
		if !x.repeats(call) {
			return // as the test above shows
		}
		c := connect(t, cfsim.Config{})
		before := c.AddToken(path, cfsim.NewToken{Name: "ci", Duration: "24h"})
		x.fault.Operation = call.operation
		c.Inject(x.fault)
		if err := call.do(t.Context(), c, scope, before.ID); err != nil {
			t.Error(err)
		}
		after, there := c.Token(before.ID)
		if call.writes && !call.done(before, after, there) {
			t.Error("the work was not done")
		}
		equal(t, "the requests", c.operations(), []string{call.operation, call.operation})
		wait := 250 * time.Millisecond
		if x.fault.RetryAfter != "" {
			wait = 7 * time.Second
		}
		equal(t, "the waits", c.waits, []time.Duration{wait})
	})
}

func TestACreationNeverLeavesATokenWhoseSecretIsLostWithoutSayingSo(t *testing.T) {
	t.Parallel()
	for _, x := range consequences {
		for _, times := range []int{1, -1} {
			for path, scope := range scopes {
				if x.tooSlow(scope) {
					continue
				}
				kind, _, _ := strings.Cut(path, "/")
				t.Run(string(x.fault.Kind)+" "+kind, func(t *testing.T) {
					t.Parallel()
					c := connect(t, cfsim.Config{})
					fault := x.fault
					fault.Operation, fault.Times = "create", times
					c.Inject(fault)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if x.hangs() {
						c.atRequests(cancel)
					}
					token, err := c.Create(ctx, scope, cfapi.CreateParams{Name: "ci"})
					live := c.Tokens()
					if err == nil {
						if len(live) != 1 || !c.Authenticates(token.ClientID, token.ClientSecret.Reveal()) {
							t.Errorf("it succeeded, and %d tokens exist", len(live))
						}
						return
					}
					c.expectHarmless(t, err)
					if times == 1 && !x.hangs() && !x.final && (x.unknown || x.repeated || x.says == "") {
						t.Errorf("a fault that passed was not overcome: %v", err)
					}
					// Of what no listing shows, nobody knows that there is nothing.
					want := x.hangs() || x.undone && x.unknown
					if _, unresolved := errors.AsType[*cfapi.UnresolvedError](err); unresolved != want || len(live) > 0 && !unresolved {
						t.Errorf("%d tokens are left, and the error says %v", len(live), err)
					}
				})
			}
		}
	}
}

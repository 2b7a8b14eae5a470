package cfapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// expectUnresolved fails unless the error names exactly these tokens.
func expectUnresolved(t *testing.T, err error, candidates ...string) {
	t.Helper()
	unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
	if !ok {
		t.Fatalf("got %v, want an UnresolvedError", err)
	}
	if len(unresolved.Candidates) != len(candidates) || len(candidates) == 1 && unresolved.Candidates[0] != candidates[0] {
		t.Errorf("the error names %v, want %v", unresolved.Candidates, candidates)
	}
}

func TestAPlainRefusalAfterALostAttemptDoesNotHideIt(t *testing.T) {
	t.Parallel()
	for name, lag := range map[string]time.Duration{"listed by then": 32 * time.Second, "never listed": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cfsim.Behaviour{ListLag: lag})
			w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
			w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.RateLimited, RetryAfter: "5"})
			w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusBefore, Status: 403, Code: 10000})
			_, err := w.create(t, "ci")
			live := len(w.sim.Tokens())
			if name == "listed by then" {
				if _, unresolved := errors.AsType[*cfapi.UnresolvedError](err); unresolved || !cfapi.IsAuth(err) || live != 0 {
					t.Errorf("%d tokens live, after %v", live, err)
				}
				return
			}
			if expectUnresolved(t, err); !cfapi.IsAuth(err) || live != 1 || !strings.Contains(err.Error(), "no listing has shown its token") {
				t.Errorf("%d tokens live, after %v", live, err)
			}
		})
	}
}

func TestTokensOfEarlierAttemptsAreDeletedAsSoonAsTheyAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{ListLag: 40 * time.Second})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter, Times: -1})
	_, err := w.create(t, "ci")
	expectUnresolved(t, err)
	if live := len(w.sim.Tokens()); live > 2 {
		t.Errorf("%d tokens live: those of the earlier attempts had been listed", live)
	}
}

func TestAForeignTokenOfTheSameNameDoesNotEndTheSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{ListLag: 2 * time.Second})
	theirs := w.sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
	w.sim.Advance(3 * time.Second)
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
	token, err := w.create(t, "ci")
	if err != nil {
		t.Fatal(err)
	}
	if live := w.sim.Tokens(); len(live) != 2 || live[0].ID != theirs.ID || live[1].ID != token.ID {
		t.Errorf("alive: %v", live)
	}
}

func TestALostAttemptIsFoundByItsMarkAlone(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"the version is only listed": {OmitVersionIn: []string{"get"}},
		"the name filter is odd":     {NameFilter: cfsim.NameIgnored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, behaviour)
			w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
			token, err := w.create(t, " ci \u0301")
			if err != nil {
				t.Fatal(err)
			}
			w.expectOnly(t, token)
		})
	}
}

func TestAnUnrelatedRefusalDoesNotSwitchMarkersOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusBefore, Status: 400, Code: 12130})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.HTMLBefore})
	_, err := w.create(t, "ci")
	expectUnresolved(t, err) // the second, unmarked one cannot be distinguished from another token
	if _, err := w.create(t, "ci"); err != nil {
		t.Fatal(err)
	}
	if w.sim.Tokens()[0].PreviousClientSecretExpiresAt == nil {
		t.Error("later creations carry no marker")
	}
}

func TestAnInterruptedWaitForTheRateLimitSendsNothingMore(t *testing.T) {
	t.Parallel()
	user, interrupt := context.WithCancel(t.Context())
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.RateLimited, RetryAfter: "300"})
		uncut := cfapi.Interruptible(context.WithoutCancel(user), user)
		began := time.Now()
		if _, err := b.Create(uncut, inAccount, cfapi.CreateParams{Name: "ci"}); !errors.Is(err, context.Canceled) || time.Since(began) > 0 {
			t.Errorf("after %s: got %v, want the interruption", time.Since(began), err)
		}
		b.asked("create")
	}, func(c *cfapi.Config) {
		c.OnWait = func(context.Context, cfapi.Wait) { interrupt() }
	})
}

func TestACallThatIsOutOfRetriesStillPausesTheOthers(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	var waits []time.Duration
	now := time.Now()
	client, err := cfapi.New(cfapi.Config{
		BaseURL: server.BaseURL, APIToken: cfsim.DefaultAPIToken, MaxRetries: new(0),
		Timing: cfapi.Timing{
			Now: func() time.Time { return now },
			Sleep: func(_ context.Context, d time.Duration) error {
				waits, now = append(waits, d), now.Add(d)
				return nil
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	sim.Inject(cfsim.Fault{Operation: "list", Kind: cfsim.RateLimited, RetryAfter: "300"})
	scope := cfapi.Account(cfsim.DefaultAccountID)
	if _, err := client.List(t.Context(), scope, cfapi.ListFilter{}); !cfapi.IsRateLimited(err) {
		t.Fatalf("got %v, want the refusal", err)
	}
	if _, err := client.List(t.Context(), scope, cfapi.ListFilter{}); err != nil {
		t.Fatal(err)
	}
	if len(waits) != 1 || waits[0] != 300*time.Second {
		t.Errorf("waited %v, want for 300s", waits)
	}
}

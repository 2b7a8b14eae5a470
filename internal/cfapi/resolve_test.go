package cfapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// aMark is one that no creation of these tests is given by chance.
var aMark = time.Date(1971, 1, 1, 0, 0, 0, 0, time.UTC)

// notThere answers reads by id as if there were no token, so many times.
func notThere(times int) cfsim.Fault {
	return cfsim.Fault{Operation: "get", Kind: cfsim.StatusBefore, Status: 404, Code: 12135, Times: times}
}

func (b *bubbled) create() (*cfapi.Token, error) {
	return b.Create(b.t.Context(), inAccount, cfapi.CreateParams{Name: "ci"})
}

// beforeTheLastLook calls f before a token is read by its id.
func (b *bubbled) beforeTheLastLook(f func(id string)) {
	b.before = func(r *http.Request) {
		if id := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]; r.Method == http.MethodGet && id != "service_tokens" {
			f(id)
		}
	}
}

// live fails unless exactly these tokens are there.
func (b *bubbled) live(ids ...string) {
	b.t.Helper()
	var got []string
	for _, token := range b.Tokens() {
		got = append(got, token.ID)
	}
	slices.Sort(got)
	if !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
		b.t.Errorf("alive are %v, want %v", got, ids)
	}
}

// lastMade is the token that was made last.
func (b *bubbled) lastMade() cfsim.Token {
	b.t.Helper()
	tokens := b.Tokens()
	if len(tokens) == 0 {
		b.t.Fatal("there is no token")
	}
	return tokens[len(tokens)-1]
}

func TestATokenThatTheAnswerNamesIsDeletedWithoutAListing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour cfsim.Behaviour
		asked     string
	}{
		"as Cloudflare is believed to be": {cfsim.Behaviour{}, "create get delete create"},
		"the mark is not echoed":          {cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}, "create get delete create"},
		"the version is not shown":        {cfsim.Behaviour{OmitVersionIn: []string{"create", "get", "list"}}, "create get delete create"},
		"the mark is refused":             {cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused}, "create create get delete create create"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{Behaviour: test.behaviour}, func(t *testing.T, b *bubbled) {
				fault := cfsim.Fault{Operation: "create", Kind: cfsim.MissingSecret}
				if test.behaviour.MarkerAtCreation == cfsim.MarkerRefused {
					fault.After = 1 // the first is the one with the mark
				}
				b.Inject(fault)
				token, err := b.create()
				if err != nil {
					t.Fatal(err)
				}
				b.live(token.ID)
				b.asked(test.asked)
			})
		})
	}
}

func TestATokenThatTheAnswerNamesAndThatCannotBeDeletedEndsTheCreation(t *testing.T) {
	t.Parallel()
	for operation, asked := range map[string]string{"get": "create get", "delete": "create get delete"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.MissingSecret})
				b.Inject(cfsim.Fault{Operation: operation, Kind: cfsim.StatusBefore, Status: 403, Code: 10000})
				_, err := b.create()
				expectUnresolved(t, err, b.lastMade().ID)
				if !errors.Is(err, cfapi.ErrSecretMissing) {
					t.Errorf("the failure of the creation is out of reach: %v", err)
				}
				b.asked(asked)
			})
		})
	}
}

func TestATokenThatTheAnswerNamesButThatCannotBeReadYetIsLookedFor(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.MissingSecret})
		b.Inject(notThere(3))
		token, err := b.create()
		if err != nil {
			t.Fatal(err)
		}
		b.live(token.ID)
		b.asked("create get list get list get list get delete create")
	})
}

func TestATokenWithTheMarkThatIsListedButNotReadIsNeverForgotten(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		late  bool // it is listed once the next attempt is sent
		next  cfsim.Fault
		times int
		made  bool
		left  int
	}{
		"before another attempt": {times: -1, left: 1},
		"after a later success":  {late: true, times: -1, made: true, left: 2},
		"after a later refusal":  {late: true, next: cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}, times: -1, left: 1},
		"at first":               {times: 3, made: true, left: 1},
		"at first, when late":    {late: true, times: 3, made: true, left: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
				if test.next.Kind != "" {
					test.next.Operation = "create"
					b.Inject(test.next)
				}
				b.Inject(notThere(test.times))
				b.before = func(r *http.Request) {
					if r.Method == http.MethodPost {
						b.SetBehaviour(cfsim.Behaviour{ListEmpty: test.late && len(b.Tokens()) == 0})
					}
				}
				token, err := b.create()
				if (token != nil) != test.made {
					t.Errorf("made %v", token)
				}
				equal(t, "the number of tokens", len(b.Tokens()), test.left)
				if test.times > 0 {
					if err != nil {
						t.Error(err)
					}
					return
				}
				expectUnresolved(t, err, b.Tokens()[0].ID)
			})
		})
	}
}

func TestALostTokenThatIsNoLongerAsItWasMadeIsKeptAndNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour cfsim.Behaviour
		change    func(*bubbled, string)
		why       string
	}{
		"used":                         {cfsim.Behaviour{}, func(b *bubbled, id string) { b.Use(id) }, "somebody has used it"},
		"renamed":                      {cfsim.Behaviour{}, func(b *bubbled, id string) { b.SetName(id, "theirs") }, "another name"},
		"rotated":                      {cfsim.Behaviour{}, func(b *bubbled, id string) { b.RotateElsewhere(id) }, "it no longer has the creation's mark"},
		"rotated, and the mark stayed": {cfsim.Behaviour{DashboardSetsNoEnd: true}, func(b *bubbled, id string) { b.RotateElsewhere(id) }, "another version"},
	} {
		for _, kind := range []cfsim.FaultKind{cfsim.CutAfter, cfsim.MissingSecret} {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				bubble(t, cfsim.Config{Behaviour: test.behaviour}, func(t *testing.T, b *bubbled) {
					b.Inject(cfsim.Fault{Operation: "create", Kind: kind})
					b.beforeTheLastLook(func(id string) { test.change(b, id) })
					_, err := b.create()
					expectUnresolved(t, err, b.lastMade().ID)
					if !strings.Contains(err.Error(), test.why) {
						t.Errorf("%q does not say %q", err, test.why)
					}
					b.live(b.lastMade().ID)
				})
			})
		}
	}
}

func TestAMarkThatAReadByIDDoesNotShowProvesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{OmitPreviousEndIn: []string{"get"}}}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
		_, err := b.create()
		expectUnresolved(t, err, b.lastMade().ID)
		b.live(b.lastMade().ID)
	})
}

func TestALostTokenHasTheVersionThatWasAskedFor(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
		token, err := b.Create(t.Context(), inAccount, cfapi.CreateParams{Name: "ci", ClientSecretVersion: new(int64(3))})
		if err != nil {
			t.Fatal(err)
		}
		b.live(token.ID)
	})
}

func TestOnlyTokensThatMayBeTheLostOneAreNamed(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.AddToken(accountPath, cfsim.NewToken{Name: "ci"})
		time.Sleep(5*time.Minute + time.Second) // so it was made before, whatever this machine's clock shows
		b.AddToken(accountPath, cfsim.NewToken{Name: "another name"})
		b.AddToken(accountPath, cfsim.NewToken{Name: "ci", PreviousClientSecretExpiresAt: &aMark})
		b.SetBehaviour(cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused})
		if _, err := b.create(); err != nil { // by this client, which holds its secret
			t.Fatal(err)
		}
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
		_, err := b.create()
		expectUnresolved(t, err, b.lastMade().ID)
	})
}

func TestAClockThatIsAFewMinutesOffDoesNotHideTheLostToken(t *testing.T) {
	t.Parallel()
	fast := func(c *cfapi.Config) {
		c.Timing.Now = func() time.Time { return time.Now().Add(4 * time.Minute) }
	}
	bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
		_, err := b.create()
		expectUnresolved(t, err, b.lastMade().ID)
	}, fast)
}

func TestAnUnmarkedTokenIsNotSuspectedWhereTheListingShowsMarks(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		marked := b.AddToken(accountPath, cfsim.NewToken{Name: "another", PreviousClientSecretExpiresAt: &aMark})
		theirs := b.AddToken(accountPath, cfsim.NewToken{Name: "ci"})
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutBefore})
		token, err := b.create()
		if err != nil {
			t.Fatal(err)
		}
		b.live(marked.ID, theirs.ID, token.ID)
	})
}

func TestASearchThatIsStoppedNamesWhatItHasSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behaviour cfsim.Behaviour
		fault     cfsim.Fault
	}{
		"without a mark":   {cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerNotEchoed}, cfsim.Fault{Operation: "get", Kind: cfsim.Slow}},
		"but not yet read": {cfsim.Behaviour{}, notThere(-1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{Behaviour: test.behaviour}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
				b.Inject(test.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				_, err := b.Create(ctx, inAccount, cfapi.CreateParams{Name: "ci"})
				expectUnresolved(t, err, b.lastMade().ID)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want the end of the time", err)
				}
			})
		})
	}
}

func TestALastLookThatFailsIsSaid(t *testing.T) {
	t.Parallel()
	refused := cfsim.Fault{Kind: cfsim.StatusBefore, Status: 403, Code: 10000}
	for name, test := range map[string]struct {
		second *cfsim.Fault // what becomes of the second attempt
		list   cfsim.Fault
		why    func(error) bool
	}{
		"after a success":               {nil, refused, cfapi.IsAuth},
		"after a refusal":               {&cfsim.Fault{Kind: cfsim.StatusBefore, Status: 400, Code: 12130, Times: 2}, refused, cfapi.IsAuth},
		"after a success, when stopped": {nil, cfsim.Fault{Kind: cfsim.Slow}, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{ListEmpty: true}}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutBefore})
				if test.second != nil {
					test.second.Operation = "create"
					b.Inject(*test.second)
				}
				test.list.Operation, test.list.After = "list", 6 // those that look for the first attempt's token
				b.Inject(test.list)
				ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
				defer cancel()
				token, err := b.Create(ctx, inAccount, cfapi.CreateParams{Name: "ci"})
				if (token != nil) != (test.second == nil) {
					t.Errorf("made %v", token)
				}
				unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
				if !ok {
					t.Fatalf("got %v, want an UnresolvedError", err)
				}
				if !test.why(unresolved.Look) {
					t.Errorf("the last look failed with %v", unresolved.Look)
				}
			})
		})
	}
}

func TestACreationGivesUpAndSaysWhatItsAttemptsLeft(t *testing.T) {
	t.Parallel()
	for kind, says := range map[cfsim.FaultKind]string{
		cfsim.CutAfter:     "; tried 5 times, and no token is left behind",
		cfsim.CutBefore:    "tried 2 times, and for 2 of the attempts no token was listed within half a minute",
		cfsim.StatusBefore: "tried 2 times, and for 2 of the attempts no token was listed within half a minute",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: kind, Times: -1})
				_, err := b.create()
				if err == nil || !strings.HasSuffix(err.Error(), says) || strings.Contains(err.Error(), "may have taken effect") || cfapi.IsOutcomeUnknown(err) {
					t.Errorf("got %v, want %q", err, says)
				}
				b.live()
			})
		})
	}
}

func TestTokensThatAreListedTooLateEndACreationAfterTwoSearches(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{Behaviour: cfsim.Behaviour{ListLag: 40 * time.Second}}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusAfter, Times: -1})
		began := time.Now()
		_, err := b.create()
		expectUnresolved(t, err)
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("it took %s", took)
		}
		b.live(b.lastMade().ID) // the first was listed meanwhile
	})
}

func TestANewAttemptWaitsAsLongAsTheAnswerAskedFor(t *testing.T) {
	t.Parallel()
	for kind, asked := range map[cfsim.FaultKind]string{
		cfsim.ProblemAfter:  "create list get delete create",
		cfsim.ProblemBefore: "create list list list list list list create list", // and the last look
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
				b.Inject(cfsim.Fault{Operation: "create", Kind: kind, RetryAfter: "90"})
				began := time.Now()
				token, err := b.create()
				if err != nil {
					t.Fatal(err)
				}
				b.live(token.ID)
				b.asked(asked)
				equal(t, "when it was made", token.CreatedAt.Sub(began), 90*time.Second)
			})
		})
	}
}

func TestACreationIsNotTriedAgainWhereTheAnswerSaysThatItWouldFail(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.ProblemAfter, Final: true})
		_, err := b.create()
		if err == nil || !strings.HasSuffix(err.Error(), "; not tried again, since the answer says that it would fail again, and no token is left behind") {
			t.Errorf("got %v", err)
		}
		b.live()
		b.asked("create list get delete")
	})
}

func TestAnInterruptedWaitForANewAttemptSendsNothingMore(t *testing.T) {
	t.Parallel()
	user, interrupt := context.WithCancel(t.Context())
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.ProblemAfter, RetryAfter: "90"})
		_, err := b.Create(cfapi.Interruptible(context.WithoutCancel(user), user), inAccount, cfapi.CreateParams{Name: "ci"})
		if err == nil || !strings.Contains(err.Error(), "not tried again: stopped while waiting 1m30s to try again: the run was interrupted") {
			t.Errorf("got %v, want the interruption", err)
		}
		b.live()
		b.asked("create list get delete")
	}, func(c *cfapi.Config) {
		c.OnWait = func(_ context.Context, w cfapi.Wait) {
			if w.Reason == cfapi.ForRetry {
				interrupt()
			}
		}
	})
}

func TestWhatACreationWaitsForIsReported(t *testing.T) {
	t.Parallel()
	var reported []string
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.StatusBefore})
		if _, err := b.create(); err != nil {
			t.Fatal(err)
		}
		equal(t, "what was reported", slices.Compact(reported), []string{"looking for a token that the creation may have left behind"})
	}, func(c *cfapi.Config) {
		c.OnWait = func(_ context.Context, w cfapi.Wait) { reported = append(reported, w.String()) }
	})
}

func TestAnInterruptedCreationIsSettledAndNotTriedAgain(t *testing.T) {
	t.Parallel()
	bubble(t, cfsim.Config{}, func(t *testing.T, b *bubbled) {
		user, interrupt := context.WithCancel(t.Context())
		b.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
		b.Inject(cfsim.Fault{Operation: "list", Kind: cfsim.RateLimited, RetryAfter: "5"}) // which is waited for all the same
		b.before = func(r *http.Request) {
			if r.Method == http.MethodPost {
				interrupt()
			}
		}
		_, err := b.Create(cfapi.Interruptible(context.WithoutCancel(user), user), inAccount, cfapi.CreateParams{Name: "ci"})
		if err == nil || !strings.Contains(err.Error(), "not tried again: the run was interrupted") {
			t.Errorf("got %v, want the interruption", err)
		}
		b.live()
		b.asked("create list list get delete")
	})
}

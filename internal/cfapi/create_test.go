package cfapi_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// world is a client and a simulator whose clock passes as fast as the client
// waits.
type world struct {
	*cfapi.Client
	sim   *cfsim.Simulator
	scope cfapi.Scope
}

func newWorld(t *testing.T, behaviour cfsim.Behaviour) world {
	t.Helper()
	sim := cfsim.New(cfsim.Config{Behaviour: behaviour})
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := cfapi.New(cfapi.Config{
		BaseURL: server.BaseURL, APIToken: cfsim.DefaultAPIToken, MaxRetries: new(2), RequestTimeout: new(5 * time.Second),
		Timing: cfapi.Timing{Sleep: func(ctx context.Context, d time.Duration) error {
			sim.Advance(d)
			return context.Cause(ctx)
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return world{client, sim, cfapi.Account(cfsim.DefaultAccountID)}
}

func (w world) create(t *testing.T, name string) (*cfapi.Token, error) {
	t.Helper()
	return w.Create(t.Context(), w.scope, cfapi.CreateParams{Name: name})
}

// expectOnly fails unless the token is the one that lives, and its secret works.
func (w world) expectOnly(t *testing.T, token *cfapi.Token) {
	t.Helper()
	live := w.sim.Tokens()
	if len(live) != 1 || live[0].ID != token.ID {
		t.Errorf("alive: %v, want only %s", live, token.ID)
	}
	if !w.sim.Authenticates(token.ClientID, token.ClientSecret.Reveal()) {
		t.Error("the secret does not work")
	}
}

func (w world) operations() (operations []string) {
	for _, request := range w.sim.Requests() {
		operations = append(operations, request.Operation)
	}
	return operations
}

func TestCreateIsOneRequestAndHidesItsMarker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{})
	token, err := w.create(t, "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.expectOnly(t, token)
	if got := w.operations(); !slices.Equal(got, []string{"create"}) {
		t.Errorf("requests: %v", got)
	}
	if w.sim.Tokens()[0].PreviousClientSecretExpiresAt == nil {
		t.Error("the creation carried no marker")
	}
	read, err := w.Get(t.Context(), w.scope, token.ID)
	if err != nil || read.PreviousClientSecretExpiresAt != nil || token.PreviousClientSecretExpiresAt != nil {
		t.Errorf("the marker shows as the end of a previous secret (%v)", err)
	}
}

// lostAnswers are the faults after which nobody knows whether a token was made.
var lostAnswers = []cfsim.FaultKind{
	cfsim.CutBefore, cfsim.CutAfter, cfsim.Truncate, cfsim.Garbage, cfsim.EmptyBody, cfsim.FalseSuccessBefore, cfsim.FalseSuccessAfter,
	cfsim.HTMLBefore, cfsim.HTMLAfter, cfsim.ProblemBefore, cfsim.ProblemAfter, cfsim.StatusBefore, cfsim.StatusAfter, cfsim.MissingSecret,
}

func TestCreateLeavesExactlyOneTokenWhateverBecomesOfAnAnswerUntilItLooksInVainTwice(t *testing.T) {
	t.Parallel()
	for _, kind := range lostAnswers {
		for times := 1; times <= 2; times++ {
			t.Run(string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, cfsim.Behaviour{})
				w.sim.Inject(cfsim.Fault{Operation: "create", Kind: kind, Times: times})
				token, err := w.create(t, "ci")
				if times == 2 && strings.HasSuffix(string(kind), "before") {
					// Two searches find nothing, since there is nothing.
					if expectUnresolved(t, err); len(w.sim.Tokens()) > 0 {
						t.Errorf("alive: %v", w.sim.Tokens())
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				w.expectOnly(t, token)
			})
		}
	}
}

func TestCreateThatNeverGetsAnAnswerLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range lostAnswers {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, cfsim.Behaviour{})
			w.sim.Inject(cfsim.Fault{Operation: "create", Kind: kind, Times: -1})
			if _, err := w.create(t, "ci"); err == nil {
				t.Error("succeeded")
			}
			if live := w.sim.Tokens(); len(live) != 0 {
				t.Errorf("left behind: %v", live)
			}
		})
	}
}

func TestCreateFindsItsTokenAlsoWhereItIsListedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{ListLag: 20 * time.Second})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
	token, err := w.create(t, "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.expectOnly(t, token)
}

func TestCreateLooksOnceMoreAfterItsSuccessForWhatIsListedTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{ListLag: 40 * time.Second})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
	// The second attempt takes its time, after which the first one's is listed.
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.RateLimited, RetryAfter: "15"})
	token, err := w.create(t, "ci")
	if err != nil {
		t.Fatal(err)
	}
	w.expectOnly(t, token)
}

func TestCreateSaysSoWhereTheListingShowsNothingOfALostAttempt(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"filtered": {ListEmpty: true}, "far behind": {ListLag: 10 * time.Minute},
	} {
		for _, times := range []int{1, -1} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, behaviour)
				w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter, Times: times})
				token, err := w.create(t, "ci")
				if _, ok := errors.AsType[*cfapi.UnresolvedError](err); !ok {
					t.Errorf("got %v, want an UnresolvedError: %d tokens exist", err, len(w.sim.Tokens()))
				}
				if (token != nil) != (times == 1) {
					t.Errorf("the token that was made: %v", token)
				}
			})
		}
	}
}

func TestCreateWaitsForTheListingToShowItsTokenBeforeItBelievesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{ListLag: 40 * time.Second})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter})
	token, err := w.create(t, "ci")
	if expectUnresolved(t, err); !strings.Contains(err.Error(), "does not even show the token that was just created") {
		t.Errorf("got %v", err)
	}
	w.expectOnly(t, token)
}

func TestCreateDeletesNothingThatItCannotProveToBeItsOwn(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"the marker is refused":           {MarkerAtCreation: cfsim.MarkerRefused},
		"the marker is not echoed":        {MarkerAtCreation: cfsim.MarkerNotEchoed},
		"the marker is not listed":        {OmitPreviousEndIn: []string{"list"}},
		"the listing is refused":          {Refused: []string{"list"}},
		"the version is not in an answer": {OmitVersionIn: []string{"create", "list", "get"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, behaviour)
			lost := cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter}
			if behaviour.MarkerAtCreation == cfsim.MarkerRefused {
				lost.After = 1 // the first is the one with the marker
			}
			w.sim.Inject(lost)
			_, err := w.create(t, "ci")
			unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
			if !ok {
				t.Fatalf("got %v, want an UnresolvedError", err)
			}
			live := w.sim.Tokens()
			if len(live) != 1 {
				t.Fatalf("alive: %v, want the token whose answer was lost", live)
			}
			if behaviour.Refused == nil && !slices.Contains(unresolved.Candidates, live[0].ID) {
				t.Errorf("the error does not name the token: %v", err)
			}
			if slices.Contains(w.operations(), "delete") {
				t.Error("something was deleted")
			}
		})
	}
}

func TestCreateGoesOnWithoutAMarkerWhereItIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{MarkerAtCreation: cfsim.MarkerRefused})
	for range 2 {
		if _, err := w.create(t, "ci"); err != nil {
			t.Fatal(err)
		}
	}
	// The refusal is remembered.
	if got := w.operations(); !slices.Equal(got, []string{"create", "create", "create"}) {
		t.Errorf("requests: %v", got)
	}
}

func TestAnInvalidCreationIsNotTakenForARefusedMarker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{})
	if _, err := w.Create(t.Context(), w.scope, cfapi.CreateParams{Name: "ci", Duration: new("a year")}); !isInvalid(err) {
		t.Fatalf("got %v, want the refusal", err)
	}
	if _, err := w.create(t, "ci"); err != nil {
		t.Fatal(err)
	}
	if w.sim.Tokens()[0].PreviousClientSecretExpiresAt == nil {
		t.Error("later creations carry no marker")
	}
}

func TestCreateNeverHarmsATokenOfTheSameNameThatSomebodyElseMakes(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]cfsim.Behaviour{
		"marker echoed": {}, "marker not echoed": {MarkerAtCreation: cfsim.MarkerNotEchoed}, "listed late": {ListLag: 3 * time.Second},
	} {
		for _, kind := range lostAnswers {
			t.Run(name+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, behaviour)
				// Another process of the same provider, and somebody in the dashboard.
				other := newWorldAt(t, w)
				before := w.sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci"})
				theirs, err := other.create(t, "ci")
				if err != nil {
					t.Fatal(err)
				}
				w.sim.Inject(cfsim.Fault{Operation: "create", Kind: kind})
				_, _ = w.create(t, "ci")
				for _, id := range []string{before.ID, theirs.ID} {
					if _, ok := w.sim.Token(id); !ok {
						t.Errorf("the token %s of somebody else was deleted", id)
					}
				}
			})
		}
	}
}

func TestTokensOfOneNameCanBeMadeInParallelThroughLostAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.CutAfter, After: 1, Times: 3})
	const n = 10
	tokens := make([]*cfapi.Token, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			token, err := w.create(t, "ci")
			if err != nil {
				t.Errorf("creating: %v", err)
				return
			}
			tokens[i] = token
		})
	}
	wait.Wait()
	if got := len(w.sim.Tokens()); got != n {
		t.Errorf("%d tokens live, want %d", got, n)
	}
	for _, token := range tokens {
		if token != nil && !w.sim.Authenticates(token.ClientID, token.ClientSecret.Reveal()) {
			t.Errorf("the secret of %s does not work", token.ID)
		}
	}
}

func TestCreateThatIsStoppedNamesWhatItKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, cfsim.Behaviour{})
	w.sim.Inject(cfsim.Fault{Operation: "create", Kind: cfsim.HangAfter})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := w.Create(ctx, w.scope, cfapi.CreateParams{Name: "ci"})
	if unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err); !ok || !strings.Contains(unresolved.Why, "stopped") {
		t.Errorf("got %v, want an UnresolvedError that says that it was stopped", err)
	}
}

// newWorldAt is another client of the same simulator.
func newWorldAt(t *testing.T, w world) world {
	t.Helper()
	server, err := w.sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client, err := cfapi.New(cfapi.Config{BaseURL: server.BaseURL, APIToken: cfsim.DefaultAPIToken, MaxRetries: new(0)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return world{client, w.sim, w.scope}
}

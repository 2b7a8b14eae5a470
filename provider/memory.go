package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// memory is what one call leaves for the next within a run. The engine sends the calls
// of a provider reference and phase to one process, and configures it first; a
// plugin that is attached for debugging serves several runs.
type memory struct {
	guard    *guard
	searches searches

	mu sync.Mutex
	// outside reports that the provider works outside of a stack, for `pulumi do`.
	outside bool
	// scopes remembers where each live resource's token is, for the second Check of
	// a replacement, which the engine sends without old inputs.
	scopes map[resource.URN]cfapi.Scope
	// places is where a resource's token was made or deleted.
	places map[resource.URN]cfapi.Scope
	// warned holds what each resource was warned of.
	warned map[string]bool
	// answers are those of calls that must not be carried out twice.
	answers map[resource.URN]answered
	// rotated are the tokens that this run rotates, and for which resource.
	rotated map[string]resource.URN
	// seen is when tokens were last used, as reads have shown. The state does not
	// keep it, since it changes by itself.
	seen map[string]time.Time
	// graces is, by client id, when the previous client secret of each token stops
	// working that this run has compared or changed.
	// It is zero if there is no previous client secret.
	graces map[string]time.Time
	// calls says, for each scope, which call returns the client secret of a
	// rotation, where an update was seen to return none.
	calls map[cfapi.Scope]string
}

func newMemory() *memory {
	m := &memory{guard: newGuard()}
	m.forget()
	return m
}

// forget empties the memory.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.guard.reset()
	m.searches.forget()
	m.scopes, m.places = map[resource.URN]cfapi.Scope{}, map[resource.URN]cfapi.Scope{}
	m.warned, m.answers, m.graces = map[string]bool{}, map[resource.URN]answered{}, map[string]time.Time{}
	m.seen, m.rotated, m.calls = map[string]time.Time{}, map[string]resource.URN{}, map[cfapi.Scope]string{}
}

// configured records after each Configure the name of the provider's resource. That
// of `pulumi do` has none.
func (m *memory) configured(name *string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outside = name != nil && *name == ""
}

func (m *memory) inStack() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.outside
}

func (m *memory) rememberScope(urn resource.URN, scope cfapi.Scope) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.scopes[urn] = scope
}

func (m *memory) rememberedScope(urn resource.URN) (cfapi.Scope, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	scope, ok := m.scopes[urn]
	return scope, ok
}

// noteMove warns of a replacement that moves a token although nothing has shown
// that: `pulumi up --replace` asks for neither a Check with old inputs nor a Diff,
// and where the program leaves the scope out, the provider's default account may
// have changed since.
func (m *memory) noteMove(ctx context.Context, scope cfapi.Scope) {
	m.mu.Lock()
	urn := middleware.Of(ctx).URN
	_, shown := m.scopes[urn]
	other, moved := m.places[urn]
	m.places[urn] = scope
	m.mu.Unlock()
	if moved && !shown && other != scope {
		logWarning(ctx, fmt.Sprintf("the replacement moved the token between %s and %s: the program sets neither accountId nor zoneId, "+
			"and a new token is created in the provider's default account. To choose the place, set accountId or zoneId.", other, scope))
	}
}

// first reports whether this is the first time in this run that the resource is
// warned of a thing: a refresh reads and then compares, and would say it twice.
func (m *memory) first(ctx context.Context, warning string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := string(middleware.Of(ctx).URN) + warning
	said := m.warned[key]
	m.warned[key] = true
	return !said
}

// answered is what a Create or an Update came to. An `onError` hook of the program
// can make the engine repeat the call.
type answered struct {
	// inputs and state are what the call was made with.
	inputs servicetoken.Inputs
	state  servicetoken.State
	id     string
	output servicetoken.State
	err    error
}

// finished remembers a call that failed and yet changed something, or may have.
// Carried out once more it would make a second token or a second rotation.
func (m *memory) finished(urn resource.URN, a answered) {
	_, unresolved := errors.AsType[*cfapi.UnresolvedError](a.err)
	if a.err == nil || a.id == "" && !unresolved && !cfapi.IsOutcomeUnknown(a.err) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[urn] = a
}

// repeated returns the answer to the same call, if there was one.
func (m *memory) repeated(urn resource.URN, inputs servicetoken.Inputs, state servicetoken.State) (answered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.answers[urn]
	return a, ok && reflect.DeepEqual(a.inputs, inputs) && reflect.DeepEqual(a.state, state)
}

// again is the error of a repeated call: that of the first one if it stored nothing,
// and otherwise none, since the state that it returns is stored now.
func (a answered) again(ctx context.Context) error {
	failed, stored := errors.AsType[infer.ResourceInitFailedError](a.err)
	if !stored {
		return a.err
	}
	logWarning(ctx, "not tried again, since the first attempt may have taken effect: "+strings.Join(failed.Reasons, "; "))
	return nil
}

// rotates is called before a token is rotated. It names another resource for which
// this run does that already; otherwise the rotation is the caller's, if it goes on.
func (m *memory) rotates(urn resource.URN, tokenID string, goesOn bool) (other string, twice bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if first, ok := m.rotated[tokenID]; ok && first != urn {
		return first.Name(), true
	}
	if goesOn {
		m.rotated[tokenID] = urn
	}
	return "", false
}

// releases records that the caller did not rotate a token after all.
func (m *memory) releases(urn resource.URN, tokenID string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rotated[tokenID] == urn {
		delete(m.rotated, tokenID)
	}
}

// saw records when a token was last used.
func (m *memory) saw(tokenID string, at *time.Time) {
	if at == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[tokenID] = *at
}

func (m *memory) lastSeenAt(tokenID string) *time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.seen[tokenID]; ok {
		return &at
	}
	return nil
}

// rotationCall is which call returns the client secret of a rotation; empty as
// long as an update is believed to.
func (m *memory) rotationCall(scope cfapi.Scope, state servicetoken.State) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if state.RotationCall != nil {
		return *state.RotationCall
	}
	return m.calls[scope]
}

func (m *memory) learnRotationCall(scope cfapi.Scope, call string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[scope] = call
}

// learnGrace remembers how long the previous client secret of a token works.
func (m *memory) learnGrace(state servicetoken.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.graces[state.ClientID] = state.PreviousSecretEndsAt()
}

// graceOf returns when the previous client secret of the token with this client id stops
// working, if this run has looked at the token.
func (m *memory) graceOf(clientID string) (ends time.Time, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ends, known = m.graces[clientID]
	return ends, known
}

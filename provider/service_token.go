package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// infer finds optional behaviour by type assertion at run time: a method with
// another signature would silently not exist.
var (
	_ infer.CustomResource[ServiceTokenArgs, ServiceTokenState]       = (*ServiceToken)(nil)
	_ infer.CustomRead[ServiceTokenArgs, ServiceTokenState]           = (*ServiceToken)(nil)
	_ infer.CustomUpdate[ServiceTokenArgs, ServiceTokenState]         = (*ServiceToken)(nil)
	_ infer.CustomDelete[ServiceTokenState]                           = (*ServiceToken)(nil)
	_ infer.ExplicitDependencies[ServiceTokenArgs, ServiceTokenState] = (*ServiceToken)(nil)
	_ infer.CustomStateMigrations[ServiceTokenState]                  = (*ServiceToken)(nil)
	_ infer.Annotated                                                 = (*ServiceToken)(nil)
	_ infer.Annotated                                                 = (*ServiceTokenArgs)(nil)
	_ infer.Annotated                                                 = (*ServiceTokenState)(nil)
)

// ServiceToken is the controller of cfaccess:index:ServiceToken. infer describes it,
// and calls Create, Read, Update and Delete; Check and Diff are answered without
// infer (see service_token_check.go).
type ServiceToken struct {
	config *Config
	now    func() time.Time
	memory *memory
}

func newServiceToken(config *Config, now func() time.Time) *ServiceToken {
	return &ServiceToken{config: config, now: now, memory: newMemory()}
}

// WireDependencies switches infer's guess off, by which one changed input makes
// every output unknown: previews mark what will change, and nothing else.
func (*ServiceToken) WireDependencies(f infer.FieldSelector, _ *ServiceTokenArgs, state *ServiceTokenState) {
	f.OutputField(state).AlwaysKnown()
	f.OutputField(&state.ClientSecret).AlwaysSecret()
}

// StateMigrations has infer read every state as Diff does. It is called on a nil
// receiver.
func (*ServiceToken) StateMigrations(context.Context) []infer.StateMigrationFunc[ServiceTokenState] {
	return []infer.StateMigrationFunc[ServiceTokenState]{infer.StateMigration(
		func(ctx context.Context, _ property.Map) (infer.MigrationResult[ServiceTokenState], error) {
			_, state := decode(middleware.Of(ctx))
			return infer.MigrationResult[ServiceTokenState]{Result: &ServiceTokenState{state}}, nil
		})}
}

// decode reads what a call is about: what the program asks for, and what the stack
// stores.
func decode(c *middleware.Call) (servicetoken.Wanted, servicetoken.State) {
	want := servicetoken.Wanted{Inputs: servicetoken.ReadInputs(c.Inputs), Last: servicetoken.ReadLast(c.OldInputs)}
	var held *int
	if c.Inputs.Len() > 0 { // a deletion knows of no program
		held = new(want.HeldVersion())
	}
	return want, servicetoken.ReadState(c.State, held)
}

// decode is what a call is about, with what the configuration adds.
func (t *ServiceToken) decode(c *middleware.Call) (servicetoken.Wanted, servicetoken.State) {
	want, state := decode(c)
	want.HeldBy = t.config.heldBy
	return want, state
}

// Create makes the token. Its preview makes no request, and has no id: a
// placeholder would reach dependents as a known, wrong value.
func (t *ServiceToken) Create(ctx context.Context, req infer.CreateRequest[ServiceTokenArgs]) (infer.CreateResponse[ServiceTokenState], error) {
	call := middleware.Of(ctx)
	inputs := servicetoken.ReadInputs(call.Inputs)
	t.warnOfNoStack(ctx)
	if req.DryRun {
		state, computed := servicetoken.PreviewCreate(inputs)
		call.Computed = computed
		return infer.CreateResponse[ServiceTokenState]{Output: ServiceTokenState{state}}, nil
	}
	if first, again := t.memory.repeated(call.URN, inputs, servicetoken.State{}); again {
		return infer.CreateResponse[ServiceTokenState]{ID: first.id, Output: ServiceTokenState{first.output}}, first.again(ctx)
	}
	id, state, err := t.create(ctx, inputs)
	if id == "" {
		t.memory.guard.notCreated(call.URN)
	} else {
		t.memory.guard.created(call.URN, t.holderOf(state.TokenID, state))
	}
	t.memory.finished(call.URN, answered{inputs: inputs, id: id, output: state, err: err})
	return infer.CreateResponse[ServiceTokenState]{ID: id, Output: ServiceTokenState{state}}, err
}

func (t *ServiceToken) create(ctx context.Context, inputs servicetoken.Inputs) (id string, state servicetoken.State, err error) {
	scope, name := inputs.Scope(), inputs.Name.Value
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return "", state, err
	}
	defer cancel()

	params := inputs.CreateParams()
	if urn := middleware.Of(ctx).URN; urn.Name() != "" { // `pulumi do` has no resource
		params.MadeFor = string(urn)
	}
	token, err := t.config.client.Create(ctx, scope, params)
	if token == nil {
		return "", state, fmt.Errorf("creating service token %q in %s: %w", name, scope, t.config.adviseCreate(err, scope, name))
	}
	ref := servicetoken.Ref{Scope: scope, TokenID: token.ID}
	if middleware.Of(ctx).Abandoned() {
		return "", state, discard(ctx, t.config.client, ref)
	}
	t.memory.noteMove(ctx, scope)
	if err != nil {
		// The token is there, and so is its secret: they reach the state with the
		// error, which is about an earlier attempt.
		err = infer.ResourceInitFailedError{Reasons: []string{
			fmt.Sprintf("%s was created, and its client secret is stored, but %v", ref, t.config.adviseCreate(err, scope, name)),
		}}
	}
	return ref.ID(), servicetoken.Created(inputs, ref, *token, t.now().Add(t.clockOffset())), err
}

// clockOffset is how far Cloudflare's clock is ahead of this machine's, by the answer
// that came last, where they differ by more than they may.
func (t *ServiceToken) clockOffset() time.Duration {
	const tolerated = time.Minute
	theirs := t.config.client.ServerTime()
	offset := theirs.Sub(t.now().Truncate(time.Second)) // the answer says whole seconds
	if theirs.IsZero() || offset.Abs() <= tolerated {
		return 0
	}
	return offset
}

// Read brings the state up to date, or imports. It writes nothing.
func (t *ServiceToken) Read(ctx context.Context, req infer.ReadRequest[ServiceTokenArgs, ServiceTokenState]) (infer.ReadResponse[ServiceTokenArgs, ServiceTokenState], error) {
	var none infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]
	urn, before := middleware.Of(ctx).URN, req.State.State
	importing := before.TokenID == ""

	ref, err := servicetoken.Locate(req.ID, before, t.config.defaultAccount.value)
	if err != nil {
		if importing {
			t.memory.guard.imported(urn, servicetoken.TokenIDIn(req.ID), true)
		}
		return none, err
	}
	token, err := t.config.client.Read(ctx, ref.Scope, ref.TokenID)
	if importing {
		t.memory.guard.imported(urn, ref.TokenID, err != nil && !cfapi.IsNotFound(err))
	}
	switch {
	case cfapi.IsNotFound(err) && !importing:
		t.warnOfGone(ctx, ref)
		return none, nil // an empty id means to the engine that it is gone
	case cfapi.IsNotFound(err):
		return none, fmt.Errorf("%s does not exist: check the id %s, or remove the option `import` if the token was deleted", ref, ref.ID())
	case err != nil:
		return none, fmt.Errorf("reading %s: %w", ref, t.config.advise(err, ref.Scope, refusal.Reading))
	}

	t.memory.saw(ref.TokenID, token.LastSeenAt)
	if importing {
		// A program's `get` is read in the same way, and cannot follow any advice: the
		// next Check or Diff of an import gives it.
		state := servicetoken.Imported(ref, *token)
		return infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]{ID: req.ID, Inputs: importedArgs(state), State: ServiceTokenState{state}}, nil
	}
	want, _ := t.decode(middleware.Of(ctx))
	state := before.Refreshed(ref, *token)
	want.Inputs = want.Refreshed(state)
	t.warnOfSecret(ctx, want, state)
	// What the next run is going to do needs no warning.
	if pl, err := servicetoken.PlanChange(want, ref.Scope, state, t.now()); err == nil {
		t.warn(ctx, want, state, pl)
	}
	if state.Adopting {
		state = state.Foreign()
	}
	return infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]{ID: req.ID, Inputs: req.Inputs.refreshed(want.Inputs), State: ServiceTokenState{state}}, nil
}

// Update carries out what the plan decides, in one request where that is possible.
func (t *ServiceToken) Update(ctx context.Context, req infer.UpdateRequest[ServiceTokenArgs, ServiceTokenState]) (infer.UpdateResponse[ServiceTokenState], error) {
	var none infer.UpdateResponse[ServiceTokenState]
	call, state := middleware.Of(ctx), req.State.State
	want, _ := t.decode(call)
	if first, again := t.memory.repeated(call.URN, want.Inputs, state); again && !req.DryRun {
		return infer.UpdateResponse[ServiceTokenState]{Output: ServiceTokenState{first.output}}, first.again(ctx)
	}
	pl, ref, err := t.plan(&want, req.ID, state)
	if err != nil {
		return none, err
	}
	announce(ctx, pl)
	if pl.Rotates() {
		t.warnOfNoStack(ctx)
	}
	if req.DryRun {
		call.Computed = pl.Computed
		return infer.UpdateResponse[ServiceTokenState]{Output: ServiceTokenState{pl.Preview(state)}}, nil
	}
	if pl.Empty() {
		// The engine asks for an update after a failure, also when nothing differs.
		return infer.UpdateResponse[ServiceTokenState]{Output: req.State}, nil
	}
	c := &change{token: t, ref: ref, want: want, plan: pl, before: state, state: state}
	err = c.carryOut(ctx)
	if _, stored := errors.AsType[infer.ResourceInitFailedError](err); err != nil && !stored {
		return none, err
	}
	t.memory.guard.updated(call.URN, t.holderOf(ref.TokenID, c.state))
	t.memory.learnGrace(c.state)
	t.memory.finished(call.URN, answered{inputs: want.Inputs, state: state, id: req.ID, output: c.state, err: err})
	if err == nil { // the answer may show what nobody knew
		t.warnOfSecret(ctx, want, c.state)
		t.say(ctx, "disabled", servicetoken.DisabledWarning(want, c.state))
	}
	return infer.UpdateResponse[ServiceTokenState]{Output: ServiceTokenState{c.state}}, err
}

// Delete deletes the token. One that is gone already is a success.
func (t *ServiceToken) Delete(ctx context.Context, req infer.DeleteRequest[ServiceTokenState]) (infer.DeleteResponse, error) {
	ref, err := servicetoken.Locate(req.ID, req.State.State, t.config.defaultAccount.value)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	waiting := func() { p.GetLogger(ctx).InfoStatus("the token is still in use: waiting before trying again") }
	keptFor, err := t.memory.guard.delete(middleware.Of(ctx).URN, t.holderOf(ref.TokenID, req.State.State), func() error {
		return t.config.client.Delete(ctx, ref.Scope, ref.TokenID, waiting)
	})
	switch {
	case cfapi.IsInUse(err):
		return infer.DeleteResponse{}, fmt.Errorf("deleting %s: %w", ref, t.adviseInUse(ctx, err, ref, req.State.ClientID))
	case err != nil:
		return infer.DeleteResponse{}, fmt.Errorf("deleting %s: %w", ref, t.config.advise(err, ref.Scope, refusal.Writing))
	case keptFor != "":
		logWarning(ctx, fmt.Sprintf("%s was kept, since %s in this stack manages the same token. To delete the token, remove that resource from the program too.", ref, keptFor))
	default:
		t.memory.noteMove(ctx, ref.Scope)
	}
	return infer.DeleteResponse{}, nil
}

// abandonedPatience bounds the deletion of a token that nobody waits for. The engine
// kills a plugin 5 seconds after a second Ctrl-C, but one that has crashed does not.
const abandonedPatience = 30 * time.Second

// discard deletes a token that was made for an engine that has gone. It was
// made a moment ago, and its secret is nowhere but in this process.
func discard(ctx context.Context, client *cfapi.Client, ref servicetoken.Ref) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonedPatience)
	defer cancel()
	if err := client.Delete(ctx, ref.Scope, ref.TokenID, nil); err != nil {
		return fmt.Errorf("deleting %s, which the engine no longer waits for: %w", ref, err)
	}
	return fmt.Errorf("%s was deleted right after its creation, because the engine no longer waits for it", ref)
}

// uninterrupted returns a context for a request that must not be cut: a POST
// or a rotation broken off in mid-flight would leave a credential that nobody
// holds. What was interrupted before it was sent is not sent.
func uninterrupted(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if ctx.Err() != nil {
		return nil, nil, fmt.Errorf("stopped before anything was sent to Cloudflare: %w", cfapi.WhyEnded(ctx))
	}
	uncut, cancel := middleware.Uninterrupted(ctx)
	return cfapi.Interruptible(uncut, ctx), cancel, nil
}

// holderOf is what an entry of the stack holds of a token now.
func (t *ServiceToken) holderOf(tokenID string, state servicetoken.State) holder {
	h := holderOf(tokenID, state, t.now())
	h.rotationsHeld = t.config.heldBy != ""
	return h
}

// plan decides what a program asks of the token that a state describes.
func (t *ServiceToken) plan(want *servicetoken.Wanted, id string, state servicetoken.State) (servicetoken.Plan, servicetoken.Ref, error) {
	ref, err := servicetoken.Locate(id, state, "")
	if err != nil {
		return servicetoken.Plan{}, servicetoken.Ref{}, err
	}
	want.LastSeenAt = t.memory.lastSeenAt(ref.TokenID)
	pl, err := servicetoken.PlanChange(*want, ref.Scope, state, t.now())
	return pl, ref, err
}

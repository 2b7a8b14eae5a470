package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// infer finds optional behaviour by type assertion at run time: a method with
// another signature would silently not exist.
var (
	_ infer.CustomResource[ServiceTokenArgs, ServiceTokenState]       = (*ServiceToken)(nil)
	_ infer.CustomCheck[ServiceTokenArgs]                             = (*ServiceToken)(nil)
	_ infer.CustomDiff[ServiceTokenArgs, ServiceTokenState]           = (*ServiceToken)(nil)
	_ infer.CustomRead[ServiceTokenArgs, ServiceTokenState]           = (*ServiceToken)(nil)
	_ infer.CustomUpdate[ServiceTokenArgs, ServiceTokenState]         = (*ServiceToken)(nil)
	_ infer.CustomDelete[ServiceTokenState]                           = (*ServiceToken)(nil)
	_ infer.ExplicitDependencies[ServiceTokenArgs, ServiceTokenState] = (*ServiceToken)(nil)
	_ infer.CustomStateMigrations[ServiceTokenState]                  = (*ServiceToken)(nil)
	_ infer.Annotated                                                 = (*ServiceToken)(nil)
	_ infer.Annotated                                                 = (*ServiceTokenArgs)(nil)
	_ infer.Annotated                                                 = (*ServiceTokenState)(nil)
)

// ServiceToken is the controller of cfaccess:index:ServiceToken.
type ServiceToken struct {
	now    func() time.Time
	memory *memory
}

func newServiceToken(now func() time.Time) *ServiceToken {
	return &ServiceToken{now: now, memory: newMemory()}
}

// ServiceTokenArgs are the resource's inputs. All that may be left out are
// pointers: absent means unmanaged, which a zero value could not say.
type ServiceTokenArgs struct {
	AccountID                     *string `pulumi:"accountId,optional"`
	ZoneID                        *string `pulumi:"zoneId,optional"`
	Name                          string  `pulumi:"name"`
	Duration                      *string `pulumi:"duration,optional"`
	Enabled                       *bool   `pulumi:"enabled,optional"`
	ClientSecretVersion           *int    `pulumi:"clientSecretVersion,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	PreviousClientSecretGrace     *string `pulumi:"previousClientSecretGrace,optional"`
	RotateAfter                   *string `pulumi:"rotateAfter,optional"`
	MinDaysForRenewal             *int    `pulumi:"minDaysForRenewal,optional"`

	RecoverClientSecret *RecoverClientSecret `pulumi:"recoverClientSecret,optional"`
}

// ServiceTokenState is what the stack stores. Its shape is a promise: stored
// states are decoded strictly, so a field is only ever added, and optional.
type ServiceTokenState struct {
	AccountID                     *string `pulumi:"accountId,optional"`
	ZoneID                        *string `pulumi:"zoneId,optional"`
	Name                          string  `pulumi:"name"`
	Duration                      *string `pulumi:"duration,optional"`
	Enabled                       *bool   `pulumi:"enabled,optional"`
	TokenID                       string  `pulumi:"tokenId"`
	ClientID                      string  `pulumi:"clientId"`
	ClientSecret                  *string `pulumi:"clientSecret,optional" provider:"secret"`
	ClientSecretVersion           *int    `pulumi:"clientSecretVersion,optional"`
	HeldClientSecretVersion       *int    `pulumi:"heldClientSecretVersion,optional"`
	PendingClientSecretVersion    *int    `pulumi:"pendingClientSecretVersion,optional"`
	AppliedClientSecretVersion    *int    `pulumi:"appliedClientSecretVersion,optional"`
	ClientSecretStatus            string  `pulumi:"clientSecretStatus"`
	ClientSecretIssuedAt          *string `pulumi:"clientSecretIssuedAt,optional"`
	RotateAfterSince              *string `pulumi:"rotateAfterSince,optional"`
	RotationCall                  *string `pulumi:"rotationCall,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	ExpiresAt                     *string `pulumi:"expiresAt,optional"`
	CreatedAt                     *string `pulumi:"createdAt,optional"`

	PendingPreviousClientSecretExpiresAt *string `pulumi:"pendingPreviousClientSecretExpiresAt,optional"`
}

// WireDependencies switches infer's guess off, by which one changed input makes
// every output unknown: previews mark what will change, and nothing else.
func (*ServiceToken) WireDependencies(f infer.FieldSelector, _ *ServiceTokenArgs, state *ServiceTokenState) {
	f.OutputField(state).AlwaysKnown()
	f.OutputField(&state.ClientSecret).AlwaysSecret()
}

// Diff shows what planChange decides.
func (t *ServiceToken) Diff(ctx context.Context, req infer.DiffRequest[ServiceTokenArgs, ServiceTokenState]) (infer.DiffResponse, error) {
	pl, want, ref, err := t.plan(ctx, req.ID, req.Inputs, req.State)
	if ref != (tokenRef{}) {
		// Also if it fails: then the entry stays.
		stays := holderOf(ref.TokenID, req.State.adopted(want.heldVersion()), t.now())
		if err := t.memory.guard.diff(callFrom(ctx).urn, pl.replace, stays); err != nil {
			return infer.DiffResponse{}, err
		}
	}
	if err != nil {
		return infer.DiffResponse{}, err
	}
	t.warn(ctx, want, req.State, pl)
	if !pl.replace {
		t.warnOfOthers(ctx, ref)
	}
	diff := map[string]p.PropertyDiff{}
	for _, step := range pl.steps {
		diff[step.property] = p.PropertyDiff{Kind: step.kind}
	}
	return infer.DiffResponse{HasChanges: !pl.empty(), DetailedDiff: diff}, nil
}

// Create makes the token. Its preview makes no request, and has no id: a
// placeholder would reach dependents as a known, wrong value.
func (t *ServiceToken) Create(ctx context.Context, req infer.CreateRequest[ServiceTokenArgs]) (infer.CreateResponse[ServiceTokenState], error) {
	if req.DryRun {
		callFrom(ctx).computed = computedByCreate(ctx, req.Inputs)
		return infer.CreateResponse[ServiceTokenState]{Output: previewCreate(req.Inputs)}, nil
	}
	if first, again := t.memory.repeated(ctx, req.Inputs, ServiceTokenState{}); again {
		return infer.CreateResponse[ServiceTokenState]{ID: first.id, Output: first.output}, first.again(ctx)
	}
	created, err := t.create(ctx, req.Inputs)
	if created.ID == "" {
		t.memory.guard.notCreated(callFrom(ctx).urn)
	} else {
		t.memory.guard.created(callFrom(ctx).urn, holderOf(created.Output.TokenID, created.Output, t.now()))
	}
	t.memory.finished(ctx, answered{inputs: req.Inputs, id: created.ID, output: created.Output, err: err})
	return created, err
}

func (t *ServiceToken) create(ctx context.Context, args ServiceTokenArgs) (infer.CreateResponse[ServiceTokenState], error) {
	var none infer.CreateResponse[ServiceTokenState]
	client := infer.GetConfig[*Config](ctx).client
	scope := scopeOf(args.AccountID, args.ZoneID)
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return none, err
	}
	defer cancel()

	token, err := client.Create(ctx, scope, cfapi.CreateParams{
		Name:                args.Name,
		Duration:            args.Duration,
		Enabled:             args.Enabled,
		ClientSecretVersion: widen(args.ClientSecretVersion),
	})
	if token == nil {
		return none, fmt.Errorf("creating service token %q in %s: %w", args.Name, scope, adviseCreate(err, scope, args.Name))
	}
	ref := tokenRef{scope, token.ID}
	if abandoned(ctx) {
		return none, discard(ctx, client, ref)
	}
	created := infer.CreateResponse[ServiceTokenState]{ID: ref.id(), Output: createdState(args, ref, *token, t.now())}
	t.memory.noteMove(ctx, scope)
	if err != nil {
		// The token is there, and so is its secret: they reach the state with the
		// error, which is about an earlier attempt.
		return created, infer.ResourceInitFailedError{Reasons: []string{
			fmt.Sprintf("%s was created, and its client secret is stored, but %v", ref, adviseCreate(err, scope, args.Name)),
		}}
	}
	return created, nil
}

// Read brings the state up to date, or imports. It writes nothing.
func (t *ServiceToken) Read(ctx context.Context, req infer.ReadRequest[ServiceTokenArgs, ServiceTokenState]) (infer.ReadResponse[ServiceTokenArgs, ServiceTokenState], error) {
	var none infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]
	config := infer.GetConfig[*Config](ctx)
	importing := req.State.TokenID == ""

	ref, err := locate(req.ID, req.State, config.defaultAccount.value)
	if err != nil {
		if importing {
			t.memory.guard.imported(callFrom(ctx).urn, tokenIDIn(req.ID), true)
		}
		return none, err
	}
	token, err := config.client.Read(ctx, ref.Scope, ref.TokenID)
	if importing {
		t.memory.guard.imported(callFrom(ctx).urn, ref.TokenID, err != nil && !cfapi.IsNotFound(err))
	}
	switch {
	case cfapi.IsNotFound(err) && !importing:
		t.warnOfGone(ctx, ref, req.Inputs)
		return none, nil // an empty id tells the engine that it is gone
	case cfapi.IsNotFound(err):
		return none, fmt.Errorf("%s does not exist: check both parts of the id %s", ref, ref.id())
	case err != nil:
		return none, fmt.Errorf("reading %s: %w", ref, advise(err, ref.Scope, reading))
	}

	t.memory.saw(ref.TokenID, token.LastSeenAt)
	if importing {
		// A program's `get` is read in the same way, and cannot follow any advice: the
		// next Check or Diff of an import gives it.
		state := ServiceTokenState{ClientSecretStatus: statusUnavailable}.read(ref, *token)
		return infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]{ID: req.ID, Inputs: importedInputs(state), State: state}, nil
	}
	state, inputs := req.State.read(ref, *token), req.Inputs
	if !req.State.foreign() {
		// A foreign one is adopted by the update that follows, which knows the program.
		state = req.State.refreshed(ref, *token)
	}
	if inputs.Name != "" { // a resource that is only read has no inputs
		inputs = refreshedInputs(inputs, state)
	}
	want := desiredFrom(callFrom(ctx), inputs)
	t.warnOfSecret(ctx, want, state)
	// What the next run is going to do needs no warning.
	if pl, err := planChange(want, ref.Scope, state, t.now()); err == nil {
		t.warn(ctx, want, state, pl)
	}
	return infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]{ID: req.ID, Inputs: inputs, State: state}, nil
}

// Update carries out what planChange decides, in one request where that is possible.
func (t *ServiceToken) Update(ctx context.Context, req infer.UpdateRequest[ServiceTokenArgs, ServiceTokenState]) (infer.UpdateResponse[ServiceTokenState], error) {
	var none infer.UpdateResponse[ServiceTokenState]
	if first, again := t.memory.repeated(ctx, req.Inputs, req.State); again && !req.DryRun {
		return infer.UpdateResponse[ServiceTokenState]{Output: first.output}, first.again(ctx)
	}
	pl, want, ref, err := t.plan(ctx, req.ID, req.Inputs, req.State)
	if err != nil {
		return none, err
	}
	pl.announce(ctx)
	state := req.State.adopted(want.heldVersion())
	if req.DryRun {
		callFrom(ctx).computed = pl.computed
		return infer.UpdateResponse[ServiceTokenState]{Output: pl.preview(state)}, nil
	}
	if pl.empty() {
		// The engine asks for an update after a failure, also when nothing differs.
		return infer.UpdateResponse[ServiceTokenState]{Output: req.State}, nil
	}
	c := &change{
		token: t, client: infer.GetConfig[*Config](ctx).client, ref: ref, plan: pl,
		recover: want.recoverClientSecret.value, before: state, state: state,
	}
	err = c.carryOut(ctx)
	_, stored := errors.AsType[infer.ResourceInitFailedError](err)
	if err != nil && !stored {
		return none, err
	}
	t.memory.guard.updated(callFrom(ctx).urn, holderOf(ref.TokenID, c.state, t.now()))
	t.memory.finished(ctx, answered{inputs: req.Inputs, state: req.State, id: req.ID, output: c.state, err: err})
	if err == nil { // the answer may show what nobody knew
		t.warnOfSecret(ctx, want, c.state)
		t.say(ctx, "disabled", warningOfDisabled(callFrom(ctx), want.enabled, c.state))
	}
	return infer.UpdateResponse[ServiceTokenState]{Output: c.state}, err
}

// Delete deletes the token. One that is gone already is a success.
func (t *ServiceToken) Delete(ctx context.Context, req infer.DeleteRequest[ServiceTokenState]) (infer.DeleteResponse, error) {
	config := infer.GetConfig[*Config](ctx)
	ref, err := locate(req.ID, req.State, config.defaultAccount.value)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	waiting := func() { p.GetLogger(ctx).InfoStatus("still in use: waiting for what uses it to go") }
	keptFor, err := t.memory.guard.delete(callFrom(ctx).urn, holderOf(ref.TokenID, req.State, t.now()), func() error {
		return config.client.Delete(ctx, ref.Scope, ref.TokenID, waiting)
	})
	switch {
	case err != nil:
		return infer.DeleteResponse{}, fmt.Errorf("deleting %s: %w", ref, advise(err, ref.Scope, writing))
	case keptFor != "":
		p.GetLogger(ctx).Warningf("%s was kept, since %s in this stack is the same token. To delete the token, remove that resource from the program too.", ref, keptFor)
	default:
		t.memory.noteMove(ctx, ref.Scope)
	}
	return infer.DeleteResponse{}, nil
}

// plan decides what the inputs ask of the token that the state describes.
func (t *ServiceToken) plan(ctx context.Context, id string, args ServiceTokenArgs, state ServiceTokenState) (plan, desired, tokenRef, error) {
	want := desiredFrom(callFrom(ctx), args)
	ref, err := locate(id, state, "")
	if err != nil {
		return plan{}, want, tokenRef{}, err
	}
	want.lastSeenAt = t.memory.lastSeenAt(ref.TokenID)
	pl, err := planChange(want, ref.Scope, state, t.now())
	return pl, want, ref, err
}

// locate tells which token a resource stands for: by its id, which is enough by
// itself, or, for an id of another provider's making, by its state.
func locate(id string, state ServiceTokenState, defaultAccountID string) (tokenRef, error) {
	ref, err := parseID(id, defaultAccountID)
	if err == nil || state.TokenID == "" || state.AccountID == nil && state.ZoneID == nil {
		return ref, err
	}
	return tokenRef{scopeOf(state.AccountID, state.ZoneID), state.TokenID}, nil
}

// scopeOf reads the scope from the two properties, one of which is set.
func scopeOf(accountID, zoneID *string) cfapi.Scope {
	if zoneID != nil {
		return cfapi.Zone(*zoneID)
	}
	return cfapi.Account(deref(accountID))
}

func widen(v *int) *int64 {
	if v == nil {
		return nil
	}
	return new(int64(*v))
}

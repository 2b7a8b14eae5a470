package provider

import (
	"context"
	"fmt"
	"sync"
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
	now func() time.Time

	mu sync.Mutex
	// scopes remembers where each live resource's token is, for the second
	// Check of a replacement, which the engine sends without old inputs.
	scopes map[string]cfapi.Scope
	// imports remembers which token was imported under which URN, so that the
	// same token is not deleted a moment later as the one it replaced.
	imports map[string]entry
	// warned holds what each resource was warned of.
	warned map[string]struct{}
}

func newServiceToken(now func() time.Time) *ServiceToken {
	return &ServiceToken{now: now, scopes: map[string]cfapi.Scope{}, imports: map[string]entry{}, warned: map[string]struct{}{}}
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
	ClientSecretStatus            string  `pulumi:"clientSecretStatus"`
	ClientSecretIssuedAt          *string `pulumi:"clientSecretIssuedAt,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	ExpiresAt                     *string `pulumi:"expiresAt,optional"`
	CreatedAt                     *string `pulumi:"createdAt,optional"`
}

// WireDependencies switches infer's guess off, by which one changed input makes
// every output unknown: previews mark what will change, and nothing else.
func (*ServiceToken) WireDependencies(f infer.FieldSelector, _ *ServiceTokenArgs, state *ServiceTokenState) {
	f.OutputField(state).AlwaysKnown()
	f.OutputField(&state.ClientSecret).AlwaysSecret()
}

// Diff shows what planChange decides.
func (t *ServiceToken) Diff(ctx context.Context, req infer.DiffRequest[ServiceTokenArgs, ServiceTokenState]) (infer.DiffResponse, error) {
	pl, _, err := t.plan(ctx, req.ID, req.Inputs, req.State)
	if err != nil {
		return infer.DiffResponse{}, err
	}
	t.warn(ctx, req.Inputs, req.State, pl)
	noteUnmanaged(ctx, req)
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
	config := infer.GetConfig[*Config](ctx)
	scope := scopeOf(req.Inputs.AccountID, req.Inputs.ZoneID)
	ctx, cancel, err := uninterrupted(ctx)
	if err != nil {
		return infer.CreateResponse[ServiceTokenState]{}, err
	}
	defer cancel()

	token, err := config.client.Create(ctx, scope, cfapi.CreateParams{
		Name:                req.Inputs.Name,
		Duration:            req.Inputs.Duration,
		Enabled:             req.Inputs.Enabled,
		ClientSecretVersion: widen(req.Inputs.ClientSecretVersion),
	})
	if token == nil {
		return infer.CreateResponse[ServiceTokenState]{},
			fmt.Errorf("creating service token %q in %s: %w", req.Inputs.Name, scope, adviseCreate(err, scope, req.Inputs.Name))
	}
	ref := tokenRef{scope, token.ID}
	if abandoned(ctx) {
		return infer.CreateResponse[ServiceTokenState]{}, discard(ctx, config.client, ref)
	}
	created := infer.CreateResponse[ServiceTokenState]{
		ID:     ref.id(),
		Output: createdState(req.Inputs, ref, *token).holding(*token, int64(max(deref(req.Inputs.ClientSecretVersion), 1)), t.now()),
	}
	if err != nil {
		// The token is there, and so is its secret: they reach the state with the
		// error, which is about an earlier attempt.
		return created, infer.ResourceInitFailedError{Reasons: []string{
			fmt.Sprintf("%s was created, and its client secret is stored, but %v", ref, adviseCreate(err, scope, req.Inputs.Name)),
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
		return none, err
	}
	read := config.client.Read
	if importing {
		read = config.client.Get
	}
	token, err := read(ctx, ref.Scope, ref.TokenID)
	switch {
	case cfapi.IsNotFound(err) && !importing:
		return none, nil // an empty id tells the engine that it is gone
	case cfapi.IsNotFound(err):
		return none, fmt.Errorf("%s does not exist: check both parts of the id %s", ref, ref.id())
	case err != nil:
		return none, fmt.Errorf("reading %s: %w", ref, advise(err, ref.Scope, reading))
	}

	var state ServiceTokenState
	var inputs ServiceTokenArgs
	if importing {
		state = state.read(ref, *token).imported(t.now())
		t.remember(ctx, entryOf(ref, req.ID, state))
		inputs = importedInputs(state)
	} else {
		if req.State.foreign() {
			// The engine refreshes a resource under its new type before it asks for
			// the difference: reading adopts it then.
			p.GetLogger(ctx).Info(adoptReason(req.State))
		}
		state = req.State.refreshed(ref, *token, t.now())
		inputs = refreshedInputs(req.Inputs, state)
	}
	t.warnOfSecret(ctx, inputs, state)
	// What the next run is going to do needs no warning.
	if pl, err := planChange(desiredFrom(callFrom(ctx), inputs), ref.Scope, state, t.now()); err == nil {
		t.warn(ctx, inputs, state, pl)
	}
	return infer.ReadResponse[ServiceTokenArgs, ServiceTokenState]{ID: req.ID, Inputs: inputs, State: state}, nil
}

// Update carries out what planChange decides, in one request.
func (t *ServiceToken) Update(ctx context.Context, req infer.UpdateRequest[ServiceTokenArgs, ServiceTokenState]) (infer.UpdateResponse[ServiceTokenState], error) {
	var none infer.UpdateResponse[ServiceTokenState]
	pl, ref, err := t.plan(ctx, req.ID, req.Inputs, req.State)
	if err != nil {
		return none, err
	}
	pl.announce(ctx)
	if req.DryRun {
		callFrom(ctx).computed = pl.computed
		return infer.UpdateResponse[ServiceTokenState]{Output: pl.preview(req.State.adopted(cfapi.Token{}, t.now()))}, nil
	}
	if pl.empty() {
		// The engine asks for an update after a failure, also when nothing differs.
		return infer.UpdateResponse[ServiceTokenState]{Output: req.State}, nil
	}
	if pl.onlyAdopts() {
		return t.adopt(ctx, ref, req.Inputs, req.State)
	}
	if pl.rotates() {
		var cancel context.CancelFunc
		if ctx, cancel, err = uninterrupted(ctx); err != nil {
			return none, err
		}
		defer cancel()
	}
	token, err := infer.GetConfig[*Config](ctx).client.Update(ctx, ref.Scope, ref.TokenID, pl.update)
	switch {
	case err != nil && pl.rotates() && cfapi.IsOutcomeUnknown(err):
		state := pl.unanswered(req.State.adopted(cfapi.Token{}, t.now()), token)
		return infer.UpdateResponse[ServiceTokenState]{Output: state}, infer.ResourceInitFailedError{
			Reasons: []string{pl.lostRotation(ref, req.State, state, deref(req.Inputs.RecoverClientSecret), err)},
		}
	case cfapi.IsOutcomeUnknown(err):
		// What was asked for may have happened, and would look like somebody
		// else's doing: a look tells.
		if now, lookErr := infer.GetConfig[*Config](ctx).client.Get(ctx, ref.Scope, ref.TokenID); lookErr == nil {
			return infer.UpdateResponse[ServiceTokenState]{Output: req.State.adopted(*now, t.now()).read(ref, *now)}, infer.ResourceInitFailedError{
				Reasons: []string{fmt.Sprintf("updating %s: %v; what the token is like now is stored: run `pulumi up` again", ref, err)},
			}
		}
		return none, fmt.Errorf("updating %s: %w", ref, err)
	case cfapi.IsNotFound(err):
		return none, fmt.Errorf("updating %s: it no longer exists; run `pulumi refresh`, and the next `pulumi up` makes a new one", ref)
	case err != nil:
		return none, fmt.Errorf("updating %s: %w", ref, advise(err, ref.Scope, writing))
	}
	state := pl.applied(req.State.adopted(*token, t.now()), ref, *token, t.now())
	t.warnOfSecret(ctx, req.Inputs, state) // the answer may show what nobody knew
	return infer.UpdateResponse[ServiceTokenState]{Output: state}, nil
}

// Delete deletes the token. One that is gone already is a success.
func (t *ServiceToken) Delete(ctx context.Context, req infer.DeleteRequest[ServiceTokenState]) (infer.DeleteResponse, error) {
	config := infer.GetConfig[*Config](ctx)
	ref, err := locate(req.ID, req.State, config.defaultAccount.value)
	if err != nil {
		return infer.DeleteResponse{}, err
	}
	if t.justImported(ctx, entryOf(ref, req.ID, req.State)) {
		p.GetLogger(ctx).Warningf("%s was kept: it has just been imported under this very name, so the old entry "+
			"that is dropped here stands for the same token. To delete it, take it out of the program.", ref)
		return infer.DeleteResponse{}, nil
	}
	waiting := func() { p.GetLogger(ctx).InfoStatus("still in use: waiting for what uses it to go") }
	if err := config.client.Delete(ctx, ref.Scope, ref.TokenID, waiting); err != nil {
		return infer.DeleteResponse{}, fmt.Errorf("deleting %s: %w", ref, advise(err, ref.Scope, writing))
	}
	return infer.DeleteResponse{}, nil
}

// plan decides what the inputs ask of the token that the state describes.
func (t *ServiceToken) plan(ctx context.Context, id string, args ServiceTokenArgs, state ServiceTokenState) (plan, tokenRef, error) {
	ref, err := locate(id, state, "")
	if err != nil {
		return plan{}, tokenRef{}, err
	}
	pl, err := planChange(desiredFrom(callFrom(ctx), args), ref.Scope, state, t.now())
	return pl, ref, err
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

package provider

import (
	"context"
	"errors"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// check refuses what cannot work while it is still a preview, and settles the
// scope of a resource whose program leaves it out.
func (t *ServiceToken) check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	if t.memory.guard.check(req.Urn, req.State.Len() > 0) && t.memory.first(ctx, "replaced") {
		logInfo(ctx, servicetoken.ReplacementReason("since an option such as replaceOnChanges, or the command, asks for it"))
	}
	last := servicetoken.ReadLast(req.State)
	failures := checkFailures(servicetoken.Check(req.Inputs, last.Name.Value))
	checked := req.Inputs
	for key, value := range req.Inputs.All {
		if value.IsNull() {
			checked = checked.Delete(key)
		}
	}
	if live, ok := last.ScopeGiven(); ok {
		t.memory.rememberScope(req.Urn, live)
	}
	if checked.Get("accountId").IsNull() && checked.Get("zoneId").IsNull() {
		scope, scopeFailures := t.settleScope(ctx, last)
		if failures = append(scopeFailures, failures...); len(scopeFailures) == 0 {
			checked = checked.Set(scope.Property(), property.New(scope.ID).WithSecret(req.State.Get(scope.Property()).Secret()))
		}
	}
	if len(failures) > 0 {
		t.memory.guard.refused(req.Urn)
	}
	return p.CheckResponse{Inputs: checked, Failures: failures}, nil
}

// settleScope decides where a token is whose program does not say: where it was, and
// a new one in the provider's default account.
func (t *ServiceToken) settleScope(ctx context.Context, last servicetoken.Inputs) (cfapi.Scope, []p.CheckFailure) {
	fallback := t.config.defaultAccount
	if scope, ok := last.ScopeGiven(); ok {
		if fallback.value != "" && scope != cfapi.Account(fallback.value) && t.memory.first(ctx, "stays") {
			logInfo(ctx, fmt.Sprintf("accountId is not set: the token stays in %s. New tokens are created in the default account %s, from %s", scope, fallback.value, fallback.source))
		}
		return scope, nil
	}
	live, replacing := t.memory.rememberedScope(middleware.Of(ctx).URN)
	switch {
	case replacing && live != cfapi.Account(fallback.value):
		return live, failure(live.Property(), fmt.Sprintf("the token to replace is in %s, which is not the provider's default: "+
			"write %s: %s to keep it there, or the accountId or zoneId of the place to move it to", live, live.Property(), live.ID))
	case fallback.value == "":
		return live, failure("accountId", noScope)
	case !replacing:
		logInfo(ctx, fmt.Sprintf("accountId is not set: using the default account %s, from %s", fallback.value, fallback.source))
	}
	return cfapi.Account(fallback.value), nil
}

// diff shows what the plan decides.
func (t *ServiceToken) diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	want, state := t.decode(middleware.Of(ctx))
	if state.TokenID == "" {
		return p.DiffResponse{}, errors.New("the state of this resource has no token id: run `pulumi refresh`")
	}
	pl, ref, err := t.plan(&want, req.ID, state)
	if ref != (servicetoken.Ref{}) {
		// Also if it fails: then the entry stays.
		if err := t.memory.guard.diff(req.Urn, pl.Replace, t.holderOf(ref.TokenID, state)); err != nil {
			return p.DiffResponse{}, err
		}
	}
	if err != nil {
		return p.DiffResponse{}, err
	}
	t.memory.learnGrace(state)
	t.warn(ctx, want, state, pl)
	if pl.Replace && t.memory.first(ctx, "replaced") {
		// Nothing else of a replacement can say why.
		logInfo(ctx, pl.Steps[0].Reason)
	}
	if !pl.Replace {
		t.warnOfOthers(ctx, ref)
	}
	diff := map[string]p.PropertyDiff{}
	for _, step := range pl.Steps {
		diff[step.Property] = p.PropertyDiff{Kind: p.DiffKind(step.Kind)}
	}
	return p.DiffResponse{HasChanges: !pl.Empty(), DetailedDiff: diff}, nil
}

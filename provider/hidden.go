package provider

import (
	"context"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// exposeHidden wraps the provider's methods so that the controller, which infer
// calls with decoded values only, also learns what infer keeps from it (see
// call), so that what it says of unknown and secret outputs holds, and so that
// every operation has a deadline.
func exposeHidden(prov *p.Provider) {
	check, diff := prov.Check, prov.Diff
	create, read, update, del := prov.Create, prov.Read, prov.Update, prov.Delete

	prov.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		c := &call{urn: req.Urn, hide: secretTexts(req.Inputs)}
		resp, err := check(withCall(ctx, c), req)
		for i := range resp.Failures {
			resp.Failures[i].Reason = c.redact(resp.Failures[i].Reason)
		}
		// infer forgets that a value is unknown if it is a secret too.
		for key := range unknownKeys(req.Inputs) {
			resp.Inputs = resp.Inputs.Set(key, req.Inputs.Get(key))
		}
		return resp, err
	}
	prov.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		req.Inputs = knownInputs(req.Inputs)
		req.IgnoreChanges = observedInputs(req.IgnoreChanges)
		c := newCall(req.Urn, req.Inputs, req.OldInputs, req.State)
		resp, err := diff(withCall(ctx, c), req)
		return resp, c.redactError(err)
	}
	prov.Create = func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		c := newCall(req.Urn, req.Properties, property.Map{}, property.Map{})
		ctx, cancel := bounded(ctx, req.Timeout)
		defer cancel()
		resp, err := create(withCall(ctx, c), req)
		resp.Properties = markSecret(markComputed(resp.Properties, c.computed))
		c.redactPartial(resp.PartialState)
		return resp, c.redactError(err)
	}
	prov.Read = func(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
		req.Inputs = knownInputs(req.Inputs)
		ctx, cancel := bounded(ctx, 0)
		defer cancel()
		// The inputs are those of the last run.
		resp, err := read(withCall(ctx, &call{urn: req.Urn, oldInputs: req.Inputs}), req)
		resp.Properties = markSecret(resp.Properties)
		if _, managed := req.Inputs.GetOk("name"); !managed && req.Properties.Len() > 0 {
			resp.Inputs = req.Inputs // where infer would write an empty name
		}
		return resp, err
	}
	prov.Update = func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		req.IgnoreChanges = observedInputs(req.IgnoreChanges)
		c := newCall(req.Urn, req.Inputs, req.OldInputs, req.State)
		ctx, cancel := bounded(ctx, req.Timeout)
		defer cancel()
		resp, err := update(withCall(ctx, c), req)
		resp.Properties = markSecret(markComputed(resp.Properties, c.computed))
		c.redactPartial(resp.PartialState)
		return resp, c.redactError(err)
	}
	prov.Delete = func(ctx context.Context, req p.DeleteRequest) error {
		ctx, cancel := bounded(ctx, req.Timeout)
		defer cancel()
		return del(withCall(ctx, &call{urn: req.Urn}), req)
	}
}

func newCall(urn resource.URN, inputs, oldInputs, state property.Map) *call {
	return &call{urn: urn, unknown: unknownKeys(inputs), oldInputs: oldInputs, hide: append(secretTexts(inputs), secretTexts(state)...)}
}

// observedInputs keeps of the properties whose changes are ignored those that
// infer may read from the state: what Cloudflare shows of an input. It would copy
// an output (expiresAt, say) into the inputs and fail to read them, and for what
// asks for a rotation it would put words into the program's mouth. The engine has
// already put back the program's own values of the last run.
func observedInputs(properties []string) []string {
	return slices.DeleteFunc(slices.Clone(properties), func(property string) bool {
		return !slices.Contains([]string{"accountId", "zoneId", "name", "duration", "enabled"}, property)
	})
}

package provider

import (
	"context"
	"reflect"
	"slices"
	"strings"

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
		resp, err := check(withCall(ctx, &call{urn: req.Urn}), req)
		// infer forgets that a value is unknown if it is a secret too.
		for key := range unknownKeys(req.Inputs) {
			resp.Inputs = resp.Inputs.Set(key, req.Inputs.Get(key))
		}
		return resp, err
	}
	prov.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		req.IgnoreChanges = inputNames(req.IgnoreChanges)
		return diff(withCall(ctx, newCall(req.Urn, req.Inputs, req.OldInputs)), req)
	}
	prov.Create = func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		c := newCall(req.Urn, req.Properties, property.Map{})
		ctx, cancel := bounded(ctx)
		defer cancel()
		resp, err := create(withCall(ctx, c), req)
		resp.Properties = markSecret(markComputed(resp.Properties, c.computed))
		return resp, err
	}
	prov.Read = func(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
		ctx, cancel := bounded(ctx)
		defer cancel()
		resp, err := read(withCall(ctx, &call{urn: req.Urn}), req)
		resp.Properties = markSecret(resp.Properties)
		return resp, err
	}
	prov.Update = func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		req.IgnoreChanges = inputNames(req.IgnoreChanges)
		c := newCall(req.Urn, req.Inputs, req.OldInputs)
		ctx, cancel := bounded(ctx)
		defer cancel()
		resp, err := update(withCall(ctx, c), req)
		resp.Properties = markSecret(markComputed(resp.Properties, c.computed))
		return resp, err
	}
	prov.Delete = func(ctx context.Context, req p.DeleteRequest) error {
		ctx, cancel := bounded(ctx)
		defer cancel()
		return del(withCall(ctx, &call{urn: req.Urn}), req)
	}
}

func newCall(urn resource.URN, inputs, oldInputs property.Map) *call {
	return &call{urn: urn, unknown: unknownKeys(inputs), oldInputs: oldInputs}
}

// inputNames keeps of the properties whose changes are ignored those that are
// inputs. infer would copy an output (expiresAt, say) into the inputs, and then
// fail to read them.
func inputNames(properties []string) []string {
	return slices.DeleteFunc(slices.Clone(properties), func(property string) bool {
		return !slices.Contains(serviceTokenInputs, property)
	})
}

// serviceTokenInputs are the names of the resource's inputs.
var serviceTokenInputs = func() []string {
	var names []string
	for field := range reflect.TypeFor[ServiceTokenArgs]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		names = append(names, name)
	}
	return names
}()

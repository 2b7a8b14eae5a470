// Package middleware stands between Pulumi's provider interface and infer. It knows
// the framework, and nothing of Cloudflare: it hands on to a controller what infer
// keeps from it ([Call]), has Check and Diff answered from the engine's own values,
// marks secret and unknown outputs, gives every operation its time, and takes out
// of messages what the user has marked as secret.
package middleware

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Resource is what a type of resource answers by itself, and how its values are
// treated. infer's own Check and Diff decode what is unknown as zero values, cut
// fractions off, and describe the type anew in each call.
type Resource struct {
	Check func(context.Context, p.CheckRequest) (p.CheckResponse, error)
	Diff  func(context.Context, p.DiffRequest) (p.DiffResponse, error)
	Read  func(context.Context, p.ReadRequest) (p.ReadResponse, error)
	// IsInput reports whether the resource has an input of this name, and can read the
	// value. The inputs of another provider, whose state this one adopts, differ.
	IsInput func(string, property.Value) bool
	// Observed are the inputs that ignoreChanges may read from the state.
	Observed []string
	// Mirrored are the inputs that are outputs too, with the marks that the program gives
	// them.
	Mirrored []string
	// Secrets are the outputs that are secrets, on whichever path they come: infer
	// marks them in neither Read nor a migrated state.
	Secrets []string
}

// Hooks are what a provider adds to infer.
type Hooks struct {
	Resources map[tokens.Type]Resource
	// Arguments judges those of a function, which infer decodes as it decodes inputs.
	Arguments func(function tokens.Type, args property.Map) []p.CheckFailure
}

// RefusedArguments is what a function returns for arguments that cannot be: infer
// gives it no other way to name them.
type RefusedArguments []p.CheckFailure

func (r RefusedArguments) Error() string {
	var reasons []string
	for _, f := range r {
		reasons = append(reasons, f.Property+": "+f.Reason)
	}
	return strings.Join(reasons, "; ")
}

// Wrap wraps the methods of a provider that infer has built.
func Wrap(prov *p.Provider, hooks Hooks) {
	check, diff, invoke := prov.Check, prov.Diff, prov.Invoke
	create, read, update, del := prov.Create, prov.Read, prov.Update, prov.Delete

	prov.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		c := &Call{URN: req.Urn, Inputs: req.Inputs, OldInputs: req.State}
		of := hooks.Resources[req.Urn.Type()]
		resp, err := or(of.Check, check)(c.in(ctx), req)
		c.redactFailures(resp.Failures)
		for i, f := range resp.Failures {
			if req.Inputs.Get(f.Property).Secret() || slices.Contains(of.Secrets, f.Property) {
				// The engine prints the value of a property that a failure names.
				resp.Failures[i] = p.CheckFailure{Reason: f.Property + ": " + f.Reason}
			}
		}
		return resp, err
	}
	prov.Diff = func(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
		of := hooks.Resources[req.Urn.Type()]
		req.Inputs = of.ignoring(req.Inputs, req.State, req.IgnoreChanges)
		c := &Call{URN: req.Urn, Inputs: req.Inputs, OldInputs: req.OldInputs, State: req.State}
		resp, err := or(of.Diff, diff)(c.in(ctx), req)
		return resp, c.redactError(err)
	}
	prov.Create = func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		c := &Call{URN: req.Urn, Inputs: req.Properties}
		ctx, cancel := c.bounded(ctx, req.Timeout)
		defer cancel()
		resp, err := create(ctx, req)
		of := hooks.Resources[req.Urn.Type()]
		resp.Properties = of.mark(of.mirror(resp.Properties, c), c)
		c.redactPartial(resp.PartialState)
		return resp, c.redactError(err)
	}
	prov.Read = func(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
		of := hooks.Resources[req.Urn.Type()]
		// The inputs are those of the last run.
		c := &Call{URN: req.Urn, Inputs: req.Inputs, OldInputs: req.Inputs, State: req.Properties}
		req.Inputs = of.inputs(req.Inputs)
		ctx, cancel := c.bounded(ctx, 0)
		defer cancel()
		resp, err := or(of.Read, read)(ctx, req)
		resp.Properties = of.mark(keepSecret(resp.Properties, req.Properties), c)
		if req.Inputs.Len() == 0 && req.Properties.Len() > 0 {
			resp.Inputs = req.Inputs // where infer would write an empty name
		}
		return resp, c.redactError(err)
	}
	prov.Update = func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		of := hooks.Resources[req.Urn.Type()]
		req.Inputs = of.ignoring(req.Inputs, req.State, req.IgnoreChanges)
		req.IgnoreChanges = nil
		c := &Call{URN: req.Urn, Inputs: req.Inputs, OldInputs: req.OldInputs, State: req.State}
		ctx, cancel := c.bounded(ctx, req.Timeout)
		defer cancel()
		resp, err := update(ctx, req)
		resp.Properties = of.mark(of.mirror(resp.Properties, c), c)
		c.redactPartial(resp.PartialState)
		return resp, c.redactError(err)
	}
	prov.Delete = func(ctx context.Context, req p.DeleteRequest) error {
		c := &Call{URN: req.Urn, State: req.Properties}
		ctx, cancel := c.bounded(ctx, req.Timeout)
		defer cancel()
		return c.redactError(del(ctx, req))
	}
	prov.Invoke = func(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
		if failures := append(UnknownArguments(req.Args), hooks.Arguments(req.Token, req.Args)...); len(failures) > 0 {
			return p.InvokeResponse{Failures: failures}, nil
		}
		c := &Call{Inputs: req.Args}
		ctx, cancel := c.bounded(ctx, 0)
		defer cancel()
		resp, err := invoke(ctx, req)
		if refused, ok := errors.AsType[RefusedArguments](err); ok {
			resp, err = p.InvokeResponse{Failures: refused}, nil
		}
		c.redactFailures(resp.Failures)
		return resp, c.redactError(err)
	}
}

// or is a resource's own method, or infer's.
func or[F ~func(context.Context, Req) (Resp, error), Req, Resp any](own, infers F) F {
	if own != nil {
		return own
	}
	return infers
}

// UnknownArguments refuses arguments whose value is not known. They cannot be
// answered with unknown results, which the engine refuses; SDKs wait for their
// arguments before they call.
func UnknownArguments(args property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, key := range slices.Sorted(maps.Keys(args.AsMap())) {
		if args.Get(key).HasComputed() {
			failures = append(failures, p.CheckFailure{Property: key,
				Reason: "its value is not known yet: call the function's Output form, which waits for it"})
		}
	}
	return failures
}

// ignoring takes from the state what the engine says to ignore of the inputs, as far
// as the state has it. infer would copy an output (expiresAt, say) into the inputs
// and fail to read them, and for an input that asks for a change once it would put
// words into the program's mouth. The engine has already put back the program's own
// values of the last run.
func (r Resource) ignoring(inputs, state property.Map, ignored []string) property.Map {
	for _, name := range r.Observed {
		value, ok := state.GetOk(name)
		if ok && slices.ContainsFunc(ignored, func(path string) bool { return path == name || path == "*" || path == `["`+name+`"]` }) {
			inputs = inputs.Set(name, value.WithSecret(value.Secret() || inputs.Get(name).Secret()))
		}
	}
	return inputs
}

// inputs leaves out what is not an input of this provider, which infer would refuse
// in a refresh. Of a program, Check has refused it.
func (r Resource) inputs(inputs property.Map) property.Map {
	if r.IsInput == nil {
		return inputs
	}
	for name, value := range inputs.All {
		if !r.IsInput(name, value) {
			inputs = inputs.Delete(name)
		}
	}
	return inputs
}

// mirror returns the mirrored inputs as outputs, unknown ones too. infer would decode
// them, which takes marks out of lists, and gives what is unknown a value.
func (r Resource) mirror(outputs property.Map, c *Call) property.Map {
	for _, name := range r.Mirrored {
		if value, ok := c.Inputs.GetOk(name); ok {
			outputs = outputs.Set(name, value)
		}
	}
	return outputs
}

// mark makes the named outputs unknown, so that a preview shows exactly what will
// change and dependents wait for it, and puts the secret mark on secrets.
func (r Resource) mark(outputs property.Map, c *Call) property.Map {
	for _, name := range c.Computed {
		secret := outputs.Get(name).Secret() || c.Inputs.Get(name).Secret()
		outputs = outputs.Set(name, property.New(property.Computed).WithSecret(secret))
	}
	for _, name := range r.Secrets {
		if value, ok := outputs.GetOk(name); ok && !value.IsNull() {
			outputs = outputs.Set(name, value.WithSecret(true))
		}
	}
	return outputs
}

// keepSecret marks the outputs that were secret before, such as a name that a
// program has marked: a state that was migrated has lost its marks.
func keepSecret(outputs, before property.Map) property.Map {
	for name, value := range before.All {
		if now, ok := outputs.GetOk(name); ok && value.Secret() {
			outputs = outputs.Set(name, now.WithSecret(true))
		}
	}
	return outputs
}

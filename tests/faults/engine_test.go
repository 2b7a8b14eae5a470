package faults

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

const tokenType = "cfaccess:index:ServiceToken"

// program is what a Pulumi program asks for: the inputs of each service token,
// by its name in Pulumi.
type program map[string]inputs

type inputs map[string]any

// entry is a resource in the stack's state.
type entry struct {
	name, id        string
	inputs, outputs *structpb.Struct
	// initErrors make the next run update the resource, whatever its diff.
	initErrors []string
}

// tokenID is the id of the entry's token at Cloudflare.
func (e *entry) tokenID() string { return e.id[strings.LastIndex(e.id, "/")+1:] }

// stack plays the engine: it keeps the state, and calls the provider in the
// engine's order and with what the engine would send.
type stack struct {
	mu        sync.Mutex
	resources map[string]*entry
	// condemned were replaced, and wait to be deleted.
	condemned []*entry
	// urns keeps the URNs of one stack apart from another's in the log.
	prefix string
	// timeout is the program's customTimeouts, in seconds; 0 is none.
	timeout float64
}

func (s *stack) urn(name string) string {
	return string(resource.NewURN("test", "faults", "", tokenType, s.prefix+name))
}

// step is what a run does to one resource, once it is planned.
type step func(context.Context) error

// up brings the stack to what the program says. As in the engine, plans are made
// one by one and carried out in parallel, and nothing is deleted in a run in
// which something failed.
func (s *stack) up(ctx context.Context, provider rpc.ResourceProviderServer, p program) error {
	var steps []step
	for _, name := range slices.Sorted(maps.Keys(p)) {
		planned, err := s.plan(ctx, provider, name, marshal(p[name]))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if planned != nil {
			steps = append(steps, planned)
		}
	}
	errs := make([]error, len(steps))
	var wait sync.WaitGroup
	for i, step := range steps {
		wait.Go(func() { errs[i] = step(ctx) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.deleteAllBut(ctx, provider, p)
}

// plan checks and compares one resource of the program. No step means that
// nothing changes.
func (s *stack) plan(ctx context.Context, provider rpc.ResourceProviderServer, name string, news *structpb.Struct) (step, error) {
	old := s.resources[name]
	var oldInputs *structpb.Struct
	if old != nil {
		oldInputs = old.inputs
	}
	checked, err := s.check(ctx, provider, name, oldInputs, news)
	if err != nil {
		return nil, err
	}
	if old == nil {
		return s.creating(provider, name, checked, func() {}), nil
	}
	diff, err := provider.Diff(ctx, &rpc.DiffRequest{
		Urn: s.urn(name), Id: old.id, Olds: old.outputs, OldInputs: old.inputs, News: checked,
	})
	switch {
	case err != nil:
		return nil, err
	case len(diff.GetReplaces()) > 0:
		if checked, err = s.check(ctx, provider, name, nil, news); err != nil {
			return nil, err
		}
		return s.creating(provider, name, checked, func() { s.condemned = append(s.condemned, old) }), nil
	case diff.GetChanges() == rpc.DiffResponse_DIFF_SOME || len(old.initErrors) > 0:
		return s.updating(provider, name, old, checked), nil
	}
	old.inputs = checked
	return nil, nil
}

func (s *stack) check(ctx context.Context, provider rpc.ResourceProviderServer, name string, olds, news *structpb.Struct) (*structpb.Struct, error) {
	checked, err := provider.Check(ctx, &rpc.CheckRequest{Urn: s.urn(name), Olds: olds, News: news})
	if err != nil {
		return nil, err
	}
	for _, failure := range checked.GetFailures() {
		return nil, fmt.Errorf("%s: %s", failure.GetProperty(), failure.GetReason())
	}
	return checked.GetInputs(), nil
}

func (s *stack) creating(provider rpc.ResourceProviderServer, name string, inputs *structpb.Struct, replaced func()) step {
	return func(ctx context.Context) error {
		resp, err := provider.Create(ctx, &rpc.CreateRequest{Urn: s.urn(name), Properties: inputs, Timeout: s.timeout})
		made := &entry{name: name, id: resp.GetId(), inputs: inputs, outputs: resp.GetProperties()}
		if partial := initFailure(err); partial != nil {
			made = &entry{name: name, id: partial.GetId(), inputs: inputs, outputs: partial.GetProperties(), initErrors: partial.GetReasons()}
			err = errors.New(strings.Join(partial.GetReasons(), "; "))
		} else if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		replaced()
		s.resources[name] = made
		return err
	}
}

func (s *stack) updating(provider rpc.ResourceProviderServer, name string, old *entry, inputs *structpb.Struct) step {
	return func(ctx context.Context) error {
		resp, err := provider.Update(ctx, &rpc.UpdateRequest{
			Urn: s.urn(name), Id: old.id, Olds: old.outputs, OldInputs: old.inputs, News: inputs, Timeout: s.timeout,
		})
		partial := initFailure(err)
		switch {
		case partial != nil:
			// The engine keeps the old inputs here, as the new ones have not come true.
			old.outputs, old.initErrors = partial.GetProperties(), partial.GetReasons()
			return errors.New(strings.Join(partial.GetReasons(), "; "))
		case err != nil:
			return err
		}
		old.inputs, old.outputs, old.initErrors = inputs, resp.GetProperties(), nil
		return nil
	}
}

// deleteAllBut deletes what was replaced, and what the program no longer has.
func (s *stack) deleteAllBut(ctx context.Context, provider rpc.ResourceProviderServer, p program) error {
	var errs []error
	s.condemned = slices.DeleteFunc(s.condemned, func(e *entry) bool {
		err := s.delete(ctx, provider, e.name, e)
		errs = append(errs, err)
		return err == nil
	})
	for name, e := range s.resources {
		if _, wanted := p[name]; wanted {
			continue
		}
		err := s.delete(ctx, provider, name, e)
		errs = append(errs, err)
		if err == nil {
			delete(s.resources, name)
		}
	}
	return errors.Join(errs...)
}

func (s *stack) delete(ctx context.Context, provider rpc.ResourceProviderServer, name string, e *entry) error {
	_, err := provider.Delete(ctx, &rpc.DeleteRequest{
		Urn: s.urn(name), Id: e.id, Properties: e.outputs, OldInputs: e.inputs, Timeout: s.timeout,
	})
	return err
}

// refresh brings the state up to date. An error keeps what there was.
func (s *stack) refresh(ctx context.Context, provider rpc.ResourceProviderServer) error {
	var errs []error
	for name, e := range s.resources {
		read, err := provider.Read(ctx, &rpc.ReadRequest{Urn: s.urn(name), Id: e.id, Properties: e.outputs, Inputs: e.inputs})
		switch {
		case err != nil:
			errs = append(errs, err)
		case read.GetId() == "":
			delete(s.resources, name)
		default:
			e.inputs, e.outputs, e.initErrors = read.GetInputs(), read.GetProperties(), nil
		}
	}
	return errors.Join(errs...)
}

// adopt imports a token.
func (s *stack) adopt(ctx context.Context, provider rpc.ResourceProviderServer, name, id string) error {
	read, err := provider.Read(ctx, &rpc.ReadRequest{Urn: s.urn(name), Id: id})
	if err != nil {
		return err
	}
	s.resources[name] = &entry{name: name, id: read.GetId(), inputs: read.GetInputs(), outputs: read.GetProperties()}
	return nil
}

// initFailure returns what a failed call still leaves for the state.
func initFailure(err error) *rpc.ErrorResourceInitFailed {
	if err == nil {
		return nil
	}
	s, _ := status.FromError(err)
	for _, detail := range s.Details() {
		if partial, ok := detail.(*rpc.ErrorResourceInitFailed); ok {
			return partial
		}
	}
	return nil
}

var marshalling = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

func marshal(values inputs) *structpb.Struct {
	s, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(values), marshalling)
	if err != nil {
		panic(err) // only values of these tests get here
	}
	return s
}

// output returns a plain or secret output, and whether it is marked as secret.
func (e *entry) output(key string) (value string, secret bool) {
	outputs, err := plugin.UnmarshalProperties(e.outputs, marshalling)
	if err != nil {
		panic(err)
	}
	v := outputs[resource.PropertyKey(key)]
	if v.IsSecret() {
		v, secret = v.SecretValue().Element, true
	}
	if v.IsString() {
		value = v.StringValue()
	}
	return value, secret
}

package faults

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// program is what a Pulumi program asks for: the inputs of each service token,
// by its name in Pulumi.
type program map[string]inputs

type inputs map[string]any

// deployment is a `pulumi up`: the program, its resource options, and the flags.
type deployment struct {
	program program
	options map[string]options
	// refresh is --refresh, continues is --continue-on-error, replace is --replace.
	refresh, continues bool
	replace            []string
	// serial: each resource depends on the one before it, so that it is planned
	// when that one is done. Otherwise all are planned first.
	serial bool
	// order is the one in which entries are deleted.
	order order
}

// options are a resource's options, each as the engine knows it.
type options struct {
	// imports is the option `import`, and alias the resource's name before.
	imports, alias string
	// deleteBeforeReplace, and replaceOnChanges of any property.
	deleteBeforeReplace, replaceOnChanges bool
	protect                               bool
	// onError is a hook that makes the engine repeat a call that failed, once.
	onError bool
}

type order int

const (
	forwards order = iota
	backwards
	atOnce
)

// engine plays the engine in one run: in its order, and with what it would send.
type engine struct {
	*stack
	deployment
	provider rpc.ResourceProviderServer
}

// step is what a run does to one resource, once it is planned.
type step func(context.Context) error

// up brings the stack to what the program says. Plans are made one by one and carried
// out in parallel. Nothing is deleted in a run in which something failed, unless the
// user says so.
func (s *stack) up(ctx context.Context, provider rpc.ResourceProviderServer, d deployment) error {
	n := &engine{s, d, provider}
	if d.refresh {
		if err := s.refresh(ctx, provider); err != nil {
			return err
		}
	}
	var steps []step
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(d.program)) {
		planned, err := n.plan(ctx, name)
		if err == nil && planned != nil && d.serial {
			planned, err = nil, planned(ctx)
		}
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		case planned != nil:
			steps = append(steps, planned)
		}
		if err != nil && !d.continues {
			break
		}
	}
	errs = append(errs, together(ctx, steps))
	if err := errors.Join(errs...); err != nil && !d.continues {
		return err
	}
	return errors.Join(append(errs, n.deleteTheRest(ctx))...)
}

// together carries out what does not depend on each other.
func together(ctx context.Context, steps []step) error {
	errs := make([]error, len(steps))
	var wait sync.WaitGroup
	for i, step := range steps {
		wait.Go(func() { errs[i] = step(ctx) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// plan checks and compares one resource of the program. No step means that
// nothing changes.
func (n *engine) plan(ctx context.Context, name string) (step, error) {
	news, o := marshal(n.program[name]), n.options[name]
	old, before := n.resources[name], name
	if old == nil && o.alias != "" {
		old, before = n.resources[o.alias], o.alias
	}
	if o.imports != "" && (old == nil || cmp.Or(old.importID, old.id) != o.imports) {
		imported, err := n.importing(ctx, name, o.imports, old)
		if err != nil {
			return nil, err
		}
		old, before = imported, name
	}
	if old == nil {
		checked, err := n.check(ctx, name, nil, news)
		if err != nil {
			return nil, err
		}
		return n.creating(name, checked), nil
	}
	if slices.Contains(n.replace, name) {
		return n.replacing(ctx, name, before, old, news)
	}
	checked, err := n.check(ctx, name, old.inputs, news)
	if err != nil {
		return nil, err
	}
	diff, err := n.provider.Diff(ctx, &rpc.DiffRequest{
		Urn: n.urn(name), Id: old.id, Olds: old.outputs, OldInputs: old.inputs, News: checked,
	})
	if err != nil {
		return nil, err
	}
	changes := diff.GetChanges() == rpc.DiffResponse_DIFF_SOME
	switch {
	case len(diff.GetReplaces()) > 0, changes && o.replaceOnChanges, old.replacing:
		if o.imports != "" {
			return nil, errors.New("previously-imported resources that still specify an ID may not be replaced")
		}
		return n.replacing(ctx, name, before, old, news)
	case changes || len(old.initErrors) > 0:
		return n.updating(ctx, name, before, old, checked), nil
	}
	n.store(func() {
		old.inputs, old.protected = checked, o.protect
		n.rename(old, before, name)
	})
	return nil, nil
}

func (n *engine) check(ctx context.Context, name string, olds, news *structpb.Struct) (*structpb.Struct, error) {
	checked, err := n.provider.Check(ctx, &rpc.CheckRequest{Urn: n.urn(name), Olds: olds, News: news})
	if err != nil {
		return nil, err
	}
	for _, failure := range checked.GetFailures() {
		return nil, fmt.Errorf("%s: %s", failure.GetProperty(), failure.GetReason())
	}
	return checked.GetInputs(), nil
}

// rename moves an entry to the name that its alias led to.
func (s *stack) rename(e *entry, before, name string) {
	if before != name {
		delete(s.resources, before)
		e.name = name
	}
	s.resources[name] = e
}

// importing reads what the option `import` asks for. An entry that has the name
// already is to be deleted.
func (n *engine) importing(ctx context.Context, name, id string, old *entry) (*entry, error) {
	imported, err := n.read(ctx, n.provider, name, id)
	if err != nil {
		return nil, err
	}
	imported.importID, imported.protected = id, n.options[name].protect
	n.store(func() {
		if old != nil {
			n.condemned = append(n.condemned, old)
		}
		n.resources[name] = imported
	})
	return imported, nil
}

// deleteTheRest deletes what was replaced, and what the program no longer has.
func (n *engine) deleteTheRest(ctx context.Context) error {
	var doomed []*entry
	for _, e := range n.all() {
		_, wanted := n.program[e.name]
		switch {
		case slices.Contains(n.condemned, e):
			doomed = append(doomed, e)
		case wanted || n.aliased(e.name):
		case e.replacing:
			n.store(func() { delete(n.resources, e.name) }) // it was deleted in an earlier run
		default:
			doomed = append(doomed, e)
		}
	}
	if n.order == backwards {
		slices.Reverse(doomed)
	}
	var steps []step
	for _, e := range doomed {
		n.store(func() { e.doomed = true })
		steps = append(steps, func(ctx context.Context) error {
			if err := n.delete(ctx, e); err != nil {
				return err
			}
			n.store(func() { n.forget(e) })
			return nil
		})
	}
	if n.order == atOnce {
		return together(ctx, steps)
	}
	var errs []error
	for _, step := range steps {
		errs = append(errs, step(ctx))
	}
	return errors.Join(errs...)
}

// aliased reports whether a resource of the program had this name.
func (n *engine) aliased(name string) bool {
	for _, o := range n.options {
		if o.alias == name {
			return true
		}
	}
	return false
}

func (s *stack) forget(e *entry) {
	if s.resources[e.name] == e {
		delete(s.resources, e.name)
	}
	s.condemned = slices.DeleteFunc(s.condemned, func(c *entry) bool { return c == e })
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

func reasons(partial *rpc.ErrorResourceInitFailed) error {
	return errors.New(strings.Join(partial.GetReasons(), "; "))
}

package faults

import (
	"context"
	"errors"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func (n *engine) creating(name string, inputs *structpb.Struct) step {
	return func(ctx context.Context) error {
		return n.create(ctx, name, inputs, func(made *entry) { n.resources[name] = made })
	}
}

// create makes a resource, and stores it if there is anything to store.
func (n *engine) create(ctx context.Context, name string, inputs *structpb.Struct, store func(*entry)) error {
	call := func() (*rpc.CreateResponse, error) {
		return n.provider.Create(ctx, &rpc.CreateRequest{Urn: n.urn(name), Properties: inputs, Timeout: n.timeout})
	}
	resp, err := call()
	if err != nil && n.options[name].onError {
		resp, err = call()
	}
	made := &entry{name: name, id: resp.GetId(), inputs: inputs, outputs: resp.GetProperties(), protected: n.options[name].protect}
	if partial := initFailure(err); partial != nil {
		made.id, made.outputs, made.initErrors = partial.GetId(), partial.GetProperties(), partial.GetReasons()
		err = reasons(partial)
	} else if err != nil {
		return err
	}
	n.store(func() { store(made) })
	return err
}

// replacing makes a resource anew. Before that the engine checks it once more, as
// a new one.
func (n *engine) replacing(ctx context.Context, name, before string, old *entry, news *structpb.Struct) (step, error) {
	checked, err := n.check(ctx, name, nil, news)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		if n.options[name].deleteBeforeReplace && !old.replacing {
			if err := n.delete(ctx, old); err != nil {
				return err
			}
			n.store(func() { old.replacing = true })
		}
		return n.create(ctx, name, checked, func(made *entry) {
			if !old.replacing {
				n.condemned = append(n.condemned, old)
			}
			delete(n.resources, before)
			n.resources[name] = made
		})
	}, nil
}

// updating shows an update in a preview, and then carries it out.
func (n *engine) updating(ctx context.Context, name, before string, old *entry, inputs *structpb.Struct) step {
	req := &rpc.UpdateRequest{
		Urn: n.urn(name), Id: old.id, Olds: old.outputs, OldInputs: old.inputs, News: inputs, Timeout: n.timeout,
	}
	if status, _ := old.output("clientSecretStatus"); status == "current" {
		n.believed[old.tokenID()] = true
	}
	n.announce(ctx, name, req)
	return func(ctx context.Context) error {
		resp, err := n.provider.Update(ctx, req)
		if err != nil && n.options[name].onError {
			resp, err = n.provider.Update(ctx, req)
		}
		partial := initFailure(err)
		if err != nil && partial == nil {
			return err
		}
		n.store(func() {
			n.rename(old, before, name)
			if partial != nil {
				// The engine keeps the old inputs here, as the new ones have not come true.
				old.outputs, old.initErrors = partial.GetProperties(), partial.GetReasons()
				return
			}
			old.inputs, old.outputs, old.initErrors = inputs, resp.GetProperties(), nil
			old.protected = n.options[name].protect
		})
		if partial != nil {
			return reasons(partial)
		}
		return nil
	}
}

// announce notes what a preview says of an update. A preview is a process of its own
// in the engine; what it says follows from what it is given.
func (n *engine) announce(ctx context.Context, name string, run *rpc.UpdateRequest) {
	n.heard += logged.take(n.prefix)
	_, err := n.provider.Update(ctx, &rpc.UpdateRequest{
		Urn: run.Urn, Id: run.Id, Olds: run.Olds, OldInputs: run.OldInputs, News: run.News, Timeout: run.Timeout, Preview: true,
	})
	text := logged.take(n.prefix)
	if err != nil {
		text += err.Error()
	}
	n.announced[name] += text
	n.heard += "\n" + text
}

func (s *stack) delete(ctx context.Context, provider rpc.ResourceProviderServer, e *entry) error {
	if e.protected {
		return errors.New(e.name + " is protected") // the engine says so by itself
	}
	s.store(func() { e.doomed = true })
	_, err := provider.Delete(ctx, &rpc.DeleteRequest{
		Urn: s.urn(e.name), Id: e.id, Properties: e.outputs, OldInputs: e.inputs, Timeout: s.timeout,
	})
	return err
}

func (n *engine) delete(ctx context.Context, e *entry) error {
	return n.stack.delete(ctx, n.provider, e)
}

// refresh brings the state up to date. An error keeps what there was. To show what
// has changed, the engine compares the new state with the old inputs.
func (s *stack) refresh(ctx context.Context, provider rpc.ResourceProviderServer) error {
	var errs []error
	for _, e := range s.all() {
		if e.replacing {
			continue
		}
		read, err := provider.Read(ctx, &rpc.ReadRequest{Urn: s.urn(e.name), Id: e.id, Properties: e.outputs, Inputs: e.inputs})
		if err == nil && read.GetId() != "" {
			_, err = provider.Diff(ctx, &rpc.DiffRequest{
				Urn: s.urn(e.name), Id: read.GetId(), Olds: read.GetProperties(), OldInputs: read.GetInputs(), News: e.inputs,
			})
		}
		errs = append(errs, err)
		s.store(func() {
			switch {
			case err != nil:
			case read.GetId() == "":
				s.forget(e)
			default:
				e.inputs, e.outputs, e.initErrors = read.GetInputs(), read.GetProperties(), nil
			}
		})
	}
	return errors.Join(errs...)
}

// adopt is `pulumi import`, which protects what it imports.
func (s *stack) adopt(ctx context.Context, provider rpc.ResourceProviderServer, name, id string) error {
	imported, err := s.read(ctx, provider, name, id)
	if err != nil {
		return err
	}
	if _, err := provider.Check(ctx, &rpc.CheckRequest{Urn: s.urn(name), Olds: imported.inputs, News: imported.inputs}); err != nil {
		return err
	}
	imported.protected = true
	s.store(func() { s.resources[name] = imported })
	return nil
}

// read asks for a token that the state does not know.
func (s *stack) read(ctx context.Context, provider rpc.ResourceProviderServer, name, id string) (*entry, error) {
	read, err := provider.Read(ctx, &rpc.ReadRequest{Urn: s.urn(name), Id: id})
	if err != nil {
		return nil, err
	}
	return &entry{name: name, id: read.GetId(), inputs: read.GetInputs(), outputs: read.GetProperties()}, nil
}

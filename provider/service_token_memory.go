package provider

import (
	"context"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// What one call tells the next within this process. The engine sends each
// resource's calls to one process, in an order that the rules below rely on.

// rememberScope keeps where a live resource's token is: on a replacement the
// engine checks the inputs a second time, without the old ones.
func (t *ServiceToken) rememberScope(ctx context.Context, scope cfapi.Scope) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.scopes[string(callFrom(ctx).urn)] = scope
}

func (t *ServiceToken) rememberedScope(ctx context.Context) (cfapi.Scope, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	scope, ok := t.scopes[string(callFrom(ctx).urn)]
	return scope, ok
}

// entry is what the engine holds of a token, as far as it tells one entry of the
// same token from another.
type entry struct {
	ref          tokenRef
	id, issuedAt string
}

func entryOf(ref tokenRef, id string, state ServiceTokenState) entry {
	return entry{ref, id, deref(state.ClientSecretIssuedAt)}
}

// remember keeps which token was imported under which URN.
func (t *ServiceToken) remember(ctx context.Context, imported entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.imports[string(callFrom(ctx).urn)] = imported
}

// justImported tells whether this process has imported this very token under
// the resource that now asks for its deletion: the engine then believes that it
// replaced another one. The deletion of the entry that the import made is meant:
// `pulumi do` reads a token in order to delete it.
func (t *ServiceToken) justImported(ctx context.Context, dropped entry) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	urn := string(callFrom(ctx).urn)
	imported, ok := t.imports[urn]
	delete(t.imports, urn) // the next deletion is meant
	return ok && imported.ref == dropped.ref && imported != dropped
}

// first tells whether this is the first time in this process that the resource
// is warned of a thing: a refresh reads and then compares, and would say it twice.
func (t *ServiceToken) first(ctx context.Context, warning string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := string(callFrom(ctx).urn) + warning
	_, said := t.warned[key]
	t.warned[key] = struct{}{}
	return !said
}

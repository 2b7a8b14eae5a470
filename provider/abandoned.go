package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// abandonedPatience bounds the deletion of a token that nobody waits for. The
// engine kills a plugin 5 seconds after a second Ctrl-C.
const abandonedPatience = 30 * time.Second

type engineKey struct{}

// noticeAbandonment lets a creation ask whether the engine still waits for it.
// It has to wrap the method that the server calls: below, the context of a call
// also ends with the first Ctrl-C, after which the engine does wait.
func noticeAbandonment(prov *p.Provider) {
	create := prov.Create
	prov.Create = func(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
		return create(context.WithValue(ctx, engineKey{}, ctx.Err), req)
	}
}

// abandoned tells whether nobody will receive the answer of a call: the user
// pressed Ctrl-C twice, or the engine was killed.
func abandoned(ctx context.Context) bool {
	err, ok := ctx.Value(engineKey{}).(func() error)
	return ok && errors.Is(err(), context.Canceled)
}

// discard deletes a token that was made for an engine that has gone. It was
// made a moment ago, and its secret is nowhere but in this process.
func discard(ctx context.Context, client *cfapi.Client, ref tokenRef) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonedPatience)
	defer cancel()
	if err := client.Delete(ctx, ref.Scope, ref.TokenID, nil); err != nil {
		return fmt.Errorf("deleting %s, which the engine no longer waits for: %w", ref, err)
	}
	return fmt.Errorf("%s was deleted right after its creation, because the engine no longer waits for it", ref)
}

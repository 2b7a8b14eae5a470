package cfapi

import (
	"context"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// inUsePatience is how long [Client.Delete] tries to delete a token that is in
// use: a policy that was deleted a moment ago may still count.
const inUsePatience = 30 * time.Second

// Delete deletes a token. It succeeds if the token is already gone, for example
// because the answer to an earlier attempt of the same call was lost.
//
// If the token is in use, Delete tries again for half a minute; onInUse, which may
// be nil, is called before each wait. After that it returns the refusal, for which
// [IsInUse] holds.
func (c *Client) Delete(ctx context.Context, scope Scope, id string, onInUse func()) error {
	last := c.timing.Now().Add(inUsePatience)
	for wait := time.Second; ; wait = min(2*wait, 8*time.Second) {
		err := c.deleteOnce(ctx, scope, id)
		left := last.Sub(c.timing.Now())
		if !IsInUse(err) || left <= 0 {
			return err
		}
		if onInUse != nil {
			onInUse()
		}
		if c.timing.Sleep(ctx, min(wait, left)) != nil {
			return err
		}
	}
}

func (c *Client) deleteOnce(ctx context.Context, scope Scope, id string) error {
	var p zero_trust.AccessServiceTokenDeleteParams
	p.AccountID.Value, p.ZoneID.Value = scope.accountAndZone()
	r := request{method: http.MethodDelete, scope: scope, item: true, id: id, idempotent: true}
	r.send = func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.Delete(ctx, id, p, options...)
		return err
	}
	_, err := c.call(ctx, r)
	if IsNotFound(err) {
		return nil
	}
	return err
}

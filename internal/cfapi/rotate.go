package cfapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// errAccountsOnly is why a call was not made: Cloudflare has it for accounts only.
var errAccountsOnly = errors.New("this call exists for accounts only")

// Rotate issues a new client secret by the call that is documented to return it.
// Cloudflare has this call for accounts only; [Client.Update] rotates in either
// scope. The previous secret works until previousEnds.
//
// A rotation that may have reached Cloudflare is never sent again. If its answer
// has no secret, Rotate returns the token as answered and an [Error] that wraps
// [ErrSecretMissing] and whose outcome is unknown.
func (c *Client) Rotate(ctx context.Context, scope Scope, id string, previousEnds time.Time) (*Token, error) {
	r := request{method: http.MethodPost, scope: scope, item: true, id: id, action: "rotate"}
	if scope.Kind != KindAccount {
		return nil, c.fail(r, &Error{Err: errAccountsOnly})
	}
	var p zero_trust.AccessServiceTokenRotateParams
	p.AccountID.Value = scope.ID
	// As in Update: the parameter of cloudflare-go would lose the fraction of a second.
	end := option.WithJSONSet("previous_client_secret_expires_at", previousEnds.UTC().Format(time.RFC3339Nano))
	r.send = func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.Rotate(ctx, id, p, append([]option.RequestOption{end}, options...)...)
		return err
	}
	return c.rotated(ctx, r)
}

// rotated performs a request that rotates. An answer without an id is kept: the id
// is known, and nobody else has the secret.
func (c *Client) rotated(ctx context.Context, r request) (*Token, error) {
	token, a, err := c.tokenOf(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case token.ClientSecret == "" && token.ID == "":
		return nil, c.incomplete(r, a, errNoID)
	case token.ClientSecret == "":
		return token, c.incomplete(r, a, ErrSecretMissing)
	}
	token.ID = r.id
	return token, nil
}

// Inspect reads a token by its id, as [Client.Get] does, to find out whether it was
// rotated. If the answer has no version of the client secret, Inspect also looks in
// a listing, which may not have it either, or be refused.
func (c *Client) Inspect(ctx context.Context, scope Scope, id string) (*Token, error) {
	token, err := c.Get(ctx, scope, id)
	if err != nil || token.ClientSecretVersion != nil {
		return token, err
	}
	listed, _ := c.List(ctx, scope, ListFilter{}) // if it fails, nothing more is known
	for _, same := range listed {
		if same.ID == id {
			token.ClientSecretVersion = same.ClientSecretVersion
			if token.PreviousClientSecretExpiresAt == nil {
				token.PreviousClientSecretExpiresAt = same.PreviousClientSecretExpiresAt
			}
		}
	}
	return token, nil
}

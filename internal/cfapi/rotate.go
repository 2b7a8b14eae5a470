package cfapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// errAccountsOnly is the cause of a call that was not made, because Cloudflare
// has it for accounts alone.
var errAccountsOnly = errors.New("this call exists for accounts only")

// Rotate issues a new client secret by the call that Cloudflare documents to
// return it, which exists for accounts only. The previous secret works until
// previousEnds. [Client.Update] rotates in either scope.
//
// A rotation that may have reached Cloudflare is never sent again. One that is
// answered without a secret returns the token as answered, with an [Error] that
// wraps [ErrSecretMissing] and whose outcome is unknown.
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

// rotated performs a request that rotates. Its answer is worth keeping without an
// id, which is known, while the secret is known to nobody else.
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

// Inspect reads a token by its id, as [Client.Get] does, to find out whether it
// was rotated. Where that answer does not tell the version of the client secret,
// a listing is asked, which may not tell it either, or be refused.
func (c *Client) Inspect(ctx context.Context, scope Scope, id string) (*Token, error) {
	token, err := c.Get(ctx, scope, id)
	if err != nil || token.ClientSecretVersion != nil {
		return token, err
	}
	listed, _ := c.List(ctx, scope, ListFilter{}) // one that fails tells nothing
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

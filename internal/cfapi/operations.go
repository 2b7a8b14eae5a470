package cfapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// CreateParams describes a new token. What is nil is not sent, so that Cloudflare
// decides.
type CreateParams struct {
	Name                string
	Duration            *string
	Enabled             *bool
	ClientSecretVersion *int64
	// MadeFor is the resource that the token is made for, such as its URN, or empty.
	// Cloudflare is sent 12 bits of its hash: see [NewMarker].
	MadeFor string
}

// UpdateParams is what to change. What is nil is not sent, and stays.
type UpdateParams struct {
	Name     *string
	Duration *string
	Enabled  *bool
	// ClientSecretVersion above the token's own rotates the secret.
	ClientSecretVersion           *int64
	PreviousClientSecretExpiresAt *time.Time
}

// request is a call before it is sent.
type request struct {
	method     string
	scope      Scope
	collection string // what stands in the path below access/; service_tokens if left out
	item       bool   // about one token and not about the collection
	id         string
	action     string // the last part of the path, if there is one after the id
	idempotent bool
	send       sender
}

// sender hands a request to cloudflare-go, once.
type sender func(context.Context, ...option.RequestOption) error

func (r request) path() string {
	path := r.scope.path() + "/access/" + cmp.Or(r.collection, "service_tokens")
	if r.item {
		path += "/" + r.id
	}
	if r.action != "" {
		path += "/" + r.action
	}
	return path
}

// Get reads a token by its id. Only an error for which [IsNotFound] holds proves
// that the token does not exist.
func (c *Client) Get(ctx context.Context, scope Scope, id string) (*Token, error) {
	var p zero_trust.AccessServiceTokenGetParams
	p.AccountID.Value, p.ZoneID.Value = scope.accountAndZone()
	r := request{method: http.MethodGet, scope: scope, item: true, id: id, idempotent: true}
	r.send = func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.Get(ctx, id, p, options...)
		return err
	}
	token, a, err := c.tokenOf(ctx, r)
	if err != nil {
		return nil, err
	}
	if token.ID == "" {
		return nil, c.incomplete(r, a, errNoID)
	}
	c.reads.answered(scope, token)
	return token, nil
}

// Update changes what the parameters name, and nothing else. It also renews and
// rotates, in either scope, because Cloudflare's own calls for these exist for
// accounts only:
//
//   - Sending Duration resets the expiry, counted from now, even if the token
//     already has this duration.
//   - Sending a ClientSecretVersion above the token's rotates the secret, and the
//     answer has the new one. The previous secret works until
//     PreviousClientSecretExpiresAt: send it too, since Cloudflare does not
//     promise any grace without it.
//
// A rotation that may have reached Cloudflare is never sent again. If its answer
// has no secret, Update returns the token as answered and an [Error] that wraps
// [ErrSecretMissing] and whose outcome is unknown: either the version was not above
// the token's, or the new secret is lost.
func (c *Client) Update(ctx context.Context, scope Scope, id string, params UpdateParams) (*Token, error) {
	if params == (UpdateParams{}) {
		return nil, errors.New("there is nothing to update")
	}
	var p zero_trust.AccessServiceTokenUpdateParams
	p.AccountID.Value, p.ZoneID.Value = scope.accountAndZone()
	if params.Name != nil {
		p.Name.Value, p.Name.Present = *params.Name, true
	}
	if params.Duration != nil {
		p.Duration.Value, p.Duration.Present = *params.Duration, true
	}
	if params.Enabled != nil {
		p.Enabled.Value, p.Enabled.Present = *params.Enabled, true
	}
	if params.ClientSecretVersion != nil {
		p.ClientSecretVersion.Value, p.ClientSecretVersion.Present = float64(*params.ClientSecretVersion), true
	}
	var exact []option.RequestOption
	if params.PreviousClientSecretExpiresAt != nil {
		// The parameter of cloudflare-go would lose the fraction of a second, and
		// its raw form is not safe for concurrent use.
		at := params.PreviousClientSecretExpiresAt.UTC().Format(time.RFC3339Nano)
		exact = append(exact, option.WithJSONSet("previous_client_secret_expires_at", at))
	}
	rotates := params.ClientSecretVersion != nil
	r := request{method: http.MethodPut, scope: scope, item: true, id: id, idempotent: !rotates}
	r.send = func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.Update(ctx, id, p, slices.Concat(exact, options)...)
		return err
	}
	if rotates {
		return c.rotated(ctx, r)
	}
	token, a, err := c.tokenOf(ctx, r)
	if err == nil && token.ID == "" {
		return nil, c.incomplete(r, a, errNoID)
	}
	return token, err
}

// call performs a request if its ids can be part of a path.
func (c *Client) call(ctx context.Context, r request) (*answer, error) {
	if !plainID(r.scope.ID) || r.item && !plainID(r.id) {
		return nil, c.fail(r, &Error{Err: errMalformedID})
	}
	if r.item && r.method != http.MethodGet {
		defer c.reads.write(r.scope, r.id)()
	}
	return c.perform(ctx, r)
}

// tokenOf performs a request that is answered with a token.
func (c *Client) tokenOf(ctx context.Context, r request) (*Token, *answer, error) {
	a, err := c.call(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	token, err := decodeToken(a.Result)
	if err != nil {
		return nil, nil, c.incomplete(r, a, err)
	}
	return token, a, nil
}

// incomplete returns the failure of an answer that reports success but lacks what
// it should have.
func (c *Client) incomplete(r request, a *answer, err error) *Error {
	return c.fail(r, &Error{Status: a.status, Envelope: true, RayID: a.rayID, OutcomeUnknown: true, Err: err})
}

package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// createAttempts is how often a creation is tried at most, each time after what
// the attempt before may have left was found and deleted, or not found.
const createAttempts = 5

// Create makes a token, exactly one, and returns it with its client secret,
// which no later answer repeats. In the ordinary case it is one request.
//
// Where it remains unknown whether an attempt had its effect, Create looks for
// the attempt's token in a listing, for up to half a minute. A token that is
// proven to be of this attempt, so that nobody holds its secret, is deleted, and
// the creation is tried again. What cannot be proven is never deleted: the error
// is then, or wraps, an [*UnresolvedError], which names what may be left.
func (c *Client) Create(ctx context.Context, scope Scope, params CreateParams) (*Token, error) {
	creation := &creation{client: c, scope: scope, params: params, began: c.timing.Now()}
	for attempt := 1; ; attempt++ {
		token, err := creation.attempt(ctx)
		if err == nil {
			c.created.add(token.ID)
			return token, creation.sweep(ctx, token)
		}
		if !IsOutcomeUnknown(err) {
			return nil, err
		}
		if err := creation.resolve(ctx, err); err != nil {
			return nil, err
		}
		switch {
		case attempt < createAttempts:
		case len(creation.lost) > 0:
			return nil, &UnresolvedError{
				Why: fmt.Sprintf("it was tried %d times, and half a minute after %d of these no listing showed a token", attempt, len(creation.lost)),
				Err: settled(err),
			}
		default:
			return nil, fmt.Errorf("%w; tried %d times, and what an attempt was seen to leave behind was deleted", settled(err), attempt)
		}
	}
}

// creation is one call of Create.
type creation struct {
	client *Client
	scope  Scope
	params CreateParams
	began  time.Time
	// lost are the markers of attempts whose token was not found.
	lost []time.Time
	// marker is that of the last attempt; nil if it was not marked.
	marker *time.Time
	// id is that of the last attempt's token, if the answer told it without the
	// secret.
	id string
}

// attempt sends one creation, marked unless Cloudflare is known to refuse that.
func (cr *creation) attempt(ctx context.Context) (*Token, error) {
	cr.marker = nil
	if !cr.client.markersRefused.Load() {
		marker := newMarker()
		cr.marker = &marker
	}
	token, err := cr.client.createOnce(ctx, cr.scope, cr.params, cr.marker)
	if cr.marker != nil && refusesMarker(err) {
		// It may be something else that was refused, which the same request
		// without the marker tells.
		cr.marker = nil
		token, err = cr.client.createOnce(ctx, cr.scope, cr.params, nil)
		if !refusesMarker(err) {
			cr.client.markersRefused.Store(true)
		}
	}
	cr.id = ""
	if err != nil && token != nil {
		cr.id = token.ID
	}
	return token, err
}

func refusesMarker(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && e.Envelope && !IsAuth(err) && !IsAccessNotEnabled(err) && !IsTokenLimit(err)
}

// version is the version that the creation asks for.
func (cr *creation) version() int64 {
	if cr.params.ClientSecretVersion == nil {
		return 1
	}
	return *cr.params.ClientSecretVersion
}

// createOnce sends one creation, marked if there is a marker. A request that may
// have reached Cloudflare is not sent again.
//
// An answer of success that cannot be read, or that lacks the id or the secret,
// is an [Error] whose outcome is unknown. If it names the token, the token comes
// with the error: it exists, and nobody holds its secret.
func (c *Client) createOnce(ctx context.Context, scope Scope, params CreateParams, marker *time.Time) (*Token, error) {
	var p zero_trust.AccessServiceTokenNewParams
	p.AccountID.Value, p.ZoneID.Value = scope.accountAndZone()
	p.Name.Value, p.Name.Present = params.Name, true
	if params.Duration != nil {
		p.Duration.Value, p.Duration.Present = *params.Duration, true
	}
	if params.Enabled != nil {
		p.Enabled.Value, p.Enabled.Present = *params.Enabled, true
	}
	if params.ClientSecretVersion != nil {
		p.ClientSecretVersion.Value, p.ClientSecretVersion.Present = float64(*params.ClientSecretVersion), true
	}
	var marked []option.RequestOption
	if marker != nil {
		marked = append(marked, option.WithJSONSet("previous_client_secret_expires_at", marker.Format(time.RFC3339)))
	}
	r := request{method: http.MethodPost, scope: scope}
	r.send = func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.New(ctx, p, append(marked, options...)...)
		return err
	}
	token, a, err := c.tokenOf(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case token.ID == "":
		return nil, c.incomplete(r, a, errNoID)
	case token.ClientSecret == "":
		return token, c.incomplete(r, a, ErrSecretMissing)
	}
	return token, nil
}

// UnresolvedError is a creation of which it is not known what it left behind.
// Nothing was deleted.
type UnresolvedError struct {
	// Candidates are the ids of tokens that the creation may have made. Nobody
	// holds the secret of the one that it did make.
	Candidates []string
	// Why says what kept it from being found out.
	Why string
	// Err is the failure of the creation, or nil if it succeeded in the end, and
	// an earlier attempt is meant.
	Err error
}

func (e *UnresolvedError) Unwrap() error { return e.Err }

func (e *UnresolvedError) Error() string {
	var b strings.Builder
	if e.Err != nil {
		b.WriteString(e.Err.Error() + "; ")
	}
	b.WriteString("what it left behind is not known: " + e.Why)
	if len(e.Candidates) > 0 {
		b.WriteString("; it may be " + strings.Join(e.Candidates, " or "))
	}
	return b.String()
}

// settled is a failure whose outcome has been found out since.
func settled(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	known := *e
	known.OutcomeUnknown = false
	return &known
}

package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

const (
	// createAttempts is how often a creation is tried at most. Before each new attempt
	// Create looks for what the previous one may have left, and deletes it if found.
	createAttempts = 5
	// attemptsInVain is after how many attempts whose token was not found a creation
	// is not tried again: each search takes half a minute.
	attemptsInVain = 2
)

// Create makes exactly one token, and returns it with its client secret, which no
// later answer repeats. In the ordinary case it is one request.
//
// If it is unknown whether an attempt had its effect, Create looks for the
// attempt's token in listings, for up to half a minute. If a token is proven to
// come from one of its attempts, nobody holds its secret: Create deletes it and
// tries again. It never deletes a token without that proof: the error is then, or
// wraps, an [*UnresolvedError], which names what may be left. If a token is
// returned too, such an error is about earlier attempts only.
func (c *Client) Create(ctx context.Context, scope Scope, params CreateParams) (*Token, error) {
	cr := &creation{client: c, scope: scope, params: params, began: c.timing.Now()}
	for attempt := 1; ; attempt++ {
		token, err := cr.attempt(ctx)
		switch {
		case err == nil:
			c.created.Store(token.ID, nil)
			return token, cr.sweep(ctx, token)
		case !IsOutcomeUnknown(err):
			return nil, cr.refused(ctx, err)
		}
		answered := c.timing.Now()
		if err := cr.resolve(ctx, err); err != nil {
			return nil, err
		}
		if cr.missing() {
			cr.inVain++
		}
		if why := cr.ends(ctx, err, attempt, answered); why != "" {
			return nil, cr.givenUp(settled(err), why)
		}
	}
}

// ends waits as long as an answer asked for, and returns the reason why there is no
// other attempt, or "" if there is one.
func (cr *creation) ends(ctx context.Context, err error, attempt int, answered time.Time) string {
	const notAgain = "not tried again: "
	if stop := interrupted(ctx); stop != nil {
		return notAgain + stop.Error()
	}
	e, _ := asError(err)
	switch {
	case e.Final:
		return "not tried again, since the answer says that it would fail again"
	case attempt == createAttempts || cr.inVain == attemptsInVain:
		return fmt.Sprintf("tried %d times", attempt)
	}
	if wait := e.RetryAfter - cr.client.timing.Now().Sub(answered); wait > 0 {
		waiting, cancel := untilInterrupted(ctx)
		defer cancel()
		if stop := cr.client.waitToRetry(waiting, wait, e.Status); stop != nil {
			return notAgain + stop.Error()
		}
	}
	return ""
}

// creation is one call of Create.
type creation struct {
	client *Client
	scope  Scope
	params CreateParams
	began  time.Time
	// lost are the markers of attempts whose token has not been found yet.
	lost []time.Time
	// inVain is how many attempts were looked for, and not found in time.
	inVain int
	// marker is the last attempt's; nil if it carried none.
	marker *time.Time
	// id is that of the last attempt's token, if the answer had it but no secret.
	id string
}

// attempt sends one creation, marked unless Cloudflare is known to refuse that.
func (cr *creation) attempt(ctx context.Context) (*Token, error) {
	c := cr.client
	var marker *time.Time
	if !c.markersRefused.Load() {
		marker = new(cr.newMarker())
	}
	token, err := c.createOnce(ctx, cr.scope, cr.params, marker)
	if marker != nil && refusesMarker(err) {
		// Something else may have been refused. If the same request succeeds
		// without the marker, it was the marker.
		marker = nil
		token, err = c.createOnce(ctx, cr.scope, cr.params, nil)
		if err == nil {
			c.markersRefused.Store(true)
		}
	}
	cr.id, cr.marker = "", marker
	if IsOutcomeUnknown(err) {
		if marker != nil {
			cr.lost = append(cr.lost, *marker)
		}
		if token != nil {
			cr.id = token.ID
		}
	}
	return token, err
}

// newMarker returns a mark that no other attempt of this creation has.
func (cr *creation) newMarker() time.Time {
	for {
		if marker := NewMarker(cr.params.MadeFor); !slices.ContainsFunc(cr.lost, marker.Equal) {
			return marker
		}
	}
}

// givenUp is the error of a creation that is not tried again.
func (cr *creation) givenUp(err error, why string) error {
	if len(cr.lost) > 0 {
		return &UnresolvedError{Err: err,
			Why: fmt.Sprintf("%s, and for %d of the attempts no token was listed within half a minute", why, len(cr.lost))}
	}
	return fmt.Errorf("%w; %s, and no token is left behind", err, why)
}

func refusesMarker(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusBadRequest && e.Envelope && !IsAuth(err) && !IsAccessNotEnabled(err) && !IsTokenLimit(err)
}

// version is the client secret version that the creation requests.
func (cr *creation) version() int64 {
	if cr.params.ClientSecretVersion == nil {
		return 1
	}
	return *cr.params.ClientSecretVersion
}

// createOnce sends one creation, marked if there is a marker. A request that may
// have reached Cloudflare is not sent again.
//
// If an answer of success cannot be read, or lacks the id or the secret, the
// outcome of the [Error] is unknown. If the answer has the token's id, the token is
// returned with the error: it exists, and nobody holds its secret.
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
	c.reads.write(scope, token.ID)() // the id was not known before
	return token, nil
}

// settled returns a failure as one whose outcome is now known.
func settled(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	known := *e
	known.OutcomeUnknown = false
	return &known
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// change carries out a plan. Whatever comes of it, state is what is known of the
// token by then.
type change struct {
	token *ServiceToken
	ref   servicetoken.Ref
	plan  servicetoken.Plan
	want  servicetoken.Wanted
	// before is the state that the plan was made for.
	before, state servicetoken.State
	// clockOffset is how far Cloudflare's clock is ahead of this machine's, where they
	// differ by more than they may.
	clockOffset time.Duration
}

// carryOut makes the requests that the plan takes, none if it takes none. An error
// is an [infer.ResourceInitFailedError] where state has to be stored with it.
func (c *change) carryOut(ctx context.Context) error {
	nothingToSend := c.plan.Update == (cfapi.UpdateParams{})
	if c.plan.Rotates() {
		uncut, cancel, err := uninterrupted(ctx)
		if err != nil {
			return err
		}
		defer cancel()
		ctx = uncut
	}
	if c.plan.Rotates() || c.plan.MovesGrace() || c.plan.Adopts && nothingToSend {
		if err := c.look(ctx); err != nil {
			return err
		}
	}
	switch {
	case c.plan.Rotates():
		return c.rotate(ctx)
	case c.plan.Update == (cfapi.UpdateParams{}):
		c.state = c.plan.Requested(c.state)
		return nil
	}
	return c.update(ctx)
}

// look reads the token before a request that rotates it, or that moves the end of
// a previous client secret. A run that was killed, a state that could not be stored
// and an older one that was brought back leave no other trace than that the token
// is ahead of the state. Then nothing is sent, since the secret that would stop
// may be somebody's.
func (c *change) look(ctx context.Context) error {
	adoptsOnly := c.plan.Update == (cfapi.UpdateParams{})
	read := c.token.config.client.Inspect
	if adoptsOnly {
		read = c.token.config.client.Get
	}
	token, err := read(ctx, c.ref.Scope, c.ref.TokenID)
	if err != nil {
		return c.failed(err, refusal.Reading)
	}
	// An earlier run may have been cut off after it had moved the end.
	before := c.expecting(*token, c.plan.MovesGrace())
	c.state = before.Refreshed(c.ref, *token)
	if adoptsOnly {
		return nil
	}
	ahead := c.state.RotatedSince(before)
	if c.plan.Rotates() {
		if other, twice := c.token.memory.rotates(middleware.Of(ctx).URN, c.ref.TokenID, !ahead); twice {
			c.state = c.state.Stale()
			return c.partial(fmt.Sprintf("nothing was changed, since %s in this stack manages the same token, which this run rotates. "+
				"Keep one of the two resources, since each rotation by one makes the client secret of the other stale", other))
		}
	}
	if ahead {
		return c.partial(c.ahead("nothing was changed", before))
	}
	c.compareClocks(ctx)
	return nil
}

// compareClocks has the end of the previous secret judged by Cloudflare's clock, where
// this machine's differs from it: a grace would be too short, or over before it
// began, and a secret that was revoked could come back to life.
func (c *change) compareClocks(ctx context.Context) {
	plan, kept := c.plan.KeepingStopped(c.state, c.token.config.client.ServerTime())
	if kept != "" {
		c.plan = plan
		logWarning(ctx, kept)
		return
	}
	c.clockOffset = c.token.clockOffset()
	if c.clockOffset == 0 {
		return
	}
	if plan, kept = c.plan.KeepingYoung(c.want, c.state, c.cloudflaresNow()); kept != "" {
		c.plan = plan
		c.token.memory.releases(middleware.Of(ctx).URN, c.ref.TokenID)
		logWarning(ctx, kept)
		return
	}
	plan, moved := c.plan.CountedBy(c.clockOffset)
	if moved || c.plan.MovesGrace() {
		c.plan = plan
		c.token.say(ctx, "clock", servicetoken.ClockWarning(c.clockOffset, c.endsAt(), c.cloudflaresNow()))
	}
}

// cloudflaresNow is the time by Cloudflare's clock, which judges when a secret ends.
func (c *change) cloudflaresNow() time.Time { return c.token.now().Add(c.clockOffset) }

// expecting is the state before an answer, with the end of the previous secret that
// this change asks for, if it may have been sent: that is no sign of a rotation
// elsewhere.
func (c *change) expecting(answer cfapi.Token, sent bool) servicetoken.State {
	if !sent {
		return c.state
	}
	return c.state.Expecting(answer, c.endsAt())
}

// ahead says what came of it that the token was found ahead of the state, and what
// can be done.
func (c *change) ahead(result string, before servicetoken.State) string {
	found := fmt.Sprintf("the previous client secret ends at %s, and not at the time that this stack knows", c.state.PreviousSecretEnd())
	if shown := c.state.ShownVersion(); shown > 0 && shown != before.Version() {
		found = fmt.Sprintf("the token is at version %d of its client secret, but this stack knows version %d", shown, before.Version())
	}
	return fmt.Sprintf("%s, since %s: somebody rotated it elsewhere, or a run of this stack was interrupted before it stored the result. "+
		"The token's current state is stored. %s", result, found, c.wayOut())
}

// wayOut says how this stack gets a client secret after a rotation that it was not
// given.
func (c *change) wayOut() string {
	if c.token.memory.rotationCall(c.ref.Scope, c.state) == servicetoken.RotationCallNone {
		return servicetoken.ReturnsNoSecret
	}
	if c.want.HeldBy != "" {
		return c.outright()
	}
	if c.want.RecoverClientSecret.Value.Recovers(c.state.ClientSecretStatus) {
		return fmt.Sprintf("Run `pulumi up` again: it rotates the client secret, since recoverClientSecret is %q", c.want.RecoverClientSecret.Value)
	}
	way := servicetoken.RecoverAlways
	if c.state.ClientSecretStatus == servicetoken.StatusUnavailable {
		way = servicetoken.RecoverImported
	}
	return fmt.Sprintf("To get a new client secret, set clientSecretVersion to %d, or recoverClientSecret to %q, and run `pulumi up`", c.state.NextVersion(), way)
}

// outright is the way to a new client secret that nothing holds back.
func (c *change) outright() string {
	return fmt.Sprintf("To get a new client secret, set clientSecretVersion to %d and run `pulumi up`: %s holds all other rotations back", c.state.OutrightVersion(), c.want.HeldBy)
}

// update changes the token in place, without a rotation.
func (c *change) update(ctx context.Context) error {
	token, err := c.token.config.client.Update(ctx, c.ref.Scope, c.ref.TokenID, c.plan.Update)
	switch {
	case cfapi.IsOutcomeUnknown(err):
		// What was asked for may have happened, and would look like somebody
		// else's doing: a read shows it.
		if now, lookErr := c.token.config.client.Get(ctx, c.ref.Scope, c.ref.TokenID); lookErr == nil {
			c.state = c.expecting(*now, c.plan.MovesGrace()).Refreshed(c.ref, *now)
			return c.partial(fmt.Sprintf("%v; the token's current state is stored: run `pulumi up` again", err))
		}
		return c.failed(err, "")
	case err != nil:
		return c.failed(err, refusal.Writing)
	}
	c.state = c.plan.Applied(c.state, c.ref, *token, c.cloudflaresNow())
	return nil
}

// failed is the failure of a request that changed nothing. What is known of the
// token by now is stored, if it is news.
func (c *change) failed(err error, what refusal.Intent) error {
	switch {
	case cfapi.IsNotFound(err):
		err = errors.New("it no longer exists; run `pulumi refresh`, and the next `pulumi up` creates a new one")
	case what != "":
		err = c.token.config.advise(err, c.ref.Scope, what)
	}
	if reflect.DeepEqual(c.state, c.before) {
		return fmt.Errorf("%s: %w", c.doing(), err)
	}
	return c.partial(err.Error())
}

// partial is a failure with which the state has to be stored.
func (c *change) partial(reason string) error {
	return infer.ResourceInitFailedError{Reasons: []string{c.doing() + ": " + reason}}
}

func (c *change) doing() string {
	switch {
	case c.plan.Rotates():
		return fmt.Sprintf("rotating the client secret of %s", c.ref)
	case c.plan.Adopts:
		return fmt.Sprintf("adopting %s", c.ref)
	}
	return fmt.Sprintf("updating %s", c.ref)
}

// endsAt is when the plan lets the previous client secret end.
func (c *change) endsAt() time.Time { return *c.plan.Update.PreviousClientSecretExpiresAt }

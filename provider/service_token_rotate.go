package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Cloudflare has two calls that rotate. An update works in both scopes and carries
// other changes too, but that its answer holds the client secret is documented
// nowhere. The answer of POST …/rotate is documented to hold it, and exists for
// accounts only. So an update is tried first, and where it returns no secret, the
// other call is used from then on; the process and the state remember that.

// returnsNoSecret says why a token is not rotated, and what to do instead.
const returnsNoSecret = "Cloudflare returns no client secret when it rotates this token. To get a new secret, replace the token " +
	"(`pulumi up --replace <URN>`), or move a token of a zone to its account (accountId in place of zoneId)"

// rotate issues a new client secret.
func (c *change) rotate(ctx context.Context) error {
	switch c.token.memory.rotationCall(c.ref.Scope, c.state) {
	case rotationCallNone:
		c.token.memory.releases(ctx, c.ref.TokenID)
		return c.muted("nothing was sent: " + returnsNoSecret)
	case rotationCallRotate:
		if err := c.updateTheRest(ctx); err != nil {
			return err
		}
		return c.rotateByCall(ctx)
	}
	return c.rotateByUpdate(ctx)
}

func (c *change) rotateByUpdate(ctx context.Context) error {
	token, err := c.client.Update(ctx, c.ref.Scope, c.ref.TokenID, c.plan.update)
	switch {
	case err == nil:
		c.state = c.plan.applied(c.state, c.ref, *token, c.token.now())
		return nil
	case token != nil && errors.Is(err, cfapi.ErrSecretMissing):
		return c.toldNoSecret(ctx, *token)
	case cfapi.IsOutcomeUnknown(err):
		return c.lost(int(*c.plan.update.ClientSecretVersion), c.endsAt(), err)
	}
	return c.refused(ctx, err)
}

// toldNoSecret goes on after an update that was answered without a client secret.
func (c *change) toldNoSecret(ctx context.Context, answer cfapi.Token) error {
	target, before := int(*c.plan.update.ClientSecretVersion), c.state
	if version := answer.ClientSecretVersion; version != nil && int(*version) != target {
		before = c.expecting(answer, true)
		c.state = before.observed(c.ref, answer).compared(before, answer)
		if c.state.rotatedSince(before) {
			return c.partial(c.ahead("it was not rotated", before))
		}
		return c.partial(fmt.Sprintf("Cloudflare did not rotate it: its answer shows version %d of the client secret, and not %d", *version, target))
	}
	c.state = c.plan.requested(before).observed(c.ref, answer)
	c.state.ClientSecretVersion = &target
	if c.ref.Scope.Kind == cfapi.KindZone {
		c.state = c.state.stale()
		return c.muted(fmt.Sprintf("Cloudflare rotated it and returned no client secret. %s%s", c.storedWorks(before), returnsNoSecret))
	}
	c.state = c.learn(rotationCallRotate).pending(target, c.endsAt())
	if c.endsAt().After(c.token.now()) {
		return c.partial(fmt.Sprintf("Cloudflare rotated it and returned no client secret. %sRun `pulumi up` again: it rotates once more, by the call that "+
			"returns the secret, and the previous secret then stops at once", c.storedWorks(before)))
	}
	return c.rotateByCall(ctx)
}

// storedWorks says until when the stored client secret works.
func (c *change) storedWorks(before ServiceTokenState) string {
	if before.ClientSecret == nil || before.ClientSecretStatus != statusCurrent {
		return ""
	}
	return fmt.Sprintf("The stored one works until %s. ", formatTime(c.endsAt()))
}

// updateTheRest sends what else the plan changes, which POST …/rotate does not take.
func (c *change) updateTheRest(ctx context.Context) error {
	rest := plan{update: c.plan.update}
	rest.update.ClientSecretVersion, rest.update.PreviousClientSecretExpiresAt = nil, nil
	if rest.update == (cfapi.UpdateParams{}) {
		return nil
	}
	token, err := c.client.Update(ctx, c.ref.Scope, c.ref.TokenID, rest.update)
	if err != nil {
		return c.refused(ctx, err)
	}
	c.state = rest.applied(c.state, c.ref, *token, c.token.now())
	return nil
}

// rotateByCall rotates by POST …/rotate, also to complete what an update has left
// without a secret that anybody was told.
func (c *change) rotateByCall(ctx context.Context) error {
	end := c.endsAt()
	if c.state.tookEffect() {
		end = c.token.now().UTC().Truncate(time.Second) // of the secret that nobody was told
	}
	token, err := c.client.Rotate(ctx, c.ref.Scope, c.ref.TokenID, end)
	switch {
	case token != nil && errors.Is(err, cfapi.ErrSecretMissing):
		c.state.PreviousClientSecretExpiresAt = new(formatTime(end))
		c.state = c.state.observed(c.ref, *token).stale()
		return c.muted("Cloudflare rotated it and returned no client secret. " + returnsNoSecret)
	case cfapi.IsOutcomeUnknown(err):
		return c.lost(max(c.state.version(), deref(c.state.PendingClientSecretVersion))+1, end, err)
	case err != nil:
		return c.refused(ctx, err)
	}
	if token.ClientSecretVersion == nil {
		if now, err := c.client.Inspect(ctx, c.ref.Scope, c.ref.TokenID); err == nil {
			token.ClientSecretVersion = now.ClientSecretVersion
		}
	}
	c.state.PreviousClientSecretExpiresAt = new(formatTime(end))
	c.state = c.state.observed(c.ref, *token).holding(*token, c.state.version(), c.token.now()).carriedOut(c.plan.number)
	c.state = c.learn(rotationCallRotate)
	return nil
}

// refused is the failure of a rotation that did not happen.
func (c *change) refused(ctx context.Context, err error) error {
	c.token.memory.releases(ctx, c.ref.TokenID)
	return c.failed(err, writing)
}

// muted is the failure where nothing returns a client secret: no run rotates by
// itself any more.
func (c *change) muted(reason string) error {
	c.state = c.learn(rotationCallNone).settled()
	return c.partial(reason)
}

// learn remembers which call returns client secrets.
func (c *change) learn(call string) ServiceTokenState {
	c.token.memory.learnRotationCall(c.ref.Scope, call)
	c.state.RotationCall = &call
	return c.state
}

// lost is the failure of a rotation whose answer was lost. It is not sent again in
// this run.
func (c *change) lost(version int, end time.Time, err error) error {
	before := c.state
	c.state = before.pending(version, end)
	stored := ""
	switch {
	case before.ClientSecret == nil || before.heldUnknown():
	case before.ClientSecretStatus == statusStale:
		// Cloudflare holds one previous secret, and the stored one is older.
		stored = "If it was, the stored one works no longer. "
	default:
		stored = fmt.Sprintf("If it was, the stored one works until %s. ", formatTime(end))
	}
	return c.partial(fmt.Sprintf("%v. Whether it was rotated is not known, and this stack does not hold the new secret. "+
		"%sRun `pulumi up` again: it rotates once more, and stores that secret.", err, stored))
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// Cloudflare has two calls that rotate. An update works in both scopes and carries
// other changes too, but that its answer holds the client secret is documented
// nowhere. The answer of POST …/rotate is documented to hold it, and exists for
// accounts only. So an update is tried first, and where it returns no secret, the
// other call is used from then on; the process and the state remember that.

// rotate issues a new client secret.
func (c *change) rotate(ctx context.Context) error {
	switch c.token.memory.rotationCall(c.ref.Scope, c.state) {
	case servicetoken.RotationCallNone:
		c.token.memory.releases(middleware.Of(ctx).URN, c.ref.TokenID)
		return c.muted("nothing was changed: " + servicetoken.ReturnsNoSecret)
	case servicetoken.RotationCallRotate:
		if err := c.updateTheRest(ctx); err != nil {
			return err
		}
		return c.rotateByCall(ctx)
	}
	return c.rotateByUpdate(ctx)
}

func (c *change) rotateByUpdate(ctx context.Context) error {
	token, err := c.token.config.client.Update(ctx, c.ref.Scope, c.ref.TokenID, c.plan.Update)
	switch {
	case err == nil:
		c.state = c.plan.Applied(c.state, c.ref, *token, c.cloudflaresNow())
		return nil
	case token != nil && errors.Is(err, cfapi.ErrSecretMissing):
		return c.toldNoSecret(ctx, *token)
	case cfapi.IsOutcomeUnknown(err):
		return c.lost(int(*c.plan.Update.ClientSecretVersion), c.endsAt(), err)
	}
	return c.refused(ctx, err)
}

// toldNoSecret goes on after an update that was answered without a client secret.
func (c *change) toldNoSecret(ctx context.Context, answer cfapi.Token) error {
	target, before := int(*c.plan.Update.ClientSecretVersion), c.state
	if version := answer.ClientSecretVersion; version != nil && int(*version) != target {
		before = c.expecting(answer, true)
		c.state = before.Observed(c.ref, answer).Compared(before, answer)
		if c.state.RotatedSince(before) {
			return c.partial(c.ahead("it was not rotated", before))
		}
		return c.partial(fmt.Sprintf("Cloudflare did not rotate it: its answer shows version %d of the client secret, not %d", *version, target))
	}
	c.state = c.plan.Requested(before).Observed(c.ref, answer)
	c.state.ClientSecretVersion = &target
	if c.ref.Scope.Kind == cfapi.KindZone {
		c.state = c.state.Stale()
		return c.muted(fmt.Sprintf("Cloudflare rotated it and returned no client secret. %s%s", c.storedWorks(before), servicetoken.ReplaceForSecret))
	}
	c.state = c.learn(servicetoken.RotationCallRotate).Pending(target, c.endsAt())
	if c.endsAt().After(c.cloudflaresNow()) {
		again := "Run `pulumi up` again: it rotates once more, by the call that returns the secret, and the previous secret then stops at once"
		if c.want.HeldBy != "" {
			again = c.outright()
		}
		return c.partial(fmt.Sprintf("Cloudflare rotated it and returned no client secret. %s%s", c.storedWorks(before), again))
	}
	return c.rotateByCall(ctx)
}

// storedWorks says until when the stored client secret works.
func (c *change) storedWorks(before servicetoken.State) string {
	if before.ClientSecret == nil || before.ClientSecretStatus != servicetoken.StatusCurrent {
		return ""
	}
	if !c.endsAt().After(c.cloudflaresNow()) {
		return "The stored one no longer works. "
	}
	return fmt.Sprintf("The stored one works until %s. ", servicetoken.FormatTime(c.endsAt()))
}

// updateTheRest sends what else the plan changes, which POST …/rotate does not take.
func (c *change) updateTheRest(ctx context.Context) error {
	rest := servicetoken.Plan{Update: c.plan.Update}
	rest.Update.ClientSecretVersion, rest.Update.PreviousClientSecretExpiresAt = nil, nil
	if rest.Update == (cfapi.UpdateParams{}) {
		return nil
	}
	token, err := c.token.config.client.Update(ctx, c.ref.Scope, c.ref.TokenID, rest.Update)
	if err != nil {
		return c.refused(ctx, err)
	}
	before := c.state
	c.state = rest.Applied(before, c.ref, *token, c.cloudflaresNow())
	if c.state.RotatedSince(before) {
		c.token.memory.releases(middleware.Of(ctx).URN, c.ref.TokenID)
		return c.partial(c.ahead("the client secret was not rotated", before))
	}
	return nil
}

// rotateByCall rotates by POST …/rotate, also to complete what an update has left
// without a secret that anybody holds.
func (c *change) rotateByCall(ctx context.Context) error {
	end := c.endsAt()
	if c.state.TookEffect() {
		end = c.cloudflaresNow().UTC().Truncate(time.Second) // of the secret that nobody holds
	}
	token, err := c.token.config.client.Rotate(ctx, c.ref.Scope, c.ref.TokenID, end)
	switch {
	case token != nil && errors.Is(err, cfapi.ErrSecretMissing):
		c.state.PreviousClientSecretExpiresAt = new(servicetoken.FormatTime(end))
		c.state = c.state.Observed(c.ref, *token).Stale()
		return c.muted("Cloudflare rotated it and returned no client secret. " + servicetoken.ReplaceForSecret)
	case cfapi.IsOutcomeUnknown(err):
		return c.lost(c.state.HighestVersion()+1, end, err)
	case err != nil:
		return c.refused(ctx, err)
	}
	if token.ClientSecretVersion == nil {
		if now, err := c.token.config.client.Inspect(ctx, c.ref.Scope, c.ref.TokenID); err == nil {
			token.ClientSecretVersion = now.ClientSecretVersion
		}
	}
	c.state.PreviousClientSecretExpiresAt = new(servicetoken.FormatTime(end))
	c.state = c.state.Observed(c.ref, *token).Holding(*token, c.state.Version(), c.cloudflaresNow()).CarriedOut(c.plan.Number)
	c.state = c.learn(servicetoken.RotationCallRotate)
	return nil
}

// refused is the failure of a rotation that did not happen.
func (c *change) refused(ctx context.Context, err error) error {
	c.token.memory.releases(middleware.Of(ctx).URN, c.ref.TokenID)
	return c.failed(err, refusal.Writing)
}

// muted is the failure where nothing returns a client secret: no run rotates by
// itself any more.
func (c *change) muted(reason string) error {
	c.state = c.learn(servicetoken.RotationCallNone).Settled()
	return c.partial(reason)
}

// learn remembers which call returns client secrets.
func (c *change) learn(call string) servicetoken.State {
	c.token.memory.learnRotationCall(c.ref.Scope, call)
	c.state.RotationCall = &call
	return c.state
}

// lost is the failure of a rotation whose answer was lost. It is not sent again in
// this run.
func (c *change) lost(version int, end time.Time, err error) error {
	before := c.state
	c.state = before.Pending(version, end)
	stored := ""
	switch {
	case before.ClientSecret == nil || before.HeldUnknown():
	case before.ClientSecretStatus == servicetoken.StatusStale, !end.After(c.cloudflaresNow()):
		// Of a stale one: Cloudflare holds one previous secret, and the stored one is older.
		stored = ", and the stored one no longer works"
	default:
		stored = ", and the stored one works until " + servicetoken.FormatTime(end)
	}
	again := "Run `pulumi up` again: it rotates once more, and stores the new secret."
	if c.want.HeldBy != "" {
		again = c.outright() + "."
	}
	return c.partial(fmt.Sprintf("%v. It is not known whether the client secret was rotated. If it was, this stack does not hold the new one%s. %s", err, stored, again))
}

package provider

import (
	"errors"
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
)

// fromState says where a refused credential came from, and the ways out.
const fromState = ". This run used the credential that the last `pulumi up` stored in the stack's state. If you have changed it since, " +
	"run `pulumi up --refresh=false` once, with the provider and its tokens in the program: it stores the new one"

// refused is a request that Cloudflare refused.
func (c *Config) refused(scope cfapi.Scope, what refusal.Intent) refusal.Request {
	return refusal.Request{
		Scope: scope, What: what, UsesKey: c.usesKey, BaseURL: c.baseURL.value, BaseURLSetting: c.baseURL.source,
		InsteadOfToken: "apiKey and email, or use accountId in place of zoneId (which replaces a token that exists)",
	}
}

// advise adds to Cloudflare's refusal what the reader can do about it.
func (c *Config) advise(err error, scope cfapi.Scope, what refusal.Intent) error {
	if advice := c.adviceFor(err, scope, what); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

func (c *Config) adviceFor(err error, scope cfapi.Scope, what refusal.Intent) string {
	advice, ofCredential := refusal.Advice(err, c.refused(scope, what))
	if ofCredential && c.stored {
		advice += fromState
	}
	return advice
}

// adviseCreate adds to a failed creation how to find a token that it may have
// left behind.
func (c *Config) adviseCreate(err error, scope cfapi.Scope, name string) error {
	unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
	if !ok {
		return c.advise(err, scope, refusal.Writing)
	}
	if advice := c.adviceFor(unresolved.Look, scope, refusal.Reading); advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	which := fmt.Sprintf("a new token named %q that was never used", name)
	if len(unresolved.Candidates) > 0 {
		which = "the one of the tokens named here that nobody uses"
	}
	return fmt.Errorf("%w. Before you run again, look in the Cloudflare dashboard (Zero Trust, Access controls, Service credentials) for %s, "+
		"and delete it: nobody holds its client secret", err, which)
}

package provider

import (
	"errors"
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// intent is what a request wanted, which decides the permission it needs.
type intent string

const (
	reading intent = "Read"
	writing intent = "Write"
)

// advise adds to Cloudflare's refusal what the reader can do about it.
func advise(err error, scope cfapi.Scope, what intent) error {
	if advice := adviceFor(err, scope, what); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

// adviseCreate adds to a failed creation how to find a token that it may have
// left behind.
func adviseCreate(err error, scope cfapi.Scope, name string) error {
	unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
	if !ok {
		return advise(err, scope, writing)
	}
	if advice := adviceFor(unresolved.Look, scope, reading); unresolved.Look != nil && advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	which := fmt.Sprintf("a new token named %q that was never used", name)
	if len(unresolved.Candidates) > 0 {
		which = "the one of the tokens named here that nobody uses"
	}
	return fmt.Errorf("%w. If a token was created, nobody holds its client secret: before running again, look in the Cloudflare dashboard "+
		"(Zero Trust, Access, Service credentials) for %s, and delete it", err, which)
}

func adviceFor(err error, scope cfapi.Scope, what intent) string {
	switch {
	case cfapi.IsAuth(err):
		return fmt.Sprintf("the API token needs the permission \"Access: Service Tokens %s\" on %s; check also that this id is of %s and not of %s",
			what, scope, article(scope.Kind), article(scope.Kind.Other()))
	case cfapi.IsAccessNotEnabled(err):
		return fmt.Sprintf("Access has never been enabled for %s: open Zero Trust in the Cloudflare dashboard once and choose a team name", scope)
	case cfapi.IsInUse(err):
		return "a policy, an Access group or an application's SCIM configuration still uses the token: take it out there first, " +
			"or, where that is in this program too, make it depend on the token"
	case cfapi.IsTokenLimit(err):
		return "an account holds 50 service tokens by default: delete unused ones or ask Cloudflare for more. " +
			"A replacement needs room for one more, since the new token is made before the old one is deleted"
	case cfapi.IsRateLimited(err):
		return "Cloudflare allows 1200 requests in 5 minutes for a user, dashboard included: run again in a few minutes"
	case cfapi.IsMalformedID(err):
		return "check the account or zone id and the token id"
	}
	return ""
}

func article(kind cfapi.ScopeKind) string {
	if kind == cfapi.KindZone {
		return "a zone"
	}
	return "an account"
}

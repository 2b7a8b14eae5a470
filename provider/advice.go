package provider

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// intent is what a request wanted, which decides the permission it needs.
type intent string

const (
	reading intent = "Read"
	writing intent = "Write"
)

// methodNotAllowed is the status of the refusal of a kind of credential.
const methodNotAllowed = 405

// subject is what a refusal is about.
type subject struct {
	config *Config
	scope  cfapi.Scope
	what   intent
}

// refusal is a kind of refusal: how it is recognised, and what the reader can do.
type refusal struct {
	status int
	codes  []int
	texts  []string // in lower case
	is     func(error) bool

	advice func(subject) string
	// credential says that the credential was refused, whatever it asked for.
	credential bool
}

// refusals are judged in this order, since one code has several meanings. What fits no
// row shows Cloudflare's words, and guesses nothing.
var refusals = []refusal{
	{is: cfapi.IsRateLimited, advice: func(subject) string {
		return "Cloudflare allows 1200 requests in 5 minutes for a user, dashboard included: run again in a few minutes"
	}},
	{texts: []string{"from location"}, credential: true, advice: func(subject) string {
		return "the API token may be used from certain IP addresses only: run from one of them, or change the token's client IP address filtering"
	}},
	{texts: []string{"token expired", "token has expired"}, credential: true, advice: func(subject) string {
		return "the API token has expired: extend it in the Cloudflare dashboard, or create another one"
	}},
	{codes: []int{9103}, credential: true, advice: func(subject) string {
		return "Cloudflare does not know this API key with this e-mail address: check both, or use an API token"
	}},
	{codes: []int{6003, 6111, 9106}, credential: true, advice: func(a subject) string {
		return a.config.credentialNoun() + " does not have the form of one: copy it again, whole and without quotes"
	}},
	{codes: []int{1000}, texts: []string{"invalid api token", "invalid access token"}, credential: true, advice: func(a subject) string {
		return a.config.credentialNoun() + " is not valid: it is mistyped, or it was rolled or deleted"
	}},
	{status: methodNotAllowed, advice: func(a subject) string {
		if a.scope.Kind != cfapi.KindZone {
			return ""
		}
		return "Cloudflare does not accept API tokens for this zone: authenticate by apiKey with email, or use accountId in place of zoneId (which replaces a token that exists)"
	}},
	{is: cfapi.IsAccessNotEnabled, advice: func(a subject) string {
		return fmt.Sprintf("Access has never been enabled for %s: open Zero Trust in the Cloudflare dashboard once and choose a team name", a.scope)
	}},
	{is: cfapi.IsInUse, advice: func(subject) string {
		return inUseAdvice
	}},
	{is: cfapi.IsTokenLimit, advice: func(subject) string {
		return "an account holds 50 service tokens by default: delete unused ones or ask Cloudflare for more. " +
			"A replacement needs room for one more, since the new token is created before the old one is deleted"
	}},
	{is: cfapi.IsMalformedID, advice: func(subject) string { return "check the account or zone id and the token id" }},
	{codes: []int{10000, 9109}, credential: true, advice: func(a subject) string {
		needs := a.config.needs(fmt.Sprintf("Access: Service Tokens %s", a.what), a.scope)
		return fmt.Sprintf("%s; check also that %s is the id of %s, not of %s", needs, a.scope.ID, article(a.scope.Kind), article(a.scope.Kind.Other()))
	}},
	{is: cfapi.IsNotTheAPI, advice: func(a subject) string {
		if a.config.baseURL.value == "" || strings.HasSuffix(strings.TrimRight(a.config.baseURL.value, "/"), "/client/v4") {
			return ""
		}
		return fmt.Sprintf("check baseUrl, from %s: the address of Cloudflare's API ends in /client/v4", a.config.baseURL.source)
	}},
}

// fits reports whether an error is of this kind.
func (r refusal) fits(err error) bool {
	if r.is != nil {
		return r.is(err)
	}
	e, ok := errors.AsType[*cfapi.Error](err)
	if !ok || e.Status/100 != 4 {
		return false
	}
	return r.status != 0 && e.Status == r.status || slices.ContainsFunc(e.Codes, func(c cfapi.ErrorCode) bool {
		said := strings.ToLower(c.Message)
		return slices.Contains(r.codes, c.Code) || slices.ContainsFunc(r.texts, func(text string) bool { return strings.Contains(said, text) })
	})
}

// fromState says where a refused credential came from, and the ways out.
const fromState = ". This run used the credential that the last `pulumi up` stored in the stack's state. If you have changed it since, " +
	"run `pulumi up --refresh=false` once, with the provider and its tokens in the program: it stores the new one"

// advise adds to Cloudflare's refusal what the reader can do about it.
func (c *Config) advise(err error, scope cfapi.Scope, what intent) error {
	if advice := c.adviceFor(err, scope, what); advice != "" {
		return fmt.Errorf("%w; %s", err, advice)
	}
	return err
}

func (c *Config) adviceFor(err error, scope cfapi.Scope, what intent) string {
	for _, r := range refusals {
		if err == nil || !r.fits(err) {
			continue
		}
		advice := r.advice(subject{c, scope, what})
		if r.credential && c.stored {
			advice += fromState
		}
		return advice
	}
	return ""
}

// adviseCreate adds to a failed creation how to find a token that it may have
// left behind.
func (c *Config) adviseCreate(err error, scope cfapi.Scope, name string) error {
	unresolved, ok := errors.AsType[*cfapi.UnresolvedError](err)
	if !ok {
		return c.advise(err, scope, writing)
	}
	if advice := c.adviceFor(unresolved.Look, scope, reading); advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	which := fmt.Sprintf("a new token named %q that was never used", name)
	if len(unresolved.Candidates) > 0 {
		which = "the one of the tokens named here that nobody uses"
	}
	return fmt.Errorf("%w. If a token was created, nobody holds its client secret: before running again, look in the Cloudflare dashboard "+
		"(Zero Trust, Access, Service credentials) for %s, and delete it", err, which)
}

// needs says what the credential lacks. A permission ends with what it allows: "Read",
// or "Write".
func (c *Config) needs(permission string, scope cfapi.Scope) string {
	if c.usesKey {
		verb := "read"
		if strings.HasSuffix(permission, string(writing)) {
			verb = "change"
		}
		return fmt.Sprintf("the user of the API key needs a role that may %s Zero Trust in %s", verb, scope)
	}
	return fmt.Sprintf("the API token needs the permission %q on %s", permission, scope)
}

// credentialNoun is what a message calls the credential that is used.
func (c *Config) credentialNoun() string {
	if c.usesKey {
		return "the API key"
	}
	return "the API token"
}

func article(kind cfapi.ScopeKind) string {
	if kind == cfapi.KindZone {
		return "a zone"
	}
	return "an account"
}

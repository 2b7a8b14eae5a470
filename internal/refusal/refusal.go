// Package refusal says what to do about the refusals of Cloudflare's API, and about
// settings with which the client cannot ask it. The provider and its companion command
// give the same advice.
package refusal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Intent is what a request wanted, which decides the permission it needs.
type Intent string

// The intents, as the names of Cloudflare's permissions end.
const (
	Reading Intent = "Read"
	Writing Intent = "Write"
)

// Request is what was refused.
type Request struct {
	Scope cfapi.Scope
	What  Intent
	// UsesKey reports that the credential is an API key, and not an API token.
	UsesKey bool
	// BaseURL is the address of the API that was set, or empty, and BaseURLSetting names
	// the setting.
	BaseURL, BaseURLSetting string
	// InsteadOfToken is what to authenticate with where an API token is not accepted.
	InsteadOfToken string
}

// methodNotAllowed is the status of the refusal of a kind of credential.
const methodNotAllowed = 405

// refusal is a kind of refusal: how it is recognised, and what the reader can do.
type refusal struct {
	status int
	codes  []int
	texts  []string // in lower case
	is     func(error) bool

	advice func(Request) string
	// credential says that the credential was refused, whatever it asked for.
	credential bool
}

// refusals are judged in this order, since one code has several meanings. What fits no
// row shows Cloudflare's words, and guesses nothing.
var refusals = []refusal{
	{is: cfapi.IsRateLimited, advice: func(Request) string {
		return "Cloudflare allows 1200 requests in 5 minutes for a user, dashboard included: run again in a few minutes"
	}},
	{texts: []string{"from location"}, credential: true, advice: func(Request) string {
		return "the API token may be used from certain IP addresses only: run from one of them, or change the token's client IP address filtering"
	}},
	{texts: []string{"token expired", "token has expired"}, credential: true, advice: func(Request) string {
		return "the API token has expired: extend it in the Cloudflare dashboard, or create another one"
	}},
	{codes: []int{9103}, credential: true, advice: func(Request) string {
		return "Cloudflare does not know this API key with this e-mail address: check both, or use an API token"
	}},
	{codes: []int{6003, 6111, 9106}, credential: true, advice: func(r Request) string {
		return r.credential() + " is malformed: copy it again, whole and without quotes"
	}},
	{codes: []int{1000}, texts: []string{"invalid api token", "invalid access token"}, credential: true, advice: func(r Request) string {
		return r.credential() + " is not valid: it is mistyped, or it was rolled or deleted"
	}},
	{status: methodNotAllowed, advice: func(r Request) string {
		if r.Scope.Kind != cfapi.KindZone {
			return ""
		}
		return "Cloudflare does not accept API tokens for this zone: authenticate with " + r.InsteadOfToken
	}},
	{is: cfapi.IsAccessNotEnabled, advice: func(r Request) string {
		return fmt.Sprintf("Access has never been enabled for %s: open Zero Trust in the Cloudflare dashboard once and choose a team name", r.Scope)
	}},
	{is: cfapi.IsTokenLimit, advice: func(Request) string {
		return "an account holds 50 service tokens by default: delete unused ones or ask Cloudflare for more. " +
			"A replacement needs room for one more, since the new token is created before the old one is deleted"
	}},
	{is: cfapi.IsMalformedID, advice: func(r Request) string {
		const ids = "check the account or zone id and the token id"
		if address := r.otherAddress(); address != "" {
			return address + ". If it is right, " + ids
		}
		return ids
	}},
	{codes: []int{10000, 9109}, credential: true, advice: func(r Request) string {
		needs := r.Needs(fmt.Sprintf("Access: Service Tokens %s", r.What))
		return fmt.Sprintf("%s; check also that %s is the id of %s, not of %s", needs, r.Scope.ID, article(r.Scope.Kind), article(r.Scope.Kind.Other()))
	}},
	{is: cfapi.IsNotTheAPI, advice: Request.otherAddress},
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

// Advice returns what the reader can do about an error, or nothing if it is of no known
// kind. ofCredential reports that the credential was refused, whatever it asked for.
func Advice(err error, refused Request) (advice string, ofCredential bool) {
	for _, r := range refusals {
		if err != nil && r.fits(err) {
			return r.advice(refused), r.credential
		}
	}
	return "", false
}

// otherAddress says that the API has another address than the one that was set, if that
// may be so.
func (r Request) otherAddress() string {
	if r.BaseURL == "" || strings.HasSuffix(strings.TrimRight(r.BaseURL, "/"), "/client/v4") {
		return ""
	}
	return fmt.Sprintf("check %s: the address of Cloudflare's API ends in /client/v4", r.BaseURLSetting)
}

// Needs says what the credential lacks. A permission ends with what it allows: "Read",
// or "Write".
func (r Request) Needs(permission string) string {
	if r.UsesKey {
		verb := "read"
		if strings.HasSuffix(permission, string(Writing)) {
			verb = "change"
		}
		return fmt.Sprintf("the user of the API key needs a role that may %s Zero Trust in %s", verb, r.Scope)
	}
	return fmt.Sprintf("the API token needs the permission %q on %s", permission, r.Scope)
}

// credential is what a message calls the credential that is used.
func (r Request) credential() string {
	if r.UsesKey {
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

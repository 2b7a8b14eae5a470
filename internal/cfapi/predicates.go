package cfapi

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// Cloudflare's error codes that call for different reactions.
const (
	codeNoRoute             = 7000
	codeInvalidIdentifier   = 7003
	codeInvalidHeaders      = 6003
	codeMalformedAuthHeader = 6111
	codeMissingAuthHeaders  = 9106
	codeUnauthorized        = 9109
	codeAuthentication      = 10000
	codeAccessNotEnabled    = 9999
	codeTokenInUse          = 12139
)

// errMalformedID is why a call was not made: its id cannot be part of a path.
var errMalformedID = errors.New("an id may hold only letters, digits, hyphens and underscores")

// IsNotFound reports whether the token does not exist: Cloudflare's API answered
// 404. The 404 of a proxy and that of a malformed id prove nothing and do not
// count.
func IsNotFound(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusNotFound && e.Envelope && !IsMalformedID(err) && !IsAuth(err) && !IsAccessNotEnabled(err)
}

// IsNotTheAPI reports whether a 404 was written by something other than Cloudflare's
// API, as at a wrong address.
func IsNotTheAPI(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusNotFound && !e.Envelope
}

// IsMalformedID reports whether an account, zone or token id has the wrong form,
// which Cloudflare also answers with a 404.
func IsMalformedID(err error) bool {
	return errors.Is(err, errMalformedID) || hasCode(err, codeNoRoute, codeInvalidIdentifier)
}

// IsRateLimited reports whether Cloudflare refused the call because there were too
// many, without looking at it.
func IsRateLimited(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusTooManyRequests
}

// IsInUse reports whether a token was not deleted because a policy, a group or an
// application still refers to it.
func IsInUse(err error) bool { return hasCode(err, codeTokenInUse) }

// IsAuth reports whether the credentials are wrong, or not allowed to do this in
// this scope.
func IsAuth(err error) bool {
	if hasCode(err, codeInvalidHeaders, codeMalformedAuthHeader, codeMissingAuthHeaders, codeUnauthorized, codeAuthentication) {
		return true
	}
	e, ok := asError(err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) &&
		!IsAccessNotEnabled(err) && !IsTokenLimit(err)
}

// IsAccessNotEnabled reports whether the account has never set up Zero Trust.
func IsAccessNotEnabled(err error) bool { return hasCode(err, codeAccessNotEnabled) }

// IsTokenLimit reports whether the account has as many service tokens as it may
// have. The refusal's code is not documented, so it looks at the message.
func IsTokenLimit(err error) bool {
	e, ok := asError(err)
	if !ok || e.Status/100 != 4 || IsRateLimited(err) {
		return false
	}
	return slices.ContainsFunc(e.Codes, func(c ErrorCode) bool {
		m := strings.ToLower(c.Message)
		return strings.Contains(m, "token") && slices.ContainsFunc(
			[]string{"limit", "maximum", "quota"}, func(word string) bool { return strings.Contains(m, word) })
	})
}

// IsOutcomeUnknown reports whether a write failed in a way that leaves open if it
// had its effect.
func IsOutcomeUnknown(err error) bool {
	e, ok := asError(err)
	return ok && e.OutcomeUnknown
}

func asError(err error) (*Error, bool) { return errors.AsType[*Error](err) }

func hasCode(err error, codes ...int) bool {
	e, ok := asError(err)
	return ok && slices.ContainsFunc(e.Codes, func(c ErrorCode) bool { return slices.Contains(codes, c.Code) })
}

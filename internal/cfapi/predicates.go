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

// errMalformedID is the cause of a call that was not made, because its id could
// not be part of a path.
var errMalformedID = errors.New("an id may hold only letters, digits, hyphens and underscores")

// IsNotFound says that the token does not exist: a 404 that Cloudflare's API
// wrote. The 404 of a proxy, and that of a malformed id, prove nothing and are
// not meant.
func IsNotFound(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusNotFound && e.Envelope && !IsMalformedID(err) && !IsAuth(err) && !IsAccessNotEnabled(err)
}

// IsMalformedID says that an account, zone or token id has the wrong form, which
// Cloudflare also answers with a 404.
func IsMalformedID(err error) bool {
	return errors.Is(err, errMalformedID) || hasCode(err, codeNoRoute, codeInvalidIdentifier)
}

// IsRateLimited says that Cloudflare refused the call because there were too
// many, without looking at it.
func IsRateLimited(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusTooManyRequests
}

// IsInUse says that a token was not deleted because a policy, a group or an
// application still refers to it.
func IsInUse(err error) bool { return hasCode(err, codeTokenInUse) }

// IsAuth says that the credentials are wrong, or not allowed to do this in this
// scope.
func IsAuth(err error) bool {
	if hasCode(err, codeInvalidHeaders, codeMalformedAuthHeader, codeMissingAuthHeaders, codeUnauthorized, codeAuthentication) {
		return true
	}
	e, ok := asError(err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) &&
		!IsAccessNotEnabled(err) && !IsTokenLimit(err)
}

// IsAccessNotEnabled says that the account has never set up Zero Trust.
func IsAccessNotEnabled(err error) bool { return hasCode(err, codeAccessNotEnabled) }

// IsTokenLimit says that the account has as many service tokens as it may have.
// The refusal's code is not documented, so it goes by the message.
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

// IsOutcomeUnknown says that a write failed in a way that leaves open whether it
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

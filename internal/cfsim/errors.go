package cfsim

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// apiError is a refusal in Cloudflare's words. The simulator makes it by the
// constructors below only.
type apiError struct {
	status  int
	code    int
	message string
	header  http.Header
	// chain is what caused the error, and also another error beside it.
	chain, also []envelopeError
}

func errInUse() *apiError {
	return &apiError{status: 400, code: 12139, message: "access.api.error.service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration"}
}

// errTooLarge is assumed: no limit is documented.
func errTooLarge() *apiError {
	return &apiError{status: 413, code: 10413, message: "Request body is too large"}
}

func errInvalid(why string) *apiError {
	return &apiError{status: 400, code: 12130, message: "access.api.error.invalid_request: " + why}
}

func errNotFound() *apiError {
	return &apiError{status: 404, code: 12135, message: "access.api.error.not_found"}
}

// errNoRoute is for a malformed id. It proves nothing about a token.
func errNoRoute(path string) *apiError {
	return &apiError{
		status: 404, code: 7003, message: "Could not route to " + path + ", perhaps your object identifier is invalid?",
		also: []envelopeError{{Code: 7000, Message: "No route for that URI"}},
	}
}

func errUnknownRoute(path string) *apiError {
	return &apiError{status: 404, code: 7000, message: "No route for that URI: " + path}
}

// errInjected is for a fault. Its message belongs to no code.
func errInjected(status, code int) *apiError {
	return &apiError{status: status, code: code, message: "This error was injected"}
}

// errMethod is assumed: the code for a wrong method is not documented.
func errMethod() *apiError {
	return &apiError{status: 405, code: 10405, message: "Method not allowed for this authentication scheme"}
}

// errAuthentication is for a credential without the permission, and for a scope that
// is unknown or of the other kind: Cloudflare does not reveal which ids exist.
func errAuthentication() *apiError {
	return &apiError{status: 403, code: 10000, message: "Authentication error"}
}

func errUnauthorized() *apiError {
	return &apiError{status: 401, code: 9109, message: "Invalid access token"}
}

func errMissingAuth() *apiError {
	return &apiError{status: 400, code: 9106, message: "Missing X-Auth-Key, X-Auth-Email or Authorization headers"}
}

func errInvalidAuthHeaders() *apiError {
	return &apiError{status: 400, code: 6003, message: "Invalid request headers"}
}

func errMalformedAuth() *apiError {
	err := errInvalidAuthHeaders()
	err.chain = []envelopeError{{Code: 6111, Message: "Invalid format for Authorization header"}}
	return err
}

func errNotEnabled() *apiError {
	return &apiError{status: 403, code: 9999, message: "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at https://one.dash.cloudflare.com/ and click the 'Enable Access' button."}
}

// errTokenLimit is assumed: the limit is documented, its refusal is not.
func errTokenLimit(limit int) *apiError {
	return &apiError{status: 400, code: 12132, message: fmt.Sprintf("access.api.error.limit_exceeded: service token limit of %d reached", limit)}
}

func errRateLimited(retryAfter time.Duration) *apiError {
	return errRateLimitedAs(0, strconv.Itoa(wholeSeconds(retryAfter)))
}

// errRateLimitedAs sets Retry-After to the given text, or leaves it out.
func errRateLimitedAs(code int, retryAfter string) *apiError {
	err := &apiError{status: 429, code: cmp.Or(code, 971), message: "Please wait and consider throttling your request speed"}
	if retryAfter != "" {
		err.header = http.Header{"Retry-After": {retryAfter}}
	}
	return err
}

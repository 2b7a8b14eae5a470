package cfsim

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// apiError is a refusal as Cloudflare words it.
type apiError struct {
	status  int
	code    int
	message string
	header  http.Header
}

func (e *apiError) Error() string { return fmt.Sprintf("%d (%d): %s", e.status, e.code, e.message) }

func errInUse() *apiError {
	return &apiError{status: 400, code: 12139, message: "access.api.error.service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration"}
}

func errInvalid(why string) *apiError {
	return &apiError{status: 400, code: 12130, message: "access.api.error.invalid_request: " + why}
}

func errNotFound() *apiError {
	return &apiError{status: 404, code: 12135, message: "access.api.error.not_found"}
}

func errNoRoute(path string) *apiError {
	return &apiError{status: 404, code: 7003, message: "Could not route to " + path + ", perhaps your object identifier is invalid?"}
}

func errUnknownRoute(path string) *apiError {
	return &apiError{status: 404, code: 7000, message: "No route for that URI: " + path}
}

// errMethod is assumed: which code a wrong method has is not documented.
func errMethod() *apiError {
	return &apiError{status: 405, code: 10405, message: "Method not allowed for this authentication scheme"}
}

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
	return &apiError{status: 400, code: 6111, message: "Invalid format for Authorization header"}
}

func errNotEnabled() *apiError {
	return &apiError{status: 403, code: 9999, message: "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at https://one.dash.cloudflare.com/ and click the 'Enable Access' button."}
}

// errTokenLimit is assumed: the limit is documented, its refusal is not.
func errTokenLimit(limit int) *apiError {
	return &apiError{status: 400, code: 12132, message: fmt.Sprintf("access.api.error.limit_exceeded: service token limit of %d reached", limit)}
}

func errRateLimited(retryAfter time.Duration) *apiError {
	seconds := strconv.Itoa(int((retryAfter + time.Second - 1) / time.Second))
	return &apiError{status: 429, code: 971, message: "Please wait and consider throttling your request speed",
		header: http.Header{"Retry-After": {seconds}}}
}

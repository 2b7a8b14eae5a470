package cfapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrSecretMissing is wrapped by an error when the answer to a creation or a
// rotation reports success, but has no client secret.
var ErrSecretMissing = errors.New("the answer contains no client secret")

// ErrorCode is one error of a Cloudflare answer. The message is cut, stripped of
// control characters and of anything that looks like a secret.
type ErrorCode struct {
	Code    int
	Message string
}

// Error is a call that failed: Cloudflare refused it, or there was no usable
// answer. Its text is one line and never holds a body or a credential.
type Error struct {
	Method string
	// Path is below the base URL: "accounts/<id>/access/service_tokens/<id>".
	Path string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	// Envelope reports whether Cloudflare's API wrote the answer, and not a proxy
	// or the edge.
	Envelope bool
	Codes    []ErrorCode
	// RayID is Cloudflare's name for the request, which its support asks for.
	RayID string
	// RetryAfter is how long Cloudflare asked to wait, 0 if it did not.
	RetryAfter time.Duration
	// Final reports whether the answer said that the same request would fail again.
	Final bool
	// OutcomeUnknown reports whether a write may have had its effect, in this
	// attempt or in an earlier one of the same call: the connection was lost, the
	// time ran out, the answer was a 5xx, could not be read or was incomplete. It
	// is never set for reads.
	OutcomeUnknown bool
	// Err is the cause, where there is one besides the answer.
	Err error
}

func (e *Error) Unwrap() error { return e.Err }

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Path)
	if e.Status != 0 {
		b.WriteString(": " + statusLine(e.Status))
		if e.Status/100 == 2 && e.Err == nil {
			b.WriteString(", but success is false")
		}
	}
	for i, c := range e.Codes {
		separator := "; "
		if i == 0 {
			separator = ": "
		}
		b.WriteString(separator + c.Message)
		if i < len(e.Codes)-1 {
			fmt.Fprintf(&b, " (code %d)", c.Code)
		}
	}
	b.WriteString(e.reference())
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.OutcomeUnknown {
		b.WriteString("; the request may have taken effect")
	}
	return b.String()
}

// reference returns what the reader can look up or quote: the last code and the
// ray.
func (e *Error) reference() string {
	var parts []string
	if n := len(e.Codes); n > 0 {
		parts = append(parts, fmt.Sprintf("code %d", e.Codes[n-1].Code))
	}
	if e.RayID != "" {
		parts = append(parts, "ray "+e.RayID)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func statusLine(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprintf("%d", status)
}

// cleanedError is an error whose text has been cleaned, with the original behind
// it for errors.Is and errors.As.
type cleanedError struct {
	text string
	err  error
}

func (c *cleanedError) Error() string { return c.text }
func (c *cleanedError) Unwrap() error { return c.err }

package cfsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// before returns the answer of a fault that comes before the work.
func (f Fault) before(path string) (a answer, ok bool) {
	switch f.Kind {
	case StatusBefore:
		return f.status(), true
	case FalseSuccessBefore:
		return f.falseSuccess(), true
	case HTMLBefore:
		return f.html(), true
	case ProblemBefore:
		return f.problem(), true
	case EmptyBodyBefore:
		return f.empty(), true
	case RateLimited:
		return refusal(errRateLimitedAs(f.Code, f.RetryAfter)), true
	case MalformedIDNotFound:
		return refusal(errNoRoute(path)), true
	case Redirect:
		return answer{status: cmp.Or(f.Status, http.StatusTemporaryRedirect), header: http.Header{"Location": {f.Location}}}, true
	case CutBefore, HangBefore:
		return answer{header: http.Header{}}, true
	}
	return answer{}, false
}

// spoil returns what a fault makes of the answer after the work.
func (f Fault) spoil(a answer) answer {
	switch f.Kind {
	case StatusAfter:
		return f.status()
	case FalseSuccessAfter:
		return f.falseSuccess()
	case HTMLAfter:
		return f.html()
	case ProblemAfter:
		return f.problem()
	case EmptyBody:
		return f.empty()
	case Garbage:
		return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: []byte("\x00\x01 no JSON {{{")}
	case MissingSecret:
		a.body = withoutSecret(a.body)
	}
	return a
}

func (f Fault) status() answer {
	return refusal(errInjected(cmp.Or(f.Status, http.StatusInternalServerError), cmp.Or(f.Code, 10001)))
}

func (f Fault) falseSuccess() answer {
	return refusal(errInjected(http.StatusOK, cmp.Or(f.Code, 10001)))
}

func (f Fault) html() answer {
	status := cmp.Or(f.Status, http.StatusBadGateway)
	return answer{
		status: status,
		header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}},
		body:   fmt.Appendf(nil, "<html><head><title>%d</title></head><body><h1>%[1]d %s</h1></body></html>", status, http.StatusText(status)),
	}
}

func (f Fault) problem() answer {
	status := cmp.Or(f.Status, http.StatusBadGateway)
	body := map[string]any{
		"type": "about:blank", "title": fmt.Sprintf("Error %d", status), "status": status, "detail": "This problem was injected",
		"retryable": !f.Final, "owner_action_required": false,
	}
	a := answer{status: status, header: http.Header{"Content-Type": {"application/json"}}}
	if f.RetryAfter != "" {
		a.header.Set("Retry-After", f.RetryAfter)
		body["retry_after"], _ = strconv.Atoi(f.RetryAfter) // a date is in the header alone
	}
	a.body = marshal(body)
	return a
}

func (f Fault) empty() answer {
	return answer{status: cmp.Or(f.Status, http.StatusOK), header: http.Header{}}
}

func withoutSecret(body []byte) []byte {
	var envelope map[string]any
	if json.Unmarshal(body, &envelope) != nil {
		return body
	}
	if result, ok := envelope["result"].(map[string]any); ok {
		delete(result, "client_secret")
	}
	return marshal(envelope)
}

// silent reports whether no answer is sent at all.
func (f Fault) silent() bool {
	return f.Kind == CutBefore || f.Kind == CutAfter || f.Kind == HangBefore || f.Kind == HangAfter
}

// send writes an answer, spoiled by the fault. A panic makes net/http cut the
// connection.
func (f Fault) send(w http.ResponseWriter, r *http.Request, a answer) {
	switch f.Kind {
	case HangBefore, HangAfter:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case CutBefore, CutAfter:
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.header)
	switch f.Kind {
	case Truncate:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush() // or the panic discards it
		panic(http.ErrAbortHandler)
	case HugeBody:
		w.WriteHeader(a.status)
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for left := f.Size; left > 0; left -= len(chunk) {
			if _, err := w.Write(chunk[:min(left, len(chunk))]); err != nil {
				return // the client has had enough
			}
		}
	default:
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body) // the client may have gone away
}

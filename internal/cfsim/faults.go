package cfsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// FaultKind is what goes wrong. "Before" leaves the work undone, "after" does it
// and spoils the answer.
type FaultKind string

// The kinds of fault.
const (
	// StatusBefore and StatusAfter answer with Fault.Status and Fault.Code.
	StatusBefore FaultKind = "status-before"
	StatusAfter  FaultKind = "status-after"
	// CutBefore and CutAfter close the connection without an answer.
	CutBefore FaultKind = "cut-before"
	CutAfter  FaultKind = "cut-after"
	// Truncate breaks the answer off in its middle.
	Truncate FaultKind = "truncate"
	// Garbage answers 200 with bytes that are no JSON, after the work.
	Garbage FaultKind = "garbage"
	// EmptyBody answers 200 with nothing, after the work.
	EmptyBody FaultKind = "empty-body"
	// FalseSuccessBefore and FalseSuccessAfter answer 200 with success:false.
	FalseSuccessBefore FaultKind = "false-success-before"
	FalseSuccessAfter  FaultKind = "false-success-after"
	// HTMLBefore and HTMLAfter answer with Fault.Status (502 if 0) and a page of
	// the edge.
	HTMLBefore FaultKind = "html-before"
	HTMLAfter  FaultKind = "html-after"
	// HangBefore and HangAfter answer nothing until the client gives up or the
	// simulator closes.
	HangBefore FaultKind = "hang-before"
	HangAfter  FaultKind = "hang-after"
	// MissingSecret answers without client_secret, after the work.
	MissingSecret FaultKind = "missing-secret"
	// RateLimited answers 429 with Fault.RetryAfter, before the work.
	RateLimited FaultKind = "rate-limited"
	// MalformedIDNotFound answers 404 with code 7003, before the work.
	MalformedIDNotFound FaultKind = "malformed-id-404"
	// Redirect answers 307 to Fault.Location, before the work.
	Redirect FaultKind = "redirect"
	// HugeBody answers with Fault.Size bytes of JSON white space, after the work.
	HugeBody FaultKind = "huge-body"
	// Slow answers rightly after Fault.Delay of real time.
	Slow FaultKind = "slow"
)

var faultKinds = []FaultKind{
	StatusBefore, StatusAfter, CutBefore, CutAfter, Truncate, Garbage, EmptyBody, FalseSuccessBefore, FalseSuccessAfter,
	HTMLBefore, HTMLAfter, HangBefore, HangAfter, MissingSecret, RateLimited, MalformedIDNotFound, Redirect, HugeBody, Slow,
}

// Fault is what goes wrong with which requests.
type Fault struct {
	// Name appears in the log; empty is the kind.
	Name string
	Kind FaultKind
	// Operation limits the fault to one ("create", …); empty is all.
	Operation string
	// TokenID limits it to requests about one token; empty is all.
	TokenID string
	// After is how many matching requests pass before the first that is hit.
	After int
	// Times is how many are hit: 0 is one, a negative number all.
	Times int

	Status     int
	Code       int
	RetryAfter string
	Location   string
	Size       int
	Delay      time.Duration
}

type pendingFault struct {
	Fault
	skip, left int
}

// Inject adds a fault. Of several that match a request the first one hits. It
// panics on a kind that does not exist, which is a mistake of the test.
func (s *Simulator) Inject(f Fault) {
	if err := f.validate(); err != nil {
		panic(err)
	}
	if f.Name == "" {
		f.Name = string(f.Kind)
	}
	s.locked(func() { s.faults = append(s.faults, &pendingFault{Fault: f, skip: f.After, left: max(f.Times, 1)}) })
}

func (f Fault) validate() error {
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("there is no fault of the kind %q", f.Kind)
	}
	return nil
}

// PendingFaults is how many faults have hits left.
func (s *Simulator) PendingFaults() (n int) {
	s.locked(func() { n = len(s.faults) })
	return n
}

// ClearFaults removes all faults.
func (s *Simulator) ClearFaults() { s.locked(func() { s.faults = nil }) }

// faultFor takes the fault that hits a request, if any.
func (s *Simulator) faultFor(operation, tokenID string) *Fault {
	for i, f := range s.faults {
		if f.Operation != "" && f.Operation != operation || f.TokenID != "" && f.TokenID != tokenID {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.Times >= 0 {
			if f.left--; f.left == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return &f.Fault
	}
	return nil
}

// before is the answer of a fault that leaves the work undone, or nil.
func (f *Fault) before(path string) *answer {
	var a answer
	switch f.Kind {
	case StatusBefore:
		a = f.status()
	case FalseSuccessBefore:
		a = f.falseSuccess()
	case HTMLBefore:
		a = f.html()
	case RateLimited:
		a = refusal(errRateLimited(0))
		a.header.Del("Retry-After")
		if f.RetryAfter != "" {
			a.header.Set("Retry-After", f.RetryAfter)
		}
	case MalformedIDNotFound:
		a = refusal(errNoRoute(path))
	case Redirect:
		a = answer{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {f.Location}}}
	default:
		return nil
	}
	return &a
}

// spoil is what a fault makes of the answer to work that was done.
func (f *Fault) spoil(a answer) answer {
	switch f.Kind {
	case StatusAfter:
		return f.status()
	case FalseSuccessAfter:
		return f.falseSuccess()
	case HTMLAfter:
		return f.html()
	case Garbage:
		return answer{status: 200, header: http.Header{}, body: []byte("\x00\x01 this is not JSON {{{")}
	case EmptyBody:
		return answer{status: 200, header: http.Header{}}
	case MissingSecret:
		return withoutSecret(a)
	}
	return a
}

func (f *Fault) status() answer {
	return refusal(&apiError{status: orDefault(f.Status, 500), code: orDefault(f.Code, 10001), message: "Internal error"})
}

func (f *Fault) falseSuccess() answer {
	a := f.status()
	a.status = 200
	return a
}

func (f *Fault) html() answer {
	status := orDefault(f.Status, 502)
	return answer{status: status, header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}},
		body: []byte("<html><head><title>" + strconv.Itoa(status) + "</title></head><body>cloudflare</body></html>")}
}

func withoutSecret(a answer) answer {
	var envelope map[string]any
	if json.Unmarshal(a.body, &envelope) != nil {
		return a
	}
	if result, ok := envelope["result"].(map[string]any); ok {
		delete(result, "client_secret")
	}
	a.body = marshal(envelope)
	return a
}

func orDefault(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

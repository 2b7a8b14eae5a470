package cfsim

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// FaultKind is what goes wrong. "Before" means that the work is not done, "after"
// that it is done and the answer is spoiled.
type FaultKind string

// The kinds of fault.
const (
	// StatusBefore and StatusAfter answer with Fault.Status (500 if 0) and
	// Fault.Code in Cloudflare's envelope.
	StatusBefore FaultKind = "status-before"
	StatusAfter  FaultKind = "status-after"
	// FalseSuccessBefore and FalseSuccessAfter answer 200 with success:false and
	// Fault.Code.
	FalseSuccessBefore FaultKind = "false-success-before"
	FalseSuccessAfter  FaultKind = "false-success-after"
	// HTMLBefore and HTMLAfter answer with Fault.Status (502 if 0) and an HTML page,
	// as the edge does or, with 404, a proxy in between.
	HTMLBefore FaultKind = "html-before"
	HTMLAfter  FaultKind = "html-after"
	// ProblemBefore and ProblemAfter answer with Fault.Status (502 if 0) and a body of
	// RFC 9457, as the edge does when asked for JSON. It says Fault.RetryAfter, and is
	// not retryable if Fault.Final.
	ProblemBefore FaultKind = "problem-before"
	ProblemAfter  FaultKind = "problem-after"
	// EmptyBodyBefore and EmptyBody answer with Fault.Status (200 if 0) and no body,
	// EmptyBody after the work.
	EmptyBodyBefore FaultKind = "empty-body-before"
	EmptyBody       FaultKind = "empty-body"
	// CutBefore and CutAfter close the connection without an answer.
	CutBefore FaultKind = "cut-before"
	CutAfter  FaultKind = "cut-after"
	// HangBefore and HangAfter send no answer until the client gives up or the
	// server closes.
	HangBefore FaultKind = "hang-before"
	HangAfter  FaultKind = "hang-after"
	// Truncate sends only the first half of the answer, after the work.
	Truncate FaultKind = "truncate"
	// Garbage answers 200 with bytes that are not JSON, after the work.
	Garbage FaultKind = "garbage"
	// MissingSecret answers without client_secret, after the work.
	MissingSecret FaultKind = "missing-secret"
	// HugeBody sends Fault.Size bytes of white space before the answer, after the
	// work. The answer is valid, but a client that reads all of it runs out of
	// memory.
	HugeBody FaultKind = "huge-body"
	// RateLimited answers 429 with Fault.Code (971 if 0), before the work. The header
	// Retry-After has exactly the text of Fault.RetryAfter, and is left out if that
	// is empty.
	RateLimited FaultKind = "rate-limited"
	// MalformedIDNotFound answers 404 with the codes 7003 and 7000, before the
	// work.
	MalformedIDNotFound FaultKind = "malformed-id-404"
	// Redirect answers with Fault.Status (307 if 0) to Fault.Location, before the
	// work.
	Redirect FaultKind = "redirect"
	// Slow only adds Fault.Delay, as every kind does.
	Slow FaultKind = "slow"
)

var faultKinds = []FaultKind{
	StatusBefore, StatusAfter, FalseSuccessBefore, FalseSuccessAfter, HTMLBefore, HTMLAfter, ProblemBefore, ProblemAfter,
	EmptyBodyBefore, EmptyBody, CutBefore, CutAfter, HangBefore, HangAfter, Truncate, Garbage, MissingSecret, HugeBody, RateLimited, MalformedIDNotFound,
	Redirect, Slow,
}

// FaultKinds returns every kind, so that a test can show that it tries each.
func FaultKinds() []FaultKind { return slices.Clone(faultKinds) }

// Fault is what goes wrong with which requests. A field that selects requests
// selects all of them if left out.
type Fault struct {
	// Name appears in the log. It is the kind if left out.
	Name string    `json:"name"`
	Kind FaultKind `json:"kind"`

	// Operation is "create", "get", "list", "update", "delete", "rotate", "refresh",
	// "list-policies", "list-applications" or "list-groups".
	Operation string `json:"operation"`
	TokenID   string `json:"token_id"`
	Method    string `json:"method"`
	// Path is a regular expression that matches a part of the path.
	Path string `json:"path"`
	// After is how many selected requests pass before the first one is hit.
	After int `json:"after"`
	// Times is how many requests are hit: 0 is one, a negative number all.
	Times int `json:"times"`

	Status     int    `json:"status"`
	Code       int    `json:"code"`
	RetryAfter string `json:"retry_after"`
	Final      bool   `json:"final"`
	Location   string `json:"location"`
	Size       int    `json:"size"`
	// Delay delays the answer, in real time.
	Delay time.Duration `json:"delay"`
}

func (f Fault) validate() error {
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("there is no fault of the kind %q; the kinds are %q", f.Kind, faultKinds)
	}
	if f.Operation != "" && !isOperation(f.Operation) {
		return errNoOperation(f.Operation)
	}
	if _, err := regexp.Compile(f.Path); err != nil {
		return fmt.Errorf("reading the fault's path: %w", err)
	}
	return nil
}

// pendingFault is a fault that has hits left.
type pendingFault struct {
	Fault
	path       *regexp.Regexp
	skip, left int
}

// Inject adds a fault. If several faults select a request, the first one hits it. It
// panics on a fault that does not exist, which is a mistake of the test.
func (s *Simulator) Inject(f Fault) {
	if err := f.validate(); err != nil {
		panic("cfsim: " + err.Error())
	}
	if f.Name == "" {
		f.Name = string(f.Kind)
	}
	pending := &pendingFault{Fault: f, path: regexp.MustCompile(f.Path), skip: f.After, left: max(f.Times, 1)}
	s.locked(func() { s.faults = append(s.faults, pending) })
}

// PendingFaults returns how many faults have hits left.
func (s *Simulator) PendingFaults() (n int) {
	s.locked(func() { n = len(s.faults) })
	return n
}

// ClearFaults removes all faults.
func (s *Simulator) ClearFaults() { s.locked(func() { s.faults = nil }) }

// takeFault returns the fault that hits a request, and counts the hit. The zero fault
// changes nothing.
func (s *Simulator) takeFault(r *http.Request, t target) Fault {
	for i, f := range s.faults {
		if !f.selects(r, t) {
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
		return f.Fault
	}
	return Fault{}
}

func (f *pendingFault) selects(r *http.Request, t target) bool {
	return (f.Operation == "" || f.Operation == t.operation) &&
		(f.TokenID == "" || f.TokenID == t.tokenID) &&
		(f.Method == "" || f.Method == r.Method) &&
		f.path.MatchString(r.URL.Path)
}

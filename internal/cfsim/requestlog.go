package cfsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Request is an entry of the log. It never holds a credential or a secret.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query"`
	// Scope is "accounts/<id>" or "zones/<id>".
	Scope   string `json:"scope"`
	TokenID string `json:"token_id"`
	// Operation is "create", "get", "list", "update", "delete", "rotate", "refresh",
	// "list-policies", "list-applications" or "list-groups"; it is empty if the path
	// or the method has none.
	Operation string `json:"operation"`
	// Fields are the names of the body's fields, sorted.
	Fields []string `json:"fields"`
	// Values are the values of the fields that Cloudflare knows. Other fields could
	// hold a secret.
	Values map[string]any `json:"values"`
	// Status is that of the answer; 0 if none was sent.
	Status int `json:"status"`
	// FaultName names the fault that hit the request, if any.
	FaultName string `json:"fault_name"`
}

// newRequest returns the entry for a request that is not answered yet.
func newRequest(now time.Time, r *http.Request, t target, body []byte) Request {
	fields, _ := bodyFields(body) // what is not an object has no fields
	entry := Request{
		Time: now, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Scope: t.scope(), TokenID: t.tokenID,
		Operation: t.operation, Fields: slices.Sorted(maps.Keys(fields)), Values: map[string]any{},
	}
	for _, field := range tokenFields {
		if raw, ok := fields[field]; ok {
			var value any
			_ = json.Unmarshal(raw, &value) // part of valid JSON, so valid
			entry.Values[field] = value
		}
	}
	return entry
}

// complete adds how the request was answered.
func (r *Request) complete(f Fault, a answer) {
	r.FaultName = f.Name
	if !f.silent() {
		r.Status = a.status
	}
}

// Requests returns the log since the last reset.
func (s *Simulator) Requests() (requests []Request) {
	s.locked(func() { requests = slices.Clone(s.requests) })
	return requests
}

// ResetRequests empties the log.
func (s *Simulator) ResetRequests() { s.locked(func() { s.requests = nil }) }

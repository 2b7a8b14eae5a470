package cfsim

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Request is an entry of the log. It never holds a credential or a secret.
type Request struct {
	Time   time.Time
	Method string
	Path   string
	Query  string
	// Scope is "accounts/<id>" or "zones/<id>".
	Scope   string
	TokenID string
	// Operation is "create", "get", "list", "update", "delete", "rotate" or
	// "refresh"; empty where the path is none of these.
	Operation string
	// Fields are the names of the body's fields, sorted, and Values what they
	// held.
	Fields []string
	Values map[string]any
	// Status is that of the answer; 0 if none was sent.
	Status int
	// Fault names the fault that hit the request, if any.
	Fault string
}

// describe fills in what the body said.
func (r *Request) describe(body map[string]json.RawMessage) {
	r.Fields = slices.Sorted(maps.Keys(body))
	r.Values = map[string]any{}
	for field, raw := range body {
		var value any
		_ = json.Unmarshal(raw, &value) // the body was valid JSON, so this is too
		r.Values[field] = value
	}
	delete(r.Values, "client_secret")
}

// Requests returns the log since the last reset.
func (s *Simulator) Requests() (requests []Request) {
	s.locked(func() { requests = slices.Clone(s.requests) })
	return requests
}

// ResetRequests empties the log.
func (s *Simulator) ResetRequests() { s.locked(func() { s.requests = nil }) }

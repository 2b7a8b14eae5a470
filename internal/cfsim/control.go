package cfsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// ControlHandler offers to other processes what the methods do. Names are in snake
// case, as Cloudflare's; durations are Go's ("24h").
//
//	GET    /tokens                all live tokens, without secrets
//	POST   /tokens                a [NewToken] and its "scope": made elsewhere
//	PUT    /tokens/{id}           {"name"?, "duration"?, "enabled"?}: changed elsewhere
//	DELETE /tokens/{id}           deleted elsewhere
//	POST   /tokens/{id}/rotate    rotated in the dashboard
//	POST   /tokens/{id}/use       let in by Access
//	POST   /policies              a reusable [Policy] and its "scope": made elsewhere
//	POST   /applications          an [Application] and its "scope"
//	POST   /groups                a [Group] and its "scope"
//	DELETE /access/{id}           a policy, application or group removed elsewhere
//	POST   /authenticate          {"client_id", "client_secret"}: would Access let the pair in?
//	POST   /advance               {"by": "720h"}: moves the clock
//	POST   /spend                 {"requests": 1000}: made elsewhere, on the same rate limit
//	PUT    /latency               {"latency": "150ms"}
//	PUT    /behaviour             a [Behaviour]
//	PUT    /inactivity            an [Inactivity]: the clean-up of unused tokens
//	PUT    /edge                  an [Edge]: how the hosts behind Access answer
//	GET    /edge/requests         the requests to them
//	DELETE /edge/requests         forgets them
//	GET    /faults                {"pending": 2}
//	POST   /faults                a [Fault]: {"kind": "cut-after", "operation": "create", …}
//	DELETE /faults                removes them all
//	GET    /requests              the log
//	DELETE /requests              empties it
//
// It has no authentication, so it listens on an address of its own.
func (s *Simulator) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tokens", withoutBody(func() any { return append([]Token{}, s.Tokens()...) }))
	mux.HandleFunc("POST /tokens", withBody(s.controlAdd))
	mux.HandleFunc("PUT /tokens/{id}", s.controlChange)
	mux.HandleFunc("DELETE /tokens/{id}", onToken(s.DeleteToken))
	mux.HandleFunc("POST /tokens/{id}/rotate", onToken(s.RotateElsewhere))
	mux.HandleFunc("POST /tokens/{id}/use", onToken(s.Use))
	mux.HandleFunc("POST /policies", withBody(func(b struct {
		Scope string
		Policy
	}) (any, error) {
		return s.addPolicy(b.Scope, b.Policy)
	}))
	mux.HandleFunc("POST /applications", withBody(func(b struct {
		Scope string
		Application
	}) (any, error) {
		return s.addApplication(b.Scope, b.Application)
	}))
	mux.HandleFunc("POST /groups", withBody(func(b struct {
		Scope string
		Group
	}) (any, error) {
		return s.addGroup(b.Scope, b.Group)
	}))
	mux.HandleFunc("DELETE /access/{id}", onID(s.RemoveAccess, errNoSuchObject))
	mux.HandleFunc("POST /authenticate", withBody(s.controlAuthenticate))
	mux.HandleFunc("POST /advance", withBody(func(b struct{ By duration }) (any, error) { s.Advance(time.Duration(b.By)); return nil, nil }))
	mux.HandleFunc("POST /spend", withBody(func(b struct{ Requests int }) (any, error) { s.SpendRateLimit(b.Requests); return nil, nil }))
	mux.HandleFunc("PUT /latency", withBody(func(b struct{ Latency duration }) (any, error) {
		s.SetLatency(time.Duration(b.Latency))
		return nil, nil
	}))
	mux.HandleFunc("PUT /behaviour", withBody(s.controlBehaviour))
	mux.HandleFunc("PUT /inactivity", withBody(s.controlInactivity))
	mux.HandleFunc("PUT /edge", withBody(s.controlEdge))
	mux.HandleFunc("GET /edge/requests", withoutBody(func() any { return append([]EdgeRequest{}, s.EdgeRequests()...) }))
	mux.HandleFunc("DELETE /edge/requests", withoutBody(func() any { s.ResetEdgeRequests(); return nil }))
	mux.HandleFunc("GET /faults", withoutBody(func() any { return map[string]int{"pending": s.PendingFaults()} }))
	mux.HandleFunc("POST /faults", withBody(s.controlInject))
	mux.HandleFunc("DELETE /faults", withoutBody(func() any { s.ClearFaults(); return nil }))
	mux.HandleFunc("GET /requests", withoutBody(func() any { return append([]Request{}, s.Requests()...) }))
	mux.HandleFunc("DELETE /requests", withoutBody(func() any { s.ResetRequests(); return nil }))
	return mux
}

// ParseBehaviour reads the JSON form of a [Behaviour], and refuses anything else.
func ParseBehaviour(data []byte) (Behaviour, error) {
	var body behaviourBody
	if err := decodeStrictly(bytes.NewReader(data), &body); err != nil {
		return Behaviour{}, fmt.Errorf("reading the behaviour: %w", err)
	}
	b := body.Behaviour
	b.GraceWithoutEnd, b.ListLag, b.DateOff = time.Duration(body.GraceWithoutEnd), time.Duration(body.ListLag), time.Duration(body.DateOff)
	return b, b.validate()
}

// behaviourBody shadows the fields that JSON has as text.
type behaviourBody struct {
	Behaviour
	GraceWithoutEnd duration `json:"grace_without_end"`
	ListLag         duration `json:"list_lag"`
	DateOff         duration `json:"date_off"`
}

// faultBody shadows the field that JSON has as text.
type faultBody struct {
	Fault
	Delay duration `json:"delay"`
}

func (s *Simulator) controlAdd(body struct {
	Scope string
	NewToken
}) (any, error) {
	return s.addToken(body.Scope, body.NewToken)
}

func (s *Simulator) controlChange(w http.ResponseWriter, r *http.Request) {
	withBody(func(body struct {
		Name, Duration *string
		Enabled        *bool
	}) (any, error) {
		change := tokenBody{Name: body.Name, Duration: body.Duration, Enabled: body.Enabled}
		if err := change.validate(); err != nil {
			return nil, errors.New(err.message)
		}
		if !s.edit(r.PathValue("id"), func(r *record) { s.store.apply(r, change) }) {
			return nil, errNoSuchToken
		}
		return nil, nil
	})(w, r)
}

func (s *Simulator) controlAuthenticate(body struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}) (any, error) {
	return map[string]any{
		"authenticates": s.Authenticates(body.ClientID, body.ClientSecret),
		"secret":        s.SecretState(body.ClientID, body.ClientSecret),
	}, nil
}

func (s *Simulator) controlBehaviour(raw json.RawMessage) (any, error) {
	b, err := ParseBehaviour(raw)
	if err != nil {
		return nil, err
	}
	s.SetBehaviour(b)
	return nil, nil
}

func (s *Simulator) controlInactivity(raw json.RawMessage) (any, error) {
	i, err := ParseInactivity(raw)
	if err != nil {
		return nil, err
	}
	s.SetInactivity(i)
	return nil, nil
}

func (s *Simulator) controlEdge(raw json.RawMessage) (any, error) {
	e, err := ParseEdge(raw)
	if err != nil {
		return nil, err
	}
	s.SetEdge(e)
	return nil, nil
}

func (s *Simulator) controlInject(body faultBody) (any, error) {
	fault := body.Fault
	fault.Delay = time.Duration(body.Delay)
	if err := fault.validate(); err != nil {
		return nil, err
	}
	s.Inject(fault)
	return nil, nil
}

// duration is a duration in Go's notation.
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

var (
	errNoSuchToken  = errors.New("there is no such token")
	errNoSuchObject = errors.New("there is no such policy, application or group")
)

func onToken(act func(id string) bool) http.HandlerFunc { return onID(act, errNoSuchToken) }

func onID(act func(id string) bool, missing error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !act(r.PathValue("id")) {
			reply(w, nil, missing)
			return
		}
		reply(w, nil, nil)
	}
}

// withoutBody serves a request that has no body.
func withoutBody(act func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, act(), nil) }
}

// withBody serves a request that has a body.
func withBody[T any](act func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		if err := decodeStrictly(r.Body, &body); err != nil {
			reply(w, nil, fmt.Errorf("reading the request: %w", err))
			return
		}
		value, err := act(body)
		reply(w, value, err)
	}
}

func decodeStrictly(from io.Reader, into any) error {
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// reply answers with a value, with nothing (204), or with an error: 404 for what does
// not exist, otherwise 400.
func reply(w http.ResponseWriter, value any, err error) {
	switch {
	case errors.Is(err, errNoSuchToken), errors.Is(err, errNoSuchObject):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case value == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(append(marshal(value), '\n'))
	}
}

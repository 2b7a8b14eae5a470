package cfsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// ControlHandler lets somebody outside of this process do what the methods do:
//
//	GET    /tokens                   all live tokens, without secrets
//	POST   /tokens                   {"scope": "accounts/<id>", "name": …, "duration"?, "disabled"?, "clientSecretVersion"?}
//	DELETE /tokens/{id}              delete elsewhere
//	POST   /tokens/{id}/rotate       rotate in the dashboard
//	POST   /tokens/{id}/use          be let in by Access
//	PUT    /tokens/{id}/in-use       {"inUse": true}
//	POST   /advance                  {"by": "720h"}
//	POST   /faults                   a Fault: {"Kind": "cut-after", "Operation": "create", …}
//	DELETE /faults                   remove all faults
//	PUT    /behaviour                a Behaviour
//	GET    /requests                 the log
//	DELETE /requests                 empty the log
//
// It has no authentication, so it listens beside the API and never with it.
func (s *Simulator) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /tokens", reply(func(*http.Request) (any, error) { return orEmpty(s.Tokens()), nil }))
	mux.HandleFunc("POST /tokens", reply(s.controlAdd))
	mux.HandleFunc("DELETE /tokens/{id}", s.onToken(s.DeleteToken))
	mux.HandleFunc("POST /tokens/{id}/rotate", s.onToken(s.RotateElsewhere))
	mux.HandleFunc("POST /tokens/{id}/use", s.onToken(s.Use))
	mux.HandleFunc("PUT /tokens/{id}/in-use", reply(s.controlInUse))
	mux.HandleFunc("POST /advance", reply(s.controlAdvance))
	mux.HandleFunc("POST /faults", reply(s.controlInject))
	mux.HandleFunc("DELETE /faults", reply(func(*http.Request) (any, error) { s.ClearFaults(); return nil, nil }))
	mux.HandleFunc("PUT /behaviour", reply(s.controlBehaviour))
	mux.HandleFunc("GET /requests", reply(func(*http.Request) (any, error) { return orEmpty(s.Requests()), nil }))
	mux.HandleFunc("DELETE /requests", reply(func(*http.Request) (any, error) { s.ResetRequests(); return nil, nil }))
	return mux
}

func (s *Simulator) controlAdd(r *http.Request) (any, error) {
	var body struct {
		Scope string
		NewToken
	}
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	if target, err := readRoute(http.MethodGet, "/client/v4/"+body.Scope+"/access/service_tokens"); err != nil || target.operation != "list" {
		return nil, fmt.Errorf("the scope %q is not accounts/<id> or zones/<id>", body.Scope)
	}
	fields := tokenBody{Name: &body.Name}
	if body.Duration != "" {
		fields.Duration = &body.Duration
	}
	if err := fields.validate(); err != nil {
		return nil, err
	}
	return s.AddToken(body.Scope, body.NewToken), nil
}

func (s *Simulator) controlInUse(r *http.Request) (any, error) {
	var body struct{ InUse bool }
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	if !s.SetInUse(r.PathValue("id"), body.InUse) {
		return nil, errNoSuchToken
	}
	return nil, nil
}

func (s *Simulator) controlAdvance(r *http.Request) (any, error) {
	var body struct{ By string }
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(body.By)
	if err != nil {
		return nil, err
	}
	s.Advance(by)
	return nil, nil
}

func (s *Simulator) controlInject(r *http.Request) (any, error) {
	var fault Fault
	if err := readControl(r, &fault); err != nil {
		return nil, err
	}
	if err := fault.validate(); err != nil {
		return nil, err
	}
	s.Inject(fault)
	return nil, nil
}

func (s *Simulator) controlBehaviour(r *http.Request) (any, error) {
	var b Behaviour
	if err := readControl(r, &b); err != nil {
		return nil, err
	}
	s.SetBehaviour(b)
	return nil, nil
}

var errNoSuchToken = fmt.Errorf("there is no such token")

func (s *Simulator) onToken(act func(id string) bool) http.HandlerFunc {
	return reply(func(r *http.Request) (any, error) {
		if !act(r.PathValue("id")) {
			return nil, errNoSuchToken
		}
		return nil, nil
	})
}

func readControl(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	return nil
}

// reply answers with a value, with nothing (204), or with what was wrong (400).
func reply(act func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := act(r)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case value == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(marshal(value))
		}
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

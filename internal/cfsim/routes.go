package cfsim

import (
	"fmt"
	"net/http"
	"path"
	"slices"
)

// operations are what a token's endpoints do, by their names in the log, in
// faults and in Behaviour. accessOperations are those of what uses tokens.
var (
	operations       = []string{"list", "create", "get", "update", "delete", "rotate", "refresh"}
	accessOperations = []string{"list-policies", "list-applications", "list-groups"}
)

func isOperation(name string) bool {
	return slices.Contains(operations, name) || slices.Contains(accessOperations, name)
}

func errNoOperation(name string) error {
	return fmt.Errorf("there is no operation %q; they are %q and %q", name, operations, accessOperations)
}

// target is what a request acts on.
type target struct {
	operation string
	kind      string // "accounts" or "zones"
	scopeID   string
	tokenID   string
}

// scope returns "" if the path has none.
func (t target) scope() string {
	if t.kind == "" {
		return ""
	}
	return t.kind + "/" + t.scopeID
}

func (t target) writes() bool {
	return t.operation != "get" && t.operation != "list" && !slices.Contains(accessOperations, t.operation)
}

// Handler serves Cloudflare's API below /client/v4.
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, kind := range []string{"accounts", "zones"} {
		tokens := "/client/v4/" + kind + "/{scope}/access/service_tokens"
		token := tokens + "/{token}"
		mux.HandleFunc("GET "+tokens, s.endpoint(kind, "list"))
		mux.HandleFunc("POST "+tokens, s.endpoint(kind, "create"))
		mux.HandleFunc(tokens, s.wrongMethod(kind))
		mux.HandleFunc("GET "+token, s.endpoint(kind, "get"))
		mux.HandleFunc("PUT "+token, s.endpoint(kind, "update"))
		mux.HandleFunc("DELETE "+token, s.endpoint(kind, "delete"))
		mux.HandleFunc(token, s.wrongMethod(kind))
		// What uses tokens can only be read.
		access := "/client/v4/" + kind + "/{scope}/access/"
		mux.HandleFunc("GET "+access+"apps", s.endpoint(kind, "list-applications"))
		mux.HandleFunc("GET "+access+"groups", s.endpoint(kind, "list-groups"))
		if kind == "accounts" { // zones do not have these
			mux.HandleFunc("GET "+access+"policies", s.endpoint(kind, "list-policies"))
			for _, operation := range []string{"rotate", "refresh"} {
				mux.HandleFunc("POST "+token+"/"+operation, s.endpoint(kind, operation))
				mux.HandleFunc(token+"/"+operation, s.wrongMethod(kind))
			}
		}
	}
	mux.HandleFunc("/", s.noRoute)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would redirect such a path to the clean one.
		if r.URL.Path != path.Clean(r.URL.Path) {
			s.noRoute(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Simulator) endpoint(kind, operation string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t := targetOf(r, kind)
		t.operation = operation
		var malformed *apiError
		if !scopeIDPattern.MatchString(t.scopeID) || t.tokenID != "" && !tokenIDPattern.MatchString(t.tokenID) {
			malformed = errNoRoute(r.URL.Path)
		}
		s.respond(w, r, t, malformed)
	}
}

func (s *Simulator) wrongMethod(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.respond(w, r, targetOf(r, kind), errMethod()) }
}

func (s *Simulator) noRoute(w http.ResponseWriter, r *http.Request) {
	s.respond(w, r, target{}, errUnknownRoute(r.URL.Path))
}

func targetOf(r *http.Request, kind string) target {
	return target{kind: kind, scopeID: r.PathValue("scope"), tokenID: r.PathValue("token")}
}

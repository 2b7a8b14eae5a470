package cfsim

import (
	"net/http"
	"slices"
	"strings"
)

// authorize judges a request's credential for a scope, as far as it can be
// judged before the scope is looked at.
func (s *Simulator) authorize(r *http.Request, scope string, write bool) *apiError {
	c := s.config.Credentials
	bearer, serviceKey := r.Header.Get("Authorization"), r.Header.Get("X-Auth-User-Service-Key")
	key, email := r.Header.Get("X-Auth-Key"), r.Header.Get("X-Auth-Email")
	switch {
	case bearer != "":
		value, ok := strings.CutPrefix(bearer, "Bearer ")
		if !ok || strings.TrimSpace(value) == "" {
			return errMalformedAuth()
		}
		i := slices.IndexFunc(c.APITokens, func(t APIToken) bool { return t.Value == value })
		if i < 0 {
			return errUnauthorized()
		}
		return c.APITokens[i].authorize(scope, write)
	case serviceKey != "":
		if c.UserServiceKey == "" || serviceKey != c.UserServiceKey {
			return errUnauthorized()
		}
		return nil
	case key == "" && email == "":
		return errMissingAuth()
	case key == "" || email == "":
		return errInvalidAuthHeaders()
	case c.APIKey == "" || key != c.APIKey || email != c.APIEmail:
		return errUnauthorized()
	}
	return nil
}

func (t APIToken) authorize(scope string, write bool) *apiError {
	if write && t.ReadOnly || len(t.Scopes) > 0 && !slices.Contains(t.Scopes, scope) {
		return errAuthentication()
	}
	return nil
}

// checkScope tells whether the scope exists, is of that kind, and has Access.
func (s *Simulator) checkScope(kind, id string) *apiError {
	known := s.config.Accounts
	if kind == "zones" {
		known = s.config.Zones
	}
	switch {
	case !slices.Contains(known, id):
		return errAuthentication()
	case kind == "accounts" && slices.Contains(s.config.AccessNotEnabled, id):
		return errNotEnabled()
	}
	return nil
}

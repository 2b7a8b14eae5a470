package cfsim

import (
	"net/http"
	"slices"
	"strings"
)

// authenticate returns the API token of a request. A key is allowed everything, as
// an API token without restrictions is.
func (c Credentials) authenticate(header http.Header) (APIToken, *apiError) {
	bearer, key, email := header.Get("Authorization"), header.Get("X-Auth-Key"), header.Get("X-Auth-Email")
	switch {
	case bearer != "":
		value, ok := strings.CutPrefix(bearer, "Bearer ")
		if !ok || strings.TrimSpace(value) == "" {
			return APIToken{}, errMalformedAuth()
		}
		i := slices.IndexFunc(c.APITokens, func(t APIToken) bool { return t.Value == value })
		if i < 0 {
			return APIToken{}, errUnauthorized()
		}
		return c.APITokens[i], nil
	case key == "" && email == "":
		return APIToken{}, errMissingAuth()
	case key == "" || email == "":
		return APIToken{}, errInvalidAuthHeaders()
	case key != c.APIKey || email != c.APIEmail:
		return APIToken{}, errUnauthorized()
	}
	return APIToken{}, nil
}

// authorize refuses a target that does not exist, or that the credential does not
// cover.
func (s *Simulator) authorize(token APIToken, t target) *apiError {
	known := s.config.Accounts
	if t.kind == "zones" {
		known = s.config.Zones
	}
	switch {
	case token.ReadOnly && t.writes(),
		len(token.Scopes) > 0 && !slices.Contains(token.Scopes, t.scope()),
		token.Value != "" && t.kind == "zones" && s.store.behaviour.ZonesRefuseAPITokens,
		!slices.Contains(known, t.scopeID):
		return errAuthentication()
	case slices.Contains(s.config.AccessNotEnabled, t.scopeID):
		return errNotEnabled()
	}
	return nil
}

// permitted leaves out the records that the token does not let a listing show.
func (t APIToken) permitted(records []*record) []*record {
	if t.Lists == nil {
		return records
	}
	return slices.DeleteFunc(records, func(r *record) bool { return !slices.Contains(t.Lists, r.ID) })
}

package cfsim

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// call is a request that has a route.
type call struct {
	target
	credential APIToken
	query      url.Values
	body       []byte
}

// perform does the work of a call that is authorized.
func (s *Simulator) perform(c call) answer {
	if slices.Contains(s.store.behaviour.Refused, c.operation) {
		refused := errAuthentication()
		if s.store.behaviour.RefusedWith401 {
			refused.status = http.StatusUnauthorized
		}
		return refusal(refused)
	}
	switch c.operation {
	case "list":
		return s.list(c)
	case "list-policies":
		return s.listed(c, s.store.access.showPolicies(c.scope()))
	case "list-applications":
		return s.listed(c, s.store.access.showApplications(c.scope(), s.store.behaviour.PoliciesByID))
	case "list-groups":
		return s.listed(c, s.store.access.showGroups(c.scope()))
	case "create":
		return s.create(c)
	}
	r, ok := s.store.tokens[c.tokenID]
	if !ok || r.Scope != c.scope() {
		return refusal(errNotFound())
	}
	switch c.operation {
	case "update":
		return s.update(c, r)
	case "rotate":
		return s.rotate(c, r)
	}
	// The other operations have no body.
	if _, err := readBody(c.body, nil); err != nil {
		return refusal(err)
	}
	switch c.operation {
	case "refresh":
		s.store.refresh(r)
	case "delete":
		if s.store.access.uses(r.Token) {
			return refusal(errInUse())
		}
		delete(s.store.tokens, r.ID)
	}
	return success(http.StatusOK, s.store.behaviour.render(r, c.operation))
}

func (s *Simulator) create(c call) answer {
	behaviour := s.store.behaviour
	body, err := readBody(c.body, tokenFields)
	switch {
	case err != nil:
		return refusal(err)
	case body.Name == nil:
		return refusal(errInvalid("name is required"))
	case body.PreviousClientSecretExpiresAt != nil && behaviour.MarkerAtCreation == MarkerRefused:
		return refusal(errInvalid("previous_client_secret_expires_at needs a previous client secret"))
	case s.config.MaxTokens > 0 && len(s.store.sorted(c.scope())) >= s.config.MaxTokens:
		return refusal(errTokenLimit(s.config.MaxTokens))
	}
	status := http.StatusCreated
	if behaviour.CreateAnswers200 {
		status = http.StatusOK
	}
	return success(status, behaviour.renderWithSecret(s.store.create(c.scope(), body, identity{}), c.operation))
}

func (s *Simulator) update(c call, r *record) answer {
	body, err := readBody(c.body, tokenFields)
	if err != nil {
		return refusal(err)
	}
	rotated, err := s.store.update(r, body)
	switch {
	case err != nil:
		return refusal(err)
	case rotated && !s.store.behaviour.PutReturnsNoSecret:
		return success(http.StatusOK, s.store.behaviour.renderWithSecret(r, c.operation))
	}
	return success(http.StatusOK, s.store.behaviour.render(r, c.operation))
}

func (s *Simulator) rotate(c call, r *record) answer {
	body, err := readBody(c.body, []string{"previous_client_secret_expires_at"})
	if err != nil {
		return refusal(err)
	}
	behaviour, version := s.store.behaviour, r.ClientSecretVersion+1
	if behaviour.RotateKeepsVersion {
		version = r.ClientSecretVersion
	}
	s.store.rotate(r, version, orElse(body.PreviousClientSecretExpiresAt, s.store.now()))
	if behaviour.RotateReturnsNoSecret {
		return success(http.StatusOK, behaviour.render(r, c.operation))
	}
	return success(http.StatusOK, behaviour.renderWithSecret(r, c.operation))
}

func (s *Simulator) list(c call) answer {
	records := c.credential.permitted(s.store.listed(c.scope(), c.query.Get("name"), c.query.Get("search")))
	shown := make([]any, 0, len(records))
	for _, r := range records {
		shown = append(shown, s.store.behaviour.render(r, c.operation))
	}
	return s.listed(c, shown)
}

// listed answers with the requested page of a listing.
func (s *Simulator) listed(c call, all []any) answer {
	page, perPage := number(c.query, "page", 1), min(number(c.query, "per_page", defaultPerPage), s.config.PerPageCap)
	if page < 1 || perPage < 1 {
		return refusal(errInvalid("page and per_page count from 1"))
	}
	total := len(all)
	from := min((page-1)*perPage, total)
	shown := all[from:min(from+perPage, total)]
	return successPage(http.StatusOK, shown, &resultInfo{
		Page: page, PerPage: perPage, Count: len(shown), TotalCount: total, TotalPages: (total + perPage - 1) / perPage,
	})
}

// number reads a query parameter; -1 if it is not a number.
func number(query url.Values, key string, otherwise int) int {
	text := query.Get(key)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > math.MaxInt32 {
		return -1
	}
	return n
}

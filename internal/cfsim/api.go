package cfsim

import (
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bodyLimit is far above any request that is meant.
const bodyLimit = 1 << 20

// route is a request after its path was read.
type route struct {
	kind, scopeID, tokenID, action string
	operation                      string
}

func (r route) scope() string { return r.kind + "/" + r.scopeID }

func (r route) writes() bool { return r.operation != "get" && r.operation != "list" }

// Handler serves Cloudflare's API below /client/v4.
func (s *Simulator) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Simulator) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		return // the client went away
	}
	var body map[string]json.RawMessage
	bodyErr := len(raw) > 0 && json.Unmarshal(raw, &body) != nil
	target, routeErr := readRoute(r.Method, r.URL.Path)

	s.mu.Lock()
	entry := Request{
		Time: s.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Operation: target.operation, TokenID: target.tokenID,
	}
	if target.kind != "" {
		entry.Scope = target.scope()
	}
	entry.describe(body)
	fault := s.faultFor(target.operation, target.tokenID)
	header := http.Header{"Cf-Ray": {s.generate.rayID() + "-SIM"}, "Content-Type": {"application/json"}}
	limited := s.limit.take(entry.Time, s.config.EnforceRateLimit, header)
	latency := s.latency

	var a answer
	switch {
	case fault != nil && (fault.Kind == CutBefore || fault.Kind == HangBefore):
	case fault != nil && fault.before(r.URL.Path) != nil:
		a = *fault.before(r.URL.Path)
	case limited != nil:
		a = refusal(limited)
	case routeErr != nil:
		a = refusal(routeErr)
	default:
		a = s.answer(r, target, body, bodyErr)
	}
	if fault != nil {
		a = fault.spoil(a)
		entry.Fault = fault.Name
	}
	entry.Status = a.status
	if fault != nil && slices.Contains([]FaultKind{CutBefore, CutAfter, HangBefore, HangAfter}, fault.Kind) {
		entry.Status = 0
	}
	s.requests = append(s.requests, entry)
	s.mu.Unlock()

	s.wait(r, latency)
	for name, values := range a.header {
		header[name] = values
	}
	s.send(w, r, a, header, fault)
}

// send writes the answer, or what a fault makes of sending it.
func (s *Simulator) send(w http.ResponseWriter, r *http.Request, a answer, header http.Header, fault *Fault) {
	kind := FaultKind("")
	if fault != nil {
		kind = fault.Kind
	}
	switch kind {
	case HangBefore, HangAfter:
		select {
		case <-r.Context().Done():
		case <-s.stop:
		}
		panic(http.ErrAbortHandler)
	case CutBefore, CutAfter:
		panic(http.ErrAbortHandler)
	case Slow:
		s.wait(r, fault.Delay)
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	switch kind {
	case Truncate:
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body[:len(a.body)/2])
		panic(http.ErrAbortHandler)
	case HugeBody:
		w.WriteHeader(a.status)
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for sent := 0; sent < fault.Size; sent += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	default:
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}
}

// wait passes real time, unless the client or the simulator goes away.
func (s *Simulator) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.stop:
	}
}

// readRoute finds what a path asks for.
func readRoute(method, path string) (route, *apiError) {
	rest, ok := strings.CutPrefix(path, "/client/v4/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 4 || len(parts) > 6 || parts[0] != "accounts" && parts[0] != "zones" ||
		parts[2] != "access" || parts[3] != "service_tokens" {
		return route{}, errUnknownRoute(path)
	}
	r := route{kind: parts[0], scopeID: parts[1]}
	if len(parts) > 4 {
		r.tokenID = parts[4]
	}
	if len(parts) > 5 {
		r.action = parts[5]
	}
	if !scopeIDPattern.MatchString(r.scopeID) || len(parts) > 4 && !tokenIDPattern.MatchString(r.tokenID) {
		return r, errNoRoute(path)
	}
	switch {
	case r.action != "":
		// Cloudflare has these two for accounts only.
		if r.kind != "accounts" || r.action != "rotate" && r.action != "refresh" {
			return r, errUnknownRoute(path)
		}
		if method == http.MethodPost {
			r.operation = r.action
		}
	case r.tokenID != "":
		r.operation = map[string]string{http.MethodGet: "get", http.MethodPut: "update", http.MethodDelete: "delete"}[method]
	default:
		r.operation = map[string]string{http.MethodGet: "list", http.MethodPost: "create"}[method]
	}
	if r.operation == "" {
		return r, errMethod()
	}
	return r, nil
}

// answer does the work.
func (s *Simulator) answer(r *http.Request, target route, body map[string]json.RawMessage, bodyErr bool) answer {
	if err := s.authorize(r, target.scope(), target.writes()); err != nil {
		return refusal(err)
	}
	if err := s.checkScope(target.kind, target.scopeID); err != nil {
		return refusal(err)
	}
	if bodyErr {
		return refusal(errInvalid("the body is not a JSON object"))
	}
	switch target.operation {
	case "list":
		return s.list(target, r.URL.Query())
	case "create":
		return s.create(target, body)
	}
	record, ok := s.tokens[target.tokenID]
	if !ok || record.Scope != target.scope() {
		return refusal(errNotFound())
	}
	switch target.operation {
	case "get":
		return success(200, s.render(record, "get", ""), nil)
	case "update":
		return s.update(record, body)
	case "rotate":
		return s.rotateCall(record, body)
	case "refresh":
		record.ExpiresAt, record.UpdatedAt = s.now().Add(refreshedFor), s.now()
		return success(200, s.render(record, "refresh", ""), nil)
	default: // delete
		if record.InUse {
			return refusal(errInUse())
		}
		delete(s.tokens, record.ID)
		return success(200, s.render(record, "delete", ""), nil)
	}
}

func (s *Simulator) create(target route, fields map[string]json.RawMessage) answer {
	body, err := readBody(fields, "name", "duration", "enabled", "client_secret_version", "previous_client_secret_expires_at")
	switch {
	case err != nil:
		return refusal(err)
	case body.Name == nil:
		return refusal(errInvalid("name is required"))
	case body.PreviousClientSecretExpiresAt != nil && s.behaviour.MarkerAtCreation == MarkerRefused:
		return refusal(errInvalid("previous_client_secret_expires_at needs a previous client secret"))
	case s.config.MaxTokens > 0 && len(s.sorted(target.scope())) >= s.config.MaxTokens:
		return refusal(errTokenLimit(s.config.MaxTokens))
	}
	status := http.StatusCreated
	if s.behaviour.CreateAnswers200 {
		status = http.StatusOK
	}
	record := s.newRecord(target.scope(), body)
	return success(status, s.render(record, "create", record.secret), nil)
}

func (s *Simulator) update(record *record, fields map[string]json.RawMessage) answer {
	body, err := readBody(fields, "name", "duration", "enabled", "client_secret_version", "previous_client_secret_expires_at")
	if err != nil {
		return refusal(err)
	}
	rotated, err := s.change(record, body)
	if err != nil {
		return refusal(err)
	}
	secret := ""
	if rotated {
		secret = record.secret
	}
	return success(200, s.render(record, "update", secret), nil)
}

func (s *Simulator) rotateCall(record *record, fields map[string]json.RawMessage) answer {
	body, err := readBody(fields, "previous_client_secret_expires_at")
	if err != nil {
		return refusal(err)
	}
	s.rotate(record, record.ClientSecretVersion+1, body.PreviousClientSecretExpiresAt)
	return success(200, s.render(record, "rotate", record.secret), nil)
}

func (s *Simulator) list(target route, query url.Values) answer {
	if s.behaviour.ListRefused {
		return refusal(errAuthentication())
	}
	page, perPage := number(query, "page", 1), min(number(query, "per_page", s.config.PerPageCap), s.config.PerPageCap)
	if page < 1 || perPage < 1 {
		return refusal(errInvalid("page and per_page count from 1"))
	}
	records := s.listed(target.scope(), query.Get("name"), query.Get("search"))
	total := len(records)
	pages := (total + perPage - 1) / perPage
	from := min((page-1)*perPage, total)
	shown := records[from:min(from+perPage, total)]
	result := make([]any, 0, len(shown))
	for _, r := range shown {
		result = append(result, s.render(r, "list", ""))
	}
	return success(200, result, map[string]any{
		"page": page, "per_page": perPage, "count": len(shown), "total_count": total, "total_pages": pages,
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

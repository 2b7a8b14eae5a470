package cfsim

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Edge is how the hosts behind Access answer: what an organisation sets, what stands
// before Access and behind it, and where nobody knows what Cloudflare does, each way.
// The zero value is an organisation that has set nothing, and origins that answer 200.
type Edge struct {
	// Team is the name of the organisation, "team" if left out.
	Team string `json:"team"`
	// StrictServiceTokenAuth answers requests that carry credentials 401 or 403, and
	// never 302. Access sets it for organisations made since 2026-10-05.
	StrictServiceTokenAuth bool `json:"strict_service_token_auth"`
	// DenyUnmatchedRequests blocks what no application covers.
	DenyUnmatchedRequests bool `json:"deny_unmatched_requests"`
	// SecretLag is how long a new client secret is not known at the edge.
	SecretLag time.Duration `json:"secret_lag"`
	// Before answers before Access, as a WAF, a rate limit or a redirect rule does.
	Before *Before `json:"before"`
	// Origin answers who is admitted, and who asks for what no application covers.
	Origin Origin `json:"origin"`
	// TunnelDown answers 530 in place of the origin.
	TunnelDown bool `json:"tunnel_down"`
	// StrictOmitsMarks leaves cf-access-domain and cf-access-aud out of the 401 and 403
	// of strict mode, of which nobody recorded the headers.
	StrictOmitsMarks bool `json:"strict_omits_marks"`
	// DenyURLOmitsMarks leaves them out of a redirect to an application's
	// custom_non_identity_deny_url.
	DenyURLOmitsMarks bool `json:"deny_url_omits_marks"`
	// UnmatchedHasMarks sends them where DenyUnmatchedRequests blocks.
	UnmatchedHasMarks bool `json:"unmatched_has_marks"`
	// OAuthMetadataAtTeam says in the challenge of managed OAuth that the metadata is at
	// the team's host.
	OAuthMetadataAtTeam bool `json:"oauth_metadata_at_team"`
	// DomainAsConfigured sends in cf-access-domain the application's domain, with its
	// path and wildcards, in place of the host.
	DomainAsConfigured bool `json:"domain_as_configured"`
}

// Origin is a fixed answer.
type Origin struct {
	// Status is 200 if left out.
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
}

// Before is an answer that comes before Access.
type Before struct {
	Origin
	// CredentialsOnly answers requests alone that carry a header of a service token.
	CredentialsOnly bool `json:"credentials_only"`
}

// EdgeRequest is a request that reached the edge, without its credentials.
type EdgeRequest struct {
	Time time.Time `json:"time"`
	Host string    `json:"host"`
	Path string    `json:"path"`
	// Carries reports whether it carries credentials of a service token, and TokenID
	// whose they are, if they authenticate.
	Carries bool   `json:"carries"`
	TokenID string `json:"token_id"`
	// Admitted reports whether Access let it through, and Status is the answer's.
	Admitted bool `json:"admitted"`
	Status   int  `json:"status"`
	// OriginHeader is what the origin got.
	OriginHeader http.Header `json:"origin_header"`
}

// ParseEdge reads the JSON form of an [Edge], and refuses anything else.
func ParseEdge(data []byte) (Edge, error) {
	var body struct {
		Edge
		SecretLag duration `json:"secret_lag"`
	}
	if err := decodeStrictly(bytes.NewReader(data), &body); err != nil {
		return Edge{}, fmt.Errorf("reading the edge: %w", err)
	}
	body.Edge.SecretLag = time.Duration(body.SecretLag)
	return body.Edge, body.validate()
}

func (e Edge) validate() error {
	statuses := []int{e.Origin.Status}
	if e.Before != nil {
		statuses = append(statuses, e.Before.Status)
	}
	for _, status := range statuses {
		if status != 0 && (status < 200 || status > 599) {
			return fmt.Errorf("status cannot be %d; write one from 200 to 599, or leave it out", status)
		}
	}
	return nil
}

// SetEdge replaces how the hosts behind Access answer. It panics on what is not
// possible.
func (s *Simulator) SetEdge(e Edge) {
	if err := e.validate(); err != nil {
		panic("cfsim: " + err.Error())
	}
	s.locked(func() { s.edge = e })
}

// EdgeRequests returns the requests to the edge since the last reset.
func (s *Simulator) EdgeRequests() (requests []EdgeRequest) {
	s.locked(func() { requests = slices.Clone(s.edgeRequests) })
	return requests
}

// ResetEdgeRequests forgets them.
func (s *Simulator) ResetEdgeRequests() { s.locked(func() { s.edgeRequests = nil }) }

// ServeEdgeAt serves the applications on a loopback address: the one whose domain
// covers the Host of a request, and its path best.
func (s *Simulator) ServeEdgeAt(address string) (*Server, error) {
	return serve(address, s.EdgeHandler(), "")
}

// EdgeHandler answers as Cloudflare's edge does for the hosts behind Access.
func (s *Simulator) EdgeHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit := &visit{request: r, host: (&url.URL{Host: r.Host}).Hostname()}
		var answer Origin
		s.locked(func() {
			visit.now, visit.edge, visit.store = s.store.now(), s.edge, &s.store
			answer = visit.answer()
			s.answered++
			answer.Header["Cf-Ray"] = fmt.Sprintf("%016x-SIM", s.answered)
			s.edgeRequests = append(s.edgeRequests, visit.entry(answer.Status))
		})
		for name, value := range answer.Header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(answer.Status)
		_, _ = w.Write([]byte(answer.Body))
	})
}

// visit is a request to a host behind Access, while it is answered.
type visit struct {
	request *http.Request
	host    string
	now     time.Time
	edge    Edge
	store   *store

	carries      bool
	token        *record
	admitted     bool
	originHeader http.Header
}

func (v *visit) entry(status int) EdgeRequest {
	entry := EdgeRequest{Time: v.now, Host: v.request.Host, Path: v.request.URL.Path, Carries: v.carries, Admitted: v.admitted,
		Status: status, OriginHeader: v.originHeader}
	if v.token != nil {
		entry.TokenID = v.token.ID
	}
	return entry
}

// answer decides what the visitor gets: from what stands before Access, from Access, or
// from the origin.
func (v *visit) answer() Origin {
	app, covered := v.application()
	v.readCredentials(app)
	if before := v.edge.Before; before != nil && (v.carries || !before.CredentialsOnly) {
		return before.complete()
	}
	if !covered {
		if v.edge.DenyUnmatchedRequests {
			return v.block()
		}
		return v.origin(nil)
	}
	policies := v.store.access.applied(app)
	switch {
	case v.bypassed(policies):
		return v.origin(nil)
	case v.admits(policies):
		return v.admit(app)
	}
	return v.refuse(app, policies)
}

// complete fills in what is left out.
func (o Origin) complete() Origin {
	o.Header = maps.Clone(o.Header)
	if o.Header == nil {
		o.Header = map[string]string{}
	}
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	return o
}

// origin answers from behind Access. The credentials do not reach it.
func (v *visit) origin(app *Application) Origin {
	header := v.request.Header.Clone()
	for _, name := range []string{"Cf-Access-Client-Id", "Cf-Access-Client-Secret"} {
		header.Del(name)
	}
	if app != nil {
		header.Del(app.ReadServiceTokensFromHeader)
		header.Set("Cf-Access-Jwt-Assertion", v.assertion(*app))
	}
	v.originHeader = header
	if v.edge.TunnelDown {
		return Origin{Status: 530}.complete()
	}
	return v.edge.Origin.complete()
}

// application returns the one that covers the address best: the host before a wildcard,
// and the longest path.
func (v *visit) application() (best Application, ok bool) {
	for _, app := range v.store.access.applications {
		if domain := app.object.Domain; domain != nil && covers(*domain, v.host, v.request.URL.Path) && (!ok || len(*domain) > len(*best.Domain)) {
			best, ok = app.object, true
		}
	}
	return best, ok
}

// covers reports whether a domain, whose labels may hold wildcards, covers an address.
func covers(domain, host, path string) bool {
	name, under, _ := strings.Cut(domain, "/")
	under = "/" + strings.TrimRight(under, "/*")
	if under != "/" && path != under && !strings.HasPrefix(path, under+"/") {
		return false
	}
	patterns, labels := strings.Split(strings.ToLower(name), "."), strings.Split(strings.ToLower(host), ".")
	return slices.EqualFunc(patterns, labels, func(pattern, label string) bool {
		before, after, wild := strings.Cut(pattern, "*")
		if !wild {
			return pattern == label
		}
		return len(label) > len(before)+len(after) && strings.HasPrefix(label, before) && strings.HasSuffix(label, after)
	})
}

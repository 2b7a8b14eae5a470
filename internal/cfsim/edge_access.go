package cfsim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// readCredentials reads the service token of a request: in two headers, or in the one
// that the application names. Several, half of a pair, and both forms at once carry
// credentials that authenticate nobody, and so do those beside a cookie of a session.
func (v *visit) readCredentials(app Application) {
	ids, secrets := v.request.Header.Values("Cf-Access-Client-Id"), v.request.Header.Values("Cf-Access-Client-Secret")
	var single []string
	if app.ReadServiceTokensFromHeader != "" {
		single = v.request.Header.Values(app.ReadServiceTokensFromHeader)
	}
	v.carries = len(ids)+len(secrets)+len(single) > 0
	if _, err := v.request.Cookie("CF_Authorization"); err == nil {
		return
	}
	switch {
	case len(ids) == 1 && len(secrets) == 1 && len(single) == 0:
		v.token = v.authenticate(ids[0], secrets[0])
	case len(ids)+len(secrets) == 0 && len(single) == 1:
		var pair map[string]string // keys in capitals were seen refused
		_ = json.Unmarshal([]byte(single[0]), &pair)
		v.token = v.authenticate(pair["cf-access-client-id"], pair["cf-access-client-secret"])
	}
}

// authenticate returns the token of a pair that works at the edge by now, or nil.
func (v *visit) authenticate(clientID, clientSecret string) *record {
	r := v.store.byClientID(clientID)
	if r == nil || !r.Enabled || r.expired(v.now) {
		return nil
	}
	state := r.judge(clientSecret, v.now)
	if state != SecretCurrent && state != SecretPrevious || v.now.Before(v.store.issuedAt[clientSecret].Add(v.edge.SecretLag)) {
		return nil
	}
	return r
}

// bypassed reports whether a Bypass policy lets everybody through.
func (v *visit) bypassed(policies []Policy) bool {
	return slices.ContainsFunc(policies, func(p Policy) bool { return p.Decision == "bypass" && v.meets(p.Rules) })
}

// admits reports whether a Service Auth policy admits the token, and no policy before
// it denies it. An Allow policy is about people, and admits no token.
func (v *visit) admits(policies []Policy) bool {
	for _, p := range policies {
		if v.token == nil || !v.meets(p.Rules) {
			continue
		}
		switch p.Decision {
		case "deny":
			return false
		case "non_identity":
			return true
		}
	}
	return false
}

// meets reports whether the visitor meets rules: one that includes, all that are
// required, and none that excludes.
func (v *visit) meets(rules Rules) bool {
	matches := func(r Rule) bool { return v.matches(r) }
	return slices.ContainsFunc(rules.Include, matches) && !slices.ContainsFunc(rules.Exclude, matches) &&
		!slices.ContainsFunc(rules.Require, func(r Rule) bool { return !matches(r) })
}

// matches judges one rule. What the simulator knows nothing of, such as a certificate,
// matches nobody.
func (v *visit) matches(r Rule) bool {
	switch {
	case r["everyone"] != nil:
		return true
	case r.AnyValidServiceToken():
		return v.token != nil
	case r.ServiceToken() != "":
		return v.token != nil && r.ServiceToken() == v.token.ID
	case r.Group() != "":
		return slices.ContainsFunc(v.store.access.groups, func(g scoped[Group]) bool { return g.object.ID == r.Group() && v.meets(g.object.Rules) })
	case r["ip"] != nil:
		within, err := netip.ParsePrefix(r.text("ip", "ip"))
		from, fromErr := netip.ParseAddrPort(v.request.RemoteAddr)
		return err == nil && fromErr == nil && within.Contains(from.Addr())
	}
	return false
}

// admit lets a token through, which counts as a use of it.
func (v *visit) admit(app Application) Origin {
	v.admitted = true
	v.token.LastSeenAt = new(v.now)
	if slices.Contains([]string{"ssh", "tcp"}, app.Type) && !v.edge.TunnelDown {
		return Origin{}.complete() // from Cloudflare itself
	}
	answer := v.origin(&app)
	if !v.edge.StrictServiceTokenAuth {
		answer.Header["Set-Cookie"] = "CF_Authorization=" + v.assertion(app) + "; Path=/; HttpOnly"
	}
	return answer
}

// assertion is what the origin knows a token by. Nobody has signed it.
func (v *visit) assertion(app Application) string {
	if v.token == nil {
		return ""
	}
	claims := marshal(map[string]any{"aud": []string{app.AUD}, "common_name": v.token.ClientID, "type": "app"})
	return "fake." + base64.RawURLEncoding.EncodeToString(claims) + ".fake"
}

// refuse answers as was recorded for the kind of application and its policies.
func (v *visit) refuse(app Application, policies []Policy) Origin {
	deciding := func(decision string) bool {
		return slices.ContainsFunc(policies, func(p Policy) bool { return p.Decision == decision })
	}
	loggedIn := deciding("allow") || !deciding("non_identity")
	switch {
	case v.carries && v.edge.StrictServiceTokenAuth:
		status := http.StatusForbidden
		if v.token == nil {
			status = http.StatusUnauthorized
		}
		return v.page(status, v.marks(app, v.edge.StrictOmitsMarks))
	case slices.Contains([]string{"ssh", "tcp"}, app.Type):
		return v.page(http.StatusForbidden, v.marks(app, false))
	case app.hasManagedOAuth():
		host := v.host
		if v.edge.OAuthMetadataAtTeam {
			host = v.teamHost()
		}
		header := map[string]string{"Www-Authenticate": `Bearer realm="OAuth", resource_metadata="https://` + host + `/.well-known/cloudflare-access-protected-resource/"`}
		return v.page(http.StatusUnauthorized, header)
	case app.CustomNonIdentityDenyURL != "" && !loggedIn:
		header := v.marks(app, v.edge.DenyURLOmitsMarks)
		header["Location"] = app.CustomNonIdentityDenyURL
		return v.page(http.StatusFound, header)
	case app.ServiceAuth401Redirect && deciding("non_identity"):
		return v.page(http.StatusUnauthorized, v.marks(app, false))
	case !loggedIn:
		return v.page(http.StatusForbidden, v.marks(app, false))
	case v.request.Header.Get("X-Requested-With") == "XMLHttpRequest":
		return v.page(http.StatusUnauthorized, v.marks(app, false))
	}
	query := url.Values{"kid": {app.AUD}, "redirect_url": {v.request.URL.Path}}
	return v.page(http.StatusFound, map[string]string{
		"Location":         "https://" + v.teamHost() + "/cdn-cgi/access/login/" + v.host + "?" + query.Encode(),
		"Www-Authenticate": `Cloudflare-Access resource_metadata="https://` + v.teamHost() + `/cdn-cgi/access/metadata"`,
	})
}

// block answers for a host that no application covers.
func (v *visit) block() Origin {
	domain := v.host
	return v.page(http.StatusForbidden, v.marks(Application{Domain: &domain}, !v.edge.UnmatchedHasMarks))
}

// marks are the headers by which Access's answers are known.
func (v *visit) marks(app Application, omitted bool) map[string]string {
	if omitted {
		return map[string]string{}
	}
	domain := v.host
	if v.edge.DomainAsConfigured {
		domain = *app.Domain
	}
	return map[string]string{"Cf-Access-Domain": domain, "Cf-Access-Aud": app.AUD}
}

// page is an answer of Access's own.
func (v *visit) page(status int, header map[string]string) Origin {
	if strings.Contains(v.request.Header.Get("Accept"), "application/json") {
		header["Content-Type"] = "application/json"
		return Origin{status, header, `{"message":"Forbidden. You don't have permission to view this. Please contact your system administrator."}`}
	}
	header["Content-Type"] = "text/html"
	return Origin{status, header, "<!doctype html><title>Cloudflare Access</title>"}
}

func (v *visit) teamHost() string {
	team := v.edge.Team
	if team == "" {
		team = "team"
	}
	return team + ".cloudflareaccess.com"
}

func (a Application) hasManagedOAuth() bool {
	var configuration struct{ Enabled bool }
	_ = json.Unmarshal(a.OAuthConfiguration, &configuration) // an application without one has none
	return configuration.Enabled
}

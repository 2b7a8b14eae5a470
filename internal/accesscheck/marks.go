package accesscheck

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// marks reports whether an answer carries marks of Access that name the asked host,
// and marks that name another, or none that can be read.
func (r Rules) marks(a Answer) (own, others bool) {
	host := hostName(r.Asked.Host)
	for _, domain := range a.domains() {
		if covers(domain, host) {
			own = true
		} else {
			others = true
		}
	}
	return own, others
}

// domains are the domains of applications that the marks of an answer name. Some of
// what Access sends names no host, or an origin may send it too: cf-access-aud, a bare
// challenge, metadata at the team's host, and a redirect to an address under
// /cdn-cgi/access/sso/, by which an origin logs people in.
func (a Answer) domains() []string {
	domains := slices.Clone(a.Header.Values("Cf-Access-Domain"))
	for _, location := range a.Header.Values("Location") {
		if domain, ok := loginDomain(location); ok {
			domains = append(domains, domain)
		}
	}
	for _, challenge := range a.Header.Values("Www-Authenticate") {
		for _, match := range resourceMetadata.FindAllStringSubmatch(challenge, -1) {
			if domain, ok := metadataDomain(match[1] + match[2]); ok {
				domains = append(domains, domain)
			}
		}
	}
	return domains
}

// loginDomain is the host that is logged in to by a redirect to the team's host.
func loginDomain(location string) (string, bool) {
	to, err := url.Parse(location)
	if err != nil || !isTeam(to) {
		return "", false
	}
	rest, ok := strings.CutPrefix(to.Path, accessPaths+"login/")
	domain, _, _ := strings.Cut(rest, "/")
	return domain, ok && domain != ""
}

// resourceMetadata matches the parameter of a challenge, quoted or not.
var resourceMetadata = regexp.MustCompile(`(?i)\bresource_metadata\s*=\s*(?:"([^"]*)"|([^\s",]+))`)

// metadataDomain is the host whose metadata Access offers at that host.
func metadataDomain(address string) (string, bool) {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "https" || isTeam(at) || !strings.HasPrefix(at.Path, "/.well-known/cloudflare-access-protected-resource/") {
		return "", false
	}
	return at.Host, true
}

// isTeam reports whether an address is at a team's host, where people log in.
func isTeam(u *url.URL) bool {
	return u.Scheme == "https" && strings.HasSuffix(hostName(u.Host), ".cloudflareaccess.com")
}

// domainName matches what the name of an application's domain consists of.
var domainName = regexp.MustCompile(`^[a-z0-9._:*-]+$`)

// covers reports whether the domain of an application, which may have a path and
// wildcards, covers a host. A wildcard stands for part of a label.
func covers(domain, host string) bool {
	name, _, _ := strings.Cut(domain, "/")
	if name = hostName(name); !domainName.MatchString(name) {
		return false
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[^.]+`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(host)
}

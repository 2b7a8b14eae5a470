package accesscheck

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Answer is what an address answered, as far as it is read: never the body.
type Answer struct {
	Status int
	Header http.Header
}

// Rules are what answers are judged by.
type Rules struct {
	// Asked is the address.
	Asked *url.URL
	// OriginStatuses are those of 401 and 403 with which the origin itself answers a
	// client that Access has admitted.
	OriginStatuses []int
	// OriginRedirects are the hosts to which the origin redirects such a client.
	OriginRedirects []string
}

// refuses reports whether Access refused, and did so for this host.
func (r Rules) refuses(a Answer) bool {
	own, others := r.marks(a)
	return own && !others && slices.Contains([]int{http.StatusFound, http.StatusUnauthorized, http.StatusForbidden}, a.Status)
}

// letsIn reports whether an answer is one that comes from behind Access, or from an
// address without it.
func (r Rules) letsIn(a Answer) bool {
	if !r.unmarked(a) {
		return false
	}
	switch a.Status / 100 {
	case 2:
		return true
	case 3:
		return r.redirect(a).stays
	case 4:
		return !slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests}, a.Status)
	}
	return false
}

// lists reports whether the program says of an answer that the origin gives it to a
// client that Access has admitted. No other answers can be listed.
func (r Rules) lists(a Answer) bool {
	if !r.unmarked(a) {
		return false
	}
	if a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden {
		return slices.Contains(r.OriginStatuses, a.Status)
	}
	return r.leaves(a) && slices.ContainsFunc(r.OriginRedirects, func(host string) bool { return hostName(host) == r.redirect(a).host })
}

// leaves reports whether an answer redirects to another host.
func (r Rules) leaves(a Answer) bool { return r.redirect(a).host != "" }

// unmarked reports whether an answer carries no host's mark, and does not come from
// the WAF.
func (r Rules) unmarked(a Answer) bool {
	own, others := r.marks(a)
	return !own && !others && !a.mitigated()
}

// mitigated reports whether the WAF answered, which comes before Access.
func (a Answer) mitigated() bool { return len(a.Header.Values("Cf-Mitigated")) > 0 }

// redirect is where an answer of 3xx leads. One that cannot be read, and one into
// Access's own paths at this host, neither stays nor leads to another host.
type redirect struct {
	stays bool
	// host is the other host.
	host string
}

// accessPaths are answered by Access itself, at every host.
const accessPaths = "/cdn-cgi/access/"

func (r Rules) redirect(a Answer) redirect {
	locations := a.Header.Values("Location")
	switch {
	case a.Status/100 != 3 || len(locations) > 1:
		return redirect{}
	case len(locations) == 0:
		return redirect{stays: true}
	}
	to, err := r.Asked.Parse(locations[0])
	if err != nil || to.Host == "" {
		return redirect{}
	}
	if host := hostName(to.Host); host != hostName(r.Asked.Host) {
		return redirect{host: host}
	}
	return redirect{stays: !strings.HasPrefix(to.Path, accessPaths)}
}

// hostName is the name in a host, without its port, in the form in which names are
// compared.
func hostName(host string) string {
	name := (&url.URL{Host: host}).Hostname()
	return strings.TrimSuffix(strings.ToLower(name), ".")
}

// Package fakegithub serves the release of a plugin on this machine as GitHub does: over
// TLS, under GitHub's own names, to commands that reach it by their proxy. So a command
// that names github://api.github.com runs unchanged.
package fakegithub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

const (
	api = "api.github.com"
	// downloads is where api redirects a request for an asset.
	downloads = "release-assets.githubusercontent.com"
)

// GitHub is a GitHub with one repository that has one release.
type GitHub struct {
	repository, tag string
	// archives are the release's assets, that of the plugin first.
	archives []string
	// proxy and certificate are how a command reaches it.
	proxy, certificate string

	mu       sync.Mutex
	requests []string
}

// Serve serves archives, that of the plugin first, as the release of a version of a
// repository, such as cfaccess/pulumi-cfaccess, until the test ends.
func Serve(t testing.TB, repository, version string, archives ...string) *GitHub {
	t.Helper()
	g := &GitHub{repository: repository, tag: "v" + version, archives: archives}
	server := httptest.NewUnstartedServer(g.handler())
	server.TLS, g.certificate = certificate(t, api, downloads)
	server.StartTLS()
	t.Cleanup(server.Close)
	proxy := httptest.NewServer(&proxy{to: server.Listener.Addr().String(), hosts: []string{api, downloads}, refused: g.note})
	t.Cleanup(proxy.Close)
	g.proxy = proxy.URL
	return g
}

// Environment is what a command needs to reach this GitHub. No other host but this
// machine is reached with it. Commands in Go heed both variables, though on macOS only
// the first.
func (g *GitHub) Environment() map[string]string {
	return map[string]string{"HTTPS_PROXY": g.proxy, "SSL_CERT_FILE": g.certificate}
}

// Requests are the addresses that were asked for since the last time, each once, in
// order; and the names of the hosts that were asked for besides.
func (g *GitHub) Requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	requests := g.requests
	g.requests = nil
	return requests
}

// Download are the requests of a client that installs the plugin of the release's
// version.
func (g *GitHub) Download() []string {
	asset, file := g.asset(0)
	return []string{g.byTag(), asset, file}
}

func (g *GitHub) byTag() string { return g.releases() + "tags/" + g.tag }

// asset returns where an archive is described, and where it is.
func (g *GitHub) asset(i int) (asset, file string) {
	return fmt.Sprintf("%sassets/%d", g.releases(), i+1), downloads + "/" + filepath.Base(g.archives[i])
}

// Latest is the request of a client that looks for the newest version.
func (g *GitHub) Latest() string { return g.releases() + "latest" }

func (g *GitHub) releases() string { return api + "/repos/" + g.repository + "/releases/" }

func (g *GitHub) note(request string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !slices.Contains(g.requests, request) {
		g.requests = append(g.requests, request)
	}
}

func (g *GitHub) handler() http.Handler {
	mux := http.NewServeMux()
	var assets []map[string]string
	for i, archive := range g.archives {
		asset, file := g.asset(i)
		assets = append(assets, map[string]string{"name": filepath.Base(archive), "url": "https://" + asset})
		mux.HandleFunc("GET "+asset, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept") != "application/octet-stream" {
				http.Error(w, "only the asset itself is served here, not its description", http.StatusNotAcceptable)
				return
			}
			http.Redirect(w, r, "https://"+file, http.StatusFound)
		})
		mux.HandleFunc("GET "+file, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, archive) })
	}
	describe := func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"tag_name": g.tag, "assets": assets}) // a client that is gone needs no answer
	}
	mux.HandleFunc("GET "+g.Latest(), describe)
	mux.HandleFunc("GET "+g.byTag(), describe)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.note(r.Host + r.URL.Path)
		mux.ServeHTTP(w, r)
	})
}

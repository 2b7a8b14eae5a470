package faults

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The network between the plugin and Cloudflare: certificates and proxies.

func TestACertificateThatIsNotTrustedIsExplained(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	server := secured(t, sim.Handler(), newAuthority(t).issue(t, "127.0.0.1"))
	p := enginetest.NewAt(t, sim, server.URL+"/client/v4")
	p.Program(enginetest.OneToken())
	p.MustFail(p.Up(), `creating service token "ci"`, "no connection: the server's certificate is signed by an authority that this machine does not trust "+
		"(behind a proxy that inspects TLS, add its certificate to the system's)")
	if asked := sim.Requests(); len(asked) > 0 {
		t.Errorf("Cloudflare was asked %v", asked)
	}
}

func TestTheProxyOfTheEnvironmentIsUsedAndSeesNoCredential(t *testing.T) {
	t.Parallel()
	const host = "api.cloudflare.example.test"
	authority := newAuthority(t)
	sim := cfsim.New(cfsim.Config{})
	server := secured(t, sim.Handler(), authority.issue(t, host))
	proxy := newProxy(t, server)
	p := enginetest.NewAt(t, sim, "https://"+host+"/client/v4")
	p.Env["SSL_CERT_FILE"], p.Env["HTTPS_PROXY"] = authority.file, proxy.URL
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	p.Must(p.Refresh("--expect-no-changes"))
	p.Must(p.Destroy())
	if live := sim.Tokens(); len(live) > 0 || len(sim.Requests()) != 3 {
		t.Errorf("Cloudflare holds %v after %v", live, sim.Requests())
	}
	if len(proxy.hosts) < 3 || slices.ContainsFunc(proxy.hosts, func(asked string) bool { return asked != "CONNECT "+host+":443" }) {
		t.Errorf("the proxy was asked for %q, and by each command for %s alone", proxy.hosts, host)
	}
	for _, header := range proxy.asked {
		if header.Get("Authorization") != "" || header.Get("X-Auth-Key") != "" {
			t.Error("the proxy received a credential")
		}
	}
}

// A loopback address is the only one that may be plain http, and never goes
// through a proxy, which would receive the credential.
func TestALoopbackAddressIsNotAskedThroughAProxy(t *testing.T) {
	t.Parallel()
	nowhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nowhere.Close)
	proxy := newProxy(t, nowhere)
	p := enginetest.New(t, cfsim.Config{})
	p.Env["HTTP_PROXY"], p.Env["HTTPS_PROXY"] = proxy.URL, proxy.URL
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	if len(proxy.hosts) > 0 {
		t.Errorf("the proxy was asked for %q", proxy.hosts)
	}
}

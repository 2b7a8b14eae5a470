package cfsim_test

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestTheServerListensOnThisMachineAlone(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.com:0"} {
		for name, serve := range map[string]func(string) (*cfsim.Server, error){"API": sim.ServeAt, "control API": sim.ServeControlAt} {
			if _, err := serve(address); err == nil || !strings.Contains(err.Error(), "is not a loopback address; write for example 127.0.0.1:8787") {
				t.Errorf("the %s at %s: %v", name, address, err)
			}
		}
	}
	if _, err := sim.ServeAt("127.0.0.1"); err == nil || !strings.Contains(err.Error(), "missing port") {
		t.Errorf("an address without a port: %v", err)
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		server, err := sim.ServeAt(address)
		if err != nil {
			t.Fatal(err)
		}
		server.Close()
	}
}

func TestAnAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	address := strings.TrimSuffix(strings.TrimPrefix(server.BaseURL, "http://"), "/client/v4")
	if _, err := sim.ServeAt(address); err == nil || !strings.Contains(err.Error(), "listening on "+address) {
		t.Errorf("got %v", err)
	}
}

func TestClosingEndsWhatHangsAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	for body, kind := range map[string]cfsim.FaultKind{
		"": cfsim.HangBefore, "{}": cfsim.HangAfter, strings.Repeat(" ", 4<<20): cfsim.HangAfter,
	} {
		sim := cfsim.New(cfsim.Config{})
		server, err := sim.Serve()
		if err != nil {
			t.Fatal(err)
		}
		sim.Inject(cfsim.Fault{Kind: kind})
		request, err := http.NewRequestWithContext(t.Context(), "POST", server.BaseURL+tokens, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+cfsim.DefaultAPIToken)
		ended := make(chan error)
		go func() {
			answer, err := http.DefaultTransport.RoundTrip(request)
			if err == nil {
				_ = answer.Body.Close()
			}
			ended <- err
		}()
		for len(sim.Requests()) == 0 {
			runtime.Gosched() // until it hangs
		}
		server.Close()
		if err := <-ended; err == nil {
			t.Errorf("%s with a body of %d was answered", kind, len(body))
		}
		server.Close()
	}
}

func TestASimulatorOutlivesItsServers(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id, _, _ := a.create(`{"name":"ci"}`)
	other, err := a.Serve()
	if err != nil {
		t.Fatal(err)
	}
	base := a.base
	a.base = other.BaseURL
	equal(t, "the listing of another server", a.list(""), []string{id})
	other.Close()
	a.base = base
	equal(t, "the listing of the first server", a.list(""), []string{id})
}

func TestConcurrentRequestsAreAllAnswered(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() {
			r, err := a.try("POST", tokens, `{"name":"ci"}`)
			if err != nil || r.status != 201 {
				t.Errorf("got %v and status %d", err, r.status)
			}
			a.Tokens()
			a.Advance(1)
		})
	}
	clients.Wait()
	equal(t, "the number of tokens", len(a.list("")), 20)
	rays := map[string]bool{}
	for range 3 {
		rays[a.call("GET", tokens, "").header.Get("Cf-Ray")] = true
	}
	equal(t, "the number of rays", len(rays), 3)
}

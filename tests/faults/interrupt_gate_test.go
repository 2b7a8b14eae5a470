package faults

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The interrupt tests stop the pulumi command, its engine and its plugin in the middle
// of an operation, and look at what is left of it: in the state, at Cloudflare, and in
// what the next run does.

// gate stands in front of a simulator and keeps back answers after the work is
// done, or requests before it: a slow Cloudflare, whose slowness ends when the test
// says so.
type gate struct {
	simulator http.Handler
	// arrived gets a value for each exchange that is kept back, cut for each whose
	// client went away meanwhile, and deleted for each answered deletion.
	arrived, cut, deleted chan struct{}

	mu      sync.Mutex
	methods []string
	early   bool
	open    chan struct{}
}

// gated is a project whose simulator stands behind a gate that is open.
func gated(t *testing.T) (*enginetest.Project, *gate) {
	t.Helper()
	const plenty = 16
	sim := cfsim.New(cfsim.Config{})
	g := &gate{
		simulator: sim.Handler(),
		arrived:   make(chan struct{}, plenty), cut: make(chan struct{}, plenty), deleted: make(chan struct{}, plenty),
	}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	t.Cleanup(g.release)
	return enginetest.NewAt(t, sim, server.URL+"/client/v4"), g
}

// await takes a value from one of the gate's channels. What does not happen
// within a minute never will.
func await(t *testing.T, happened <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(time.Minute):
		t.Fatalf("%s: nothing of it happened", what)
	}
}

// hold keeps back the answers to these methods from now on.
func (g *gate) hold(methods ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.methods, g.early, g.open = methods, false, make(chan struct{})
}

// stop keeps back these requests themselves from now on, so that Cloudflare never gets
// those whose client goes away.
func (g *gate) stop(methods ...string) {
	g.hold(methods...)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.early = true
}

// release lets the answers go that are kept back, and all that follow.
func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.methods != nil {
		g.methods = nil
		close(g.open)
	}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	held, early, open := slices.Contains(g.methods, r.Method), g.early, g.open
	g.mu.Unlock()
	if held && early {
		// That a client went away is noticed once its request was read.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.keepBack(r, open)
	}
	answer := httptest.NewRecorder()
	g.simulator.ServeHTTP(answer, r)
	if held && !early {
		g.keepBack(r, open)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone away
	if r.Method == http.MethodDelete {
		g.deleted <- struct{}{}
	}
}

// keepBack returns when the gate opens, and breaks off if the client goes away.
func (g *gate) keepBack(r *http.Request, open <-chan struct{}) {
	g.arrived <- struct{}{}
	select {
	case <-open:
	case <-r.Context().Done():
		g.cut <- struct{}{}
		panic(http.ErrAbortHandler)
	}
}

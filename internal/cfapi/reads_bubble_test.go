package cfapi_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const (
	accountPath = "accounts/" + cfsim.DefaultAccountID
	zonePath    = "zones/" + cfsim.DefaultZoneID
)

// bubbled is a simulator and a client in a synctest bubble: time is virtual, and
// nothing of either may be left running when the test ends.
type bubbled struct {
	*cfsim.Simulator
	*cfapi.Client
	t       *testing.T
	handler http.Handler

	// before and after, if not nil, may take time around the simulator's work, which
	// takes none itself. worked is called with the work, as one step.
	before, after, worked func(*http.Request)
	mu                    sync.Mutex
}

// bubble runs a test at a time at which previous secrets can end.
func bubble(t *testing.T, config cfsim.Config, test func(*testing.T, *bubbled), change ...func(*cfapi.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(began))
		b := &bubbled{Simulator: cfsim.New(config), t: t}
		b.handler = b.Handler()
		pipes := make(pipeListener)
		server := &http.Server{Handler: b, ErrorLog: log.New(io.Discard, "", 0)}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(pipes) }) // ends with Close
		defer time.Sleep(time.Minute)                  // a handler may sleep on for a client that has gone
		defer serving.Wait()
		defer func() { _ = server.Close() }()
		settings := cfapi.Config{
			BaseURL: "http://127.0.0.1/client/v4", APIToken: cfsim.DefaultAPIToken, MaxRetries: new(2),
			Transport: &http.Transport{DialContext: pipes.dial},
		}
		for _, f := range change {
			f(&settings)
		}
		var err error
		if b.Client, err = cfapi.New(settings); err != nil {
			t.Fatal(err)
		}
		defer b.CloseIdleConnections()
		test(t, b)
	})
}

// ServeHTTP lets the simulator work in one step, and time pass around it.
func (b *bubbled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.before != nil {
		b.before(r)
	}
	answer := httptest.NewRecorder()
	if !b.work(answer, r) {
		panic(http.ErrAbortHandler)
	}
	if b.after != nil {
		b.after(r)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // the client may have gone away
}

// work reports whether the simulator answers; some of its faults do not.
func (b *bubbled) work(w http.ResponseWriter, r *http.Request) (answers bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() {
		answers = recover() == nil
		if b.worked != nil {
			b.worked(r)
		}
	}()
	b.handler.ServeHTTP(w, r)
	return
}

// pipeListener joins clients and a server by pipes: a goroutine that waits for one lets
// the clock run on.
type pipeListener chan net.Conn

func (l pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l pipeListener) Accept() (net.Conn, error) {
	if conn, ok := <-l; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipeListener) Close() error { close(l); return nil }

func (pipeListener) Addr() net.Addr { return &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// add makes tokens elsewhere, and returns their ids.
func (b *bubbled) add(path string, tokens int) (ids []string) {
	for i := range tokens {
		ids = append(ids, b.AddToken(path, cfsim.NewToken{Name: fmt.Sprintf("token %d", i)}).ID)
	}
	return ids
}

// read reads a token, which has to work.
func (b *bubbled) read(id string) *cfapi.Token {
	b.t.Helper()
	token, err := b.Read(b.t.Context(), cfapi.Account(cfsim.DefaultAccountID), id)
	if err != nil {
		b.t.Fatal(err)
	}
	if token.ID != id {
		b.t.Fatalf("asked for %s, got %s", id, token.ID)
	}
	return token
}

// readTogether reads tokens at the same time.
func (b *bubbled) readTogether(ids ...string) {
	var reading sync.WaitGroup
	for _, id := range ids {
		reading.Go(func() { b.read(id) })
	}
	reading.Wait()
}

// listing makes the next reads share a listing, without a read of its own.
func (b *bubbled) listing(ids ...string) {
	b.t.Helper()
	b.read(ids[0])
	b.read(ids[1])
	b.asked("get list")
}

// asked fails unless Cloudflare was asked exactly this since it was last called.
func (b *bubbled) asked(want string) {
	b.t.Helper()
	var got []string
	for _, r := range b.Requests() {
		got = append(got, r.Operation)
	}
	if !slices.Equal(got, strings.Fields(want)) {
		b.t.Errorf("Cloudflare was asked %q, want %q", got, want)
	}
	b.ResetRequests()
}

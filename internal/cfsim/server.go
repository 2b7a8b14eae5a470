package cfsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Server is a simulator that listens.
type Server struct {
	// BaseURL is where Cloudflare's API is found on it.
	BaseURL string
	// Addr is the address that it listens on.
	Addr string

	server *http.Server
	sim    *Simulator
	done   chan struct{}
}

// Serve listens on a free port of the loopback interface. Each handler's panic
// is a fault on purpose, so nothing is logged.
func (s *Simulator) Serve() (*Server, error) { return s.ServeAt("127.0.0.1:0") }

// ServeAt listens on a loopback address: what it accepts and issues is fake, and
// nothing beyond this machine should take it for Cloudflare.
func (s *Simulator) ServeAt(address string) (*Server, error) {
	listener, err := ListenLoopback(address)
	if err != nil {
		return nil, err
	}
	server := &Server{
		Addr: listener.Addr().String(), BaseURL: "http://" + listener.Addr().String() + "/client/v4",
		server: &http.Server{Handler: s.Handler(), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute},
		sim:    s, done: make(chan struct{}),
	}
	go func() {
		defer close(server.done)
		_ = server.server.Serve(listener) // ends with Close
	}()
	return server, nil
}

// ListenLoopback listens on an address of this machine, and refuses any other.
func ListenLoopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address %q: %w; write for example 127.0.0.1:8787", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the simulator listens on this machine only: %q is not a loopback address; write for example 127.0.0.1:8787", host)
	}
	return net.Listen("tcp", address)
}

// Close stops listening, ends what hangs, and waits for the handlers.
func (s *Server) Close() {
	s.sim.stopOnce.Do(func() { close(s.sim.stop) })
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		_ = s.server.Close()
	}
	<-s.done
}

package cfsim

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server serves one of a simulator's APIs.
type Server struct {
	// BaseURL is where the API's paths begin; Cloudflare's ends in /client/v4.
	BaseURL string

	server  *http.Server
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Serve serves Cloudflare's API on a free port of the loopback interface.
func (s *Simulator) Serve() (*Server, error) { return s.ServeAt("127.0.0.1:0") }

// ServeAt serves Cloudflare's API on a loopback address. What it accepts and issues
// is fake, and nothing beyond this machine should mistake it for Cloudflare.
func (s *Simulator) ServeAt(address string) (*Server, error) {
	return serve(address, s.Handler(), "/client/v4")
}

// ServeControlAt serves [Simulator.ControlHandler] on a loopback address.
func (s *Simulator) ServeControlAt(address string) (*Server, error) {
	return serve(address, s.ControlHandler(), "")
}

func serve(address string, handler http.Handler, prefix string) (*Server, error) {
	listener, err := listenLoopback(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{BaseURL: "http://" + listener.Addr().String() + prefix, cancel: cancel}
	s.server = &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnState:         s.count,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that give up are what tests are about
		ReadHeaderTimeout: time.Minute,
	}
	s.running.Go(func() { _ = s.server.Serve(listener) }) // ends with Close
	return s, nil
}

// count counts the connections that are served. The goroutine that accepts a
// connection reports it, and runs until no more are accepted.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed:
		s.running.Done()
	}
}

// Close stops listening, cuts every connection, and returns when no goroutine of the
// server runs any more. It may be called more than once.
func (s *Server) Close() {
	// A handler that did not read the whole body does not learn that its
	// connection is gone.
	s.cancel()
	_ = s.server.Close() // a listener that is closed already is fine
	s.running.Wait()
}

// listenLoopback listens on an address of this machine, and refuses any other.
func listenLoopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address %q: %w; write for example 127.0.0.1:8787", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("the simulator listens on this machine only, and %q is not a loopback address; write for example 127.0.0.1:8787", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	return listener, nil
}

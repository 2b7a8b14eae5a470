// Package faults puts the provider through everything that can go wrong between
// it and Cloudflare, and counts what is left behind.
//
// A case is an operation (a creation, a rotation, …), a fault of the simulator's
// (which kind, at which request, how often) and a behaviour of Cloudflare's. The
// cases are generated, see cases_test.go. Each runs in a bubble of its own, in
// which waiting takes no time: the provider is called as the engine calls it,
// over the plugin protocol, and its requests travel over pipes.
package faults

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
)

// network joins a client and a server in memory. A goroutine that waits for a pipe lets
// the bubble's clock run on, which a socket would stop.
type network struct {
	dialled chan net.Conn
	closed  chan struct{}
	close   sync.Once
	// open counts connections that the client has not closed.
	open atomic.Int64
	// refuse, if not nil, reports whether a connection is refused.
	refuse func() bool
}

func newNetwork() *network {
	return &network{dialled: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if n.refuse != nil && n.refuse() {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	select {
	case n.dialled <- server:
		n.open.Add(1)
		return &counted{Conn: client, open: &n.open}, nil
	case <-n.closed:
		return nil, errors.New("the network is down")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// transport is a client's pool of connections. Without reuse each request dials.
func (n *network) transport(reuse bool) *http.Transport {
	return &http.Transport{DialContext: n.dial, DisableKeepAlives: !reuse}
}

// Accept, Close and Addr make the network a [net.Listener].
func (n *network) Accept() (net.Conn, error) {
	select {
	case conn := <-n.dialled:
		return conn, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.close.Do(func() { close(n.closed) })
	return nil
}

func (*network) Addr() net.Addr { return &net.IPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// counted is a connection that counts as open until it is closed.
type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

package provider

import (
	"context"
	"os"
	"os/signal"
	"runtime"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Serve runs the plugin until the engine has done with it.
func Serve(ctx context.Context, options ...Option) error {
	// The process waits most of the time, for the engine or for Cloudflare. With one
	// processor no call wakes a second thread, which costs a quarter of a preview's
	// processor time and makes nothing faster (docs/benchmarks.md).
	runtime.GOMAXPROCS(1)
	runtime.MemProfileRate = 0 // nobody can ask the plugin for that profile
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	terminated, stop := untilSecond(ctx, interrupts)
	defer stop()
	return provider.MainContext(ctx, Name, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		return newServer(terminated, host, options...)
	})
}

// untilSecond returns a context that ends with the second interrupt. After the second
// Ctrl-C the engine stores no answer, but it closes one plugin after the other, so that
// it may be seconds until this one's connection ends.
func untilSecond(ctx context.Context, interrupts <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for range 2 {
			select {
			case <-interrupts:
			case <-ctx.Done():
				return
			}
		}
		cancel()
	}()
	return ctx, cancel
}

// NewServer is the provider as the engine speaks to it. host is the engine, or
// nil where none listens.
func NewServer(host *provider.HostClient, options ...Option) (rpc.ResourceProviderServer, error) {
	return newServer(context.Background(), host, options...)
}

func newServer(terminated context.Context, host *provider.HostClient, options ...Option) (*server, error) {
	begin := func() (*session, error) { return newSession(terminated, host, options...) }
	first, err := begin()
	if err != nil {
		return nil, err
	}
	return &server{session: first, begin: begin}, nil
}

// server serves one session after the other. The engine ends each phase with a
// Cancel, and a plugin that is attached for debugging goes on to the next, while
// the framework, once cancelled, cancels every later call.
type server struct {
	*session
	begin func() (*session, error)
}

// Handshake is the engine's first call of a phase. No call of an earlier phase is still
// in flight.
func (s *server) Handshake(ctx context.Context, req *rpc.ProviderHandshakeRequest) (*rpc.ProviderHandshakeResponse, error) {
	if s.cancelled.Err() != nil {
		next, err := s.begin()
		if err != nil {
			return nil, err
		}
		s.session = next
	}
	return s.session.Handshake(ctx, req)
}

// session adds to the framework's server the one call that it does not forward,
// List, and has Cancel end that call too. It also reads the provider's name, which
// the framework does not hand on, and ends a Create whose answer would be lost.
type session struct {
	rpc.ResourceProviderServer
	lister
	memory *memory

	cancelled context.Context
	cancel    context.CancelFunc
	// terminated ends when the engine stores no answer any more.
	terminated context.Context
	terminate  context.CancelFunc
}

func newSession(terminated context.Context, host *provider.HostClient, options ...Option) (*session, error) {
	prov, lister, memory, err := build(options...)
	if err != nil {
		return nil, err
	}
	framework, err := p.RawServer(Name, Version, prov)(host)
	if err != nil {
		return nil, err
	}
	s := &session{ResourceProviderServer: framework, lister: lister, memory: memory}
	s.cancelled, s.cancel = context.WithCancel(context.Background())
	s.terminated, s.terminate = context.WithCancel(terminated)
	return s, nil
}

// Configure configures the provider.
func (s *session) Configure(ctx context.Context, req *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	resp, err := s.ResourceProviderServer.Configure(ctx, req)
	s.memory.configured(req.Name)
	if !s.memory.inStack() {
		s.config.stored = false // `pulumi do` has no state
	}
	return resp, err
}

// Create creates a resource. After a second Ctrl-C the engine drops every answer, also
// one that still reaches it, so that the call then counts as abandoned.
func (s *session) Create(ctx context.Context, req *rpc.CreateRequest) (*rpc.CreateResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.terminated, cancel)()
	return s.ResourceProviderServer.Create(storable{ctx, s.terminated}, req)
}

// storable is the context of a call as long as the engine stores its answer. Its Err
// reports the end of that at once, before the function of an AfterFunc has run.
type storable struct {
	context.Context
	terminated context.Context
}

// Err returns why the answer is not stored, if it is not.
func (c storable) Err() error {
	if err := c.terminated.Err(); err != nil {
		return err
	}
	return c.Context.Err()
}

// Cancel ends the calls in flight. The engine calls it after the first Ctrl-C, and
// again when it goes.
func (s *session) Cancel(ctx context.Context, req *emptypb.Empty) (*emptypb.Empty, error) {
	if s.cancelled.Err() != nil {
		s.terminate()
	}
	s.cancel()
	return s.ResourceProviderServer.Cancel(ctx, req)
}

// List streams a page of tokens, and where to go on.
func (s *session) List(req *rpc.ListRequest, stream rpc.ResourceProvider_ListServer) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	defer context.AfterFunc(s.cancelled, cancel)()
	return s.list(ctx, req, stream.Send)
}

package provider

import (
	"context"
	"runtime"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Serve runs the plugin until the engine has done with it.
func Serve(ctx context.Context, options ...Option) error {
	runtime.MemProfileRate = 0 // nobody can ask the plugin for that profile
	return provider.MainContext(ctx, Name, func(host *provider.HostClient) (rpc.ResourceProviderServer, error) {
		return NewServer(host, options...)
	})
}

// NewServer is the provider as the engine speaks to it. host is the engine, or
// nil where none listens.
func NewServer(host *provider.HostClient, options ...Option) (rpc.ResourceProviderServer, error) {
	begin := func() (*session, error) { return newSession(host, options...) }
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

// Handshake is the engine's first call of a phase. Of an earlier one, no call is in
// flight any more.
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
// the framework does not hand on.
type session struct {
	rpc.ResourceProviderServer
	lister
	memory *memory

	cancelled context.Context
	cancel    context.CancelFunc
}

func newSession(host *provider.HostClient, options ...Option) (*session, error) {
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

// Cancel ends the calls in flight.
func (s *session) Cancel(ctx context.Context, req *emptypb.Empty) (*emptypb.Empty, error) {
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

package enginetest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Inline replaces the project's program by a Go function, which runs in the
// test's process, as the Automation API runs an inline program. It is for what
// YAML has no words for: hooks and components.
func (p *Project) Inline(program pulumi.RunFunc) {
	p.t.Helper()
	p.write("go", "")
	if p.inline == nil {
		p.inline = p.serveInline()
	}
	p.inline.mu.Lock()
	defer p.inline.mu.Unlock()
	p.inline.program = program
}

// inline is a language host that knows one program.
type inline struct {
	rpc.UnimplementedLanguageRuntimeServer

	address string

	mu      sync.Mutex
	program pulumi.RunFunc
}

// serveInline starts a language host, which ends with the test.
func (p *Project) serveInline() *inline {
	p.t.Helper()
	host, cancel := &inline{}, make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(s *grpc.Server) error {
			rpc.RegisterLanguageRuntimeServer(s, host)
			return nil
		},
	})
	if err != nil {
		p.t.Fatalf("serving the program: %v", err)
	}
	p.t.Cleanup(func() {
		close(cancel)
		if err := <-handle.Done; err != nil {
			p.t.Errorf("ending the program's host: %v", err)
		}
	})
	host.address = fmt.Sprintf("127.0.0.1:%d", handle.Port)
	return host
}

// Run runs the program once. As with the SDK for Node.js, and unlike with Go's
// own host, a resource that fails is no error of the program: the engine reports
// it, and with --continue-on-error deletes what the program does not register.
func (h *inline) Run(ctx context.Context, req *rpc.RunRequest) (*rpc.RunResponse, error) {
	h.mu.Lock()
	program := h.program
	h.mu.Unlock()
	info := pulumi.RunInfo{
		MonitorAddr: req.GetMonitorAddress(), Config: req.GetConfig(), ConfigSecretKeys: req.GetConfigSecretKeys(),
		Project: req.GetProject(), Stack: req.GetStack(), Parallel: req.GetParallel(), DryRun: req.GetDryRun(),
		Organization: req.GetOrganization(),
	}
	if args := req.GetArgs(); len(args) > 0 {
		info.EngineAddr = args[0]
	}
	run, err := pulumi.NewContext(ctx, info)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	err = pulumi.RunWithContext(run, program)
	if err != nil && !strings.Contains(err.Error(), "failed to register") {
		return &rpc.RunResponse{Error: err.Error()}, nil
	}
	return &rpc.RunResponse{}, nil
}

// GetPluginInfo says which host this is.
func (*inline) GetPluginInfo(context.Context, *emptypb.Empty) (*rpc.PluginInfo, error) {
	return &rpc.PluginInfo{Version: "1.0.0"}, nil
}

// GetRequiredPlugins names none: the project's file says where the plugin is.
func (*inline) GetRequiredPlugins(context.Context, *rpc.GetRequiredPluginsRequest) (*rpc.GetRequiredPluginsResponse, error) {
	return &rpc.GetRequiredPluginsResponse{}, nil
}

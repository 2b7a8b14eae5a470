package enginetest

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// FollowSimulator makes the commands that follow use a provider whose clock is
// the simulator's, which Advance moves. It runs in the test's process, a new one
// for each command, and is configured by the stack instead of the environment.
func (p *Project) FollowSimulator() {
	p.t.Helper()
	p.followsSimulator = true
	p.configureByStack()
}

// configureByStack configures the provider by the stack: one in the test's
// process does not have the commands' environment.
func (p *Project) configureByStack() {
	p.t.Helper()
	p.set(config.Map{apiTokenKey: p.encryptedAPIToken(), config.MustMakeKey(provider.Name, "baseUrl"): config.NewValue(p.BaseURL)})
}

// Attach makes all commands that follow use one provider, which runs in the
// test's process until the test ends, as a plugin does that a developer attached
// to debug it.
func (p *Project) Attach() {
	p.t.Helper()
	p.configureByStack()
	variable, detach := p.attach()
	p.t.Cleanup(detach)
	name, value, _ := strings.Cut(variable, "=")
	p.Env[name] = value
}

// attach starts a provider. It returns the variable that lets the engine find
// it, and what ends it.
func (p *Project) attach() (variable string, detach func()) {
	p.t.Helper()
	server, err := provider.NewServer(nil, provider.WithClock(p.Simulator.Now))
	if err != nil {
		p.t.Fatal(err)
	}
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(s *grpc.Server) error {
			rpc.RegisterResourceProviderServer(s, server)
			return nil
		},
	})
	if err != nil {
		p.t.Fatalf("serving the provider: %v", err)
	}
	return fmt.Sprintf("PULUMI_DEBUG_PROVIDERS=%s:%d", provider.Name, handle.Port), func() {
		close(cancel)
		if err := <-handle.Done; err != nil {
			p.t.Errorf("ending the provider: %v", err)
		}
	}
}

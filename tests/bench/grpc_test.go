package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// BenchmarkGRPC makes the engine's calls to a plugin process, without the engine,
// whose own work on a state grows with the square of its size.
//
// With latency only what does not take a request a token is run: the others'
// time is theirs divided by how many run at once.
func BenchmarkGRPC(b *testing.B) {
	for _, tokens := range []int{1000, 10000} {
		b.Run(fmt.Sprintf("latency=0s/tokens=%d", tokens), func(b *testing.B) { benchmarkGRPC(b, tokens) })
	}
}

func benchmarkGRPC(b *testing.B, tokens int) {
	sim := cfsim.New(unlimited(0))
	server, err := sim.Serve()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	stack := make([]*resource, tokens)
	for i := range stack {
		stack[i] = newResource(b, fmt.Sprintf("t%d", i))
	}
	measure := func(name, reads string, atOnce int, op func(context.Context, rpc.ResourceProviderClient, *resource) error) {
		b.Run("op="+name+"/reads="+reads, func(b *testing.B) {
			once(b)
			plugin := startPlugin(b, pluginPath(b, reads), server.BaseURL)
			sim.ResetRequests()
			began := time.Now()
			if err := forEach(b.Context(), stack, atOnce, func(ctx context.Context, r *resource) error {
				return op(ctx, plugin.client, r)
			}); err != nil {
				b.Fatal(err)
			}
			measured{time.Since(began), peakResident(plugin.pid)}.report(b, sim)
		})
	}
	measure("up", "shared", engineParallelism, create)
	measure("preview", "shared", 1, preview) // the engine's step generator is alone
	measure("refresh", "shared", engineParallelism, refresh)
	measure("refresh", "each", engineParallelism, refresh)
	measure("import", "shared", engineParallelism, importToken)
	measure("destroy", "shared", engineParallelism, destroy)
}

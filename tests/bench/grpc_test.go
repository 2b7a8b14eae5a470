package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// BenchmarkGRPC makes the engine's calls to a plugin process, without the engine,
// whose own work on a state grows with the square of its size.
//
// Only a refresh is run at a distance too: what takes a request a token would take
// ten thousand times the latency, by as many as are sent at once.
func BenchmarkGRPC(b *testing.B) {
	for _, tokens := range sizes(1000, 10000) {
		for _, p := range plugins(b) {
			b.Run(fmt.Sprintf("plugin=%s/tokens=%d", p.name, tokens), func(b *testing.B) { benchmarkGRPC(b, p.path(), tokens) })
		}
	}
}

func benchmarkGRPC(b *testing.B, path string, tokens int) {
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
	measure := func(name string, latency time.Duration, atOnce int, op operation) {
		b.Run(fmt.Sprintf("op=%s/latency=%s", name, latency), func(b *testing.B) {
			once(b)
			started := startPlugin(b, path, server.BaseURL)
			sim.SetLatency(latency)
			sim.ResetRequests()
			began, used := time.Now(), processorTime(started.pid)
			err := forEach(b.Context(), stack, atOnce, func(ctx context.Context, r *resource) error { return op(ctx, started.client, r) })
			if err != nil {
				b.Fatal(err)
			}
			took := time.Since(began)
			used = processorTime(started.pid) - used
			measured{took, used, peakResident(started.pid)}.report(b, sim)
			b.ReportMetric(float64(used)/float64(tokens), "user+sys-ns/token")
		})
	}
	measure("up", 0, engineParallelism, create)
	measure("preview", 0, 1, preview) // the engine's step generator is alone
	measure("refresh", 0, engineParallelism, refresh)
	measure("refresh", slow, engineParallelism, refresh)
	measure("import", 0, engineParallelism, importToken)
	measure("destroy", 0, engineParallelism, destroy)
}

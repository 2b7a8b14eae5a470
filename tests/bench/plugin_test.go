// Package bench measures the plugin: `make bench` runs it, and benchstat reads what
// it prints. Nothing here is an assertion.
//
// Each benchmark is one run of something that cannot be run twice in the same
// state, such as a creation: they need -benchtime=1x, and -count to repeat.
package bench

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// pluginPath is where the plugin was built.
func pluginPath(b *testing.B) string {
	b.Helper()
	path, err := filepath.Abs("../../bin/pulumi-resource-cfaccess")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		b.Fatalf("run `make bench`, which builds the plugin first: %v", err)
	}
	return path
}

// once refuses to repeat what can be done once.
func once(b *testing.B) {
	b.Helper()
	if b.N > 1 {
		b.Fatal("run the benchmarks with -benchtime=1x, and -count to repeat them")
	}
}

// BenchmarkPluginIsReady measures from the start of the process to the line
// with its port, which the engine waits for: the median of many starts.
func BenchmarkPluginIsReady(b *testing.B) {
	once(b)
	path := pluginPath(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	const starts = 21
	var took []time.Duration
	var resident int64
	for range starts {
		one, peak := start(b, path)
		took, resident = append(took, one), max(resident, peak)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[starts/2]), "ns/op")
	b.ReportMetric(float64(resident), "peak-RSS-bytes")
	b.ReportMetric(float64(info.Size()), "stripped-bytes")
}

func start(b *testing.B, path string) (took time.Duration, resident int64) {
	b.Helper()
	// The engine's address, which the plugin does not call before it is called.
	cmd := exec.CommandContext(b.Context(), path, "127.0.0.1:1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.Fatalf("the plugin printed no port: %v", err)
	}
	took = time.Since(began)
	resident = peakResident(cmd.Process.Pid)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, so it is an error
	return took, resident
}

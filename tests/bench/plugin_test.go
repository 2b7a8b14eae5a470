// Package bench measures the plugin. `make bench` runs it; nothing here is an
// assertion.
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

func plugin(b *testing.B) (path string, size int64) {
	b.Helper()
	path, err := filepath.Abs("../../bin/pulumi-resource-cfaccess")
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatalf("build the plugin first, with `make build`: %v", err)
	}
	return path, info.Size()
}

// BenchmarkPluginIsReady measures from the start of the process to the line
// with its port, which the engine waits for. Run it with -benchtime=10x: it
// reports the median of the runs.
func BenchmarkPluginIsReady(b *testing.B) {
	path, size := plugin(b)
	var took []time.Duration
	for b.Loop() {
		took = append(took, start(b, path))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(size)/(1<<20), "MiB-stripped")
	b.ReportMetric(0, "ns/op") // the mean says less than the median
}

func start(b *testing.B, path string) time.Duration {
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
	took := time.Since(began)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, so it is an error
	return took
}

// Package bench measures the plugin: `make bench` runs it, and benchstat reads what
// it prints. Nothing here is an assertion.
//
// Each benchmark is one run of something that cannot be run twice in the same
// state, such as a creation: they need -benchtime=1x, and are repeated by running
// all of them again.
package bench

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

var (
	against = flag.String("against", "", "measure the plugin of this folder too, whose name is the plugin's in what is printed")
	size    = flag.Int("tokens", 0, "measure this number of tokens alone")
)

// plugin is one that was built.
type plugin struct{ name, folder string }

func (p plugin) path() string { return filepath.Join(p.folder, "pulumi-resource-cfaccess") }

// plugins are those to measure.
func plugins(b *testing.B) []plugin {
	b.Helper()
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		b.Fatal(err)
	}
	found := []plugin{{"current", bin}}
	if *against != "" {
		found = append(found, plugin{filepath.Base(*against), *against})
	}
	for _, p := range found {
		if _, err := os.Stat(p.path()); err != nil {
			b.Fatalf("%v (build it with `make build`)", err)
		}
	}
	return found
}

// sizes are the numbers of tokens to measure.
func sizes(usual ...int) []int {
	if *size > 0 {
		return []int{*size}
	}
	return usual
}

// once refuses to repeat what can be done once.
func once(b *testing.B) {
	b.Helper()
	if b.N > 1 || flag.Lookup("test.count").Value.String() != "1" {
		b.Fatal("run the benchmarks with -benchtime=1x and without -count, and all of them again to repeat them")
	}
}

// BenchmarkPluginIsReady measures from the start of the process to the line
// with its port, which the engine waits for: the median of many starts.
func BenchmarkPluginIsReady(b *testing.B) {
	for _, p := range plugins(b) {
		b.Run("plugin="+p.name, func(b *testing.B) { benchmarkPluginIsReady(b, p.path()) })
	}
}

func benchmarkPluginIsReady(b *testing.B, path string) {
	once(b)
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

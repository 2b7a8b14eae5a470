package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const printed = `goos: linux
goarch: amd64
cpu: Some Processor
BenchmarkCLI/latency=0s/tokens=50/op=up/reads=shared-2   1   2000000000 ns/op   50.00 create-requests   46000000 peak-RSS-bytes   50.00 requests
BenchmarkCLI/latency=150ms/tokens=50/op=up/reads=shared-2   1   3000000000 ns/op   50.00 create-requests   47000000 peak-RSS-bytes   50.00 requests
BenchmarkCLI/latency=0s/tokens=1000/op=up/reads=shared-2   1   9000000000 ns/op   1000 create-requests   48900000 peak-RSS-bytes   1000 requests
BenchmarkCLI/latency=150ms/tokens=1000/op=refresh/reads=shared/parallel=1-2   1   31000000000 ns/op   4 requests   44000000 peak-RSS-bytes
BenchmarkGRPC/latency=0s/tokens=1000/op=up/reads=shared-2   1   500000000 ns/op   1000 requests   44000000 peak-RSS-bytes
BenchmarkGRPC/latency=0s/tokens=10000/op=up/reads=shared-2   1   5000000000 ns/op   10000 requests   53000000 peak-RSS-bytes
BenchmarkPluginIsReady-2   1   27208554 ns/op   39923712 peak-RSS-bytes   39731465 stripped-bytes
PASS
`

func TestTablesSayWhatWasPrinted(t *testing.T) {
	var out strings.Builder
	if err := report(strings.NewReader(printed), &out, ""); err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"Measured on linux/amd64, Some Processor, with 2 processors.",
		"| start of the plugin, until it is ready | 60 ms | 27 ms |",
		"| the plugin, stripped | 40.0 MB | 39.7 MB |",
		"| most memory of any operation on 1,000 tokens | 45.0 MB | 48.9 MB |",
		"| most memory of any operation on 10,000 tokens | 80.0 MB | 53.0 MB |",
		"| requests: refresh `--parallel=1` of 1,000 | 4 | 4 |", // 31 s take two listings
		"| operation | tokens | requests | time at 0 ms | time at 150 ms | memory |",
		"| up | 50 | 50 | 2.0 s | 3.0 s | 47.0 MB |",
		"| up | 1,000 | 1,000 | 9.0 s |  | 48.9 MB |",
		"| up | 1 | 1 | 3.1 kB | 1.0 kB |",
	} {
		if !strings.Contains(out.String(), row+"\n") {
			t.Errorf("the tables lack %q:\n%s", row, out.String())
		}
	}
}

func TestOutputThatIsNoRunIsRefused(t *testing.T) {
	line := "BenchmarkCLI/tokens=1/op=up/reads=shared-2 1 1 ns/op\n"
	for output, says := range map[string]string{
		"FAIL\n":                                 "there is none",
		line + line:                              "benchstat",
		"BenchmarkCLI/colour=red-2 1 1 ns/op\n":  `"colour=red"`,
		"BenchmarkCLI/tokens=many-2 1 1 ns/op\n": `"many"`,
		"BenchmarkCLI/tokens=1-2 1 fast ns/op\n": `"fast"`,
		"BenchmarkCLI/tokens=1-2 1 1 ns/op 2\n":  "has no unit",
	} {
		if err := report(strings.NewReader(output), io.Discard, ""); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("of %q: %v, want %s", output, err, says)
		}
	}
}

func TestAPageWithoutAPlaceForTheTablesIsRefused(t *testing.T) {
	if _, err := render(run{}, "a page\n"+begin); err == nil {
		t.Error("rendered")
	}
}

func TestChartDrawsALineForEachOperation(t *testing.T) {
	parsed, err := parse(strings.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	drawn := chart(parsed)
	if !strings.Contains(drawn, `<polyline class="a" points="577.4,129.0 675.0,121.8 750.0,111.5"`) {
		t.Errorf("the memory of 50 tokens is not where it belongs:\n%s", drawn)
	}
	for decoder := xml.NewDecoder(strings.NewReader(drawn)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
	}
}

// The page and the chart show one run, which is the one in benchmarks.json.
func TestDocumentationShowsItsRun(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var stored run
	if err := json.Unmarshal([]byte(read("benchmarks.json")), &stored); err != nil {
		t.Fatal(err)
	}
	files, err := render(stored, read("benchmarks.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if read(name) != text {
			t.Errorf("docs/%s does not show the run of benchmarks.json: write it with `make bench_docs`", name)
		}
	}
}

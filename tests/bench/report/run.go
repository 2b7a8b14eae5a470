package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// run is the output of the benchmarks, read.
type run struct {
	// Machine is what go test says of it, by its own names, and with GOMAXPROCS.
	Machine map[string]string `json:"machine"`
	Results []result          `json:"results"`
}

// result is one benchmark.
type result struct {
	// Benchmark is "CLI", "GRPC" or "PluginIsReady".
	Benchmark string `json:"benchmark"`
	// Operation is "up", "preview", "refresh", "import" or "destroy".
	Operation string `json:"operation,omitempty"`
	Tokens    int    `json:"tokens,omitempty"`
	// Reads are "shared" or "each".
	Reads   string `json:"reads,omitempty"`
	Latency string `json:"latency,omitempty"`
	// Parallel is the engine's parallelism, if it is not the default.
	Parallel int `json:"parallel,omitempty"`
	// Metrics are by unit: "ns/op", "requests", "peak-RSS-bytes".
	Metrics map[string]float64 `json:"metrics"`
}

func (r result) took() time.Duration { return time.Duration(r.Metrics["ns/op"]) }

// parse reads what `go test -bench` prints. A benchmark that was run more than
// once is for benchstat.
func parse(output io.Reader) (run, error) {
	parsed := run{Machine: map[string]string{}}
	seen := map[string]bool{}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		line := lines.Text()
		if key, value, ok := strings.Cut(line, ": "); ok && slices.Contains([]string{"goos", "goarch", "cpu"}, key) {
			parsed.Machine[key] = value
		}
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		r, procs, err := parseResult(fields)
		if err != nil {
			return run{}, fmt.Errorf("reading the line %q: %w", line, err)
		}
		if seen[fields[0]] {
			return run{}, fmt.Errorf("%s was run more than once: compare such runs with benchstat", fields[0])
		}
		seen[fields[0]] = true
		parsed.Machine["procs"] = procs
		parsed.Results = append(parsed.Results, r)
	}
	if err := lines.Err(); err != nil {
		return run{}, fmt.Errorf("reading the output of the benchmarks: %w", err)
	}
	if len(parsed.Results) == 0 {
		return run{}, fmt.Errorf("reading the output of the benchmarks: there is none")
	}
	return parsed, nil
}

// parseResult reads a line's fields: the name, how often it ran, and pairs of a
// value and its unit.
func parseResult(fields []string) (r result, procs string, err error) {
	name := strings.TrimPrefix(fields[0], "Benchmark")
	procs = "1" // go test does not say it then
	if at := strings.LastIndex(name, "-"); at >= 0 {
		name, procs = name[:at], name[at+1:]
	}
	parts := strings.Split(name, "/")
	r = result{Benchmark: parts[0], Metrics: map[string]float64{}}
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "op":
			r.Operation = value
		case "tokens":
			r.Tokens, err = strconv.Atoi(value)
		case "reads":
			r.Reads = value
		case "latency":
			r.Latency = value
		case "parallel":
			r.Parallel, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("nothing is known of %q", part)
		}
		if err != nil {
			return result{}, "", err
		}
	}
	for pair := range slices.Chunk(fields[2:], 2) {
		if len(pair) < 2 {
			return result{}, "", fmt.Errorf("the value %s has no unit", pair[0])
		}
		if r.Metrics[pair[1]], err = strconv.ParseFloat(pair[0], 64); err != nil {
			return result{}, "", err
		}
	}
	return r, procs, nil
}

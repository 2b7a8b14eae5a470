package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the plugin is held to.
const (
	readyBound     = 60 * time.Millisecond
	strippedBound  = 40e6
	residentAt1000 = 45e6
	residentAt10k  = 80e6
	// page is how many tokens a request of a listing brings, and lasts how long
	// the listing answers.
	page  = 1000
	lasts = 30 * time.Second
)

// tables is the generated part of the page.
func tables(r run) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Measured on %s/%s, %s, with %s processors.\n\n", r.Machine["goos"], r.Machine["goarch"], r.Machine["cpu"], r.Machine["procs"])
	text.WriteString("## Against its bounds\n\n" + bounds(r))
	text.WriteString("\n## Through the pulumi command\n\n" + costs(r.of("CLI")))
	text.WriteString("\n## Over gRPC, without the engine\n\n" + costs(r.of("GRPC")))
	text.WriteString("\n## For each token more\n\n" + growth(r))
	return text.String()
}

func (r run) of(benchmark string) []result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(one result) bool { return one.Benchmark != benchmark })
}

// bounds compares the largest runs with what the plugin is held to.
func bounds(r run) string {
	text := "| | at most | measured |\n| --- | --- | --- |\n"
	row := func(what, bound, measured string) { text += "| " + what + " | " + bound + " | " + measured + " |\n" }
	for _, ready := range r.of("PluginIsReady") {
		row("start of the plugin, until it is ready", inSeconds(readyBound), inSeconds(ready.took()))
		row("the plugin, stripped", inMB(strippedBound), inMB(ready.Metrics["stripped-bytes"]))
	}
	row("most memory of any operation on 1,000 tokens", inMB(residentAt1000), inMB(mostMemory(r, 1000)))
	row("most memory of any operation on 10,000 tokens", inMB(residentAt10k), inMB(mostMemory(r, 10000)))
	for _, one := range r.Results {
		largest := one.Tokens == 10000 || one.Benchmark == "CLI" && one.Tokens == 1000
		if bound, ok := requestsBound(one); ok && largest && one.Latency == "150ms" {
			row("requests: "+one.label()+" of "+count(float64(one.Tokens)), count(bound), count(one.Metrics["requests"]))
		}
	}
	return text
}

// requestsBound is how many requests an operation may take, where there
// is a bound.
func requestsBound(r result) (float64, bool) {
	switch {
	case r.Reads != "shared":
		return 0, false
	case r.Operation == "up":
		return float64(r.Tokens), true
	case r.Operation == "preview":
		return 0, true
	case r.Operation == "refresh":
		return math.Ceil(float64(r.Tokens)/page)*math.Ceil(r.took().Seconds()/lasts.Seconds()) + 2, true
	}
	return 0, false
}

func mostMemory(r run, tokens int) (most float64) {
	for _, one := range r.Results {
		if one.Tokens == tokens && one.Reads == "shared" {
			most = max(most, one.Metrics["peak-RSS-bytes"])
		}
	}
	return most
}

// label says what a result is of, but for the number of tokens and the latency.
func (r result) label() string {
	text := r.Operation
	if r.Parallel != 0 {
		text += fmt.Sprintf(" `--parallel=%d`", r.Parallel)
	}
	if r.Reads == "each" {
		text += ", each token by itself"
	}
	return text
}

// costs is a table of what operations cost. They do not depend on the latency but
// for the time; of the memory the larger is shown.
func costs(results []result) string {
	var labels, latencies []string
	var sizes []int
	for _, r := range results {
		labels, latencies, sizes = appendNew(labels, r.label()), appendNew(latencies, r.Latency), appendNew(sizes, r.Tokens)
	}
	text := "| operation | tokens | requests |"
	for _, latency := range latencies {
		text += " time at " + inWords(latency) + " |"
	}
	text += " memory |\n| --- | --: | --: |" + strings.Repeat(" --: |", len(latencies)) + " --: |\n"
	for _, label := range labels {
		for _, size := range sizes {
			row := slices.DeleteFunc(slices.Clone(results), func(r result) bool { return r.label() != label || r.Tokens != size })
			if len(row) == 0 {
				continue
			}
			requests := func(a, b result) int { return cmp.Compare(a.Metrics["requests"], b.Metrics["requests"]) }
			memory := func(a, b result) int { return cmp.Compare(a.Metrics["peak-RSS-bytes"], b.Metrics["peak-RSS-bytes"]) }
			text += fmt.Sprintf("| %s | %s | %s |", label, count(float64(size)), count(slices.MaxFunc(row, requests).Metrics["requests"]))
			for _, latency := range latencies {
				cell := ""
				if i := slices.IndexFunc(row, func(r result) bool { return r.Latency == latency }); i >= 0 {
					cell = inSeconds(row[i].took())
				}
				text += " " + cell + " |"
			}
			text += " " + inMB(slices.MaxFunc(row, memory).Metrics["peak-RSS-bytes"]) + " |\n"
		}
	}
	return text
}

// growth is what a token more costs: the difference of two sizes of the same
// operation, without latency.
func growth(r run) string {
	text := "| operation | requests, 50 to 1,000 | requests, 1,000 to 10,000 | memory, 50 to 1,000 | memory, 1,000 to 10,000 |\n| --- | --: | --: | --: | --: |\n"
	for _, from := range r.of("GRPC") {
		if from.Tokens != 1000 || from.Latency != "0s" {
			continue
		}
		cells := func(metric string, format func(float64) string) string {
			return format(perToken(r.of("CLI"), from, 50, 1000, metric)) + " | " + format(perToken(r.of("GRPC"), from, 1000, 10000, metric))
		}
		text += "| " + from.label() + " | " + cells("requests", perTokenCount) + " | " + cells("peak-RSS-bytes", inKB) + " |\n"
	}
	return text
}

func perToken(results []result, like result, from, to int, metric string) float64 {
	value := func(tokens int) float64 {
		for _, r := range results {
			if r.label() == like.label() && r.Latency == like.Latency && r.Tokens == tokens {
				return r.Metrics[metric]
			}
		}
		return math.NaN() // which shows
	}
	return (value(to) - value(from)) / float64(to-from)
}

func appendNew[T comparable](values []T, value T) []T {
	if slices.Contains(values, value) {
		return values
	}
	return append(values, value)
}

func inWords(latency string) string {
	if latency == "0s" {
		return "0 ms"
	}
	return strings.Replace(latency, "ms", " ms", 1)
}

func inMB(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/1e6) }

func inKB(bytes float64) string { return fmt.Sprintf("%.1f kB", bytes/1e3) }

func perTokenCount(requests float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.3f", requests), ".000")
}

func inSeconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// count writes a whole number with its thousands apart.
func count(n float64) string {
	text := strconv.FormatFloat(n, 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

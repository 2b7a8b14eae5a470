package main

import (
	"fmt"
	"math"
	"strings"
)

// The chart has two panels, side by side, over the number of tokens.
const (
	panelWidth, panelHeight = 300.0, 200.0
	marginLeft, marginTop   = 50.0, 44.0
	panelApart              = 400.0
)

// sizes are the numbers of tokens that are drawn: the largest was measured over
// gRPC, the others through the CLI.
var sizes = []int{1, 50, 1000, 10000}

type line struct {
	label, class string
	// values are by number of tokens.
	values map[int]float64
}

type panel struct {
	title string
	lines []line
	// height is where a value is, from 0 at the bottom to 1 at the top.
	height func(float64) float64
	ticks  []float64
}

// chart draws requests and memory. Its colours are the reader's: light or dark.
func chart(r run) string {
	requests := panel{
		title: "Requests of a refresh", ticks: []float64{1, 10, 100, 1000, 10000},
		height: func(v float64) float64 { return math.Log10(max(v, 1)) / 4 },
		lines: []line{
			{"each token by itself", "b", series(r, "refresh", "each", "requests")},
			{"shared reads", "a", series(r, "refresh", "shared", "requests")},
		},
	}
	memory := panel{
		title: "Most memory of the plugin, MB", ticks: []float64{0, 20e6, 40e6, 60e6, 80e6},
		height: func(v float64) float64 { return v / 80e6 },
		lines: []line{
			{"import", "b", series(r, "import", "shared", "peak-RSS-bytes")},
			{"up", "a", series(r, "up", "shared", "peak-RSS-bytes")},
		},
	}
	var svg strings.Builder
	svg.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 300" font-family="sans-serif" font-size="12" role="img" aria-label="Requests and memory by number of tokens">
<style>
text{fill:#24292f} .grid{stroke:#d0d7de} .a{stroke:#0969da} .b{stroke:#bc4c00} text.a{fill:#0969da;stroke:none} text.b{fill:#bc4c00;stroke:none} polyline{fill:none;stroke-width:2}
@media (prefers-color-scheme:dark){text{fill:#e6edf3} .grid{stroke:#3d444d} .a{stroke:#4493f8} .b{stroke:#f0883e} text.a{fill:#4493f8} text.b{fill:#f0883e}}
</style>
`)
	draw(&svg, requests, 0, func(v float64) string { return count(v) })
	draw(&svg, memory, panelApart, func(v float64) string { return count(v / 1e6) })
	svg.WriteString("</svg>\n")
	return svg.String()
}

func draw(svg *strings.Builder, p panel, left float64, label func(float64) string) {
	x := func(tokens int) float64 { return left + marginLeft + panelWidth*math.Log10(float64(tokens))/4 }
	y := func(v float64) float64 { return marginTop + panelHeight*(1-p.height(v)) }
	fmt.Fprintf(svg, "<text x=\"%.0f\" y=\"18\" font-weight=\"bold\">%s</text>\n", left+marginLeft, p.title)
	for _, tick := range p.ticks {
		fmt.Fprintf(svg, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>", x(1), x(10000), y(tick), y(tick))
		fmt.Fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", x(1)-6, y(tick)+4, label(tick))
	}
	for _, size := range sizes {
		fmt.Fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n", x(size), marginTop+panelHeight+20, count(float64(size)))
	}
	fmt.Fprintf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">tokens</text>\n", left+marginLeft+panelWidth/2, marginTop+panelHeight+40)
	for i, l := range p.lines {
		var points []string
		for _, size := range sizes {
			if value, ok := l.values[size]; ok {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(size), y(value)))
			}
		}
		fmt.Fprintf(svg, "<polyline class=\"%s\" points=\"%s\"/>", l.class, strings.Join(points, " "))
		fmt.Fprintf(svg, "<text class=\"%s\" x=\"%.1f\" y=\"%.0f\">%s</text>\n", l.class, x(1)+float64(150*i), 36.0, l.label)
	}
}

// series is a metric of an operation without latency, by size.
func series(r run, operation, reads, metric string) map[int]float64 {
	values := map[int]float64{}
	for _, size := range sizes {
		benchmark := "CLI"
		if size == sizes[len(sizes)-1] {
			benchmark = "GRPC"
		}
		for _, one := range r.of(benchmark) {
			if one.Operation == operation && one.Reads == reads && one.Latency == "0s" && one.Parallel == 0 && one.Tokens == size {
				values[size] = one.Metrics[metric]
			}
		}
	}
	return values
}

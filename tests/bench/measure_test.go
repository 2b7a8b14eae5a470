package bench

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// measured is what a run cost.
type measured struct {
	took time.Duration
	// resident is the most memory, in bytes, that a process of the plugin had.
	resident int64
}

// report prints what a run cost, and the requests that reached the simulator
// since its log was emptied.
func (m measured) report(b *testing.B, sim *cfsim.Simulator) {
	b.Helper()
	kinds := map[string]int{}
	for _, request := range sim.Requests() {
		kinds[request.Operation]++
	}
	total := 0
	for kind, count := range kinds {
		total += count
		b.ReportMetric(float64(count), kind+"-requests")
	}
	b.ReportMetric(float64(total), "requests")
	b.ReportMetric(float64(m.took), "ns/op")
	b.ReportMetric(float64(m.resident), "peak-RSS-bytes")
}

// sampling is how often a process that somebody else will end is looked at.
const sampling = 20 * time.Millisecond

// peakOf follows processes until something ends, and returns the most memory
// that one of them had.
func peakOf(pids func() []int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return peak
		case <-tick.C:
			for _, pid := range pids() {
				peak = max(peak, peakResident(pid))
			}
		}
	}
}

var highWater = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peakResident is the most memory that a process has had so far, in bytes; 0 if
// it is gone.
func peakResident(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	found := highWater.FindSubmatch(status)
	if found == nil {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(string(found[1]), 10, 64) // the pattern's digits
	return kilobytes << 10
}

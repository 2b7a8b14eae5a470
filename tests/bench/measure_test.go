package bench

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// measured is what a run cost.
type measured struct {
	took time.Duration
	// used is the processor time, the user's and the system's, of the plugin's processes.
	used time.Duration
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
	b.ReportMetric(float64(m.used), "user+sys-ns/op")
	b.ReportMetric(float64(m.resident), "peak-RSS-bytes")
}

// sampling is how often a process that somebody else will end is looked at.
const sampling = 20 * time.Millisecond

// follow looks at processes until something ends. It returns the processor time of
// all of them, and the most memory that one of them had.
func follow(pids func() []int, ended <-chan struct{}) (used time.Duration, peak int64) {
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	usedBy := map[int]time.Duration{}
	for {
		select {
		case <-ended:
			for _, one := range usedBy {
				used += one
			}
			return used, peak
		case <-tick.C:
			for _, pid := range pids() {
				usedBy[pid] = max(usedBy[pid], processorTime(pid))
				peak = max(peak, peakResident(pid))
			}
		}
	}
}

// processorTime is what all threads of a process have used so far; 0 if it is gone.
func processorTime(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The program's name, in brackets, may hold anything; what follows are numbers.
	_, rest, _ := strings.Cut(string(stat), ") ")
	const (
		user, system = 11, 12                // fields 14 and 15 of proc(5), less the 3 before
		tick         = 10 * time.Millisecond // on every architecture of Linux that Go knows
	)
	fields := strings.Fields(rest)
	if len(fields) <= system {
		return 0
	}
	var ticks int64
	for _, field := range []string{fields[user], fields[system]} {
		n, _ := strconv.ParseInt(field, 10, 64) // the kernel writes a number
		ticks += n
	}
	return time.Duration(ticks) * tick
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

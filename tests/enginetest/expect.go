package enginetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What most tests expect of a run, of the stack after it and of Cloudflare.

// ExpectOps fails the test unless exactly this was done to the program's tokens.
func (r Result) ExpectOps(t testing.TB, want map[string]string) {
	t.Helper()
	if got := r.Ops(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the engine did %v, want %v\n%s", got, want, r.Output)
	}
}

// ExpectRequests fails the test unless Cloudflare was asked exactly this, in this
// order, since the last time.
func (p *Project) ExpectRequests(want ...string) {
	p.t.Helper()
	var got []string
	for _, request := range p.Simulator.Requests() {
		got = append(got, strings.TrimSpace(request.Operation+" "+strings.Join(request.Fields, ",")))
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("Cloudflare was asked %q, want %q", got, want)
	}
	p.Simulator.ResetRequests()
}

// ExpectCounts fails the test unless Cloudflare was asked this often for each
// operation since the last time.
func (p *Project) ExpectCounts(want map[string]int) {
	p.t.Helper()
	if got := p.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Errorf("Cloudflare was asked %v, want %v", got, want)
	}
}

// Counts returns how often Cloudflare was asked for each operation since the last
// time.
func (p *Project) Counts() map[string]int {
	counts := map[string]int{}
	for _, request := range p.Simulator.Requests() {
		counts[request.Operation]++
	}
	p.Simulator.ResetRequests()
	return counts
}

// ExpectQuiet fails the test unless neither a preview nor a refresh shows a change.
func (p *Project) ExpectQuiet() {
	p.t.Helper()
	p.Must(p.Preview("--expect-no-changes"))
	p.Must(p.Refresh("--expect-no-changes"))
}

// ExpectWorking fails the test unless Access lets the stored credentials of these
// tokens in.
func (p *Project) ExpectWorking(names ...string) {
	p.t.Helper()
	state := p.Revealed()
	for _, name := range names {
		stored := state.Token(p.t, name)
		secret, marked := stored.Secret("clientSecret")
		if !marked {
			p.t.Errorf("%s: clientSecret is not marked as a secret in the state", name)
		}
		if !p.Simulator.Authenticates(stored.Output("clientId"), secret) {
			p.t.Errorf("%s: the stored credential does not work", name)
		}
	}
}

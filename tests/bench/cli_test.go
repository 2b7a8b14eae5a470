package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const account = "accounts/" + cfsim.DefaultAccountID

// unlimited is a simulator without a rate limit, and so that the client's own
// pace does not count either: what is measured is the work.
func unlimited(latency time.Duration) cfsim.Config {
	return cfsim.Config{Latency: latency, Behaviour: cfsim.Behaviour{OmitRateLimitHeaders: true}}
}

const anyPace = 1e6 // requests a second

// slow is the latency of an API that is far away.
const slow = 150 * time.Millisecond

// BenchmarkCLI runs the pulumi command with a program of tokens, from the first
// `pulumi up` to `pulumi destroy`, at its default parallelism.
func BenchmarkCLI(b *testing.B) {
	for _, latency := range []time.Duration{0, slow} {
		for _, tokens := range []int{1, 50, 1000} {
			b.Run(fmt.Sprintf("latency=%s/tokens=%d", latency, tokens), func(b *testing.B) {
				benchmarkCLI(b, latency, tokens)
			})
		}
	}
}

func benchmarkCLI(b *testing.B, latency time.Duration, tokens int) {
	p := enginetest.New(b, unlimited(latency))
	// Written after each step, the state would take most of the time: the engine's,
	// and with the square of the number of tokens.
	p.Env["PULUMI_EXPERIMENTAL"], p.Env["PULUMI_SKIP_CHECKPOINTS"] = "true", "true"
	p.Config("cfaccess:requestsPerSecond", fmt.Sprintf("%.0f", anyPace))
	p.Program(program(tokens))
	command(b, p, "op=up", "up", "--yes", "--skip-preview")
	command(b, p, "op=preview", "preview")
	command(b, p, "op=refresh", "refresh", "--yes", "--skip-preview")
	command(b, p, "op=refresh/parallel=1", "refresh", "--yes", "--skip-preview", "--parallel=1")
	command(b, p, "op=destroy", "destroy", "--yes", "--skip-preview")

	file := importFile(b, p.Simulator, tokens)
	command(b, p, "op=import", "import", "--yes", "--skip-preview", "--protect=false", "--generate-code=false", "--file", file)
}

// command measures one pulumi command.
func command(b *testing.B, p *enginetest.Project, name, command string, args ...string) {
	b.Run(name, func(b *testing.B) {
		once(b)
		p.Simulator.ResetRequests()
		began := time.Now()
		running := p.Start(command, args...)
		peak := peakOf(running.Plugins, running.Ended())
		took := time.Since(began)
		if result := running.Wait(); result.ExitCode != 0 {
			b.Fatalf("pulumi %s: exit code %d\n%s", command, result.ExitCode, result.Output)
		}
		measured{took, peak}.report(b, p.Simulator)
	})
}

func program(tokens int) string {
	var text strings.Builder
	text.WriteString("resources:\n")
	for i := range tokens {
		fmt.Fprintf(&text, "  t%d:\n    type: cfaccess:ServiceToken\n    properties:\n      accountId: %s\n      name: t%d\n      duration: 8760h\n",
			i, cfsim.DefaultAccountID, i)
	}
	return text.String()
}

// importFile adds tokens that no stack holds, and writes the file that imports
// them.
func importFile(b *testing.B, sim *cfsim.Simulator, tokens int) string {
	b.Helper()
	type entry struct {
		Type string `json:"type"`
		Name string `json:"name"`
		ID   string `json:"id"`
	}
	var entries []entry
	for i := range tokens {
		token := sim.AddToken(account, cfsim.NewToken{Name: fmt.Sprintf("t%d", i), Duration: "8760h"})
		entries = append(entries, entry{"cfaccess:index:ServiceToken", token.Name, cfsim.DefaultAccountID + "/" + token.ID})
	}
	text, err := json.Marshal(map[string]any{"resources": entries})
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "import.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	return file
}

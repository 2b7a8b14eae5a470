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
		for _, tokens := range sizes(1, 50, 1000) {
			b.Run(fmt.Sprintf("latency=%s/tokens=%d", latency, tokens), func(b *testing.B) {
				benchmarkCLI(b, latency, tokens)
			})
		}
	}
}

func benchmarkCLI(b *testing.B, latency time.Duration, tokens int) {
	var projects []project
	for _, plugin := range plugins(b) {
		p := enginetest.New(b, unlimited(latency))
		delete(p.Env, "GOGC") // users have the default
		p.UsePlugin(plugin.folder)
		// Written after each step, the state would take most of the time: the engine's,
		// and with the square of the number of tokens.
		p.Env["PULUMI_EXPERIMENTAL"], p.Env["PULUMI_SKIP_CHECKPOINTS"] = "true", "true"
		p.Config("cfaccess:requestsPerSecond", fmt.Sprintf("%.0f", anyPace))
		p.Program(program(tokens))
		projects = append(projects, project{p, plugin.name})
	}
	// With each plugin in turn, since the machine's other work comes and goes.
	measure := func(name, command string, args ...string) {
		for _, p := range projects {
			p.measure(b, name, command, args...)
		}
	}
	measure("op=up", "up", "--yes", "--skip-preview")
	measure("op=preview", "preview")
	measure("op=refresh", "refresh", "--yes", "--skip-preview")
	measure("op=refresh/parallel=1", "refresh", "--yes", "--skip-preview", "--parallel=1")
	measure("op=destroy", "destroy", "--yes", "--skip-preview")
	for _, p := range projects {
		file := importFile(b, p.Simulator, tokens)
		p.measure(b, "op=import", "import", "--yes", "--skip-preview", "--protect=false", "--generate-code=false", "--file", file)
	}
}

// project is one whose tokens one plugin manages.
type project struct {
	*enginetest.Project
	plugin string
}

// measure measures one pulumi command.
func (p project) measure(b *testing.B, name, command string, args ...string) {
	b.Run(name+"/plugin="+p.plugin, func(b *testing.B) {
		once(b)
		p.Simulator.ResetRequests()
		began := time.Now()
		running := p.Start(command, args...)
		used, peak := follow(running.Plugins, running.Ended())
		took := time.Since(began)
		if result := running.Wait(); result.ExitCode != 0 {
			b.Fatalf("pulumi %s: exit code %d\n%s", command, result.ExitCode, result.Output)
		}
		measured{took, used, peak}.report(b, p.Simulator)
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

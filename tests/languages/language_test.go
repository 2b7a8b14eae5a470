// Package languages runs the examples, and programs that import and look up
// tokens, in every language through the real engine, and holds each language
// to what YAML does: the same requests to Cloudflare, and the same state.
package languages

import (
	"os/exec"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A language runs the programs of one language. Its programs are the example,
// examples/<name>, and the adoption, which is the example with the files of
// testdata/<name> in place of its own of the same paths. Of both, newProject
// makes a copy in p.Dir, Pulumi.yaml included, with an empty stack; the
// language then does the rest. A new language is a row in languages, a file
// that implements this interface (one whose host is always there embeds native
// and has prepare alone to write), and its folder in testdata.
type language interface {
	// prepare makes p.Dir ready to run: it installs what the program needs, with
	// this repository's SDK in place of the published one, and compiles. It is
	// called once a project, from parallel tests, runs with the environment of
	// the test (not with p.Env), and never writes into sdk/ or examples/.
	prepare(t *testing.T, p *enginetest.Project)
	// run runs the program in p.Dir, with the environment p.Env: "up", or
	// "preview", which fails if there is anything to change. It returns how many
	// resources the engine did what with, as its summary says.
	run(t *testing.T, p *enginetest.Project, command string) changes
}

// changes counts resources by what the engine did with them: "create", "same",
// "update", "import", "read". The stack itself is one of them.
type changes map[string]int

// languages are all that can run on a machine with the toolchains that
// CONTRIBUTING names. C# is only inspected: see dotnet_test.go.
var languages = map[string]language{
	"yaml":   yaml{},
	"nodejs": hosted("nodejs", nodejs{}),
	"python": hosted("python", python{}),
	"go":     hosted("go", golang{}),
	"java":   java{},
}

// native runs programs as a user does, by the pulumi command, which starts the
// language's host.
type native struct{}

func (native) run(t *testing.T, p *enginetest.Project, command string) changes {
	t.Helper()
	var result enginetest.Result
	if command == "preview" {
		result = p.Preview("--expect-no-changes")
	} else {
		result = p.Up()
	}
	p.Must(result)
	counts := changes{}
	for _, event := range result.Events {
		if event.SummaryEvent != nil {
			for op, n := range event.SummaryEvent.ResourceChanges {
				counts[string(op)] = n
			}
		}
	}
	return counts
}

// hosted is a language whose host comes with Pulumi's own installer and cannot
// be built here: native where the host is on PATH, and otherwise inline, through
// the Automation API.
func hosted(name string, inline language) language {
	if _, err := exec.LookPath("pulumi-language-" + name); err != nil {
		return inline
	}
	return struct {
		preparer
		native
	}{preparer: inline}
}

type preparer interface {
	prepare(t *testing.T, p *enginetest.Project)
}

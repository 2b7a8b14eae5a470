package enginetest

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Result is what a pulumi command did.
type Result struct {
	Args     []string
	Output   string
	ExitCode int
	// Events are what the engine reported, for commands that run it.
	Events []apitype.EngineEvent
	// Program is what an import wrote.
	Program string
}

// Ops maps each of the package's own resources (by name) to what was done with
// it: "create", "same", "update", "replace", "import", "read", "refresh", …
// A replacement, which the engine reports in parts, appears as "replace".
func (r Result) Ops() map[string]string {
	ops := map[string]string{}
	for _, step := range r.steps() {
		name := step.URN[strings.LastIndex(step.URN, "::")+2:]
		if ops[name] == "replace" {
			continue
		}
		ops[name] = string(step.Op)
	}
	return ops
}

// Order lists the parts of the engine's work on the resource of that name, in
// the order in which they were begun.
func (r Result) Order(name string) []string {
	var order []string
	for _, step := range r.steps() {
		if strings.HasSuffix(step.URN, "::"+name) {
			order = append(order, string(step.Op))
		}
	}
	return order
}

// Step returns the last step reported for the resource of that name.
func (r Result) Step(t testing.TB, name string) apitype.StepEventMetadata {
	t.Helper()
	var found *apitype.StepEventMetadata
	for _, step := range r.steps() {
		if strings.HasSuffix(step.URN, "::"+name) {
			found = &step
		}
	}
	if found == nil {
		t.Fatalf("the engine did nothing with %s\n%s", name, r.Output)
	}
	return *found
}

// steps are those of service tokens.
func (r Result) steps() []apitype.StepEventMetadata {
	var steps []apitype.StepEventMetadata
	for _, event := range r.Events {
		if event.ResourcePreEvent == nil {
			continue
		}
		if step := event.ResourcePreEvent.Metadata; step.Type == "cfaccess:index:ServiceToken" {
			steps = append(steps, step)
		}
	}
	return steps
}

// Said returns the messages of a severity ("info", "warning", "error") that
// concern resources, without the status column's.
func (r Result) Said(severity string) []string {
	var messages []string
	for _, event := range r.Events {
		d := event.DiagnosticEvent
		if d != nil && d.Severity == severity && !d.Ephemeral {
			messages = append(messages, strings.TrimSpace(d.Prefix+d.Message))
		}
	}
	return messages
}

// MustSay fails the test unless the command's output holds each of the texts.
// Line breaks and indentation do not count.
func (r Result) MustSay(t testing.TB, texts ...string) {
	t.Helper()
	output := strings.Join(strings.Fields(r.Output), " ")
	for _, text := range texts {
		if !strings.Contains(output, strings.Join(strings.Fields(text), " ")) {
			t.Errorf("pulumi %s does not say %q\n%s", strings.Join(r.Args, " "), text, r.Output)
		}
	}
}

func readEvents(t testing.TB, path string) []apitype.EngineEvent {
	t.Helper()
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the command failed before the engine began
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var events []apitype.EngineEvent
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var event apitype.EngineEvent
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			t.Fatalf("reading an event of the engine: %v", err)
		}
		events = append(events, event)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return events
}

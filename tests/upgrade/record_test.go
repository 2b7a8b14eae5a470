package upgrade

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

var record = flag.Bool("record", false, "rewrite the recorded states of this version")

const states = "testdata/states"

// TestTheStatesOfThisVersionAreRecorded keeps for later versions what this one
// stores. With -record (`make states`) it writes them; those of other versions
// are never touched.
func TestTheStatesOfThisVersionAreRecorded(t *testing.T) {
	t.Parallel()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(states, "v"+provider.Version, name+".json")
			left := c.left(t)
			if *record {
				write(t, file, left)
			}
			recorded := read(t, file).Token(t, "ci")
			now := left.Token(t, "ci")
			for what, keys := range map[string][2]map[string]any{"outputs": {recorded.Outputs, now.Outputs}, "inputs": {recorded.Inputs, now.Inputs}} {
				if was, is := sorted(keys[0]), sorted(keys[1]); !slices.Equal(was, is) {
					t.Errorf("%s holds other %s than this version stores: run `make states`\nrecorded %q\nstored   %q", file, what, was, is)
				}
			}
		})
	}
}

// left is the state that the current version leaves in this case.
func (c stackCase) left(t *testing.T) enginetest.State {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	if c.leave != nil {
		c.leave(t, p, c.program())
	} else {
		p.Program(c.program())
		p.Must(p.Up())
	}
	return p.State()
}

// write stores a state without what depends on the machine that made it.
func write(t *testing.T, file string, state enginetest.State) {
	t.Helper()
	var stack map[string]any
	if err := json.Unmarshal([]byte(state.Raw), &stack); err != nil {
		t.Fatal(err)
	}
	for _, resource := range stack["deployment"].(map[string]any)["resources"].([]any) {
		delete(resource.(map[string]any), "sourcePosition")
		delete(resource.(map[string]any), "stackTrace")
	}
	text, err := json.MarshalIndent(stack, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) enginetest.State {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (record it with `make states`)", err)
	}
	state, err := enginetest.ParseState(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func sorted(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

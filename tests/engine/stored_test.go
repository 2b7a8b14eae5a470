package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The harness reads the backend's file, since that takes no command.
func TestWhatTheHarnessReadsIsWhatPulumiShows(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken() + "outputs:\n  secret: ${ci.clientSecret}\n  all: ${ci}\n  name: ${ci.name}\n")
	p.Must(p.Up())
	exported := func(args ...string) string {
		file := filepath.Join(t.TempDir(), "state.json")
		p.Must(p.Run(append([]string{"stack", "export", "--file", file}, args...)...))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for what, texts := range map[string][2]string{
		"the state":           {p.State().Raw, exported()},
		"the state, revealed": {p.Revealed().Raw, exported("--show-secrets")},
	} {
		if read, shown := parsed(t, texts[0]), parsed(t, texts[1]); !reflect.DeepEqual(read, shown) {
			t.Errorf("%s is read as\n%s\nand pulumi shows\n%s", what, texts[0], texts[1])
		}
	}
	shown := parsed(t, p.Must(p.Run("stack", "output", "--json", "--show-secrets")).Output)
	if read := p.Outputs(); !reflect.DeepEqual(read, shown) {
		t.Errorf("the outputs are read as %v, and pulumi shows %v", read, shown)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

package languages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// yaml runs as it is: its host is built into bin/, and it has no SDK.
type yaml struct{ native }

// prepare writes the id to import into the program, which YAML wants there
// literally.
func (yaml) prepare(t *testing.T, p *enginetest.Project) {
	t.Helper()
	id := p.Run("config", "get", "ciId")
	if id.ExitCode != 0 {
		return // the program imports nothing
	}
	file := filepath.Join(p.Dir, "Pulumi.yaml")
	program, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	literal := strings.ReplaceAll(string(program), "${ciId}", strings.TrimSpace(id.Output))
	if err := os.WriteFile(file, []byte(literal), 0o644); err != nil {
		t.Fatal(err)
	}
}

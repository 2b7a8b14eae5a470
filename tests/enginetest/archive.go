package enginetest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// Archive is a program as a release has it for this platform, which `make archive`
// built: the plugin, of the kind "resource", or its companion command, of the kind "tool".
func Archive(t testing.TB, kind string) string {
	t.Helper()
	platform, err := exec.CommandContext(t.Context(), "go", "env", "GOOS", "GOARCH").Output()
	if err != nil {
		t.Fatalf("asking for the platform: %v", err)
	}
	command := "pulumi-" + kind + "-" + provider.Name
	name := fmt.Sprintf("%s-v%s-%s.tar.gz", command, provider.Version, strings.Join(strings.Fields(string(platform)), "-"))
	root, archive := Root(t), filepath.Join("dist", name)
	sources, err := commandSources(root, command)
	if err == nil {
		err = current(root, archive, sources, "make archive")
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, archive)
}

package enginetest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// Archive is the plugin as a release has it for this platform, which `make archive`
// built.
func Archive(t testing.TB) string {
	t.Helper()
	root := Root(t)
	archive := filepath.Join("dist", fmt.Sprintf("pulumi-resource-%s-v%s-%s-%s.tar.gz", provider.Name, provider.Version, runtime.GOOS, runtime.GOARCH))
	sources, err := pluginSources()
	if err == nil {
		err = current(root, archive, sources, "make archive")
	}
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, archive)
}

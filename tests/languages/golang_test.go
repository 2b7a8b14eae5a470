package languages

import (
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// golang runs against the SDK in its place. The driver is a test of the
// example's own package, as main packages cannot be imported.
type golang struct{}

func (golang) prepare(t *testing.T, p *enginetest.Project) {
	t.Helper()
	copyFile(t, "testdata/drivers/driver_test.go", filepath.Join(p.Dir, "driver_test.go"))
	const sdk = "sdk/go/cfaccess"
	tool(t, p.Dir, "go", "mod", "edit", "-replace", "github.com/cfaccess/pulumi-cfaccess/"+sdk+"="+filepath.Join(root(t), sdk))
	// -mod=mod writes the indirect requirements, as `pulumi install` does for a user.
	tool(t, p.Dir, "go", "test", "-mod=mod", "-trimpath", "-c", "-o", "driver", ".")
}

func (golang) run(t *testing.T, p *enginetest.Project, command string) changes {
	t.Helper()
	return drive(t, p, filepath.Join(p.Dir, "driver"), command)
}

package languages

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
	"github.com/cfaccess/pulumi-cfaccess/tests/packages"
)

// java runs by its host, which is built into bin/ (scripts/tools.sh bin java)
// and compiles the program with Maven.
type java struct{ native }

func (java) prepare(t *testing.T, p *enginetest.Project) {
	t.Helper()
	packages.Maven(t)
	p.Env["MAVEN_OPTS"] = packages.MavenOptions(t)
}

package languages

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// yaml runs as it is: its host is built into bin/, and it has no SDK.
type yaml struct{ native }

func (yaml) prepare(*testing.T, *enginetest.Project) {}

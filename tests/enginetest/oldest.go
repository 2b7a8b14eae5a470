package enginetest

import (
	"os"
	"path/filepath"
)

// UseOldestPulumi has the project use the oldest pulumi command that is supported, with
// the YAML host of its time.
func (p *Project) UseOldestPulumi() {
	p.t.Helper()
	p.commands = filepath.Join(p.root, "bin", "oldest")
	if !exists(filepath.Join(p.commands, "pulumi")) {
		p.t.Fatal("the oldest supported pulumi is not there: run `make oldest`")
	}
	p.Env["PATH"] = p.commands + string(os.PathListSeparator) + p.Env["PATH"]
}

package enginetest

import (
	"os/exec"
	"path/filepath"
)

// UseFakeCloudflare gives the project a plugin that stands for Pulumi's
// cloudflare provider: see tests/enginetest/fakecloudflare.
func (p *Project) UseFakeCloudflare() {
	p.t.Helper()
	folder := p.t.TempDir()
	cmd := exec.CommandContext(p.t.Context(), "go", "build", "-ldflags", "-s -w",
		"-o", filepath.Join(folder, "pulumi-resource-cloudflare"), "./tests/enginetest/fakecloudflare")
	cmd.Dir = p.root
	if output, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("building the fake cloudflare provider: %v\n%s", err, output)
	}
	p.plugins["cloudflare"] = folder
}

package enginetest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
)

// UseFakeCloudflare gives the project a plugin that stands for Pulumi's
// cloudflare provider: see tests/enginetest/fakecloudflare.
func (p *Project) UseFakeCloudflare() {
	p.t.Helper()
	folder, err := fakeCloudflare()
	if err != nil {
		p.t.Fatal(err)
	}
	p.plugins["cloudflare"] = folder
}

// fakeCloudflare builds that plugin, once in a process, into a folder of its own: one
// in bin/ would be on every project's PATH.
var fakeCloudflare = sync.OnceValues(func() (folder string, err error) {
	root, err := findRoot()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(root, "bin", "fakecloudflare")
	cmd := exec.Command("go", "build", "-ldflags", "-s -w",
		"-o", filepath.Join(folder, "pulumi-resource-cloudflare"), "./tests/enginetest/fakecloudflare")
	cmd.Dir = root
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the fake cloudflare provider: %w\n%s", err, output)
	}
	return folder, nil
})

package enginetest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
)

// UseFakeCloudflare gives the project a plugin that stands for Pulumi's
// cloudflare provider: see tests/enginetest/fakecloudflare.
func (p *Project) UseFakeCloudflare() { p.useFake("cloudflare") }

// UseFakeCommand gives the project a plugin that stands for Pulumi's command
// provider: see tests/enginetest/fakecommand.
func (p *Project) UseFakeCommand() { p.useFake("command") }

func (p *Project) useFake(name string) {
	p.t.Helper()
	folder, err := fakes[name]()
	if err != nil {
		p.t.Fatal(err)
	}
	p.plugins[name] = folder
}

var fakes = map[string]func() (folder string, err error){
	"cloudflare": fake("cloudflare"),
	"command":    fake("command"),
}

// fake builds a plugin, once in a process, into a folder of its own: one in bin/ would
// be on every project's PATH.
func fake(name string) func() (folder string, err error) {
	return sync.OnceValues(func() (folder string, err error) {
		root, err := findRoot()
		if err != nil {
			return "", err
		}
		folder = filepath.Join(root, "bin", "fake"+name)
		unlock, err := Lock(folder + ".lock")
		if err != nil {
			return "", err
		}
		defer unlock()
		cmd := exec.Command("go", "build", "-ldflags", "-s -w",
			"-o", filepath.Join(folder, "pulumi-resource-"+name), "./tests/enginetest/fake"+name)
		cmd.Dir = root
		if output, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building the fake %s provider: %w\n%s", name, err, output)
		}
		return folder, nil
	})
}

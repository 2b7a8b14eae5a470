package enginetest

import (
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
)

// emptyStack holds the files of a stack that the first project of this process made
// by `pulumi stack init`. The others copy them: each command takes half a second.
var emptyStack struct {
	sync.Mutex
	settings, meta, state []byte
}

// initStack gives the project its empty stack.
func (p *Project) initStack() {
	p.t.Helper()
	if _, measures := p.t.(*testing.B); measures {
		p.Must(p.Run("stack", "init", Stack)) // with a passphrase, as most users have it
		return
	}
	emptyStack.Lock()
	defer emptyStack.Unlock()
	files := map[string]*[]byte{
		p.settingsFile(): &emptyStack.settings,
		filepath.Join(p.Env["HOME"], ".pulumi", "meta.yaml"): &emptyStack.meta,
		p.stateFile(): &emptyStack.state,
	}
	if emptyStack.state == nil {
		p.Must(p.Run("stack", "init", Stack, "--secrets-provider", SecretsProvider))
		for path, content := range files {
			*content = p.readFile(path)
		}
		return
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, *content, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// stateFile is where the backend keeps the state of the stack.
func (p *Project) stateFile() string {
	p.t.Helper()
	return filepath.Join(p.Env["HOME"], ".pulumi", "stacks", p.name(), Stack+".json")
}

// name is the project's. One of another folder has another name.
func (p *Project) name() string {
	p.t.Helper()
	name := projectName.FindSubmatch(p.readFile(filepath.Join(p.Dir, "Pulumi.yaml")))
	if name == nil {
		p.t.Fatal("Pulumi.yaml does not name the project")
	}
	return string(name[1])
}

var projectName = regexp.MustCompile(`(?m)^name: *"?([^"\s]+)`)

func (p *Project) readFile(path string) []byte {
	p.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return content
}

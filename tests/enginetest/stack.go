package enginetest

import (
	"os"
	"path/filepath"
	"sync"
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
	emptyStack.Lock()
	defer emptyStack.Unlock()
	files := map[string]*[]byte{
		filepath.Join(p.Dir, "Pulumi."+Stack+".yaml"):        &emptyStack.settings,
		filepath.Join(p.Env["HOME"], ".pulumi", "meta.yaml"): &emptyStack.meta,
		p.stateFile(): &emptyStack.state,
	}
	if emptyStack.state == nil {
		p.Must(p.Run("stack", "init", Stack))
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

// stateFile is where the backend keeps the stack's state.
func (p *Project) stateFile() string {
	return filepath.Join(p.Env["HOME"], ".pulumi", "stacks", Name, Stack+".json")
}

func (p *Project) readFile(path string) []byte {
	p.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return content
}

package faults

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

const tokenType = "cfaccess:index:ServiceToken"

// entry is a resource in the stack's state.
type entry struct {
	name, id        string
	inputs, outputs *structpb.Struct
	// initErrors make the next run update the resource, whatever its diff.
	initErrors []string
	// importID is what the option `import` has imported. `pulumi import` stores none.
	importID string
	// protected entries are not deleted.
	protected bool
	// replacing entries were deleted before their replacement, which was not made.
	replacing bool
	// doomed entries are those that a run was to delete.
	doomed bool
}

// tokenID is the id of the entry's token at Cloudflare.
func (e *entry) tokenID() string { return e.id[strings.LastIndex(e.id, "/")+1:] }

// canonicalID is the id that imports the entry's token. An adopted entry has another.
func (e *entry) canonicalID() string {
	if strings.Contains(e.id, "/") {
		return e.id
	}
	return cfsim.DefaultAccountID + "/" + e.id
}

func (e *entry) inZone() bool { return strings.HasPrefix(e.id, "zones/") }

// output returns a plain or secret output, and whether it is marked as secret.
func (e *entry) output(key string) (value string, secret bool) {
	v := e.outputs.GetFields()[key]
	if element := v.GetStructValue().GetFields()["value"]; element != nil {
		v, secret = element, true
	}
	return v.GetStringValue(), secret
}

// stack is the state that the engine keeps.
type stack struct {
	mu        sync.Mutex
	resources map[string]*entry
	// condemned were replaced, and wait to be deleted.
	condemned []*entry
	// dead: the process was killed, and nothing that it would have stored is.
	dead bool

	// urns keeps the URNs of one stack apart from another's in the log.
	prefix string
	// timeout is the program's customTimeouts, in seconds; 0 is none.
	timeout float64
	// announced is what a preview says that it will do to each resource, and heard
	// is all that was said so far in a run.
	announced map[string]string
	heard     string
	// believed are the tokens of which the state said, when a preview was made of it,
	// that it holds their secret.
	believed map[string]bool
}

func newStack(prefix string) *stack {
	return &stack{resources: map[string]*entry{}, announced: map[string]string{}, believed: map[string]bool{}, prefix: prefix}
}

func (s *stack) urn(name string) string {
	return string(resource.NewURN("test", "faults", "", tokenType, s.prefix+name))
}

// store changes the state, unless the process that says so was killed.
func (s *stack) store(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead {
		change()
	}
}

// kill ends the process: from now on nothing reaches the state.
func (s *stack) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
}

// all are the entries of the state, those that wait to be deleted last.
func (s *stack) all() []*entry {
	var entries []*entry
	for _, name := range slices.Sorted(maps.Keys(s.resources)) {
		entries = append(entries, s.resources[name])
	}
	return append(entries, s.condemned...)
}

// export is the state as `pulumi stack export` writes it, and restore brings it
// back.
func (s *stack) export() *stack {
	saved := &stack{resources: map[string]*entry{}}
	for name, e := range s.resources {
		same := *e
		saved.resources[name] = &same
	}
	for _, e := range s.condemned {
		same := *e
		saved.condemned = append(saved.condemned, &same)
	}
	return saved
}

func (s *stack) restore(saved *stack) {
	again := saved.export()
	s.resources, s.condemned = again.resources, again.condemned
}

var marshalling = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}

func marshal(values inputs) *structpb.Struct {
	s, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(values), marshalling)
	if err != nil {
		panic(err) // only values of these tests get here
	}
	return s
}

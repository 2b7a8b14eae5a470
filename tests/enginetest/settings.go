package enginetest

import (
	"maps"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// Configure sets plain values of the stack's configuration, without a command.
func (p *Project) Configure(values map[string]string) {
	p.t.Helper()
	set := config.Map{}
	for key, value := range values {
		if !strings.Contains(key, ":") {
			key = p.name() + ":" + key
		}
		set[config.MustParseKey(key)] = config.NewValue(value)
	}
	p.set(set)
}

// set sets values of the stack's configuration, without a command.
func (p *Project) set(values config.Map) {
	p.t.Helper()
	settings := p.settings()
	if settings.Config == nil {
		settings.Config = config.Map{}
	}
	maps.Copy(settings.Config, values)
	if err := settings.Save(p.settingsFile()); err != nil {
		p.t.Fatal(err)
	}
}

// settings are what the stack's settings file says.
func (p *Project) settings() *workspace.ProjectStack {
	p.t.Helper()
	project := &workspace.Project{Name: tokens.PackageName(p.name())}
	settings, err := workspace.LoadProjectStack(nil, project, p.settingsFile())
	if err != nil {
		p.t.Fatal(err)
	}
	return settings
}

// encryptedAPITokens are the API token as the configuration of stacks has it, by the
// key of the stack. Those that are copies of the empty stack have one key.
var encryptedAPITokens = struct {
	sync.Mutex
	byKey map[string]config.Value
}{byKey: map[string]config.Value{}}

// encryptedAPIToken is the simulator's API token, encrypted with the key of the stack.
func (p *Project) encryptedAPIToken() config.Value {
	p.t.Helper()
	encryptedAPITokens.Lock()
	defer encryptedAPITokens.Unlock()
	key := p.settings().EncryptedKey
	value, ok := encryptedAPITokens.byKey[key]
	if !ok {
		p.Config(apiTokenKey.String(), cfsim.DefaultAPIToken, "--secret")
		value = p.settings().Config[apiTokenKey]
		encryptedAPITokens.byKey[key] = value
	}
	return value
}

var apiTokenKey = config.MustMakeKey(provider.Name, "apiToken")

// settingsFile is where the stack's configuration is.
func (p *Project) settingsFile() string { return filepath.Join(p.Dir, "Pulumi."+Stack+".yaml") }

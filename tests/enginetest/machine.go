package enginetest

import (
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest/fakegithub"
)

// GitHub is one that has the release of this version: the plugin and its companion command.
func (p *Project) GitHub() *fakegithub.GitHub {
	p.t.Helper()
	return fakegithub.Serve(p.t, "cfaccess/pulumi-cfaccess", provider.Version, Archive(p.t, "resource"), Archive(p.t, "tool"))
}

// NewMachine moves the project to the machine of a new user, who has an empty home, and
// the pulumi command with its language hosts. The plugin is neither there nor named in
// the program: it has to come from the GitHub that is returned, which has this
// version's release, and is the only host that the machine reaches besides itself.
func (p *Project) NewMachine() *fakegithub.GitHub {
	p.t.Helper()
	github := p.GitHub()
	home := p.t.TempDir()
	p.plugins = nil
	maps.Copy(p.Env, github.Environment())
	maps.Copy(p.Env, map[string]string{
		"HOME":               home,
		"PULUMI_HOME":        filepath.Join(home, ".pulumi"),
		"PULUMI_BACKEND_URL": "file://" + home,
		"PATH":               p.pathWithoutPlugin(),
	})
	delete(p.Env, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")
	return github
}

// pathWithoutPlugin leads to the same commands as the test's own PATH, and to those in
// bin/, but for the plugin.
func (p *Project) pathWithoutPlugin() string {
	p.t.Helper()
	const plugin = "pulumi-resource-cfaccess"
	commands, err := filepath.Glob(filepath.Join(p.commands, "pulumi*"))
	if err != nil {
		p.t.Fatal(err)
	}
	links := p.t.TempDir()
	for _, command := range commands {
		if name := filepath.Base(command); name != plugin {
			if err := os.Symlink(command, filepath.Join(links, name)); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	path := []string{links}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if !exists(filepath.Join(folder, plugin)) {
			path = append(path, folder)
		}
	}
	return strings.Join(path, string(os.PathListSeparator))
}

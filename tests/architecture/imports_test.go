// Package architecture holds the layout of the repository to its rules: who may
// import whom.
package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cfaccess/pulumi-cfaccess"

// tool is where the subcommands of the companion command are.
const tool = "cmd/pulumi-tool-cfaccess/internal"

// rule says what a package's own code (its tests aside) may import besides the
// standard library.
type rule struct {
	// ours are the packages of this module.
	ours []string
	// others are modules, or folders of modules.
	others []string
	// never are packages of the standard library that do not belong there.
	never []string
}

// rules name every package that is shipped, so that a new one has to state what
// it is for: cmd → provider → internal/cfapi.
var rules = map[string]rule{
	"cmd/pulumi-resource-cfaccess": {ours: []string{"provider"}},
	"cmd/cfaccess-sim":             {ours: []string{"internal/cfsim"}},
	"cmd/pulumi-tool-cfaccess": {
		ours:   []string{tool + "/audit", tool + "/command", tool + "/importfile"},
		others: []string{"golang.org/x/term"},
	},
	tool + "/command": {ours: []string{"internal/cfapi", "internal/refusal"}, others: []string{
		"golang.org/x/text/encoding/unicode", "golang.org/x/text/transform",
	}},
	tool + "/stackexport": {ours: []string{tool + "/command"}, never: []string{"net/http"}},
	tool + "/audit":       {ours: []string{"internal/cfapi", tool + "/command", tool + "/stackexport"}, others: []string{"github.com/mattn/go-runewidth"}, never: []string{"net/http"}},
	// The others know what names a program can hold.
	tool + "/importfile": {ours: []string{"internal/cfapi", tool + "/command", tool + "/stackexport"}, others: []string{
		"github.com/hashicorp/hcl/v2/hclsyntax",
		"golang.org/x/text/unicode/norm",
		"gopkg.in/yaml.v3",
	}},
	"provider": {
		ours: []string{"internal/accesscheck", "internal/cfapi", "internal/refusal", "internal/servicetoken", "provider/internal/middleware"},
		others: []string{
			"github.com/pulumi/pulumi-go-provider",
			"github.com/pulumi/pulumi/sdk/v3",
			"google.golang.org/grpc",
			"google.golang.org/protobuf",
			"golang.org/x/sync",
		},
		never: []string{"net/http"},
	},
	"provider/internal/middleware": {others: []string{
		"github.com/pulumi/pulumi-go-provider",
		"github.com/pulumi/pulumi/sdk/v3",
	}, never: []string{"net/http"}},
	// Pure: it has nothing to call, to read or to wait for.
	"internal/servicetoken": {
		ours:   []string{"internal/cfapi"},
		others: []string{"github.com/pulumi/pulumi/sdk/v3/go/property"},
		never:  []string{"context", "os", "net/http"},
	},
	"internal/cfapi": {others: []string{
		"github.com/cloudflare/cloudflare-go/v7/zero_trust",
		"github.com/cloudflare/cloudflare-go/v7/option",
		"golang.org/x/time", "golang.org/x/sync",
	}},
	"internal/refusal":     {ours: []string{"internal/cfapi"}},
	"internal/accesscheck": {},
	"internal/cfsim":       {},
}

// testsOnly are the folders whose packages nothing that is shipped may import.
const testsOnly = "tests/"

func TestPackagesImportOnlyWhatTheLayoutAllows(t *testing.T) {
	for _, pkg := range listPackages(t, "./cmd/...", "./provider/...", "./internal/...") {
		name := strings.TrimPrefix(pkg.ImportPath, module+"/")
		allowed, ok := rules[name]
		if !ok {
			t.Errorf("%s has no rule: say in this test what it may import", name)
			continue
		}
		for _, imported := range pkg.Imports {
			if !allowed.permits(imported) {
				t.Errorf("%s imports %s, which is not its to know", name, imported)
			}
		}
	}
}

func TestClientSimulatorAndCompanionKnowNothingOfPulumi(t *testing.T) {
	for _, pkg := range listPackages(t, "./internal/accesscheck", "./internal/cfapi", "./internal/cfsim", "./cmd/pulumi-tool-cfaccess") {
		for _, dependency := range pkg.Deps {
			if strings.HasPrefix(dependency, "github.com/pulumi/") {
				t.Errorf("%s depends on %s", pkg.ImportPath, dependency)
			}
		}
	}
}

func TestPluginLinksOnlyTheServiceTokenPartOfCloudflareGo(t *testing.T) {
	const library = "github.com/cloudflare/cloudflare-go/v7"
	for _, pkg := range listPackages(t, "./cmd/pulumi-resource-cfaccess") {
		if slices.Contains(pkg.Deps, library) {
			t.Errorf("the plugin links the root package of cloudflare-go, which pulls in the whole API")
		}
		if !slices.Contains(pkg.Deps, library+"/zero_trust") {
			t.Errorf("the plugin does not link %s/zero_trust: this test looks at the wrong thing", library)
		}
	}
}

func (r rule) permits(imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		return slices.Contains(r.ours, ours) && !strings.HasPrefix(ours, testsOnly)
	}
	if slices.Contains(r.never, imported) {
		return false
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(r.others, func(prefix string) bool {
		return imported == prefix || strings.HasPrefix(imported, prefix+"/")
	})
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func listPackages(t *testing.T, patterns ...string) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Dir = "../.."
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg goPackage
		switch err := decoder.Decode(&pkg); {
		case errors.Is(err, io.EOF):
			if len(packages) == 0 {
				t.Fatalf("no packages match %v", patterns)
			}
			return packages
		case err != nil:
			t.Fatal(err)
		}
		packages = append(packages, pkg)
	}
}

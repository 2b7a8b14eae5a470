package languages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// nodejs runs TypeScript: compiled by the example's own tsconfig.json, and so
// type-checked, against the SDK as npm packs it.
type nodejs struct{}

var nodeModules = &installation{
	language: "nodejs",
	// The oldest Pulumi that the SDK accepts.
	pins:    []string{"@pulumi/pulumi@3.231.0", "typescript@5.9.3", "@types/node@20.19.43"},
	sources: []string{"sdk/nodejs", "examples/nodejs/package.json"},
	install: func(t *testing.T, dir string, pins []string) {
		install := append([]string{"install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"}, pins...)
		sdk := t.TempDir()
		copyTree(t, filepath.Join(root(t), "sdk/nodejs"), sdk)
		tool(t, sdk, "npm", install...)
		tool(t, sdk, "npm", "pack", "--pack-destination", dir)
		tarballs, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
		if err != nil || len(tarballs) != 1 {
			t.Fatalf("npm packed %v", tarballs)
		}
		copyFile(t, filepath.Join(root(t), "examples/nodejs/package.json"), filepath.Join(dir, "package.json"))
		tool(t, dir, "npm", append(install, tarballs[0])...)
		// Fails where the example's package.json asks for other versions.
		tool(t, dir, "npm", "ls")
	},
}

func (nodejs) prepare(t *testing.T, p *enginetest.Project) {
	t.Helper()
	modules := filepath.Join(nodeModules.folder(t), "node_modules")
	if err := os.Symlink(modules, filepath.Join(p.Dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	tool(t, p.Dir, filepath.Join(modules, ".bin", "tsc"))
	copyFile(t, "testdata/drivers/driver.mjs", filepath.Join(p.Dir, "driver.mjs"))
}

func (nodejs) run(t *testing.T, p *enginetest.Project, command string) changes {
	t.Helper()
	return drive(t, p, "node", "driver.mjs", command)
}

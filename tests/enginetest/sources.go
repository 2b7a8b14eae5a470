package enginetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// commandFolders are the folders of the packages of this repository that a command
// links, wherever a move has put them.
func commandFolders(root, name string) ([]string, error) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", "./cmd/"+name)
	cmd.Dir = root
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages of %s: %w", name, err)
	}
	return strings.Fields(string(output)), nil
}

// PluginSources parses the sources that the plugin is built from, tests aside. The
// files have their paths in the repository.
func PluginSources(t testing.TB) map[string]*ast.File {
	t.Helper()
	root := Root(t)
	folders, err := commandFolders(root, "pulumi-resource-cfaccess")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			if files[filepath.ToSlash(name)], err = parser.ParseFile(token.NewFileSet(), path, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, expected := range []string{"cmd/pulumi-resource-cfaccess/main.go", "provider/provider.go", "internal/cfapi/client.go"} {
		if files[expected] == nil {
			t.Fatalf("%s is not among the plugin's sources: this looks at the wrong thing", expected)
		}
	}
	return files
}

package leaks

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What our own code could print, whatever the verbosity, is decided here by its
// source: there is no way out but Pulumi's logger, and few places ever see a
// secret's value.

// printers are packages that write for people or files. What is allowed of one
// prints nothing.
var printers = map[string]struct{ allowed []string }{
	"log":                    {},
	"log/slog":               {allowed: []string{"Value", "StringValue"}},
	"net/http/httputil":      {},
	"runtime/debug":          {},
	"text/tabwriter":         {},
	"encoding/json":          {allowed: []string{"Unmarshal", "Marshal", "RawMessage"}},
	"github.com/golang/glog": {},
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/logging": {},
	"fmt": {allowed: []string{"Errorf", "Sprintf", "Fprintf", "State"}},
	"os":  {allowed: []string{"LookupEnv"}},
}

// revealers are the files that may look at a secret's value: to send it, to
// remove it from messages, and to store it.
var revealers = []string{"internal/cfapi/client.go", "internal/cfapi/redact.go", "internal/servicetoken/state.go"}

func TestNothingButPulumisLoggerPrints(t *testing.T) {
	t.Parallel()
	for path, file := range sources(t, "internal/cfapi", "internal/servicetoken", "provider", "provider/internal/middleware") {
		names := map[string]string{}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			name := imported[strings.LastIndex(imported, "/")+1:]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			names[name] = imported
		}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.CallExpr:
				if builtin, ok := node.Fun.(*ast.Ident); ok && (builtin.Name == "print" || builtin.Name == "println") {
					t.Errorf("%s calls %s", path, builtin.Name)
				}
			case *ast.SelectorExpr:
				pkg, ok := node.X.(*ast.Ident)
				if !ok {
					return true
				}
				printer, ok := printers[names[pkg.Name]]
				if ok && !slices.Contains(printer.allowed, node.Sel.Name) {
					t.Errorf("%s uses %s.%s", path, pkg.Name, node.Sel.Name)
				}
			}
			return true
		})
	}
}

func TestFewFilesLookAtTheValueOfASecret(t *testing.T) {
	t.Parallel()
	var found []string
	for path, file := range sources(t, "internal/cfapi", "internal/servicetoken", "provider", "provider/internal/middleware") {
		ast.Inspect(file, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok && selector.Sel.Name == "Reveal" {
				found = append(found, path)
			}
			return true
		})
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, revealers) {
		t.Errorf("these files look at the value of a secret: %q, want %q", found, revealers)
	}
}

// sources parses the files of folders, tests aside.
func sources(t *testing.T, folders ...string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join("..", "..", folder, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no sources in %s: %v", folder, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.ToSlash(filepath.Join(folder, filepath.Base(path)))] = file
		}
	}
	return files
}

package architecture

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
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
	"os":  {allowed: []string{"LookupEnv", "Signal", "Interrupt"}},
}

// commandUses is what the command itself may use besides, to say why it ended.
var commandUses = []string{"os.Stderr", "os.Exit"}

// revealers are the files that may look at a secret's value: to send it, to
// remove it from messages, and to store it.
var revealers = []string{"internal/cfapi/client.go", "internal/cfapi/redact.go", "internal/servicetoken/state.go"}

func TestNothingButPulumisLoggerPrints(t *testing.T) {
	t.Parallel()
	for path, file := range enginetest.PluginSources(t) {
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
				use := pkg.Name + "." + node.Sel.Name
				if ok && !slices.Contains(printer.allowed, node.Sel.Name) && !(file.Name.Name == "main" && slices.Contains(commandUses, use)) {
					t.Errorf("%s uses %s", path, use)
				}
			}
			return true
		})
	}
}

func TestFewFilesLookAtTheValueOfASecret(t *testing.T) {
	t.Parallel()
	var found []string
	for path, file := range enginetest.PluginSources(t) {
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

package architecture

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A test that skips proves nothing, and says so only to who looks closely. So does one
// that is not built, or that returns where something is missing.

// sideDoors are the ways to skip, each of which is looked for in what is compiled into
// tests.
var sideDoors = []struct {
	name string
	open func(ast.Node) bool
}{
	{"skips", func(node ast.Node) bool {
		return slices.ContainsFunc([]string{"Skip", "Skipf", "SkipNow"}, func(name string) bool { return called(node) == name })
	}},
	{"goes by -short", func(node ast.Node) bool { return called(node) == "Short" }},
	{"goes by the system", func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		return ok && (selector.Sel.Name == "GOOS" || selector.Sel.Name == "GOARCH")
	}},
	{"returns where the environment or a tool lacks something", func(node ast.Node) bool {
		branch, ok := node.(*ast.IfStmt)
		return ok && doesNothing(branch.Body) && (asksAround(branch.Init) || asksAround(branch.Cond))
	}},
}

// called is the method or function of a package that a node calls.
func called(node ast.Node) string {
	call, ok := node.(*ast.CallExpr)
	if !ok {
		return ""
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	return selector.Sel.Name
}

// doesNothing reports whether a block only logs and returns.
func doesNothing(body *ast.BlockStmt) bool {
	last := len(body.List) - 1
	if last < 0 {
		return false
	}
	for _, statement := range body.List[:last] {
		expression, ok := statement.(*ast.ExprStmt)
		if !ok || !strings.HasPrefix(called(expression.X), "Log") {
			return false
		}
	}
	end, ok := body.List[last].(*ast.ReturnStmt)
	return ok && len(end.Results) == 0
}

// asksAround reports whether a node asks for a tool, a file or the environment.
func asksAround(node ast.Node) (asks bool) {
	if node == nil {
		return false
	}
	ast.Inspect(node, func(inner ast.Node) bool {
		asks = asks || slices.Contains([]string{"LookPath", "Getenv", "LookupEnv", "Stat", "Lstat"}, called(inner))
		return true
	})
	return asks
}

// sometimes is a name of a file that not every system builds.
var sometimes = regexp.MustCompile(`_(linux|darwin|windows|unix|\w+bsd|amd64|arm64|386|arm)(_test)?\.go$`)

// skipping lists how a file of tests, or of their helpers, may skip.
func skipping(t *testing.T, name string, source any) (found []string) {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), name, source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if sometimes.MatchString(name) {
		found = append(found, "is built on some systems alone")
	}
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, "//go:build") || strings.HasPrefix(comment.Text, "// +build") {
				found = append(found, "is not always built")
			}
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		for _, door := range sideDoors {
			if door.open(node) {
				found = append(found, door.name)
			}
		}
		return true
	})
	return found
}

func TestNoTestSkips(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-co", "--exclude-standard", "*_test.go", "tests/*.go")
	cmd.Dir = "../.."
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the tests: %v", err)
	}
	files := strings.Fields(string(output))
	if len(files) < 100 {
		t.Fatalf("there are %d files of tests: this one looks at the wrong thing", len(files))
	}
	for _, file := range files {
		if _, err := os.Stat("../../" + file); os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		for _, how := range skipping(t, "../../"+file, nil) {
			t.Errorf("%s %s", file, how)
		}
	}
}

func TestEveryWayToSkipIsNoticed(t *testing.T) {
	t.Parallel()
	in := func(statements string) string { return "package p\nfunc f(t *testing.T) {\n" + statements + "\n}\n" }
	for name, test := range map[string]struct{ file, source, says string }{
		"a skip":                {"a_test.go", in(`t.Skip("not today")`), "skips"},
		"of a fuzz target":      {"a_test.go", in(`f.SkipNow()`), "skips"},
		"of a helper's":         {"a.go", in(`r.t.Skipf("no %s", tool)`), "skips"},
		"-short":                {"a_test.go", in(`if testing.Short() { return }`), "goes by -short"},
		"the system":            {"a_test.go", in(`if runtime.GOOS != "linux" { return }`), "goes by the system"},
		"a variable":            {"a_test.go", in(`if os.Getenv("CI") == "" { return }`), "returns where the environment or a tool lacks something"},
		"a tool":                {"a_test.go", in(`if _, err := exec.LookPath("java"); err != nil { t.Log("no Java"); return }`), "returns where the environment or a tool lacks something"},
		"a build constraint":    {"a_test.go", "//go:build integration\n\n" + in(""), "is not always built"},
		"the name of a file":    {"a_linux_test.go", in(""), "is built on some systems alone"},
		"a failure is no skip":  {"a_test.go", in(`if _, err := exec.LookPath("java"); err != nil { t.Fatal(err) }`), ""},
		"nor is another branch": {"a_test.go", in(`if os.Getenv("CHILD") != "" { run(); return }`), ""},
	} {
		if got := strings.Join(skipping(t, test.file, test.source), "; "); got != test.says {
			t.Errorf("%s: noticed %q, want %q", name, got, test.says)
		}
	}
}

package docs

import (
	"go/ast"
	"go/constant"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const troubleshooting = "docs/guides/troubleshooting.md"

func TestEveryHeadingOfTroubleshootingIsAMessage(t *testing.T) {
	t.Parallel()
	all := messages(t)
	found := headings(t, troubleshooting, 3)
	if len(found) < 50 {
		t.Fatalf("the page has %d headings: this test looks at the wrong thing", len(found))
	}
	for _, heading := range found {
		if utf8.RuneCountInString(heading) < 10 {
			t.Errorf("the heading %q is too short to find a message by", heading)
		}
	}
	for _, heading := range append(found, quotedSentences(t)...) {
		if !slices.ContainsFunc(all, func(message string) bool { return explains(heading, message) }) {
			t.Errorf("nothing in the source says %q", heading)
		}
	}
}

func TestTroubleshootingListsEveryHeading(t *testing.T) {
	t.Parallel()
	contents, _, found := strings.Cut(readPage(t, troubleshooting), "\n## ")
	if !found {
		t.Fatal("the page has no sections")
	}
	for _, anchor := range anchors(t, troubleshooting) {
		if n := strings.Count(contents, "](#"+anchor+")"); n != 1 {
			t.Errorf("the list at the top links %d times to #%s", n, anchor)
		}
	}
}

// quotedSentences are the messages that the page quotes below its headings.
func quotedSentences(t *testing.T) (found []string) {
	t.Helper()
	for line := range strings.Lines(readPage(t, troubleshooting)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, quoted := range quotes.FindAllStringSubmatch(line, -1) {
			if strings.Count(quoted[1], " ") >= 3 {
				found = append(found, quoted[1])
			}
		}
	}
	return found
}

var quotes = regexp.MustCompile("`([^`]+)`")

// messages are the texts of the plugin's sources that a user can be shown: every
// string that is more than a word, with … for what is filled in.
func messages(t *testing.T) (found []string) {
	t.Helper()
	for _, file := range enginetest.PluginSources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				return n.Name.Name != "Annotate" && n.Name.Name != "Values" // the schema's descriptions
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				return n.Tag == nil
			case ast.Expr:
				text, ok := constantText(n)
				if text = verbs.ReplaceAllString(text, "…"); strings.Contains(text, " ") {
					found = append(found, text)
				}
				return !ok
			}
			return true
		})
	}
	return found
}

var verbs = regexp.MustCompile(`%\[?\d*\]?[a-z]`)

// constantText is the value of a string literal, or of a sum of some.
func constantText(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return constant.StringVal(constant.MakeFromLiteral(e.Value, token.STRING, 0)), true
		}
	case *ast.BinaryExpr:
		x, okX := constantText(e.X)
		y, okY := constantText(e.Y)
		switch {
		case e.Op != token.ADD || !okX && !okY:
			return "", false
		case !okX:
			x = "…"
		case !okY:
			y = "…"
		}
		return x + y, true
	}
	return "", false
}

// explains reports whether a heading is part of a message, … standing for anything
// on either side.
func explains(heading, message string) bool {
	pattern := regexp.QuoteMeta(strings.Trim(heading, "… "))
	return regexp.MustCompile(strings.ReplaceAll(pattern, "…", ".*")).MatchString(message)
}

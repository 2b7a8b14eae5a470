package docs

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const troubleshooting = "docs/guides/troubleshooting.md"

// message is a text of the source that a user can be shown.
type message struct {
	text     string
	position token.Position
}

// messages collects the texts of the provider and of its client: every string
// that is more than a word, with … for what is filled in.
func messages(t *testing.T) []message {
	t.Helper()
	var found []message
	files := token.NewFileSet()
	for _, folder := range []string{"provider", "internal/cfapi"} {
		names, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("there is no source in %s: %v", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			collect := func(e ast.Expr) bool {
				text, ok := constantText(e)
				if text = verbs.ReplaceAllString(text, "…"); strings.Contains(text, " ") {
					found = append(found, message{text, files.Position(e.Pos())})
				}
				return !ok
			}
			planning := strings.HasPrefix(filepath.Base(name), "service_token_plan")
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					return n.Name.Name != "Annotate" && n.Name.Name != "Values" // the schema's descriptions
				case *ast.ImportSpec:
					return false
				case *ast.Field:
					return n.Tag == nil
				case *ast.CallExpr:
					// The reasons of a plan's steps tell what happens; only its
					// errors are for the reader to act on.
					if planning && isErrorf(n) {
						collect(n.Args[0])
					}
				case ast.Expr:
					return planning || collect(n)
				}
				return true
			})
		}
	}
	return found
}

func isErrorf(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	return ok && function.Sel.Name == "Errorf"
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

// unexplained are messages that need no explanation of their own, and why.
var unexplained = map[string]string{
	"A Pulumi native provider for":                    "the package's description",
	"Cloudflare Access service tokens":                "the package's name",
	"building the provider: ":                         "cannot be seen: a test builds it",
	"the schema: ":                                    "cannot be seen: a test reads the schema",
	"creating service token ":                         "says what was tried; the reason follows",
	"service token … of …":                            "names a token",
	" in the environment":                             "names a place",
	"a new token named ":                              "part of an explained message",
	"parent, as in ":                                  "part of an explained message",
	"which of the tokens named here":                  "part of an explained message",
	"; it may be ":                                    "part of an explained message",
	"If it was, the stored one works until ":          "part of an explained message",
	"less than a minute":                              "a length of time",
	"a number of days":                                "part of an explained message",
	"run `pulumi up` again":                           "part of an explained message",
	"Do not remove this entry with":                   "part of an explained message",
	"which takes it out of the stack's state":         "part of an explained message",
	"rotating the client secret of ":                  "says what was tried; the reason follows",
	"nothing was sent: ":                              "part of an explained message",
	"set minDaysForRenewal to have it renewed":        "part of an explained message",
	"for an account's token, zones/":                  "part of an explained message",
	"write …; account and zone ids are":               "part of an explained message",
	", but success is false":                          "part of Cloudflare's refusal",
	"still in use: waiting":                           "the status column's, which passes",
	"for Cloudflare's rate limit":                     "the status column's, which passes",
	"the engine no longer waits for":                  "nobody is there to read it",
	"accountId is not set: using the default account": "information",
	"there is no resource … to list":                  "the engine asks for what the schema names",
	"reading what to list: ":                          "the engine has read it before",
	"the provider was not configured before it was":   "the engine configures it before",
	"(…, created …, last seen …)":                     "part of an explained message",
	"at an unknown time":                              "part of an explained message",
	"there is nothing to update":                      "the provider sends no empty update",
	"an id may hold only letters":                     "the provider has refused it in its own words before",
}

func TestEveryHeadingOfTroubleshootingIsAMessage(t *testing.T) {
	t.Parallel()
	all := messages(t)
	for _, heading := range messageHeadings(t) {
		known := false
		for _, m := range all {
			known = known || explains(heading, m.text)
		}
		if !known {
			t.Errorf("nothing in the source says %q", heading)
		}
	}
}

func TestEveryMessageHasAHeadingInTroubleshooting(t *testing.T) {
	t.Parallel()
	// What is shorter is a part of something.
	all := slices.DeleteFunc(messages(t), func(m message) bool { return !isSentence(m.text) })
	if len(all) < 50 {
		t.Fatalf("only %d messages were found in the source", len(all))
	}
	used := map[string]bool{}
	for _, m := range all {
		explained := false
		for _, heading := range messageHeadings(t) {
			explained = explained || explains(heading, m.text)
		}
		for excuse := range unexplained {
			if strings.Contains(m.text, excuse) {
				explained, used[excuse] = true, true
			}
		}
		if !explained {
			t.Errorf("%s: %s does not explain %q", m.position, troubleshooting, m.text)
		}
	}
	for excuse := range unexplained {
		if !used[excuse] {
			t.Errorf("nothing in the source says %q any more", excuse)
		}
	}
}

// messageHeadings are the messages that the page explains: its headings, and what
// it quotes in their texts.
func messageHeadings(t *testing.T) []string {
	t.Helper()
	found := headings(t, troubleshooting, 3)
	for _, heading := range found {
		if utf8.RuneCountInString(heading) < 10 {
			t.Errorf("the heading %q is too short to find a message by", heading)
		}
	}
	for line := range strings.Lines(readPage(t, troubleshooting)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, quoted := range quotes.FindAllStringSubmatch(line, -1) {
			if isSentence(quoted[1]) {
				found = append(found, quoted[1])
			}
		}
	}
	return found
}

func isSentence(text string) bool { return strings.Count(text, " ") >= 3 }

var quotes = regexp.MustCompile("`([^`]+)`")

// explains tells whether a heading is part of a message, … standing for anything
// on either side.
func explains(heading, message string) bool {
	pattern := regexp.QuoteMeta(strings.Trim(heading, "… "))
	return regexp.MustCompile(strings.ReplaceAll(pattern, "…", ".*")).MatchString(message)
}

package audit

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

var update = flag.Bool("update", false, "rewrite the tables in testdata")

// shown is a report with a finding of every kind.
func shown(t *testing.T) Report {
	t.Helper()
	dev, prod := stack{name: "dev"}, stack{name: "production-europe"}
	prod = prod.manages("the-token-of-the-deployment-from-the-main-branch-of-the-front-end", 15).manages("ci", 1).manages("backup", 2).manages("imported", 6, map[string]any{"clientSecretStatus": "unavailable"})
	devURN := dev.urn("deploy")
	dev = dev.manages("ci", 1, map[string]any{"clientSecretStatus": "stale"}).creating("deploy", asks("deploy of the front end"))
	mark := made(dev.urn("ci"))
	long := stack{name: "a-name-of-a-stack-that-is-longer-than-anybody-can-remember", file: "/builds/platform/and/a/folder/that/is/deep/exports/of/this/night/long-name.json"}.manages("deploy", 15)
	return judgeListings(t, []stack{dev, prod, long},
		Listing{inAccount, []cfapi.Token{
			token(1, "ci", mark, used), token(2, "backup", used), token(3, "deploy of the front end", made(devURN)),
			token(4, "ci", mark), token(5, "ci"), token(6, "imported"),
			token(7, "a very long name that somebody gave to a token in order to remember what it is for", used),
			token(8, "日本語のトークンの名前がここにあります、長い長い名前です、もっと長い名前"), token(9, "colour \x1b[31mred", fresh),
			token(11, "全角　スペース"), token(12, "admin\u202emoc.elpmaxe"), token(13, "c1 \u009b31m"), token(14, "family 👩\u200d💻"),
			token(15, "long places"),
		}},
		Listing{inZone, []cfapi.Token{token(10, "edge", func(t *cfapi.Token) { t.ExpiresAt, t.Enabled = nil, new(false) })}})
}

func TestTheTableFitsItsTerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{80, 160} {
		got := shown(t).Table(columns)
		for line := range strings.Lines(got) {
			if line = strings.TrimSuffix(line, "\n"); runewidth.StringWidth(line) > columns && !strings.HasPrefix(line, "       pulumi ") && len(strings.Fields(line)) > 1 {
				t.Errorf("a line of %d columns where there are %d: %s", runewidth.StringWidth(line), columns, line)
			}
		}
		file := fmt.Sprintf("testdata/table-%d.txt", columns)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("at %d columns, it shows\n%s\nwant %s (after a look at it: go test -update)", columns, got, file)
		}
	}
}

func TestNoNameDoesSomethingToATerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{0, 80, 160} {
		if strings.ContainsAny(shown(t).Table(columns), hostile) {
			t.Error("a control character is printed")
		}
	}
}

// hostile are characters that are not printed.
const hostile = "\x1b\r\a\u009b\u202e"

func TestATableLeavesOutNoPlaceThatHoldsAToken(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{0, 80, 119, 120, 160} {
		got := strings.Join(strings.Fields(shown(t).Table(columns)), "") // a place may be broken anywhere
		for _, place := range []string{"app/dev:ci", "app/production-europe:ci", "app/production-europe:the-token-of-the-deployment-from-the-main-branch-of-the-front-end",
			"app/a-name-of-a-stack-that-is-longer-than-anybody-can-remember:deploy"} {
			if columns < wide && !strings.Contains(got, place) {
				t.Errorf("at %d columns, the table lacks %s", columns, place)
			}
		}
		if !strings.Contains(got, "night/long-name.json") {
			t.Errorf("at %d columns, the end of a file's path is cut", columns)
		}
	}
}

func TestJSONHoldsEveryNameAndDoesNothingToATerminal(t *testing.T) {
	t.Parallel()
	want := shown(t)
	var stdout strings.Builder
	if err := write(want, options{json: true}, command.Console{Stdout: &stdout}); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(stdout.String(), hostile) || !strings.Contains(stdout.String(), "日本語") {
		t.Errorf("printed %s", stdout.String())
	}
	var got Report
	if err := json.Unmarshal([]byte(stdout.String()), &got); err != nil {
		t.Fatal(err)
	}
	for i, one := range want.Tokens {
		if got.Tokens[i].Name != one.Name {
			t.Errorf("the name %q became %q", one.Name, got.Tokens[i].Name)
		}
	}
}

func TestCharactersAreEscapedAsJSONHasThem(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "\u0085\u009b", "\u2066left\u2069", "tag \U000e0041", "全角\u3000", "👩\u200d💻"} {
		var got string
		if err := json.Unmarshal([]byte(command.Escaped(`"`+text+`"`)), &got); err != nil || got != text {
			t.Errorf("%q became %q: %v", text, got, err)
		}
	}
	if got := command.Escaped("\u0085\U000e0041"); got != `\u0085\udb40\udc41` {
		t.Errorf("got %s", got)
	}
}

package audit

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

var update = flag.Bool("update", false, "rewrite the tables in testdata")

// shown is a report with a finding of every kind.
func shown(t *testing.T) Report {
	t.Helper()
	dev, prod := stack{name: "dev"}, stack{name: "production-europe"}
	prod = prod.manages("ci", 1).manages("backup", 2).manages("imported", 6, map[string]any{"clientSecretStatus": "unavailable"})
	devURN := dev.urn("deploy")
	dev = dev.manages("ci", 1, map[string]any{"clientSecretStatus": "stale"}).creating("deploy", asks("deploy of the front end"))
	mark := made(dev.urn("ci"))
	return judgeListings(t, []stack{dev, prod},
		Listing{inAccount, []cfapi.Token{
			token(1, "ci", mark, used), token(2, "backup", used), token(3, "deploy of the front end", made(devURN)),
			token(4, "ci", mark), token(5, "ci"), token(6, "imported"),
			token(7, "a very long name that somebody gave to a token in order to remember what it is for", used),
			token(8, "日本語のトークンの名前がここにあります、長い長い名前です、もっと長い名前"), token(9, "colour \x1b[31mred", fresh),
		}},
		Listing{inZone, []cfapi.Token{token(10, "edge", func(t *cfapi.Token) { t.ExpiresAt, t.Enabled = nil, new(false) })}})
}

func TestTheTableFitsItsTerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{80, 160} {
		got := shown(t).Table(columns)
		for line := range strings.Lines(got) {
			if line = strings.TrimSuffix(line, "\n"); runewidth.StringWidth(line) > columns && !strings.HasPrefix(line, "       pulumi ") {
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
		if strings.ContainsAny(shown(t).Table(columns), "\x1b\r\a") {
			t.Error("a control character is printed")
		}
	}
}

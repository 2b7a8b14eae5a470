package importfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/text/unicode/norm"
)

func TestNamesAreValidAndUnique(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abcdefghi-", 9)
	for name, test := range map[string]struct{ called, want []string }{
		"plain":                 {[]string{"ci", "backup_2", "Fleet-EU"}, []string{"ci", "backup_2", "fleet-eu"}},
		"signs":                 {[]string{"CI/CD app (prod)", "a.b:c", "tab\there", "${x}"}, []string{"ci-cd-app-prod", "a-b-c", "tab-here", "x"}},
		"other scripts":         {[]string{"日本", "Grüße", "Ключ CI/CD", "हिन्दी", "สวัสดี 2"}, []string{"日本", "grüße", "ключ-ci-cd", "हिन्दी", "สวัสดี-2"}},
		"no letters":            {[]string{"🔑", "~", "٣", "½", "\u0301"}, []string{"token", "token-2", "token-٣", "token-1-2", "token-\u0301-3"}},
		"one by another form":   {[]string{"ﬁn", "fin", "Ｆｉｎ", "cafe\u0301", "café", "x\u0302", "x"}, []string{"fin", "fin-2", "fin-3", "café", "café-2", "x\u0302", "x-2"}},
		"letters too new":       {[]string{"ci \u1c90", "\U00010570"}, []string{"ci-\u10d0", "token"}},
		"nothing":               {[]string{"", "--", " _ "}, []string{"token", "token-2", "token-3"}},
		"no letter first":       {[]string{"2fa", "-x", "_y"}, []string{"token-2fa", "x", "y"}},
		"twice":                 {[]string{"ci", "ci", "ci"}, []string{"ci", "ci-2", "ci-3"}},
		"a suffix that is one":  {[]string{"ci", "ci-2", "ci", "ci"}, []string{"ci", "ci-2", "ci-3", "ci-4"}},
		"one identifier":        {[]string{"fleet-1", "fleet1", "Fleet_1"}, []string{"fleet-1", "fleet1-2", "fleet_1-3"}},
		"reserved":              {[]string{"pulumi", "true", "False", "null", "pulumi app"}, []string{"token-pulumi", "token-true", "token-false", "token-null", "pulumi-app"}},
		"long":                  {[]string{long, long}, []string{long[:59], long[:58] + "-2"}},
		"long, by characters":   {[]string{strings.Repeat("日", 99)}, []string{strings.Repeat("日", 60)}},
		"long, cut at a letter": {[]string{strings.Repeat("x", 99), strings.Repeat("x", 98)}, []string{strings.Repeat("x", 60), strings.Repeat("x", 58) + "-2"}},
	} {
		if got := logicalNames(test.called, nil); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestNamesThatOthersHaveAreNotGiven(t *testing.T) {
	t.Parallel()
	got := logicalNames([]string{"ci", "CI", "edge", "fleet 1"}, []string{"ci", "fleet1"})
	if want := []string{"ci-2", "ci-3", "edge", "fleet-1-2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzNames(f *testing.F) {
	f.Add("ci", "ci-2", "ci")
	f.Add("", "\xff", "token")
	f.Add("x2", "x-2", "x")
	f.Add("ИМЯ", "ﬁ İ", "हिन्दी")
	valid := regexp.MustCompile(`^\p{L}[\p{L}\p{Nd}\p{Mn}\p{Mc}_-]*$`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		names := logicalNames([]string{a, b, c, a, b}, nil)
		seen := map[string]bool{}
		for _, name := range names {
			if !valid.MatchString(name) || utf8.RuneCountInString(name) > maxName || !hclsyntax.ValidIdentifier(name) || !norm.NFKC.IsNormalString(name) {
				t.Errorf("%q is no name", name)
			}
			if seen[sameAs(name)] {
				t.Errorf("%q holds one name twice", names)
			}
			seen[sameAs(name)] = true
		}
	})
}

func TestTheFirstOfManyNamesStayWhenMoreAreAdded(t *testing.T) {
	t.Parallel()
	var called []string
	for i := range 1000 {
		called = append(called, fmt.Sprintf("fleet %d", i%7))
	}
	some, all := logicalNames(called[:500], nil), logicalNames(called, nil)
	if !slices.Equal(some, all[:500]) {
		t.Error("names changed as tokens were added")
	}
	if unique := slices.Compact(slices.Sorted(slices.Values(all))); len(unique) != len(all) {
		t.Errorf("%d names for %d tokens", len(unique), len(all))
	}
}

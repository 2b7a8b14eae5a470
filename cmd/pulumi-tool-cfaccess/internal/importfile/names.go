package importfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/text/unicode/norm"
)

// maxName is how many characters a name gets at most. Pulumi sets no limit; a name
// is there to be read.
const maxName = 60

// reserved names stop Pulumi from writing or running a program. Pulumi handles the words
// that single languages reserve.
var reserved = []string{"true", "false", "null", "pulumi"}

// logicalNames turns what tokens are called, which may be anything and the same
// twice, into names for a program: in the order given, each once, and none that others
// have.
func logicalNames(called, others []string) []string {
	names := make([]string, len(called))
	taken := map[string]bool{}
	for _, name := range others {
		taken[sameAs(name)] = true
	}
	last := map[string]int{}
	for i, name := range called {
		base := fit(name)
		name = base
		for n := max(last[sameAs(base)], 1); taken[sameAs(name)]; {
			n++
			last[sameAs(base)] = n
			suffix := fmt.Sprintf("-%d", n)
			name = shorten(base, maxName-len(suffix)) + suffix
		}
		taken[sameAs(name)] = true
		names[i] = name
	}
	return names
}

// fit makes a name that begins with a letter, of any script, and that every language
// can make an identifier of. Capitals would become a word each in some, and Python
// takes compatible characters for one another.
func fit(name string) string {
	name = strings.Map(fitting, strings.ToLower(norm.NFKC.String(name)))
	name = strings.Trim(strings.Join(strings.Fields(name), "-"), "-_")
	if name == "" {
		return "token"
	}
	if first := []rune(name)[0]; !unicode.IsLetter(first) || slices.Contains(reserved, name) {
		name = "token-" + name
	}
	return shorten(name, maxName)
}

// fitting replaces what cannot be part of a name by a space. Pulumi writes a program
// in HCL first, which does not know the letters that recent versions of Unicode added.
func fitting(r rune) rune {
	kept := unicode.In(r, unicode.L, unicode.Nd, unicode.Mn, unicode.Mc) && !unicode.IsUpper(r) && hclsyntax.ValidIdentifier("a"+string(r))
	if r == '_' || kept {
		return r
	}
	return ' '
}

func shorten(name string, length int) string {
	runes := []rune(name)
	return strings.TrimRight(string(runes[:min(len(runes), length)]), "-_")
}

// sameAs is what two names share that a generated program cannot keep apart:
// "fleet-1" and "fleet1" are one identifier in some language, and some have no
// combining marks in theirs.
func sameAs(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
}

package main

import (
	"fmt"
	"regexp"
	"strings"
)

// maxName is how long a name becomes at most. Pulumi sets no limit; a name is
// there to be read.
const maxName = 60

var (
	unfit = regexp.MustCompile(`[^a-z0-9_]+`)
	// reserved names stop Pulumi from writing or running a program; what single
	// languages reserve it takes care of.
	reserved = regexp.MustCompile(`^(\d.*|true|false|null|pulumi)$`)
)

// logicalNames turns what tokens are called, which may be anything and the same
// twice, into names for a program: in the order given, each once.
func logicalNames(called []string) []string {
	names := make([]string, len(called))
	taken := map[string]bool{}
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

// fit makes a name that begins with a letter and that every language can make an
// identifier of. Capitals would become a word each in some.
func fit(name string) string {
	name = strings.Trim(unfit.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	switch {
	case name == "":
		return "token"
	case reserved.MatchString(name):
		name = "token-" + name
	}
	return shorten(name, maxName)
}

func shorten(name string, length int) string {
	return strings.TrimRight(name[:min(len(name), length)], "-_")
}

// sameAs is what two names share that a generated program cannot tell apart:
// "fleet-1" and "fleet1" are one identifier in some language.
func sameAs(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(name)
}

// Package engine runs programs through the real Pulumi engine, as a user would,
// and looks at what they see: the CLI's words, the state, and what Cloudflare
// was asked.
package engine

import (
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	account = enginetest.Account
	zone    = enginetest.Zone

	inAccount = enginetest.InAccount
	inZone    = enginetest.InZone
)

// named is a program of one service token.
func named(name string, properties ...string) string {
	return "resources:\n" + enginetest.Token(name, properties...)
}

// project is a project whose stack holds what the program says.
func project(t *testing.T, program string) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(program)
	p.Must(p.Up())
	p.Simulator.ResetRequests()
	return p
}

// only returns Cloudflare's one live token.
func only(t *testing.T, p *enginetest.Project) cfsim.Token {
	t.Helper()
	tokens := p.Simulator.Tokens()
	if len(tokens) != 1 {
		t.Fatalf("Cloudflare holds %d tokens, want one: %v", len(tokens), tokens)
	}
	return tokens[0]
}

// expectWarning fails unless the engine printed a warning that holds the text.
func expectWarning(t *testing.T, r enginetest.Result, text string) {
	t.Helper()
	warnings := r.Said("warning")
	if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, text) }) {
		t.Errorf("no warning says %q; they are %q", text, warnings)
	}
}

// count is how many requests of an operation were sent.
func count(p *enginetest.Project, operation string) int {
	n := 0
	for _, request := range p.Simulator.Requests() {
		if request.Operation == operation {
			n++
		}
	}
	return n
}

// Package engine runs programs through the real Pulumi engine, as a user would,
// and looks at what they see: the CLI's words, the state, and what Cloudflare
// was asked.
package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	account = "accounts/" + cfsim.DefaultAccountID
	zone    = "zones/" + cfsim.DefaultZoneID
)

// token is a program of one service token, named ci in Pulumi and in
// Cloudflare, with these further properties.
func token(properties ...string) string {
	return named("ci", append([]string{"accountId: " + cfsim.DefaultAccountID, "name: ci"}, properties...)...)
}

// named is a program of one service token.
func named(name string, properties ...string) string {
	return "resources:\n" + resource(name, properties...)
}

// resource is one service token of a program.
func resource(name string, properties ...string) string {
	text := "  " + name + ":\n    type: cfaccess:ServiceToken\n    properties:\n"
	for _, property := range properties {
		text += "      " + property + "\n"
	}
	return text
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

// expectOps fails unless exactly this was done to the program's tokens.
func expectOps(t *testing.T, r enginetest.Result, want map[string]string) {
	t.Helper()
	if got := r.Ops(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the engine did %v, want %v\n%s", got, want, r.Output)
	}
}

// expectRequests fails unless Cloudflare was asked exactly this, in this order.
func expectRequests(t *testing.T, p *enginetest.Project, want ...string) {
	t.Helper()
	var got []string
	for _, request := range p.Simulator.Requests() {
		got = append(got, strings.TrimSpace(request.Operation+" "+strings.Join(request.Fields, ",")))
	}
	if !slices.Equal(got, want) {
		t.Errorf("Cloudflare was asked %q, want %q", got, want)
	}
	p.Simulator.ResetRequests()
}

// expectQuiet fails unless neither a preview nor a refresh shows a change.
func expectQuiet(t *testing.T, p *enginetest.Project) {
	t.Helper()
	p.Must(p.Preview("--expect-no-changes"))
	p.Must(p.Refresh("--expect-no-changes"))
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

// works fails unless Access lets the stored credential of a token in.
func works(t *testing.T, p *enginetest.Project, name string) {
	t.Helper()
	stored := p.Revealed().Token(t, name)
	secret, marked := stored.Secret("clientSecret")
	if !marked {
		t.Errorf("%s: clientSecret is not marked as a secret in the state", name)
	}
	if !p.Simulator.Authenticates(stored.Output("clientId"), secret) {
		t.Errorf("%s: the stored credential does not work", name)
	}
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

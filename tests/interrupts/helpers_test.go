package interrupts

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// token is a service token of a program, whose name in Cloudflare is also its
// name in Pulumi unless a property says otherwise.
func token(name string, lines ...string) string {
	text := "  " + name + ":\n    type: cfaccess:ServiceToken\n"
	properties := "    properties:\n      accountId: " + cfsim.DefaultAccountID + "\n"
	for _, line := range lines {
		properties += "      " + line + "\n"
	}
	return text + properties
}

// after makes a token wait for another one.
func after(name string) string { return "    options:\n      dependsOn: [\"${" + name + "}\"]\n" }

// works fails unless Access lets the stored credential of a token in.
func works(t *testing.T, p *enginetest.Project, names ...string) {
	t.Helper()
	state := p.Revealed()
	for _, name := range names {
		stored := state.Token(t, name)
		secret, marked := stored.Secret("clientSecret")
		if !marked {
			t.Errorf("%s: clientSecret is not marked as a secret in the state", name)
		}
		if !p.Simulator.Authenticates(stored.Output("clientId"), secret) {
			t.Errorf("%s: the stored credential does not work", name)
		}
	}
}

// live are the names of the tokens that Cloudflare holds.
func live(p *enginetest.Project) map[string]int {
	names := map[string]int{}
	for _, token := range p.Simulator.Tokens() {
		names[token.Name]++
	}
	return names
}

// pending are the operations whose end the engine never learned, by resource.
func pending(p *enginetest.Project) map[string]string {
	operations := map[string]string{}
	for _, operation := range p.State().Deployment.PendingOperations {
		urn := operation.Resource.URN
		operations[urn[len(urn)-len("ci"):]] = operation.Type
	}
	return operations
}

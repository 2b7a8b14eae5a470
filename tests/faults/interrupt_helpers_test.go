package faults

import (
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// token is a service token of the account in a program.
func token(name string, properties ...string) string {
	return enginetest.Token(name, append([]string{enginetest.InAccount}, properties...)...)
}

// after makes a token wait for another one.
func after(name string) string { return "    options:\n      dependsOn: [\"${" + name + "}\"]\n" }

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

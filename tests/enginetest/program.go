package enginetest

import (
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// What the programs of tests are made of: service tokens in YAML.

const (
	// Account and Zone are the simulator's, as it names a token's scope.
	Account = "accounts/" + cfsim.DefaultAccountID
	Zone    = "zones/" + cfsim.DefaultZoneID
	// InAccount and InZone are the properties that place a token there.
	InAccount = "accountId: " + cfsim.DefaultAccountID
	InZone    = "zoneId: " + cfsim.DefaultZoneID
)

// Token is a resource of a program: a service token with these properties.
func Token(name string, properties ...string) string {
	return ResourceOf("cfaccess:ServiceToken", name, properties...)
}

// ResourceOf is a resource of any type.
func ResourceOf(typ, name string, properties ...string) string {
	lines := append([]string{"  " + name + ":", "    type: " + typ, "    properties:"}, properties...)
	for i := range properties {
		lines[i+3] = "      " + lines[i+3]
	}
	return strings.Join(lines, "\n") + "\n"
}

// OneToken is a program of one service token of the account, which is named ci in
// Pulumi and in Cloudflare, with these further properties.
func OneToken(properties ...string) string {
	return "resources:\n" + Token("ci", append([]string{InAccount, "name: ci"}, properties...)...)
}

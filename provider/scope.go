package provider

import (
	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const (
	bothScopes = "a service token lives in an account or in a zone, not in both: write accountId or zoneId and remove the other"
	noScope    = "a service token lives in an account or in a zone: write accountId or zoneId, " +
		"or set the provider's default account (cfaccess:accountId, or CLOUDFLARE_ACCOUNT_ID in the environment)"
)

// lookupScope is where a function or a listing looks: the one scope that its
// arguments name, or else the default account.
func (c *Config) lookupScope(accountID, zoneID *string) (cfapi.Scope, []p.CheckFailure) {
	switch {
	case accountID != nil && zoneID != nil:
		return cfapi.Scope{}, failure("zoneId", bothScopes)
	case accountID != nil:
		return cfapi.Account(*accountID), checkScopeID("accountId", *accountID)
	case zoneID != nil:
		return cfapi.Zone(*zoneID), checkScopeID("zoneId", *zoneID)
	case c.defaultAccount.value == "":
		return cfapi.Scope{}, failure("accountId", noScope)
	}
	return cfapi.Account(c.defaultAccount.value), nil
}

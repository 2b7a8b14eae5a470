package provider

import (
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// planAdopt takes over a token whose state is still the cloudflare provider's. It
// asks for no change of the token; what else the plan holds may.
func planAdopt(pl *plan, state ServiceTokenState) {
	if !state.foreign() {
		return
	}
	computed := []string{"clientSecretIssuedAt"}
	// What the other provider did not keep, the run's answer tells.
	for output, absent := range map[string]bool{
		"createdAt":           state.CreatedAt == nil,
		"duration":            state.Duration == nil && pl.update.Duration == nil,
		"enabled":             state.Enabled == nil && pl.update.Enabled == nil,
		"clientSecretVersion": state.ClientSecretVersion == nil && !pl.rotates(),
		"clientSecretStatus":  state.ClientSecret != nil && !pl.rotates(),
	} {
		if absent {
			computed = append(computed, output)
		}
	}
	pl.add("tokenId", p.Add, adoptReason(state), computed...)
}

// onlyAdopts tells whether nothing is to be written: a look at the token is
// enough to take it over.
func (pl plan) onlyAdopts() bool { return !pl.empty() && pl.update == (cfapi.UpdateParams{}) }

func adoptReason(state ServiceTokenState) string {
	if state.ClientSecret == nil {
		return "adopting the token from the cloudflare provider, whose state holds no client secret"
	}
	return "adopting the token from the cloudflare provider, with the client secret that its state holds"
}

// refuseToReplace keeps a token of the cloudflare provider from being deleted in
// its adoption. Where a program asks for another account or zone under the same
// name, it most likely wants a token of its own.
func refuseToReplace(pl plan, want desired, scope cfapi.Scope, state ServiceTokenState) error {
	if !state.foreign() || want.accountID.unknown || want.zoneID.unknown {
		return nil
	}
	property := pl.steps[0].property
	return fmt.Errorf("%s: the cloudflare provider's token of this name is in %s, and adopting it cannot move it: write that "+
		"account or zone here, and move the token in a later run; for a token of its own, give this resource another name", property, scope)
}

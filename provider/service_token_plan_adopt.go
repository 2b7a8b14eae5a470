package provider

import (
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// checkAdoption refuses to adopt a token that the program describes as another
// one: in another account or zone, or of another name. Most likely it wants a
// token of its own, and only Pulumi takes it for the cloudflare provider's, which
// has the same name in the program. In a run without a preview that one would
// otherwise be renamed, or even replaced, before the engine notices that both are
// there.
func checkAdoption(want desired, scope cfapi.Scope, state ServiceTokenState) error {
	if !state.foreign() {
		return nil
	}
	accountID, zoneID := scopeInputs(scope)
	property, has := "", fmt.Sprintf("is in %s", scope)
	switch {
	case differs(want.accountID, deref(accountID)):
		property = "accountId"
	case differs(want.zoneID, deref(zoneID)):
		property = "zoneId"
	case state.Name != "" && differs(want.name, state.Name):
		property, has = "name", fmt.Sprintf("is named %q", state.Name)
	default:
		return nil
	}
	return fmt.Errorf("%s: under this resource's name the stack holds a token of the cloudflare provider, which %s: to adopt it, write that here, "+
		"and change it in a later run; for a token of its own, give the resource another name", property, has)
}

func differs(want input[string], have string) bool { return !want.unknown && want.value != have }

// heldVersion is the version that the client secret of a foreign state belongs to:
// the one that the last run asked for, or 1. The other provider's refresh writes
// Cloudflare's version over that among the outputs, and among the inputs too, where
// the program, if it asks for less, tells better.
func (want desired) heldVersion() int {
	asked := 1
	if want.lastClientSecretVersion.known {
		asked = want.lastClientSecretVersion.value
	}
	if want.clientSecretVersion.known {
		asked = min(asked, want.clientSecretVersion.value)
	}
	return max(asked, 1)
}

// planAdopt takes over a token whose state is still the cloudflare provider's. It
// asks for no change of the token; the rest of the plan may.
func planAdopt(pl *plan, state ServiceTokenState) {
	if !state.foreign() {
		return
	}
	pl.adopts = true
	// What the other provider did not keep, an answer about the token tells.
	var computed []string
	for _, output := range []struct {
		name   string
		absent bool
	}{
		{"clientId", state.ClientID == ""},
		{"clientSecretStatus", state.ClientSecret != nil && !pl.rotates()},
		{"clientSecretVersion", state.ClientSecretVersion == nil && !pl.rotates()},
		{"createdAt", state.CreatedAt == nil},
		{"duration", state.Duration == nil && pl.update.Duration == nil},
		{"enabled", state.Enabled == nil && pl.update.Enabled == nil},
		{"expiresAt", state.ExpiresAt == nil && deref(state.Duration) != forever},
		{"previousClientSecretExpiresAt", state.PreviousClientSecretExpiresAt == nil && pl.update.PreviousClientSecretExpiresAt == nil},
	} {
		if output.absent {
			computed = append(computed, output.name)
		}
	}
	pl.add("tokenId", p.Add, adoptReason(state), computed...)
}

func adoptReason(state ServiceTokenState) string {
	if state.ClientSecret == nil {
		return "adopting the token from the cloudflare provider, whose state holds no client secret"
	}
	return "adopting the token from the cloudflare provider, with the client secret that its state holds"
}

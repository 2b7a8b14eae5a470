package provider

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// warnOfSecret warns on every run of a stored secret that is not the token's,
// and names the way out.
func (t *ServiceToken) warnOfSecret(ctx context.Context, state ServiceTokenState) {
	if state.ClientSecretStatus != statusStale || state.PendingClientSecretVersion != nil || !t.first(ctx, statusStale) {
		return
	}
	p.GetLogger(ctx).Warningf("the client secret that this stack holds is not the token's current one: it was rotated elsewhere. "+
		"To get one that works, set clientSecretVersion to %d; what was issued elsewhere then stops, unless previousClientSecretExpiresAt gives it time.",
		deref(state.ClientSecretVersion)+1)
}

// noteUnmanaged says what removing an input does not do.
func noteUnmanaged(ctx context.Context, req infer.DiffRequest[ServiceTokenArgs, ServiceTokenState]) {
	before := callFrom(ctx).oldInputs.Get("enabled")
	if req.Inputs.Enabled == nil && !callFrom(ctx).unknown["enabled"] &&
		before.IsBool() && !before.AsBool() && req.State.Enabled != nil && !*req.State.Enabled {
		p.GetLogger(ctx).Warning("enabled was taken out of the program, so it is no longer managed: the token stays disabled. To enable it, write `enabled: true`.")
	}
}

package provider

import (
	"context"
	"errors"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Cloudflare ended user service keys, and infer ignores a key of the
// configuration that it does not know: who still sets one would otherwise look
// for the reason elsewhere.
const (
	serviceKeyProperty = "apiUserServiceKey"
	serviceKeyVariable = "CLOUDFLARE_API_USER_SERVICE_KEY"

	serviceKeyRefused = "apiUserServiceKey is set, but Cloudflare ended user service keys on 2026-09-30: take it out " +
		"(of the stack's configuration with `pulumi config rm cfaccess:apiUserServiceKey`) and set apiToken instead, or apiKey with email"
	serviceKeyStored  = serviceKeyRefused + ". Then run `pulumi up`, which takes it out of the stack's state"
	serviceKeyIgnored = "CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"
)

// refuseServiceKey has the provider refuse the property where it is checked, and
// where it is configured without a check before: a refresh, a destroy and an
// import take the configuration of the state.
func refuseServiceKey(prov *p.Provider) {
	check, configure := prov.CheckConfig, prov.Configure
	prov.CheckConfig = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		resp, err := check(ctx, req)
		if setsServiceKey(req.Inputs) {
			// The engine would show the value of a property that a failure names.
			resp.Failures = append(resp.Failures, p.CheckFailure{Reason: serviceKeyRefused})
		}
		return resp, err
	}
	prov.Configure = func(ctx context.Context, req p.ConfigureRequest) error {
		if setsServiceKey(req.Args) {
			return errors.New(serviceKeyStored)
		}
		return configure(ctx, req)
	}
}

// setsServiceKey reports whether a configuration has a service key, known or not.
func setsServiceKey(config property.Map) bool {
	value, ok := config.GetOk(serviceKeyProperty)
	return ok && !value.IsNull()
}

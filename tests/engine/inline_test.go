package engine

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// register registers a token named ci in Cloudflare, with these further inputs,
// as a program with the Go SDK does.
func register(ctx *pulumi.Context, name string, more pulumi.Map, options ...pulumi.ResourceOption) error {
	inputs := pulumi.Map{
		"accountId": pulumi.String(cfsim.DefaultAccountID), "name": pulumi.String("ci"), "duration": pulumi.String("8760h"),
	}
	maps.Copy(inputs, more)
	options = append([]pulumi.ResourceOption{pulumi.Version(provider.Version)}, options...)
	var token pulumi.CustomResourceState
	return ctx.RegisterResource("cfaccess:index:ServiceToken", name, inputs, &token, options...)
}

// imports is the option that imports a token of the account.
func imports(tokenID string) pulumi.ResourceOption {
	return pulumi.Import(pulumi.ID(ofAccount.id(tokenID)))
}

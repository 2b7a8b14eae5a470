package main

import (
	"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func program(ctx *pulumi.Context) error {
	ci, err := cfaccess.NewServiceToken(ctx, "ci", &cfaccess.ServiceTokenArgs{
		AccountId: pulumi.String(config.Require(ctx, "accountId")),
		Name:      pulumi.String("ci-before"),
		Duration:  pulumi.String("8760h"),
	}, pulumi.Import(pulumi.ID(config.Require(ctx, "ciId"))))
	if err != nil {
		return err
	}
	edge, err := cfaccess.GetServiceToken(ctx, "edge", pulumi.ID(config.Require(ctx, "edgeId")), nil)
	if err != nil {
		return err
	}
	anywhere, err := cfaccess.NewServiceToken(ctx, "anywhere", &cfaccess.ServiceTokenArgs{Name: pulumi.String("anywhere")})
	if err != nil {
		return err
	}

	ctx.Export("ciClientSecret", ci.ClientSecret)
	ctx.Export("ciClientSecretSeen", pulumi.Sprintf("seen: %v", ci.ClientSecret))
	ctx.Export("edgeName", edge.Name)
	ctx.Export("edgeClientId", edge.ClientId)
	ctx.Export("anywhereAccountId", anywhere.AccountId)
	ctx.Export("anywhereClientSecret", anywhere.ClientSecret)
	return nil
}

package main

import (
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func program(ctx *pulumi.Context) error {
	ci, err := cfaccess.NewServiceToken(ctx, "ci", &cfaccess.ServiceTokenArgs{
		AccountId: pulumi.String(config.Require(ctx, "accountId")),
		Name:      pulumi.String("ci"),
		Duration:  pulumi.String("8760h"),
		Enabled:   pulumi.Bool(true),
	})
	if err != nil {
		return err
	}
	edge, err := cfaccess.NewServiceToken(ctx, "edge", &cfaccess.ServiceTokenArgs{
		ZoneId: pulumi.String(config.Require(ctx, "zoneId")),
		Name:   pulumi.String("edge"),
	})
	if err != nil {
		return err
	}
	// A read does not send the address of the plugin: ci has it installed.
	known, err := cfaccess.GetServiceToken(ctx, "known", pulumi.ID(config.Require(ctx, "knownId")), nil, pulumi.DependsOn([]pulumi.Resource{ci}))
	if err != nil {
		return err
	}

	usage := cfaccess.GetServiceTokenReferencesOutput(ctx, cfaccess.GetServiceTokenReferencesOutputArgs{
		ZoneId:  pulumi.String(config.Require(ctx, "zoneId")),
		TokenId: known.TokenId,
	})
	users := usage.References().ApplyT(func(references []cfaccess.ServiceTokenReference) string {
		text := ""
		for _, r := range references {
			verdict := map[bool]string{true: "admits", false: "shut"}[*r.Admits]
			text += fmt.Sprintf("%s: %s %s", r.Name, r.Policy.Name, verdict)
		}
		return text
	}).(pulumi.StringOutput)

	// The types that a program may rely on.
	var (
		clientSecret pulumi.StringOutput    = ci.ClientSecret
		zoneID       pulumi.StringPtrOutput = edge.ZoneId
		version      pulumi.IntPtrOutput    = edge.ClientSecretVersion
		enabled      pulumi.BoolOutput      = known.Enabled
		name         pulumi.StringOutput    = known.Name
	)
	ctx.Export("clientSecret", clientSecret)
	ctx.Export("zoneId", zoneID)
	ctx.Export("version", version)
	ctx.Export("enabled", enabled)
	ctx.Export("name", name)
	ctx.Export("users", users)
	return nil
}

package main

import (
	"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func program(ctx *pulumi.Context) error {
	environment := config.Get(ctx, "environment")
	if environment == "" {
		environment = "staging"
	}

	// What CI sends to reach an application that is behind Access.
	ci, err := cfaccess.NewServiceToken(ctx, "ci", &cfaccess.ServiceTokenArgs{
		AccountId: pulumi.String(config.Require(ctx, "accountId")),
		Name:      pulumi.String("ci-" + environment),
		Duration:  pulumi.String("8760h"),
	})
	if err != nil {
		return err
	}

	// What a worker of one zone uses. It does not expire.
	edge, err := cfaccess.NewServiceToken(ctx, "edge", &cfaccess.ServiceTokenArgs{
		ZoneId:   pulumi.String(config.Require(ctx, "zoneId")),
		Name:     pulumi.String("edge-" + environment),
		Duration: pulumi.String("forever"),
	})
	if err != nil {
		return err
	}

	// An Access policy admits the token by this id.
	ctx.Export("ciTokenId", ci.TokenId)
	ctx.Export("ciExpiresAt", ci.ExpiresAt)
	// The headers that a request has to carry. The secret in them keeps them secret.
	ctx.Export("ciHeaders", pulumi.Map{
		"CF-Access-Client-Id":     ci.ClientId,
		"CF-Access-Client-Secret": ci.ClientSecret,
	})
	ctx.Export("edgeClientId", edge.ClientId)
	ctx.Export("edgeClientSecret", edge.ClientSecret)
	return nil
}

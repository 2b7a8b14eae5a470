using System.Collections.Generic;
using CfAccess.Access;
using Pulumi;

return await Deployment.RunAsync(() =>
{
    var config = new Pulumi.Config();
    var environment = config.Get("environment") ?? "staging";

    // What CI sends to reach an application that is behind Access.
    var ci = new ServiceToken("ci", new()
    {
        AccountId = config.Require("accountId"),
        Name = $"ci-{environment}",
        Duration = "8760h",
    });

    // What a worker of one zone uses. It does not expire.
    var edge = new ServiceToken("edge", new()
    {
        ZoneId = config.Require("zoneId"),
        Name = $"edge-{environment}",
        Duration = "forever",
    });

    return new Dictionary<string, object?>
    {
        // An Access policy admits the token by this id.
        ["ciTokenId"] = ci.TokenId,
        ["ciExpiresAt"] = ci.ExpiresAt,
        // The headers that a request has to carry. The secret in them keeps them secret.
        ["ciHeaders"] = new Dictionary<string, object?>
        {
            ["CF-Access-Client-Id"] = ci.ClientId,
            ["CF-Access-Client-Secret"] = ci.ClientSecret,
        },
        ["edgeClientId"] = edge.ClientId,
        ["edgeClientSecret"] = edge.ClientSecret,
    };
});

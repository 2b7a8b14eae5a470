import pulumi
import pulumi_cfaccess as cfaccess

config = pulumi.Config()
environment = config.get("environment") or "staging"

# What CI sends to reach an application that is behind Access.
ci = cfaccess.ServiceToken(
    "ci",
    account_id=config.require("accountId"),
    name=f"ci-{environment}",
    duration="8760h",
)

# What a worker of one zone uses. It does not expire.
edge = cfaccess.ServiceToken(
    "edge",
    zone_id=config.require("zoneId"),
    name=f"edge-{environment}",
    duration="forever",
)

# An Access policy admits the token by this id.
pulumi.export("ciTokenId", ci.token_id)
pulumi.export("ciExpiresAt", ci.expires_at)
# The headers that a request has to carry. The secret in them keeps them secret.
pulumi.export("ciHeaders", {
    "CF-Access-Client-Id": ci.client_id,
    "CF-Access-Client-Secret": ci.client_secret,
})
pulumi.export("edgeClientId", edge.client_id)
pulumi.export("edgeClientSecret", edge.client_secret)

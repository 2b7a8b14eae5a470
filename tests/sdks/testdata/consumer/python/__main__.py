from typing import Optional

import pulumi
import pulumi_cfaccess as cfaccess

config = pulumi.Config()

ci = cfaccess.ServiceToken(
    "ci",
    account_id=config.require("accountId"),
    name="ci",
    duration="8760h",
    enabled=True,
)
edge = cfaccess.ServiceToken("edge", cfaccess.ServiceTokenArgs(name="edge", zone_id=config.require("zoneId")))
known = cfaccess.ServiceToken.get("known", config.require("knownId"))
usage = cfaccess.get_service_token_references_output(zone_id=config.require("zoneId"), token_id=known.token_id)

# The types that a program may rely on.
client_secret: pulumi.Output[str] = ci.client_secret
zone_id: pulumi.Output[Optional[str]] = edge.zone_id
version: pulumi.Output[Optional[int]] = edge.client_secret_version
enabled: pulumi.Output[bool] = known.enabled
name: pulumi.Output[str] = known.name
users: pulumi.Output[str] = usage.references.apply(
    lambda references: ", ".join(f"{r.name}: {r.policy.name if r.policy else None} {'admits' if r.admits else 'shut'}" for r in references)
)

pulumi.export("clientSecret", client_secret)
pulumi.export("zoneId", zone_id)
pulumi.export("version", version)
pulumi.export("enabled", enabled)
pulumi.export("name", name)
pulumi.export("users", users)

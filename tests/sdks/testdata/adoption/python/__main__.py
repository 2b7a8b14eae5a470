import pulumi
import pulumi_cfaccess as cfaccess

config = pulumi.Config()

ci = cfaccess.ServiceToken(
    "ci",
    account_id=config.require("accountId"),
    name="ci-before",
    duration="8760h",
    opts=pulumi.ResourceOptions(import_=config.require("ciId")),
)
edge = cfaccess.ServiceToken.get("edge", config.require("edgeId"))
anywhere = cfaccess.ServiceToken("anywhere", name="anywhere")

pulumi.export("ciClientSecret", ci.client_secret)
pulumi.export("ciClientSecretSeen", ci.client_secret.apply(lambda secret: f"seen: {secret}"))
pulumi.export("edgeName", edge.name)
pulumi.export("edgeClientId", edge.client_id)
pulumi.export("anywhereAccountId", anywhere.account_id)
pulumi.export("anywhereClientSecret", anywhere.client_secret)

import pulumi
import pulumi_cfaccess as cfaccess
import pulumi_cloudflare as cloudflare

account_id = pulumi.Config().require("accountId")

ci = cfaccess.ServiceToken(
    "ci",
    account_id=account_id,
    name="ci",
    min_days_for_renewal=30,
    rotate_after="2160h",  # 90 days
    previous_client_secret_grace="48h",
)

policy = cloudflare.ZeroTrustAccessPolicy(
    "policy",
    account_id=account_id,
    name="ci",
    decision="non_identity",  # Service Auth
    includes=[{"service_token": {"token_id": ci.token_id}}],
)

cloudflare.ZeroTrustAccessApplication(
    "app",
    account_id=account_id,
    name="app",
    type="self_hosted",
    domain="app.example.com",
    policies=[{"id": policy.id, "precedence": 1}],
)

pulumi.export("clientId", ci.client_id)
pulumi.export("clientSecret", ci.client_secret)

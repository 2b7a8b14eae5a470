import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";
import * as cfaccess from "@cfaccess/pulumi-cfaccess";

const accountId = new pulumi.Config().require("accountId");

const ci = new cfaccess.ServiceToken("ci", {
    accountId,
    name: "ci",
    minDaysForRenewal: 30,
    rotateAfter: "2160h", // 90 days
    previousClientSecretGrace: "48h",
});

const policy = new cloudflare.ZeroTrustAccessPolicy("policy", {
    accountId,
    name: "ci",
    decision: "non_identity", // Service Auth
    includes: [{ serviceToken: { tokenId: ci.tokenId } }],
});

new cloudflare.ZeroTrustAccessApplication("app", {
    accountId,
    name: "app",
    type: "self_hosted",
    domain: "app.example.com",
    policies: [{ id: policy.id, precedence: 1 }],
});

export const clientId = ci.clientId;
export const clientSecret = ci.clientSecret;

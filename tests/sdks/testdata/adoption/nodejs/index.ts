import * as pulumi from "@pulumi/pulumi";
import * as cfaccess from "@cfaccess/pulumi-cfaccess";

const config = new pulumi.Config();

const ci = new cfaccess.ServiceToken(
    "ci",
    { accountId: config.require("accountId"), name: "ci-before", duration: "8760h" },
    { import: config.require("ciId") },
);
const edge = cfaccess.ServiceToken.get("edge", config.require("edgeId"));
const anywhere = new cfaccess.ServiceToken("anywhere", { name: "anywhere" });

export const ciClientSecret = ci.clientSecret;
export const ciClientSecretSeen = pulumi.interpolate`seen: ${ci.clientSecret}`;
export const edgeName = edge.name;
export const edgeClientId = edge.clientId;
export const anywhereAccountId = anywhere.accountId;
export const anywhereClientSecret = anywhere.clientSecret;

import * as pulumi from "@pulumi/pulumi";
import * as cfaccess from "@cfaccess/pulumi-cfaccess";

const config = new pulumi.Config();
const environment = config.get("environment") ?? "staging";

// What CI sends to reach an application that is behind Access.
const ci = new cfaccess.ServiceToken("ci", {
    accountId: config.require("accountId"),
    name: `ci-${environment}`,
    duration: "8760h",
});

// What a worker of one zone uses. It does not expire.
const edge = new cfaccess.ServiceToken("edge", {
    zoneId: config.require("zoneId"),
    name: `edge-${environment}`,
    duration: "forever",
});

// An Access policy admits the token by this id.
export const ciTokenId = ci.tokenId;
export const ciExpiresAt = ci.expiresAt;
// The headers that a request has to carry. The secret in them keeps them secret.
export const ciHeaders = {
    "CF-Access-Client-Id": ci.clientId,
    "CF-Access-Client-Secret": ci.clientSecret,
};
export const edgeClientId = edge.clientId;
export const edgeClientSecret = edge.clientSecret;

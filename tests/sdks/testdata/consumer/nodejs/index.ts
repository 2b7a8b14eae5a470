import * as pulumi from "@pulumi/pulumi";
import * as cfaccess from "@cfaccess/pulumi-cfaccess";

const config = new pulumi.Config();

const ci = new cfaccess.ServiceToken("ci", {
    accountId: config.require("accountId"),
    name: "ci",
    duration: "8760h",
    enabled: true,
});
const edge = new cfaccess.ServiceToken("edge", { zoneId: config.require("zoneId"), name: "edge" });
const known = cfaccess.ServiceToken.get("known", config.require("knownId"));
const usage = cfaccess.getServiceTokenReferencesOutput({ zoneId: config.require("zoneId"), tokenId: known.tokenId });

// The types that a program may rely on.
const clientSecret: pulumi.Output<string> = ci.clientSecret;
const zoneId: pulumi.Output<string | undefined> = edge.zoneId;
const version: pulumi.Output<number | undefined> = edge.clientSecretVersion;
const enabled: pulumi.Output<boolean> = known.enabled;
const name: pulumi.Output<string> = known.name;
const users: pulumi.Output<string> = usage.references.apply(references =>
    references.map(r => `${r.name}: ${r.policy?.name} ${r.admits ? "admits" : "shut"}`).join(", "));

export { clientSecret, zoneId, version, enabled, name, users };

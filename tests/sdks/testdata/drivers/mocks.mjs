// Runs a compiled program with Pulumi's mocks, and prints the inputs of the resources
// that it makes, by type: node mocks.mjs bin/index.js
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(import.meta.url);
const pulumi = require("@pulumi/pulumi");

const inputs = {};
pulumi.runtime.setAllConfig({ "mocks:accountId": "0000000000000000000000000000aaaa", "mocks:databasePassword": "fake-password" });
await pulumi.runtime.setMocks(
    {
        newResource: (args) => {
            inputs[args.type] = args.inputs;
            const token = args.type === "cfaccess:index:ServiceToken";
            const outputs = token ? { tokenId: "fake-token", clientId: "fake-client", clientSecret: "fake-secret", clientSecretStatus: "current" } : {};
            return { id: `id of ${args.name}`, state: { ...args.inputs, ...outputs } };
        },
        call: (args) => args.inputs,
    },
    "mocks",
    "dev",
    false,
);
require(resolve(process.argv[2]));
await pulumi.runtime.disconnect();
console.log(JSON.stringify(inputs));

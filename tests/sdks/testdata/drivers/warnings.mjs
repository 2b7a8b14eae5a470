// Runs the compiled program of this folder within itself, on the stack dev, and
// prints the warnings that it gives: node warnings.mjs
import { createRequire } from "node:module";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const require = createRequire(import.meta.url);
const stack = await LocalWorkspace.selectStack(
    {
        stackName: "dev",
        projectName: "cfaccess-unused-tokens",
        program: async () => require("./bin/index.js"),
    },
    { workDir: "." },
);

const warnings = [];
await stack.up({
    onEvent: (event) => {
        if (event.diagnosticEvent?.severity === "warning") {
            warnings.push(event.diagnosticEvent.message.trim());
        }
    },
});
console.log(JSON.stringify(warnings));

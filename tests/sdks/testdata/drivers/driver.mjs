// Runs the compiled program of this folder within itself, on the stack dev:
// node driver.mjs up|preview
import { createRequire } from "node:module";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";

const require = createRequire(import.meta.url);
const stack = await LocalWorkspace.selectStack(
    {
        stackName: "dev",
        projectName: "cfaccess-example",
        program: async () => require("./bin/index.js"),
    },
    { workDir: "." },
);

const changes =
    process.argv[2] === "up"
        ? (await stack.up()).summary.resourceChanges
        : (await stack.preview({ expectNoChanges: true })).changeSummary;
console.log(JSON.stringify(changes));

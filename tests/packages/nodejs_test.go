package packages

import "testing"

var nodejs = consumer{
	install: func(t *testing.T, dir string) {
		Run(t, dir, "npm", "install", "--prefer-offline", NPM(t), "typescript@5", "@types/node@20")
	},
	check: []string{"npx", "tsc"},
	file:  "wrong#.ts",
	frame: `
import * as cfaccess from "@cfaccess/pulumi-cfaccess";
export const token = CODE;
`,
	mistakes: []mistake{
		{"a token without a name", `new cfaccess.ServiceToken("x", {})`, "Argument of type '{}' is not assignable"},
		{"an account that is a number", `new cfaccess.ServiceToken("x", { name: "x", accountId: 7 })`, "Type 'number' is not assignable"},
		{"a property that does not exist", `new cfaccess.ServiceToken("x", { name: "x", acountId: "" })`, "'acountId' does not exist"},
		{"a secret outside of its output", `cfaccess.ServiceToken.get("x", "x").clientSecret satisfies string`, "Type 'Output<string>'"},
	},
	deployment: deployment{driver: "driver.mjs", command: []string{"node", "driver.mjs"}},
}

package packages

import "testing"

func TestTypeScriptConsumerOfTheTarballIsCheckedStrictly(t *testing.T) {
	t.Parallel()
	dir := consumer(t, "nodejs")
	install["nodejs"](t, dir)
	Run(t, dir, "npx", "tsc")
	expectMistakes(t, dir, "wrong#.ts", `
import * as cfaccess from "@cfaccess/pulumi-cfaccess";
export const token = CODE;
`, []mistake{
		{"a token without a name", `new cfaccess.ServiceToken("x", {})`, "Argument of type '{}' is not assignable"},
		{"an account that is a number", `new cfaccess.ServiceToken("x", { name: "x", accountId: 7 })`, "Type 'number' is not assignable"},
		{"a property that does not exist", `new cfaccess.ServiceToken("x", { name: "x", acountId: "" })`, "'acountId' does not exist"},
		{"a secret outside of its output", `cfaccess.ServiceToken.get("x", "x").clientSecret satisfies string`, "Type 'Output<string>'"},
	}, "npx", "tsc")
}

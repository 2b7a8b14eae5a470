package sdks

// mistakes are code that a check of types must not let pass.
type mistakes struct {
	// file and frame are where each is written to, and what stands around it:
	// # is its number, CODE the mistake.
	file, frame string
	list        []mistake
}

type mistake struct{ sentence, code, says string }

// A token without a name compiles in Go and in Java, where running it fails.
var wrong = map[string]mistakes{
	"nodejs": {
		file: "wrong#.ts",
		frame: `
import * as cfaccess from "@cfaccess/pulumi-cfaccess";
export const token = CODE;
`,
		list: []mistake{
			{"a token without a name", `new cfaccess.ServiceToken("x", {})`, "Argument of type '{}' is not assignable"},
			{"an account that is a number", `new cfaccess.ServiceToken("x", { name: "x", accountId: 7 })`, "Type 'number' is not assignable"},
			{"a property that does not exist", `new cfaccess.ServiceToken("x", { name: "x", acountId: "" })`, "'acountId' does not exist"},
			{"a secret outside of its output", `cfaccess.ServiceToken.get("x", "x").clientSecret satisfies string`, "Type 'Output<string>'"},
		},
	},
	"python": {
		file: "wrong#.py",
		frame: `
import pulumi_cfaccess as cfaccess
token = CODE
`,
		list: []mistake{
			{"a token without a name", `cfaccess.ServiceTokenArgs(account_id="x")`, `Missing named argument "name"`},
			{"an account that is a number", `cfaccess.ServiceToken("x", name="x", account_id=7)`, "[call-overload]"},
			{"a property that does not exist", `cfaccess.ServiceTokenArgs(name="x", acount_id="x")`, `"acount_id"`},
			{"a secret outside of its output", `len(cfaccess.ServiceToken.get("x", "x").client_secret)`, `incompatible type "Output[str]"`},
		},
	},
	"go": {
		file: "wrong#/main.go",
		frame: `package main

import (
	"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		CODE
		return nil
	})
}
`,
		list: []mistake{
			{"an account that is a number", `_ = cfaccess.ServiceTokenArgs{AccountId: pulumi.Int(7)}`, "cannot use pulumi.Int(7)"},
			{"a property that does not exist", `_ = cfaccess.ServiceTokenArgs{AcountId: nil}`, "unknown field AcountId"},
			{"a secret outside of its output", `var _ string = (&cfaccess.ServiceToken{}).ClientSecret`, "cannot use"},
		},
	},
	"java": {
		file: "src/main/java/example/Wrong#.java",
		frame: `package example;

import io.github.cfaccess.pulumi.cfaccess.*;

class Wrong# {
    Object x = CODE;
}
`,
		list: []mistake{
			{"an account that is a number", `ServiceTokenArgs.builder().accountId(7)`, "no suitable method found for accountId(int)"},
			{"a property that does not exist", `ServiceTokenArgs.builder().acountId("x")`, "cannot find symbol"},
			{"a secret outside of its output", `((ServiceToken) null).clientSecret().length()`, "cannot find symbol"},
		},
	},
}

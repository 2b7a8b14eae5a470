package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	p "github.com/pulumi/pulumi-go-provider"
)

// serviceTokenType is the resource's type.
const serviceTokenType = "cfaccess:index:ServiceToken"

// alwaysInSDKs are outputs that the SDKs type as always there, although the
// stored state may lack them: duration and enabled are filled in by every
// answer, and clientSecret is a plain string as the bridged provider's users
// know it. While an imported token's secret is not known, it is absent.
var alwaysInSDKs = []string{"clientSecret", "duration", "enabled"}

type getSchema = func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error)

// completeSchema adds to the schema what infer's tags cannot say.
func completeSchema(inner getSchema) getSchema {
	return func(ctx context.Context, req p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		resp, err := inner(ctx, req)
		if err != nil {
			return resp, err
		}
		var schema map[string]any
		if err := json.Unmarshal([]byte(resp.Schema), &schema); err != nil {
			return resp, fmt.Errorf("reading the schema: %w", err)
		}
		resources, _ := schema["resources"].(map[string]any)
		token, ok := resources[serviceTokenType].(map[string]any)
		if !ok {
			return resp, fmt.Errorf("completing the schema: it has no resource %s", serviceTokenType)
		}
		if err := addListInputs(schema, token); err != nil {
			return resp, err
		}
		for _, scope := range []string{"accountId", "zoneId"} {
			if err := markReplacing(token, scope); err != nil {
				return resp, err
			}
		}
		required, _ := token["required"].([]any)
		for _, output := range alwaysInSDKs {
			required = append(required, output)
		}
		slices.SortFunc(required, func(a, b any) int {
			return slices.Compare([]rune(a.(string)), []rune(b.(string)))
		})
		token["required"] = required
		token["aliases"] = foreignAliases()
		patched, err := json.Marshal(schema)
		if err != nil {
			return resp, fmt.Errorf("writing the schema: %w", err)
		}
		return p.GetSchemaResponse{Schema: string(patched)}, nil
	}
}

// markReplacing says for the registry's pages that a change of an input replaces the
// resource. It must not be replaceOnChanges, which the SDKs act on: they would
// replace a resource whose scope is only left out.
func markReplacing(token map[string]any, input string) error {
	inputs, _ := token["inputProperties"].(map[string]any)
	property, ok := inputs[input].(map[string]any)
	if !ok {
		return fmt.Errorf("completing the schema: the resource has no input %s", input)
	}
	property["willReplaceOnChanges"] = true
	return nil
}

// addListInputs says what the engine's List call takes: what the function does
// that lists tokens. Without it `pulumi do` offers no list.
func addListInputs(schema, token map[string]any) error {
	functions, _ := schema["functions"].(map[string]any)
	list, ok := functions[string(listFunction)].(map[string]any)
	if !ok {
		return fmt.Errorf("completing the schema: it has no function %s", listFunction)
	}
	token["listInputs"] = list["inputs"]
	return nil
}

// adoptedTypes are the cloudflare provider's two names of the same resource.
var adoptedTypes = []string{
	"cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
	"cloudflare:index/accessServiceToken:AccessServiceToken",
}

// foreignAliases are for the schema: infer can name only types of its own package.
func foreignAliases() []any {
	var aliases []any
	for _, name := range adoptedTypes {
		aliases = append(aliases, map[string]any{"type": name})
	}
	return aliases
}

// guide links to a guide of docs/guides by its whole address, since descriptions are
// read in the SDKs and on the registry's pages.
func guide(title, page string) string {
	return "[" + title + "](" + repository + "/blob/main/docs/guides/" + page + ")"
}

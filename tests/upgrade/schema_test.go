package upgrade

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// The schema of the last release, without its descriptions; CONTRIBUTING.md says when it
// is replaced.
const released = "testdata/released/schema.json"

func TestTheSchemaTakesNothingAwayThatTheLastReleaseHad(t *testing.T) {
	t.Parallel()
	for _, b := range compare(schemaIn(t, readFile(t, released)), schemaIn(t, readFile(t, "../../schema.json"))) {
		t.Error(b)
	}
}

const token = "cfaccess:index:ServiceToken"

// sample is a schema with one of everything.
const sample = `{
	"config": {"variables": {"apiToken": {"type": "string", "secret": true}}},
	"provider": {"inputProperties": {"email": {"type": "string"}}},
	"resources": {"cfaccess:index:ServiceToken": {
		"inputProperties": {"name": {"type": "string"}, "duration": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
		"requiredInputs": ["name"],
		"properties": {"clientSecret": {"type": "string", "secret": true}, "kind": {"$ref": "#/types/cfaccess:index:Kind"}},
		"required": ["clientSecret"],
		"aliases": [{"type": "cloudflare:index/accessServiceToken:AccessServiceToken"}]
	}},
	"functions": {"cfaccess:index:getServiceToken": {
		"inputs": {"properties": {"name": {"type": "string"}}},
		"outputs": {"properties": {"clientId": {"type": "string"}}, "required": ["clientId"]}
	}},
	"types": {
		"cfaccess:index:Kind": {"type": "string", "enum": [{"value": "account"}, {"value": "zone"}]},
		"cfaccess:index:Filter": {"type": "object", "properties": {"name": {"type": "string"}}}
	}
}`

func TestTheComparisonNoticesEveryKindOfBreak(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, says string }{
		"a resource is removed":           {`"cfaccess:index:ServiceToken": {`, `"cfaccess:index:Token": {`, "the resource " + token + " is gone"},
		"a function is removed":           {`"cfaccess:index:getServiceToken"`, `"cfaccess:index:getToken"`, "the function cfaccess:index:getServiceToken is gone"},
		"a type is removed":               {`"cfaccess:index:Filter": {`, `"cfaccess:index:Filters": {`, "the type cfaccess:index:Filter is gone"},
		"a configuration key is removed":  {`"variables": {"apiToken"`, `"variables": {"token"`, "the configuration, input apiToken is gone"},
		"a provider's input is removed":   {`"email"`, `"mail"`, "the provider, input email is gone"},
		"an input is removed":             {`"duration": {`, `"lifetime": {`, token + ", input duration is gone"},
		"an output is removed":            {`"properties": {"clientSecret"`, `"properties": {"secret"`, token + ", output clientSecret is gone"},
		"a function's input is removed":   {`"inputs": {"properties": {"name"`, `"inputs": {"properties": {"called"`, "cfaccess:index:getServiceToken, input name is gone"},
		"a function's output is removed":  {`{"clientId": {`, `{"id": {`, "cfaccess:index:getServiceToken, output clientId is gone"},
		"an input is required":            {`["name"]`, `["name", "duration"]`, token + ", input duration: is required now"},
		"a configuration key is required": {`"secret": true}}},`, `"secret": true}}, "required": ["apiToken"]},`, "the configuration, input apiToken: is required now"},
		"a function's input is required": {`{"name": {"type": "string"}}},
		"outputs"`, `{"name": {"type": "string"}}, "required": ["name"]},
		"outputs"`, "cfaccess:index:getServiceToken, input name: is required now"},
		"a new input is required":   {`"requiredInputs": ["name"]`, `"requiredInputs": ["name", "reason"]`, token + ", input reason: is required now"},
		"an output may be absent":   {`"required": ["clientSecret"]`, `"required": []`, token + ", output clientSecret: may be absent now"},
		"an input's type changes":   {`"duration": {"type": "string"}`, `"duration": {"type": "number"}`, token + ", input duration: is of another type"},
		"an element's type changes": {`"items": {"type": "string"}`, `"items": {"type": "number"}`, token + ", input tags: is of another type"},
		"a reference changes":       {`"#/types/cfaccess:index:Kind"`, `"#/types/cfaccess:index:Filter"`, token + ", output kind: is of another type"},
		"a secret is one no longer": {`"clientSecret": {"type": "string", "secret": true}`, `"clientSecret": {"type": "string"}`, token + ", output clientSecret: is no longer a secret"},
		"a change replaces":         {`"duration": {"type": "string"}`, `"duration": {"type": "string", "willReplaceOnChanges": true}`, token + ", input duration: replaces the resource now"},
		"an alias is removed":       {`[{"type": "cloudflare:index/accessServiceToken:AccessServiceToken"}]`, `[]`, token + ": the alias cloudflare:index/accessServiceToken:AccessServiceToken is gone"},
		"a value is removed":        {`{"value": "zone"}`, `{"value": "zones"}`, "cfaccess:index:Kind: the value zone is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := strings.Replace(sample, test.old, test.new, 1)
			if after == sample {
				t.Fatal("the change changes nothing")
			}
			found := compare(schemaIn(t, []byte(sample)), schemaIn(t, []byte(after)))
			if !slices.ContainsFunc(found, func(b string) bool { return strings.HasPrefix(b, test.says) }) {
				t.Errorf("noticed %q, want %q", found, test.says)
			}
		})
	}
}

func TestTheComparisonLetsASchemaGrow(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new string }{
		"an optional input":                 {`"duration": {`, `"enabled": {"type": "boolean"}, "duration": {`},
		"an output":                         {`"kind": {`, `"createdAt": {"type": "string"}, "kind": {`},
		"an output that is always there":    {`"required": ["clientSecret"]`, `"required": ["clientSecret", "kind"]`},
		"an input that is required no more": {`"requiredInputs": ["name"],`, ``},
		"a function":                        {`"functions": {`, `"functions": {"cfaccess:index:getServiceTokens": {},`},
		"an alias":                          {`"aliases": [`, `"aliases": [{"type": "another:index:Token"},`},
		"a value":                           {`"enum": [`, `"enum": [{"value": "user"},`},
		"a description":                     {`"duration": {`, `"duration": {"description": "How long it lasts.",`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := strings.Replace(sample, test.old, test.new, 1)
			if after == sample || !json.Valid([]byte(after)) {
				t.Fatal("the change changes nothing, or is no JSON")
			}
			if found := compare(schemaIn(t, []byte(sample)), schemaIn(t, []byte(after))); len(found) > 0 {
				t.Errorf("noticed %q", found)
			}
		})
	}
}

func schemaIn(t *testing.T, text []byte) packageSchema {
	t.Helper()
	schema, err := parseSchema(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(schema.Resources) == 0 {
		t.Fatal("the schema has no resource: this is another format")
	}
	return schema
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package upgrade

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// packageSchema is what a program depends on of a package's schema.
type packageSchema struct {
	Config    object                    `json:"-"`
	Provider  resourceSchema            `json:"provider"`
	Resources map[string]resourceSchema `json:"resources"`
	Functions map[string]functionSchema `json:"functions"`
	Types     map[string]object         `json:"types"`
}

// object is a set of properties, or, for an enumeration, of values.
type object struct {
	Properties map[string]property `json:"properties"`
	Required   []string            `json:"required"`
	Enum       []enumValue         `json:"enum"`
}

type enumValue struct {
	Value any `json:"value"`
}

type property struct {
	Type                 any  `json:"type"`
	Ref                  any  `json:"$ref"`
	Items                any  `json:"items"`
	AdditionalProperties any  `json:"additionalProperties"`
	OneOf                any  `json:"oneOf"`
	Secret               bool `json:"secret"`
	WillReplaceOnChanges bool `json:"willReplaceOnChanges"`
	ReplaceOnChanges     bool `json:"replaceOnChanges"`
}

type resourceSchema struct {
	object
	InputProperties map[string]property `json:"inputProperties"`
	RequiredInputs  []string            `json:"requiredInputs"`
	Aliases         []struct {
		Type string `json:"type"`
	} `json:"aliases"`
}

func (r resourceSchema) inputs() object {
	return object{Properties: r.InputProperties, Required: r.RequiredInputs}
}

type functionSchema struct {
	Inputs     object `json:"inputs"`
	Outputs    object `json:"outputs"`
	ReturnType any    `json:"returnType"`
}

func parseSchema(text []byte) (packageSchema, error) {
	var schema packageSchema
	if err := json.Unmarshal(text, &schema); err != nil {
		return packageSchema{}, fmt.Errorf("reading a schema: %w", err)
	}
	// The configuration has its properties under another name than all else.
	var config struct {
		Config struct {
			Variables map[string]property `json:"variables"`
			Required  []string            `json:"required"`
		} `json:"config"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return packageSchema{}, fmt.Errorf("reading a schema's configuration: %w", err)
	}
	schema.Config = object{Properties: config.Config.Variables, Required: config.Config.Required}
	return schema, nil
}

// breaks lists what a program that uses the old schema, or a stack that it left,
// can no longer rely on.
type breaks []string

func compare(before, after packageSchema) breaks {
	var b breaks
	b.inputs("the configuration", before.Config, after.Config)
	b.resource("the provider", before.Provider, after.Provider)
	each(&b, "the resource", before.Resources, after.Resources, b.resource)
	each(&b, "the function", before.Functions, after.Functions, b.function)
	each(&b, "the type", before.Types, after.Types, b.typeUsedAnywhere)
	return b
}

func (b *breaks) add(format string, args ...any) { *b = append(*b, fmt.Sprintf(format, args...)) }

// each compares what has the same name, and reports what is gone.
func each[T any](b *breaks, kind string, before, after map[string]T, compare func(name string, before, after T)) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[name]; ok {
			compare(name, before[name], now)
		} else {
			b.add("%s %s is gone", kind, name)
		}
	}
}

func (b *breaks) resource(name string, before, after resourceSchema) {
	b.inputs(name, before.inputs(), after.inputs())
	b.outputs(name, before.object, after.object)
	for _, alias := range before.Aliases {
		if !slices.Contains(after.Aliases, alias) {
			b.add("%s: the alias %s is gone", name, alias.Type)
		}
	}
}

func (b *breaks) function(name string, before, after functionSchema) {
	b.inputs(name, before.Inputs, after.Inputs)
	b.outputs(name, before.Outputs, after.Outputs)
	if !reflect.DeepEqual(before.ReturnType, after.ReturnType) {
		b.add("%s: returns another type", name)
	}
}

// typeUsedAnywhere compares a type, which may be one of inputs and of outputs.
func (b *breaks) typeUsedAnywhere(name string, before, after object) {
	b.inputs(name, before, after)
	b.outputs(name, before, object{Properties: after.Properties, Required: after.Required})
	for _, value := range before.Enum {
		if !slices.Contains(after.Enum, value) {
			b.add("%s: the value %v is gone", name, value.Value)
		}
	}
}

func (b *breaks) inputs(name string, before, after object) {
	b.properties(name+", input", before, after)
	for _, required := range after.Required {
		if !slices.Contains(before.Required, required) {
			b.add("%s, input %s: is required now", name, required)
		}
	}
}

func (b *breaks) outputs(name string, before, after object) {
	b.properties(name+", output", before, after)
	for _, required := range before.Required {
		if _, there := after.Properties[required]; there && !slices.Contains(after.Required, required) {
			b.add("%s, output %s: may be absent now", name, required)
		}
	}
}

func (b *breaks) properties(name string, before, after object) {
	each(b, name, before.Properties, after.Properties, func(key string, was, is property) {
		name := name + " " + key
		if was.Secret && !is.Secret {
			b.add("%s: is no longer a secret", name)
		}
		if !was.WillReplaceOnChanges && is.WillReplaceOnChanges || !was.ReplaceOnChanges && is.ReplaceOnChanges {
			b.add("%s: replaces the resource now", name)
		}
		if was.typed() != is.typed() {
			b.add("%s: is of another type: %s, and was %s", name, is.typed(), was.typed())
		}
	})
}

// typed spells a property's type.
func (p property) typed() string {
	text, _ := json.Marshal([]any{p.Type, p.Ref, p.Items, p.AdditionalProperties, p.OneOf}) // was JSON
	return string(text)
}

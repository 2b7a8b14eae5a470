package servicetoken

import (
	"reflect"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// outputs are the fields of a state, by the names that the stack has for them.
var outputs = func() map[string]int {
	byName := map[string]int{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[State]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ","); name != "" {
			byName[name] = field.Index[0]
		}
	}
	return byName
}()

// ReadState reads what a stack stores. What a later version has added is left out,
// so that a downgrade can still destroy what it finds. A state of the cloudflare
// provider is adopted; held is the version that its client secret belongs to, nil if
// nobody knows.
func ReadState(m property.Map, held *int) State {
	if _, own := m.GetOk("tokenId"); !own {
		return adopt(m, held)
	}
	var s State
	state := reflect.ValueOf(&s).Elem()
	for name, value := range m.All {
		if i, ok := outputs[name]; ok {
			store(state.Field(i), value)
		}
	}
	// A refresh under this provider's type leaves a state of the other one without it.
	if s.ClientSecretStatus == "" {
		return s.adopted(held)
	}
	return s
}

// store sets a field to a value of its type.
func store(field reflect.Value, value property.Value) {
	var of reflect.Value
	switch {
	case value.IsString():
		of = reflect.ValueOf(value.AsString())
	case value.IsBool():
		of = reflect.ValueOf(value.AsBool())
	case value.IsNumber():
		of = reflect.ValueOf(int(value.AsNumber()))
	default:
		return
	}
	switch field.Type() {
	case of.Type():
		field.Set(of)
	case reflect.PointerTo(of.Type()):
		pointer := reflect.New(of.Type())
		pointer.Elem().Set(of)
		field.Set(pointer)
	}
}

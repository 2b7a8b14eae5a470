package provider

import (
	"context"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// StateMigrations lets infer read the state of the cloudflare provider. It is
// called on a nil receiver.
func (*ServiceToken) StateMigrations(context.Context) []infer.StateMigrationFunc[ServiceTokenState] {
	return []infer.StateMigrationFunc[ServiceTokenState]{infer.StateMigration(migrateForeign)}
}

// migrateForeign reads a state of the cloudflare provider, of whichever version.
// What it does not know, or cannot read, counts as absent: the next answer of
// Cloudflare tells. Of a state of this provider, and of an import's empty one, it
// makes nothing.
func migrateForeign(_ context.Context, old property.Map) (infer.MigrationResult[ServiceTokenState], error) {
	id := foreignText(old, "id")
	if _, own := old.GetOk("tokenId"); own || id == nil {
		return infer.MigrationResult[ServiceTokenState]{}, nil
	}
	state := ServiceTokenState{
		AccountID:                     foreignScope(old, "accountId"),
		ZoneID:                        foreignScope(old, "zoneId"),
		Name:                          deref(foreignText(old, "name")),
		Duration:                      foreignDuration(old, "duration"),
		Enabled:                       foreignBool(old, "enabled"),
		TokenID:                       *id,
		ClientID:                      deref(foreignText(old, "clientId")),
		ClientSecret:                  foreignText(old, "clientSecret"),
		ClientSecretVersion:           foreignVersion(old, "clientSecretVersion"),
		PreviousClientSecretExpiresAt: foreignTime(old, "previousClientSecretExpiresAt"),
		ExpiresAt:                     foreignTime(old, "expiresAt"),
		CreatedAt:                     foreignTime(old, "createdAt"),
	}
	if deref(state.Duration) == forever {
		state.ExpiresAt = nil // what is there means nothing
	}
	return infer.MigrationResult[ServiceTokenState]{Result: &state}, nil
}

// knownInputs leaves out the inputs that only the cloudflare provider has: infer
// would refuse them in a refresh, which reads the last run's, and compares with
// them. Those of a program, Check has refused.
func knownInputs(inputs property.Map) property.Map {
	known := map[string]property.Value{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[ServiceTokenArgs]()) {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		if value, ok := inputs.GetOk(name); ok {
			known[name] = value
		}
	}
	return property.NewMap(known)
}

// foreignText reads a text; an empty one says nothing.
func foreignText(state property.Map, key string) *string {
	if text := stringAt(state, key); text != nil && *text != "" {
		return text
	}
	return nil
}

// foreignScope reads an account's or zone's id, in the one case that is accepted
// here.
func foreignScope(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil {
		if id := strings.ToLower(*text); scopeIDPattern.MatchString(id) {
			return &id
		}
	}
	return nil
}

func foreignDuration(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil && validateDuration(*text) == nil {
		return text
	}
	return nil
}

// foreignTime reads a time, and spells it as this provider does.
func foreignTime(state property.Map, key string) *string {
	if at := parseTime(foreignText(state, key)); at != nil {
		return new(formatTime(*at))
	}
	return nil
}

// foreignVersion reads a version, which is a number or the text of one.
func foreignVersion(state property.Map, key string) *int {
	var number float64
	switch value := state.Get(key); {
	case value.IsNumber():
		number = value.AsNumber()
	case value.IsString():
		var err error
		if number, err = strconv.ParseFloat(value.AsString(), 64); err != nil {
			return nil
		}
	}
	if number < 1 || number > math.MaxInt32 || number != math.Trunc(number) {
		return nil
	}
	return new(int(number))
}

// foreignBool reads a truth value, or the text of one.
func foreignBool(state property.Map, key string) *bool {
	switch value := state.Get(key); {
	case value.IsBool():
		return new(value.AsBool())
	case value.IsString():
		if truth, err := strconv.ParseBool(value.AsString()); err == nil {
			return &truth
		}
	}
	return nil
}

package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// arguments are those of the functions.
var arguments = map[tokens.Type]values{
	"cfaccess:index:getServiceToken": {
		"accountId": typed(servicetoken.AsText), "zoneId": typed(servicetoken.AsText), "tokenId": typed(servicetoken.AsText), "name": typed(servicetoken.AsText),
	},
	referencesFunction: {
		"accountId": typed(servicetoken.AsText), "zoneId": typed(servicetoken.AsText), "tokenId": typed(servicetoken.AsText),
	},
	listFunction: {
		"accountId": typed(servicetoken.AsText), "zoneId": typed(servicetoken.AsText), "nameContains": typed(servicetoken.AsText), "enabled": typed(servicetoken.AsBool),
		"unusedForDays":     typed(servicetoken.Whole("a number of days", 1, servicetoken.MaxDays)),
		"expiresWithinDays": typed(servicetoken.Whole("a number of days", 0, servicetoken.MaxDays)),
	},
}

// checkArguments refuses what decoding would turn into something else (infer cuts a
// fraction off where it wants an integer), and what it would refuse in words of Go.
func checkArguments(function tokens.Type, args property.Map) []p.CheckFailure {
	failures := append(arguments[function].failures(args), arguments[function].unknownNames(args)...)
	if function == referencesFunction && args.Get("tokenId").IsNull() {
		failures = append(failures, failure("tokenId", "tokenId is required: write the id of the token, such as the output tokenId of a ServiceToken")...)
	}
	return failures
}

// values are those of a map, and what is wrong with each if it is given.
type values map[string]func(property.Value) string

func typed[T any](read servicetoken.Reader[T]) func(property.Value) string {
	return func(v property.Value) string {
		_, reason := read(v)
		return reason
	}
}

// failures refuses what infer would refuse in words of Go, or read as something else.
func (v values) failures(given property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, name := range slices.Sorted(maps.Keys(v)) {
		value := given.Get(name)
		if value.IsNull() || value.IsComputed() {
			continue
		}
		if reason := v[name](value); reason != "" {
			failures = append(failures, failure(name, reason)...)
		}
	}
	return failures
}

// unknownNames refuses what is not among the values.
func (v values) unknownNames(given property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, name := range slices.Sorted(maps.Keys(given.AsMap())) {
		if _, ok := v[name]; !ok {
			failures = append(failures, failure(name, fmt.Sprintf("there is no such argument%s", servicetoken.DidYouMean(name, slices.Sorted(maps.Keys(v)))))...)
		}
	}
	return failures
}

// lookupScope is where a function or a listing looks: the one scope that its
// arguments name, or else the default account.
func (c *Config) lookupScope(accountID, zoneID *string) (cfapi.Scope, []p.CheckFailure) {
	switch {
	case accountID != nil && zoneID != nil:
		return cfapi.Scope{}, failure("zoneId", servicetoken.BothScopes)
	case accountID != nil:
		return cfapi.Account(*accountID), scopeIDFailures("accountId", *accountID)
	case zoneID != nil:
		return cfapi.Zone(*zoneID), scopeIDFailures("zoneId", *zoneID)
	case c.defaultAccount.value == "":
		return cfapi.Scope{}, failure("accountId", noScope)
	}
	return cfapi.Account(c.defaultAccount.value), nil
}

// noScope refuses to guess a place.
const noScope = "a service token belongs to an account or to a zone: write accountId or zoneId, " +
	"or set the provider's default account (cfaccess:accountId, or CLOUDFLARE_ACCOUNT_ID in the environment)"

func scopeIDFailures(argument, id string) []p.CheckFailure {
	if reason := servicetoken.CheckScopeID(argument, id); reason != "" {
		return failure(argument, reason)
	}
	return nil
}

func checkTokenID(id string) []p.CheckFailure {
	if servicetoken.IsTokenID(id) {
		return nil
	}
	if lower := strings.ToLower(strings.TrimSpace(id)); servicetoken.IsTokenID(lower) {
		return failure("tokenId", fmt.Sprintf("%q must be in lower case and without spaces: write %s", servicetoken.Clip(id), lower))
	}
	if ref, err := servicetoken.ParseID(strings.ToLower(strings.TrimSpace(id)), ""); err == nil {
		return failure("tokenId", fmt.Sprintf("%q is an import id, which contains the account or zone too: write tokenId: %s and %s: %s",
			servicetoken.Clip(id), ref.TokenID, ref.Scope.Property(), ref.Scope.ID))
	}
	if servicetoken.IsClientID(id) {
		return failure("tokenId", fmt.Sprintf("%q is a client id: write the token's id, a UUID, or find the token by its name with getServiceToken", id))
	}
	return failure("tokenId", fmt.Sprintf("%q is not a token's id: write the UUID in the output tokenId of a ServiceToken, or find the token by its name with getServiceToken", servicetoken.Clip(id)))
}

func checkFailures(found []servicetoken.Failure) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, f := range found {
		failures = append(failures, p.CheckFailure(f))
	}
	return failures
}

func failure(name, reason string) []p.CheckFailure {
	return []p.CheckFailure{{Property: name, Reason: reason}}
}

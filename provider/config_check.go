package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// Cloudflare ended user service keys, and infer ignores a key of the
// configuration that it does not know: who still sets one would otherwise look
// for the reason elsewhere.
const (
	serviceKeyProperty = "apiUserServiceKey"

	serviceKeyRefused = "apiUserServiceKey is set, but Cloudflare ended user service keys on 2026-09-30: remove it " +
		"(from the stack's configuration with `pulumi config rm cfaccess:apiUserServiceKey`) and set apiToken instead, or apiKey with email"
	serviceKeyStored = serviceKeyRefused + ". Then run `pulumi up`, which removes it from the stack's state"
)

// How each value of the configuration is read, by its type.
var (
	textValues = values{
		"apiToken": typed(servicetoken.AsText), "apiKey": typed(servicetoken.AsText), "email": typed(servicetoken.AsText),
		"baseUrl": typed(servicetoken.AsText), "accountId": typed(servicetoken.AsText), "requestTimeout": typed(servicetoken.AsText),
	}
	numberValues = values{
		"maxRetries":        typed(servicetoken.Whole("a number of retries", 0, math.MaxInt32)),
		"expiryWarningDays": typed(servicetoken.Whole("a number of days", 0, servicetoken.MaxDays)),
		"requestsPerSecond": func(v property.Value) string {
			if !v.IsNumber() || math.IsNaN(v.AsNumber()) || math.IsInf(v.AsNumber(), 0) {
				return "it is not a number: write for example 4"
			}
			return ""
		},
	}
	booleanValues = values{"holdRotations": typed(servicetoken.AsBool)}

	configuration = union(textValues, numberValues, booleanValues)
)

func union(parts ...values) values {
	all := values{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// checkConfiguration has the provider refuse impossible values, in its own words, where
// the configuration is checked, and where it is used without a check before: a
// refresh, a destroy and an import take the configuration of the state.
func checkConfiguration(prov *p.Provider, config *Config) {
	check, configure := prov.CheckConfig, prov.Configure
	// infer decodes each configuration that it checks or uses into the same struct.
	var mu sync.Mutex
	prov.CheckConfig = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		mu.Lock()
		defer mu.Unlock()
		config.forget()
		config.checked = true
		for _, warning := range misspelt(req.Inputs) {
			p.GetLogger(ctx).Warning(warning)
		}
		failures := configuration.failures(readTexts(req.Inputs))
		for i, f := range failures {
			// The engine would show the value of a property that a failure names.
			failures[i] = p.CheckFailure{Reason: f.Property + ": " + f.Reason}
		}
		if setsServiceKey(req.Inputs) {
			failures = append(failures, p.CheckFailure{Reason: serviceKeyRefused})
		}
		if len(failures) > 0 {
			return p.CheckResponse{Inputs: req.Inputs, Failures: failures}, nil
		}
		return check(ctx, req)
	}
	prov.Configure = func(ctx context.Context, req p.ConfigureRequest) error {
		mu.Lock()
		defer mu.Unlock()
		config.forget()
		req.Args = readTexts(req.Args)
		if failures := configuration.failures(req.Args); len(failures) > 0 {
			return middleware.RefusedArguments(failures)
		}
		if setsServiceKey(req.Args) {
			return errors.New(serviceKeyStored)
		}
		return configure(ctx, req)
	}
}

// misspelt says which keys come near those of the provider. Others are left alone:
// programs may keep keys of their own in the stack's configuration.
func misspelt(config property.Map) []string {
	var warnings []string
	known := slices.Sorted(maps.Keys(configuration))
	for _, key := range slices.Sorted(maps.Keys(config.AsMap())) {
		if _, ok := configuration[key]; ok || key == serviceKeyProperty || key == "version" || isEngineKey(key) {
			continue
		}
		if near := servicetoken.Near(key, known); near != "" {
			warnings = append(warnings, fmt.Sprintf("the provider ignores %s, which is not one of its configuration keys: did you mean %s?", key, near))
		}
	}
	return warnings
}

// setsServiceKey reports whether a configuration has a service key, known or not.
func setsServiceKey(config property.Map) bool {
	value, ok := config.GetOk(serviceKeyProperty)
	return ok && !value.IsNull()
}

// readTexts turns the texts of the configuration that stand for numbers and truth
// values into these. A `pulumi import` configures its default provider with the
// stack's values as they are stored, which is as texts, and without a check before,
// that would have read them. Other texts are left to be refused.
func readTexts(config property.Map) property.Map {
	for key := range numberValues {
		config = readText[float64](config, key)
	}
	for key := range booleanValues {
		config = readText[bool](config, key)
	}
	return config
}

// readText reads the text of one key as infer does, which takes it for JSON.
func readText[T float64 | bool](config property.Map, key string) property.Map {
	value := config.Get(key)
	var read *T // null is neither
	if !value.IsString() || json.Unmarshal([]byte(value.AsString()), &read) != nil || read == nil {
		return config
	}
	return config.Set(key, property.New(*read).WithSecret(value.Secret()))
}

package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const defaultExpiryWarningDays = 30

// setting is a value of the configuration, and where it came from: messages
// name the place to look at, never the value of a credential.
type setting struct{ value, source string }

// settings is the configuration after explicit values and the environment were
// weighed up.
type settings struct {
	api               cfapi.Config
	defaultAccount    setting
	expiryWarningDays int
	// serviceKeyIgnored is set where the environment has a user service key.
	serviceKeyIgnored bool
}

// resolve reads the configuration, explicit values first, then the environment.
// It writes nothing back.
func resolve(c Config, lookupEnv func(string) (string, bool)) (settings, error) {
	env := func(key string) setting {
		value, _ := lookupEnv(key)
		return setting{strings.TrimSpace(value), key + " in the environment"}
	}
	or := func(explicit *string, key, variable string) setting {
		if v := strings.TrimSpace(deref(explicit)); v != "" {
			return setting{v, "the provider's " + key}
		}
		return env(variable)
	}

	api, err := resolveAPI(c, or(c.BaseURL, "baseUrl", "CLOUDFLARE_BASE_URL"), env)
	if err != nil {
		return settings{}, err
	}
	warningDays := defaultExpiryWarningDays
	if c.ExpiryWarningDays != nil {
		warningDays = *c.ExpiryWarningDays
		if err := servicetoken.ValidateDays(warningDays); err != nil {
			return settings{}, fmt.Errorf("expiryWarningDays: %w", err)
		}
	}
	account := or(c.AccountID, "accountId", "CLOUDFLARE_ACCOUNT_ID")
	if account.value != "" {
		if reason := servicetoken.CheckScopeID("accountId", account.value); reason != "" {
			return settings{}, fmt.Errorf("the default account, from %s: %s", account.source, reason)
		}
	}
	return settings{
		api: api, defaultAccount: account, expiryWarningDays: warningDays, serviceKeyIgnored: env(serviceKeyVariable).value != "",
	}, nil
}

// credentials are those given at one level, explicit or environment.
type credentials struct{ token, key, email setting }

// levels returns the explicit credentials, which beat the environment's as a whole,
// and those of the environment. A key and its e-mail may come from both.
func levels(c Config, env func(string) setting) []credentials {
	of := func(v *string, key string) setting {
		return setting{strings.TrimSpace(deref(v)), "the provider's " + key}
	}
	explicit := credentials{of(c.APIToken, "apiToken"), of(c.APIKey, "apiKey"), of(c.Email, "email")}
	environment := credentials{env("CLOUDFLARE_API_TOKEN"), env("CLOUDFLARE_API_KEY"), env("CLOUDFLARE_EMAIL")}
	if explicit.key.value != "" && explicit.email.value == "" {
		explicit.email = environment.email
	}
	if explicit.email.value != "" && explicit.key.value == "" && explicit.token.value == "" {
		explicit.key = environment.key
	}
	return []credentials{explicit, environment}
}

// resolveAPI resolves what the client needs, with the first level of credentials
// that has one. The client judges the values.
func resolveAPI(c Config, base setting, env func(string) setting) (cfapi.Config, error) {
	api := cfapi.Config{
		BaseURL: base.value, UserAgent: "pulumi-cfaccess/" + Version,
		MaxRetries: c.MaxRetries, RequestsPerSecond: c.RequestsPerSecond,
	}
	if c.RequestTimeout != nil {
		timeout, _ := time.ParseDuration(*c.RequestTimeout) // what is no duration becomes 0, which is refused
		api.RequestTimeout = &timeout
	}
	for _, given := range levels(c, env) {
		api.APIToken, api.APIKey, api.APIEmail = cfapi.Secret(given.token.value), cfapi.Secret(given.key.value), given.email.value
		resolved, err := api.Resolve()
		refused, ok := errors.AsType[*cfapi.ConfigError](err)
		switch {
		case !ok:
			return resolved, err
		case refused.Field != "APIToken" || refused.Problem != cfapi.Missing:
			return cfapi.Config{}, explain(refused, c, given, base)
		}
	}
	missing := "no credential for Cloudflare is set: run `pulumi config set --secret cfaccess:apiToken`, " +
		"or set CLOUDFLARE_API_TOKEN in the environment (apiKey with email, or CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL, works too)"
	if env(serviceKeyVariable).value != "" {
		missing += ". " + serviceKeyIgnored
	}
	return cfapi.Config{}, errors.New(missing)
}

// explain says where a value that the client refuses was set, and what to write. It
// names no credential and no base URL.
func explain(refused *cfapi.ConfigError, c Config, given credentials, base setting) error {
	switch refused.Problem {
	case cfapi.NotAlone:
		return fmt.Errorf("more than one kind of credential is set: %s and %s with %s; keep one", given.token.source, given.key.source, given.email.source)
	case cfapi.Missing:
		return errors.New("apiKey needs the user's e-mail beside it: set the provider's email, or CLOUDFLARE_EMAIL in the environment")
	case cfapi.WrongCharacters:
		return errors.New("a credential holds a space, a line break or another character that no credential has")
	case cfapi.NotURL:
		return fmt.Errorf("baseUrl, from %s, is not a URL: write for example https://api.cloudflare.com/client/v4", base.source)
	case cfapi.CarriesPassword:
		return fmt.Errorf("baseUrl, from %s, carries a user name or a password: take it out", base.source)
	case cfapi.NotHTTPS:
		return fmt.Errorf("baseUrl, from %s, is not https, so the credential would travel in clear: write %s", base.source, refused.Instead)
	case cfapi.CarriesQuery:
		return fmt.Errorf("baseUrl, from %s, carries a query or a fragment: take it out", base.source)
	}
	switch refused.Field {
	case "MaxRetries":
		return fmt.Errorf("maxRetries: %d is below zero: write how often a safe request may be repeated, 0 for never", *c.MaxRetries)
	case "RequestTimeout":
		return fmt.Errorf("requestTimeout: %q is not a duration above zero: write for example \"30s\"", servicetoken.Clip(*c.RequestTimeout))
	case "RequestsPerSecond":
		return fmt.Errorf("requestsPerSecond: %v is not above zero: write for example 4", *c.RequestsPerSecond)
	}
	return refused
}

func deref(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}

// Cloudflare ended user service keys, and infer ignores a key of the
// configuration that it does not know: who still sets one would otherwise look
// for the reason elsewhere.
const (
	serviceKeyProperty = "apiUserServiceKey"
	serviceKeyVariable = "CLOUDFLARE_API_USER_SERVICE_KEY"

	serviceKeyRefused = "apiUserServiceKey is set, but Cloudflare ended user service keys on 2026-09-30: take it out " +
		"(of the stack's configuration with `pulumi config rm cfaccess:apiUserServiceKey`) and set apiToken instead, or apiKey with email"
	serviceKeyStored  = serviceKeyRefused + ". Then run `pulumi up`, which takes it out of the stack's state"
	serviceKeyIgnored = "CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"
)

// refuseServiceKey has the provider refuse the property where it is checked, and
// where it is configured without a check before: a refresh, a destroy and an
// import take the configuration of the state.
func refuseServiceKey(prov *p.Provider) {
	check, configure := prov.CheckConfig, prov.Configure
	prov.CheckConfig = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		resp, err := check(ctx, req)
		if setsServiceKey(req.Inputs) {
			// The engine would show the value of a property that a failure names.
			resp.Failures = append(resp.Failures, p.CheckFailure{Reason: serviceKeyRefused})
		}
		return resp, err
	}
	prov.Configure = func(ctx context.Context, req p.ConfigureRequest) error {
		if setsServiceKey(req.Args) {
			return errors.New(serviceKeyStored)
		}
		return configure(ctx, req)
	}
}

// setsServiceKey reports whether a configuration has a service key, known or not.
func setsServiceKey(config property.Map) bool {
	value, ok := config.GetOk(serviceKeyProperty)
	return ok && !value.IsNull()
}

// readNumbers turns the texts of the configuration that stand for numbers into
// numbers. A `pulumi import` configures its default provider with the stack's
// values as they are stored, which is as texts, and without a check before, that
// would have read them. What is no number is left for infer to refuse.
func readNumbers(config property.Map) property.Map {
	for _, key := range []string{"maxRetries", "requestsPerSecond", "expiryWarningDays"} {
		value, ok := config.GetOk(key)
		if !ok || !value.IsString() {
			continue
		}
		if number, err := strconv.ParseFloat(value.AsString(), 64); err == nil {
			config = config.Set(key, property.New(number).WithSecret(value.Secret()))
		}
	}
	return config
}

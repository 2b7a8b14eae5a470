package provider

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	api     cfapi.Config
	baseURL setting
	// explicit reports that the credential is not the environment's, and usesKey that
	// it is an API key.
	explicit, usesKey bool

	defaultAccount    setting
	expiryWarningDays int
	// heldBy names what holds rotations back, empty if nothing does.
	heldBy string
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

	base := or(c.BaseURL, "baseUrl", "CLOUDFLARE_BASE_URL")
	api, err := resolveAPI(c, base, env)
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
	heldBy, err := holdsRotations(c, env)
	if err != nil {
		return settings{}, err
	}
	return settings{
		api: api, baseURL: base, explicit: strings.TrimSpace(deref(c.APIToken)+deref(c.APIKey)) != "", usesKey: api.APIKey != "",
		heldBy: heldBy, defaultAccount: account, expiryWarningDays: warningDays, serviceKeyIgnored: env(serviceKeyVariable).value != "",
	}, nil
}

// holdsRotations finds what holds rotations back. In an emergency the environment
// has to reach every provider, so that it also holds where the configuration says no.
func holdsRotations(c Config, env func(string) setting) (string, error) {
	if c.HoldRotations != nil && *c.HoldRotations {
		return "the provider's holdRotations", nil
	}
	given := env("CFACCESS_HOLD_ROTATIONS")
	if given.value == "" {
		return "", nil
	}
	holds, err := strconv.ParseBool(given.value)
	if err != nil {
		return "", fmt.Errorf("CFACCESS_HOLD_ROTATIONS in the environment is %q: write true or false", servicetoken.Clip(given.value))
	}
	if holds {
		return given.source, nil
	}
	return "", nil
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
		BaseURL: base.value, UserAgent: userAgent,
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
		return errors.New("apiKey requires the user's e-mail: set the provider's email, or CLOUDFLARE_EMAIL in the environment")
	case cfapi.WrongCharacters:
		return errors.New("a credential contains a space, a line break or another character that no credential has")
	case cfapi.NotURL:
		return fmt.Errorf("baseUrl, from %s, is not a URL: write for example https://api.cloudflare.com/client/v4", base.source)
	case cfapi.CarriesPassword:
		return fmt.Errorf("baseUrl, from %s, contains a user name or a password: remove them", base.source)
	case cfapi.NotHTTPS:
		return fmt.Errorf("baseUrl, from %s, is not https, so the credential would be sent unencrypted: write %s", base.source, refused.Instead)
	case cfapi.CarriesQuery:
		return fmt.Errorf("baseUrl, from %s, contains a query or a fragment: remove it", base.source)
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

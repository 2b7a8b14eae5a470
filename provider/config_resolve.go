package provider

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

const (
	defaultMaxRetries     = 4
	defaultRequestTimeout = 30 * time.Second

	defaultExpiryWarningDays = 30
)

// setting is a value of the configuration, and where it came from: messages
// name the place to look at, never the value of a credential.
type setting struct{ value, source string }

// settings is the configuration after explicit values and the environment were
// weighed up.
type settings struct {
	api               cfapi.Config
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

	api, err := resolveCredentials(c, env)
	if err != nil {
		return settings{}, err
	}
	api.UserAgent = "pulumi-cfaccess/" + Version
	api.MaxRetries, api.RequestTimeout = defaultMaxRetries, defaultRequestTimeout

	if base := or(c.BaseURL, "baseUrl", "CLOUDFLARE_BASE_URL"); base.value != "" {
		if err := checkBaseURL(base); err != nil {
			return settings{}, err
		}
		api.BaseURL = base.value
	}
	if c.MaxRetries != nil {
		if *c.MaxRetries < 0 {
			return settings{}, fmt.Errorf("maxRetries: %d is below zero: write how often a safe request may be repeated, 0 for never", *c.MaxRetries)
		}
		api.MaxRetries = *c.MaxRetries
	}
	if c.RequestTimeout != nil {
		timeout, err := time.ParseDuration(*c.RequestTimeout)
		if err != nil || timeout <= 0 {
			return settings{}, fmt.Errorf("requestTimeout: %q is not a duration above zero: write for example \"30s\"", servicetoken.Clip(*c.RequestTimeout))
		}
		api.RequestTimeout = timeout
	}
	if c.RequestsPerSecond != nil {
		if *c.RequestsPerSecond <= 0 || math.IsInf(*c.RequestsPerSecond, 0) || math.IsNaN(*c.RequestsPerSecond) {
			return settings{}, fmt.Errorf("requestsPerSecond: %v is not above zero: write for example 4", *c.RequestsPerSecond)
		}
		api.RequestsPerSecond = *c.RequestsPerSecond
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
		heldBy: heldBy,
		api:    api, defaultAccount: account, expiryWarningDays: warningDays, serviceKeyIgnored: env(serviceKeyVariable).value != "",
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

func (c credentials) keyComplete() bool { return c.key.value != "" && c.email.value != "" }

// kinds names where each complete kind of credential comes from.
func (c credentials) kinds() []string {
	var kinds []string
	if c.token.value != "" {
		kinds = append(kinds, c.token.source)
	}
	if c.keyComplete() {
		kinds = append(kinds, c.key.source+" with "+c.email.source)
	}
	return kinds
}

// resolveCredentials picks the one kind of credential to use. An explicit one
// beats the environment's as a whole; a key and its e-mail may come from both.
func resolveCredentials(c Config, env func(string) setting) (cfapi.Config, error) {
	of := func(v *string, key string) setting {
		return setting{strings.TrimSpace(deref(v)), "the provider's " + key}
	}
	explicit := credentials{of(c.APIToken, "apiToken"), of(c.APIKey, "apiKey"), of(c.Email, "email")}
	environment := credentials{env("CLOUDFLARE_API_TOKEN"), env("CLOUDFLARE_API_KEY"), env("CLOUDFLARE_EMAIL")}
	// Half a pair that is written down is completed from the environment.
	if explicit.key.value != "" && explicit.email.value == "" {
		explicit.email = environment.email
	}
	if explicit.email.value != "" && explicit.key.value == "" && explicit.token.value == "" {
		explicit.key = environment.key
	}

	for _, level := range []credentials{explicit, environment} {
		kinds := level.kinds()
		switch {
		case len(kinds) > 1:
			return cfapi.Config{}, fmt.Errorf("more than one kind of credential is set: %s; keep one", strings.Join(kinds, " and "))
		case level.token.value != "":
			return cfapi.Config{APIToken: cfapi.Secret(level.token.value)}, nil
		case level.keyComplete():
			return cfapi.Config{APIKey: cfapi.Secret(level.key.value), APIEmail: level.email.value}, nil
		case level.key.value != "":
			return cfapi.Config{}, errors.New("apiKey requires the user's e-mail: set the provider's email, or CLOUDFLARE_EMAIL in the environment")
		}
	}
	missing := "no credential for Cloudflare is set: run `pulumi config set --secret cfaccess:apiToken`, " +
		"or set CLOUDFLARE_API_TOKEN in the environment (apiKey with email, or CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL, works too)"
	if env(serviceKeyVariable).value != "" {
		missing += ". " + serviceKeyIgnored
	}
	return cfapi.Config{}, errors.New(missing)
}

// checkBaseURL refuses to send a credential in clear over a network.
func checkBaseURL(base setting) error {
	u, err := url.Parse(base.value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("baseUrl, from %s, is not a URL: write for example https://api.cloudflare.com/client/v4", base.source)
	case u.User != nil:
		return fmt.Errorf("baseUrl, from %s, contains a user name or a password: remove them", base.source)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return fmt.Errorf("baseUrl, from %s, is not https, so the credential would be sent unencrypted: write https://%s%s", base.source, u.Host, u.Path)
	}
	return nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func deref(v *string) string {
	if v == nil {
		return ""
	}
	return *v
}

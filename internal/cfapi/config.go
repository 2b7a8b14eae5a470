package cfapi

import (
	"cmp"
	"context"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// DefaultBaseURL is Cloudflare's API.
	DefaultBaseURL = "https://api.cloudflare.com/client/v4"
	// DefaultMaxRetries is how often a request is repeated at most.
	DefaultMaxRetries = 4
	// DefaultRequestTimeout bounds a single request.
	DefaultRequestTimeout = 30 * time.Second
)

// Config configures a [Client]. It needs one kind of credential:
// APIToken, or APIKey with APIEmail.
type Config struct {
	// BaseURL is [DefaultBaseURL] if empty. Anything but https is refused unless
	// the host is this machine, since every request carries the credentials.
	BaseURL string

	APIToken Secret
	APIKey   Secret
	APIEmail string

	// MaxRetries is how often a request is repeated at most, where that is safe.
	// 0 is never, nil is [DefaultMaxRetries].
	MaxRetries *int
	// RequestTimeout bounds each attempt, from dialling to the last byte of the
	// answer. nil is [DefaultRequestTimeout].
	RequestTimeout *time.Duration
	// RequestsPerSecond paces the requests, after the first 200, if Cloudflare's
	// answers do not say what is left of the rate limit. nil is
	// [DefaultRequestsPerSecond].
	RequestsPerSecond *float64
	// OnWait, if not nil, is called before each wait that a user would notice, with
	// the context of the call that waits. If reads share the request that waits, it is
	// called for each of them.
	OnWait func(context.Context, Wait)
	// OnPage, if not nil, is called after each page of a listing with the number of
	// tokens listed so far.
	OnPage func(listed int)
	// UserAgent is cloudflare-go's own if empty.
	UserAgent string

	// Transport replaces the client's own connection pool.
	Transport http.RoundTripper
	// Timing replaces the clock.
	Timing Timing
}

// Problem is what is wrong with a field of a [Config].
type Problem string

const (
	// Missing: there is no credential at all (APIToken), or a key without the
	// e-mail address that belongs to it (APIEmail).
	Missing Problem = "is missing"
	// NotAlone: there is an API token and also a key with its e-mail address.
	NotAlone Problem = "is not alone"
	// WrongCharacters: a credential contains a space, a line break or another
	// character that no credential has.
	WrongCharacters Problem = "has wrong characters"
	// NotURL: the base URL is not one of http or https, with a host.
	NotURL Problem = "is no URL"
	// CarriesPassword: the base URL carries a user name or a password.
	CarriesPassword Problem = "carries a password"
	// NotHTTPS: credentials would travel over a network in clear.
	NotHTTPS Problem = "is not https"
	// CarriesQuery: the base URL carries a query or a fragment.
	CarriesQuery Problem = "carries a query"
	// OutOfRange: a number is below zero, or zero or infinite where it must not be.
	OutOfRange Problem = "is not possible"
)

// ConfigError is returned for a [Config] that cannot be used. It holds neither a
// credential nor the password of a URL.
type ConfigError struct {
	// Field is the name of the field in Config.
	Field   string
	Problem Problem
	// Instead is what to write, where that is evident.
	Instead string
}

func (e *ConfigError) Error() string {
	text := e.Field + " " + string(e.Problem)
	if e.Instead != "" {
		text += ": write " + e.Instead
	}
	return text
}

// Resolve returns the configuration with its one kind of credential and a value
// for each setting that is left out. The error is a [*ConfigError].
func (c Config) Resolve() (Config, error) {
	if err := c.resolveCredentials(); err != nil {
		return Config{}, err
	}
	if err := c.resolveBaseURL(); err != nil {
		return Config{}, err
	}
	c.MaxRetries = cmp.Or(c.MaxRetries, new(DefaultMaxRetries))
	c.RequestTimeout = cmp.Or(c.RequestTimeout, new(DefaultRequestTimeout))
	c.RequestsPerSecond = cmp.Or(c.RequestsPerSecond, new(float64(DefaultRequestsPerSecond)))
	switch perSecond := *c.RequestsPerSecond; {
	case *c.MaxRetries < 0:
		return Config{}, &ConfigError{Field: "MaxRetries", Problem: OutOfRange}
	case *c.RequestTimeout <= 0:
		return Config{}, &ConfigError{Field: "RequestTimeout", Problem: OutOfRange}
	case perSecond <= 0 || math.IsInf(perSecond, 0) || math.IsNaN(perSecond):
		return Config{}, &ConfigError{Field: "RequestsPerSecond", Problem: OutOfRange}
	}
	return c, nil
}

func (c *Config) resolveCredentials() error {
	pair := c.APIKey != "" && c.APIEmail != ""
	switch {
	case c.APIToken != "" && pair:
		return &ConfigError{Field: "APIToken", Problem: NotAlone}
	case c.APIToken != "":
		c.APIKey, c.APIEmail = "", "" // half of a pair is often there for other tools
	case c.APIKey != "" && !pair:
		return &ConfigError{Field: "APIEmail", Problem: Missing}
	case !pair:
		return &ConfigError{Field: "APIToken", Problem: Missing}
	}
	switch {
	case !c.APIToken.visible():
		return &ConfigError{Field: "APIToken", Problem: WrongCharacters}
	case !c.APIKey.visible():
		return &ConfigError{Field: "APIKey", Problem: WrongCharacters}
	case !Secret(c.APIEmail).visible():
		return &ConfigError{Field: "APIEmail", Problem: WrongCharacters}
	}
	return nil
}

func (c *Config) resolveBaseURL() error {
	u, err := url.Parse(cmp.Or(c.BaseURL, DefaultBaseURL))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return &ConfigError{Field: "BaseURL", Problem: NotURL}
	case u.User != nil:
		return &ConfigError{Field: "BaseURL", Problem: CarriesPassword}
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return &ConfigError{Field: "BaseURL", Problem: NotHTTPS, Instead: "https://" + u.Host + u.Path}
	case u.RawQuery != "" || u.Fragment != "":
		return &ConfigError{Field: "BaseURL", Problem: CarriesQuery}
	}
	c.BaseURL = strings.TrimRight(u.String(), "/")
	return nil
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

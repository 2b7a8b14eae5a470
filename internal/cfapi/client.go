package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// DefaultBaseURL is Cloudflare's API.
const DefaultBaseURL = "https://api.cloudflare.com/client/v4"

// DefaultRequestTimeout bounds a single request when the configuration does not.
const DefaultRequestTimeout = 30 * time.Second

// Config is what a [Client] is made of. Exactly one kind of credential must be
// there: APIToken, or APIKey with APIEmail.
type Config struct {
	// BaseURL is [DefaultBaseURL] if empty. Anything but https is refused unless
	// the host is this machine, since every request carries the credentials.
	BaseURL string

	APIToken Secret
	APIKey   Secret
	APIEmail string

	// MaxRetries is how often a request is repeated at most, where that is safe.
	// 0 is never.
	MaxRetries int
	// RequestTimeout bounds each attempt, from dialling to the last byte of the
	// answer. 0 is [DefaultRequestTimeout].
	RequestTimeout time.Duration
	// RequestsPerSecond paces the requests, after the first 200, where Cloudflare's
	// answers do not say what is left of its allowance. 0 is
	// [DefaultRequestsPerSecond].
	RequestsPerSecond float64
	// OnWait, if not nil, is called before a request waits for the rate limit, for
	// a second or longer, with the context of the call that waits and how long: once
	// for each of the reads that share the request.
	OnWait func(context.Context, time.Duration)
	// OnPage, if not nil, is called after each page of a listing with how many
	// tokens were listed so far.
	OnPage func(listed int)
	// UserAgent is cloudflare-go's own if empty.
	UserAgent string

	// Transport replaces the client's own connection pool.
	Transport http.RoundTripper
	// Timing replaces the clock.
	Timing Timing
}

// Client calls Cloudflare. It is safe for concurrent use.
type Client struct {
	tokens         *zero_trust.AccessServiceTokenService
	http           *http.Client
	redactor       *redactor
	maxRetries     int
	requestTimeout time.Duration
	timing         Timing
	pacer          *pacer
	reads          *sharedReads
	onPage         func(listed int)

	// markersRefused is set once Cloudflare has refused a marked creation.
	markersRefused atomic.Bool
	created        idSet
}

// New returns a client for the configuration. It makes no request.
func New(config Config) (*Client, error) {
	credentials, err := config.credentials()
	if err != nil {
		return nil, err
	}
	base, err := config.baseURL()
	if err != nil {
		return nil, err
	}
	if config.MaxRetries < 0 {
		return nil, errors.New("the number of retries must not be negative")
	}
	if config.RequestTimeout < 0 {
		return nil, errors.New("the request timeout must not be negative")
	}
	if config.RequestTimeout == 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}

	if config.RequestsPerSecond < 0 {
		return nil, errors.New("the number of requests per second must not be negative")
	}

	client := newHTTPClient(config.Transport)
	options := append(credentials,
		option.WithBaseURL(base),
		option.WithHTTPClient(client),
		option.WithMaxRetries(0), // retry.go decides
	)
	if config.UserAgent != "" {
		options = append(options, option.WithHeader("User-Agent", config.UserAgent))
	}
	c := &Client{
		tokens:         zero_trust.NewAccessServiceTokenService(options...),
		http:           client,
		redactor:       newRedactor(config.APIToken, config.APIKey),
		maxRetries:     config.MaxRetries,
		requestTimeout: config.RequestTimeout,
		timing:         config.Timing.orReal(),
		onPage:         config.OnPage,
	}
	c.reads = newSharedReads(c, config.OnWait)
	c.pacer = newPacer(c.timing, config.RequestsPerSecond, c.reads.waits)
	return c, nil
}

// CloseIdleConnections ends the connections that no request is using. The client
// stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// SetTransport replaces the client's connection pool. It must not be called
// after the first request.
func (c *Client) SetTransport(transport http.RoundTripper) { c.http.Transport = transport }

// credentials turns the one kind of credential that is configured into options.
func (c Config) credentials() ([]option.RequestOption, error) {
	for _, v := range []string{c.APIToken.Reveal(), c.APIKey.Reveal(), c.APIEmail} {
		if strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
			return nil, errors.New("a credential holds a space, a line break or another character that no credential has")
		}
	}
	var kinds [][]option.RequestOption
	if c.APIToken != "" {
		kinds = append(kinds, []option.RequestOption{option.WithAPIToken(c.APIToken.Reveal())})
	}
	if c.APIKey != "" || c.APIEmail != "" {
		if c.APIKey == "" || c.APIEmail == "" {
			return nil, errors.New("an API key and an e-mail address belong together: one of them is missing")
		}
		kinds = append(kinds, []option.RequestOption{
			option.WithAPIKey(c.APIKey.Reveal()), option.WithAPIEmail(c.APIEmail),
		})
	}
	switch len(kinds) {
	case 0:
		return nil, errors.New("no credentials: give an API token, or an API key with its e-mail address")
	case 1:
		return kinds[0], nil
	default:
		return nil, errors.New("more than one kind of credential: give an API token, or an API key with its e-mail address")
	}
}

// baseURL returns the base URL if it is fit to send credentials to. What is
// wrong is said without the URL, which may hold a password.
func (c Config) baseURL() (string, error) {
	if c.BaseURL == "" {
		return DefaultBaseURL, nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" {
		return "", errors.New("the base URL is not a URL such as " + DefaultBaseURL)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("the base URL of host %q must have no user, query or fragment", u.Host)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return "", fmt.Errorf("the base URL of host %q must be https: the credentials would travel in the clear", u.Host)
	}
	return strings.TrimRight(u.String(), "/"), nil
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

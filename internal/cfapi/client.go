package cfapi

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

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
	// created holds the ids of the tokens that this client has made, and whose
	// secrets it was given.
	created sync.Map
	// serverTime is the last answer's, in seconds since 1970; 0 if it had none.
	serverTime atomic.Int64
}

// New returns a client for the configuration, or a [*ConfigError]. It makes no
// request.
func New(config Config) (*Client, error) {
	config, err := config.Resolve()
	if err != nil {
		return nil, err
	}
	client := newHTTPClient(config.Transport)
	options := []option.RequestOption{
		option.WithBaseURL(config.BaseURL),
		option.WithHTTPClient(client),
		option.WithMaxRetries(0), // retry.go decides
	}
	if config.APIToken != "" {
		options = append(options, option.WithAPIToken(config.APIToken.Reveal()))
	} else {
		options = append(options, option.WithAPIKey(config.APIKey.Reveal()), option.WithAPIEmail(config.APIEmail))
	}
	if config.UserAgent != "" {
		options = append(options, option.WithHeader("User-Agent", config.UserAgent))
	}
	c := &Client{
		tokens:         zero_trust.NewAccessServiceTokenService(options...),
		http:           client,
		redactor:       newRedactor(config.APIToken, config.APIKey),
		maxRetries:     *config.MaxRetries,
		requestTimeout: *config.RequestTimeout,
		timing:         config.Timing.orReal(),
		onPage:         config.OnPage,
	}
	c.reads = newSharedReads(c, config.OnWait)
	c.pacer = newPacer(c.timing, *config.RequestsPerSecond, c.reads.waits)
	return c, nil
}

// ServerTime returns Cloudflare's clock at its last answer, to the second, or zero
// if the answer did not show it.
func (c *Client) ServerTime() time.Time {
	if at := c.serverTime.Load(); at != 0 {
		return time.Unix(at, 0)
	}
	return time.Time{}
}

// CloseIdleConnections ends the connections that no request is using. The client
// stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// SetTransport replaces the client's connection pool. It must not be called
// after the first request.
func (c *Client) SetTransport(transport http.RoundTripper) { c.http.Transport = transport }

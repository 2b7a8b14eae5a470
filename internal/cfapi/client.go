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
	// shown is the time of the last answer, nil if it had none.
	shown atomic.Pointer[shownTime]
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

// shownTime is what an answer said that the time is, and when it came.
type shownTime struct{ at, came time.Time }

// ServerTime returns the time by Cloudflare's clock, to the second, or zero if its last
// answer did not show it. That answer may be some time ago: requests after it may have
// waited, or have got none.
func (c *Client) ServerTime() time.Time {
	shown := c.shown.Load()
	if shown == nil {
		return time.Time{}
	}
	return shown.at.Add(c.timing.Now().Sub(shown.came)).Truncate(time.Second)
}

// CloseIdleConnections ends the connections that no request is using. The client
// stays usable.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// SetTransport replaces the client's connection pool. It must not be called
// after the first request.
func (c *Client) SetTransport(transport http.RoundTripper) { c.http.Transport = transport }

package cfsim

import "time"

// What a simulator accepts if its configuration does not say otherwise. The values
// are made up and look like it.
const (
	DefaultAPIToken  = "fake-api-token-for-tests-0123456789abcdef"
	DefaultAccountID = "0000000000000000000000000000aaaa"
	DefaultZoneID    = "0000000000000000000000000000bbbb"
)

// defaultPerPage is the size of a page if the request does not give one.
const defaultPerPage = 1000

// Config configures a [Simulator]. The zero value accepts [DefaultAPIToken] for
// [DefaultAccountID] and [DefaultZoneID].
type Config struct {
	// Now is the clock; nil is the real one. Advance moves either.
	Now func() time.Time
	// Seed determines every id and secret.
	Seed        uint64
	Credentials Credentials
	// Accounts and Zones are known besides the default ones. Their ids look alike,
	// and an id of the wrong kind is refused.
	Accounts, Zones []string
	// PerPageCap is the size of the largest page of a listing; 0 is 1000.
	PerPageCap int
	// MaxTokens is how many tokens an account or zone may have; 0 is no limit.
	// Cloudflare's default is 50.
	MaxTokens int
	// AccessNotEnabled are the accounts in which Zero Trust was never set up.
	AccessNotEnabled []string
	// EnforceRateLimit refuses everything for 5 minutes after more than 1200
	// requests in 5 minutes.
	EnforceRateLimit bool
	// Inactivity is the clean-up of unused tokens. SetInactivity changes it.
	Inactivity Inactivity
	Behaviour  Behaviour
	// Latency delays every answer, in real time. SetLatency changes it.
	Latency time.Duration
}

// withDefaults replaces zero values by what they stand for.
func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Credentials.empty() {
		c.Credentials.APITokens = []APIToken{{Value: DefaultAPIToken}}
	}
	if c.PerPageCap == 0 {
		c.PerPageCap = defaultPerPage
	}
	c.Accounts = append([]string{DefaultAccountID}, c.Accounts...)
	c.Zones = append([]string{DefaultZoneID}, c.Zones...)
	return c
}

// Credentials are what the simulator accepts: [DefaultAPIToken] if there are none.
type Credentials struct {
	APITokens []APIToken
	APIKey    string
	APIEmail  string
}

// APIToken is an API token and what it may do.
type APIToken struct {
	Value string
	// Scopes are the accounts and zones it is restricted to ("accounts/<id>",
	// "zones/<id>"); empty is all.
	Scopes []string
	// ReadOnly tokens have `Access: Service Tokens Read` alone.
	ReadOnly bool
	// Lists are the ids of the tokens that its granular permissions let a listing
	// show; nil is all, and an empty slice none. Reading a token by its id works
	// regardless: absence from a listing proves nothing.
	Lists []string
}

func (c Credentials) empty() bool {
	return len(c.APITokens) == 0 && c.APIKey == "" && c.APIEmail == ""
}

package provider

import (
	"context"
	"os"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

var (
	_ infer.CustomConfigure = (*Config)(nil)
	_ infer.Annotated       = (*Config)(nil)
)

// Config is the provider's configuration. Its exported fields are the user's
// alone: what the environment adds is resolved into locals and never written
// back, since infer would store it in the state.
type Config struct {
	APIToken          *string  `pulumi:"apiToken,optional" provider:"secret"`
	APIKey            *string  `pulumi:"apiKey,optional" provider:"secret"`
	Email             *string  `pulumi:"email,optional"`
	BaseURL           *string  `pulumi:"baseUrl,optional"`
	AccountID         *string  `pulumi:"accountId,optional"`
	MaxRetries        *int     `pulumi:"maxRetries,optional"`
	RequestTimeout    *string  `pulumi:"requestTimeout,optional"`
	RequestsPerSecond *float64 `pulumi:"requestsPerSecond,optional"`
	ExpiryWarningDays *int     `pulumi:"expiryWarningDays,optional"`
	HoldRotations     *bool    `pulumi:"holdRotations,optional"`

	client            *cfapi.Client
	defaultAccount    setting
	expiryWarningDays int
	// heldBy names what holds rotations back, empty if nothing does.
	heldBy string
	// warnedOfServiceKey keeps the warning to one in a process.
	warnedOfServiceKey bool
}

// Annotate describes the configuration for the schema.
func (c *Config) Annotate(a infer.Annotator) {
	a.Describe(&c.APIToken, "The Cloudflare API token to authenticate with. It needs the permission `Access: Service Tokens Write` "+
		"(or `Read`, where nothing is changed) on each account or zone. Environment: `CLOUDFLARE_API_TOKEN`. "+
		"Exactly one kind of credential is used: this, or `apiKey` with `email`; explicit configuration beats the environment. "+
		"Changing it replaces no resource.")
	a.Describe(&c.APIKey, "The user's Global API Key, which needs `email` beside it. An API token with fewer rights is the better choice. "+
		"Environment: `CLOUDFLARE_API_KEY`.")
	a.Describe(&c.Email, "The e-mail address of the user whose `apiKey` is used. Environment: `CLOUDFLARE_EMAIL`.")
	a.Describe(&c.BaseURL, "Where Cloudflare's API is found, if not at `https://api.cloudflare.com/client/v4`. "+
		"It has to be `https`, unless the host is this machine (a loopback address). Environment: `CLOUDFLARE_BASE_URL`.")
	a.Describe(&c.AccountID, "The account of every new service token whose program sets neither `accountId` nor `zoneId`: "+
		"32 hexadecimal characters in lower case. Tokens that exist stay where they are when it changes. There is no default zone. "+
		"Environment: `CLOUDFLARE_ACCOUNT_ID`.")
	a.Describe(&c.MaxRetries, "How often a request that may safely be repeated is repeated after a lost connection, a rate limit or a "+
		"failure of the server. A whole number from 0; 4 if left out. Creations and rotations are never blindly repeated.")
	a.Describe(&c.RequestTimeout, "How long one request may take: a duration above zero such as `30s`, which is the default. "+
		"A whole operation is bounded by the resource's `customTimeouts`, or else by 5 minutes, in which waiting for Cloudflare's rate limit does not count.")
	a.Describe(&c.RequestsPerSecond, "How many requests a second are sent, after the first 200, where Cloudflare's answers do not say what is left "+
		"of its rate limit (1200 requests in 5 minutes for a user or token). A number above zero; 4 if left out. Where they do say, requests go at full "+
		"speed until a tenth is left, which is then spread over the rest of the 5 minutes. See https://developers.cloudflare.com/fundamentals/api/reference/limits/.")
	a.Describe(&c.ExpiryWarningDays, "How many days before a token expires each run begins to warn of it, without any extra request. A whole number from 0; "+
		"30 if left out; 0 is never. A token that is about to be renewed is not warned of. One that has expired always is.")
	a.Describe(&c.HoldRotations, "Holds rotations and renewals back, for an emergency: those by `rotateAfter`, `recoverClientSecret` and `minDaysForRenewal`, and the "+
		"completion of a rotation whose answer was lost, wait and are named in a warning. A rotation by `clientSecretVersion` is carried out. Default: `false`. "+
		"Environment: `CFACCESS_HOLD_ROTATIONS`, which holds for every provider, explicit ones included. "+
		"See https://github.com/cfaccess/pulumi-cfaccess/blob/main/docs/guides/emergencies.md.")
}

// Configure builds the client. infer calls it once in a process.
func (c *Config) Configure(ctx context.Context) error {
	settings, err := resolve(*c, os.LookupEnv)
	if err != nil {
		return err
	}
	settings.api.OnWait = func(ctx context.Context, wait time.Duration) {
		middleware.Extend(ctx, wait)
		p.GetLogger(ctx).InfoStatusf("waiting %s for Cloudflare's rate limit", wait.Round(time.Second))
	}
	client, err := cfapi.New(settings.api)
	if err != nil {
		return err
	}
	c.client, c.defaultAccount, c.expiryWarningDays, c.heldBy = client, settings.defaultAccount, settings.expiryWarningDays, settings.heldBy
	if settings.serviceKeyIgnored && !c.warnedOfServiceKey {
		c.warnedOfServiceKey = true
		p.GetLogger(ctx).Warning(serviceKeyIgnored)
	}
	return nil
}

// diffConfig replaces infer's, by which every changed key but the version
// replaces the provider and, with it, every token: a rotated API token would
// issue each service token anew. No configuration makes a token another one, so
// every change is an update.
func diffConfig(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	diff := map[string]p.PropertyDiff{}
	before := req.OldInputs
	if before.Len() == 0 {
		before = req.State
	}
	for key, value := range req.Inputs.All {
		old, ok := before.GetOk(key)
		switch {
		case isEngineKey(key):
		case !ok:
			diff[key] = p.PropertyDiff{Kind: p.Add, InputDiff: true}
		case !old.Equals(value):
			diff[key] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
		}
	}
	for key := range before.All {
		if _, ok := req.Inputs.GetOk(key); !ok && !isEngineKey(key) {
			diff[key] = p.PropertyDiff{Kind: p.Delete, InputDiff: true}
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// isEngineKey tells the keys that the engine and infer add for themselves.
func isEngineKey(key string) bool {
	return key == "version" || key == "pluginDownloadURL" || strings.HasPrefix(key, "__")
}

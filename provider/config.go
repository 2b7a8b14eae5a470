package provider

import (
	"context"
	"os"
	"reflect"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
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

	settings
	client *cfapi.Client
	// checked reports that the configuration was checked before it was used, and
	// stored that the credential therefore came from the stack's state.
	checked, stored bool
	// warnedOfServiceKey keeps the warning to one in a process.
	warnedOfServiceKey bool
}

// Annotate describes the configuration for the schema.
func (c *Config) Annotate(a infer.Annotator) {
	a.Describe(&c.APIToken, "The Cloudflare API token. It needs the permission `Access: Service Tokens Write`, or `Access: Service Tokens Read` "+
		"if nothing is changed, on each account or zone: see "+guide("Permissions", "scopes-and-permissions.md#permissions")+". "+
		"Set either `apiToken`, or `apiKey` with `email`; explicit configuration takes precedence over the environment. "+
		"Changing it does not replace any resource. Environment: `CLOUDFLARE_API_TOKEN`.")
	a.Describe(&c.APIKey, "The Global API Key of a Cloudflare user. Requires `email`. An API token with fewer permissions is recommended instead. "+
		"Environment: `CLOUDFLARE_API_KEY`.")
	a.Describe(&c.Email, "The e-mail address of the user that `apiKey` belongs to. Environment: `CLOUDFLARE_EMAIL`.")
	a.Describe(&c.BaseURL, "The base URL of the Cloudflare API. It must use `https`, unless the host is this machine (a loopback address). "+
		"Default: `https://api.cloudflare.com/client/v4`. Environment: `CLOUDFLARE_BASE_URL`.")
	a.Describe(&c.AccountID, "The default account: 32 lower-case hexadecimal characters. A new service token is created in it if the program sets neither "+
		"`accountId` nor `zoneId`. A change does not move existing tokens. There is no default zone. Environment: `CLOUDFLARE_ACCOUNT_ID`.")
	a.Describe(&c.MaxRetries, "How often a request is retried after a lost connection, a rate limit or a server error: a whole number from 0. Only requests "+
		"that are safe to repeat are retried; creations and rotations are never blindly repeated. Default: 4.")
	a.Describe(&c.RequestTimeout, "The time limit of one request: a duration above zero. Default: `30s`. A whole operation is limited by the resource option "+
		"`customTimeouts`. If that is not set, the limit is 5 minutes, not counting the time that the provider waits for Cloudflare's rate limit.")
	a.Describe(&c.RequestsPerSecond, "The number of requests per second, above zero. It applies after the first 200 requests, and only if Cloudflare does not "+
		"return how much of its rate limit (1200 requests in 5 minutes for a user or token) is left. Default: 4. If Cloudflare does return it, the "+
		"provider sends requests at full speed until a tenth is left, and spreads that over the rest of the 5 minutes. "+
		"See https://developers.cloudflare.com/fundamentals/api/reference/limits/.")
	a.Describe(&c.ExpiryWarningDays, "How many days before a token expires the provider starts to warn: a whole number, 0 (off) to 36500. Default: 30. "+
		"Each run then shows a warning, without an extra request. For a token that lasts less than ten times as long, the warning starts in the last "+
		"tenth of its life. The provider does not warn about a token that `minDaysForRenewal` renews in time, and always warns about a token that has expired.")
	a.Describe(&c.HoldRotations, "Holds back rotations by `rotateAfter` and `recoverClientSecret`, renewals by `minDaysForRenewal`, and the completion of a rotation "+
		"whose answer was lost, for an emergency. Each run names them in a warning. A rotation by `clientSecretVersion` is carried out. "+
		"Default: `false`. Environment: `CFACCESS_HOLD_ROTATIONS`, which applies to every provider, including explicit ones. "+
		"See "+guide("Emergencies", "emergencies.md")+".")
}

// forget empties the exported fields: infer does not reset one that the next
// configuration lacks.
func (c *Config) forget() {
	fields := reflect.ValueOf(c).Elem()
	for i := range fields.NumField() {
		if fields.Type().Field(i).IsExported() {
			fields.Field(i).SetZero()
		}
	}
}

// Configure builds the client. The engine has it called once for each phase of a run.
func (c *Config) Configure(ctx context.Context) error {
	settings, err := resolve(*c, os.LookupEnv)
	if err != nil {
		return err
	}
	settings.api.OnWait = func(ctx context.Context, wait cfapi.Wait) {
		if wait.Reason == cfapi.ForRateLimit {
			middleware.Extend(ctx, wait.Duration)
		}
		p.GetLogger(ctx).InfoStatus(wait.String())
	}
	client, err := cfapi.New(settings.api)
	if err != nil {
		return err
	}
	c.client, c.settings = client, settings
	c.stored, c.checked = settings.explicit && !c.checked, false
	if settings.serviceKeyIgnored && !c.warnedOfServiceKey {
		c.warnedOfServiceKey = true
		p.GetLogger(ctx).Warning(refusal.ServiceKeyIgnored)
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

// isEngineKey reports whether the engine or infer has added a key for itself. A change
// of the plugin's version is an update, by which the process of that version takes over.
func isEngineKey(key string) bool {
	return key == "pluginDownloadURL" || strings.HasPrefix(key, "__")
}

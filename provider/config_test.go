package provider

import (
	"maps"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

type environment map[string]string

func (e environment) lookup(key string) (string, bool) {
	value, ok := e[key]
	return value, ok
}

// The fakes of this file all say so: no error may repeat one.
const (
	explicitToken = "fake-explicit-token"
	explicitKey   = "fake-explicit-key"
	email         = "ci@example.invalid"
	otherEmail    = "env@example.invalid"
)

var (
	envToken   = environment{"CLOUDFLARE_API_TOKEN": "fake-env-token"}
	envKey     = environment{"CLOUDFLARE_API_KEY": "fake-env-key"}
	envPair    = environment{"CLOUDFLARE_API_KEY": "fake-env-key", "CLOUDFLARE_EMAIL": otherEmail}
	envService = environment{"CLOUDFLARE_API_USER_SERVICE_KEY": "fake-env-service-key"}
	pair       = Config{APIKey: new(explicitKey), Email: new(email)}
)

func with(environments ...environment) environment {
	all := environment{}
	for _, e := range environments {
		maps.Copy(all, e)
	}
	return all
}

// chosen is the credential of a configuration, without anything else.
func chosen(c cfapi.Config) cfapi.Config {
	return cfapi.Config{APIToken: c.APIToken, APIKey: c.APIKey, APIEmail: c.APIEmail}
}

func TestOneKindOfCredentialIsChosen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config Config
		env    environment
		want   cfapi.Config
	}{
		"a token":                                       {Config{APIToken: new(explicitToken)}, nil, cfapi.Config{APIToken: explicitToken}},
		"a key with its e-mail":                         {pair, nil, cfapi.Config{APIKey: explicitKey, APIEmail: email}},
		"the environment's token":                       {Config{}, envToken, cfapi.Config{APIToken: "fake-env-token"}},
		"the environment's pair":                        {Config{}, envPair, cfapi.Config{APIKey: "fake-env-key", APIEmail: otherEmail}},
		"the environment's token beside a service key":  {Config{}, with(envToken, envService), cfapi.Config{APIToken: "fake-env-token"}},
		"the environment's pair beside a service key":   {Config{}, with(envPair, envService), cfapi.Config{APIKey: "fake-env-key", APIEmail: otherEmail}},
		"an explicit token beats the environment's":     {Config{APIToken: new(explicitToken)}, envToken, cfapi.Config{APIToken: explicitToken}},
		"it beats another kind in the environment":      {Config{APIToken: new(explicitToken)}, with(envPair, envService), cfapi.Config{APIToken: explicitToken}},
		"an explicit pair beats it as well":             {pair, with(envToken, envPair), cfapi.Config{APIKey: explicitKey, APIEmail: email}},
		"a key is completed with the variable":          {Config{APIKey: new(explicitKey)}, envPair, cfapi.Config{APIKey: explicitKey, APIEmail: otherEmail}},
		"an e-mail is completed with the variable":      {Config{Email: new(email)}, envPair, cfapi.Config{APIKey: "fake-env-key", APIEmail: email}},
		"an e-mail alone does not hide a token":         {Config{Email: new(email)}, envToken, cfapi.Config{APIToken: "fake-env-token"}},
		"an explicit token needs no e-mail beside it":   {Config{APIToken: new(explicitToken), Email: new(email)}, envKey, cfapi.Config{APIToken: explicitToken}},
		"half a pair in the environment beside a token": {Config{}, with(envToken, envKey), cfapi.Config{APIToken: "fake-env-token"}},
		"an e-mail in the environment beside a token":   {Config{}, with(envToken, environment{"CLOUDFLARE_EMAIL": otherEmail}), cfapi.Config{APIToken: "fake-env-token"}},
		"an empty value is none":                        {Config{APIToken: new("")}, envToken, cfapi.Config{APIToken: "fake-env-token"}},
		"an empty variable is none":                     {Config{APIToken: new(explicitToken)}, environment{"CLOUDFLARE_API_KEY": ""}, cfapi.Config{APIToken: explicitToken}},
		"spaces and line breaks around are dropped":     {Config{APIToken: new(" " + explicitToken + "\n")}, nil, cfapi.Config{APIToken: explicitToken}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := resolve(test.config, test.env.lookup)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(chosen(got.api), test.want) {
				t.Error("another credential was chosen")
			}
		})
	}
}

func TestACredentialThatIsNotClearIsRefused(t *testing.T) {
	t.Parallel()
	const none = "no credential for Cloudflare is set: run `pulumi config set --secret cfaccess:apiToken`, or set CLOUDFLARE_API_TOKEN in the environment " +
		"(apiKey with email, or CLOUDFLARE_API_KEY with CLOUDFLARE_EMAIL, works too). If an explicit provider has the credential, name it in the " +
		"resource option `provider`, or with `pulumi import --provider <name>=<urn of the provider>`"
	for name, test := range map[string]struct {
		config Config
		env    environment
		text   string
	}{
		"none":               {Config{}, nil, none},
		"only a service key": {Config{}, envService, none + ". CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"},
		"only an e-mail":     {Config{Email: new(email)}, nil, none},
		"a token and a pair": {Config{APIToken: new(explicitToken), APIKey: pair.APIKey, Email: pair.Email}, nil,
			"more than one kind of credential is set: the provider's apiToken and the provider's apiKey with the provider's email; keep one"},
		"a token and a completed pair": {Config{APIToken: new(explicitToken), APIKey: new(explicitKey)}, envPair,
			"more than one kind of credential is set: the provider's apiToken and the provider's apiKey with CLOUDFLARE_EMAIL in the environment; keep one"},
		"two in the environment": {Config{}, with(envToken, envPair),
			"more than one kind of credential is set: CLOUDFLARE_API_TOKEN in the environment and CLOUDFLARE_API_KEY in the environment with " +
				"CLOUDFLARE_EMAIL in the environment; keep one"},
		"a key without an e-mail anywhere": {Config{APIKey: new(explicitKey)}, envToken,
			"the provider's apiKey requires the user's e-mail: set the provider's email, or CLOUDFLARE_EMAIL in the environment"},
		"a key in the environment without an e-mail": {Config{}, envKey,
			"CLOUDFLARE_API_KEY in the environment requires the user's e-mail: set the provider's email, or CLOUDFLARE_EMAIL in the environment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(test.config, test.env.lookup)
			if err == nil || err.Error() != test.text {
				t.Fatalf("got %v, want %s", err, test.text)
			}
			if strings.Contains(err.Error(), "fake-") {
				t.Error("the error shows a credential")
			}
		})
	}
}

func TestWhatIsLeftOutHasADefault(t *testing.T) {
	t.Parallel()
	got, err := resolve(Config{}, envToken.lookup)
	if err != nil {
		t.Fatal(err)
	}
	if *got.api.MaxRetries != 4 || *got.api.RequestTimeout != 30*time.Second || *got.api.RequestsPerSecond != 4 || got.api.BaseURL != cfapi.DefaultBaseURL ||
		got.api.UserAgent != "pulumi-cfaccess/"+Version || got.defaultAccount.value != "" {
		t.Errorf("got %+v", got)
	}
}

func TestTheOtherSettingsAreRead(t *testing.T) {
	t.Parallel()
	env := with(envToken, environment{"CLOUDFLARE_BASE_URL": "https://env.example/v4", "CLOUDFLARE_ACCOUNT_ID": otherAccount})
	got, err := resolve(Config{}, env.lookup)
	if err != nil {
		t.Fatal(err)
	}
	if got.api.BaseURL != "https://env.example/v4" || got.defaultAccount != (setting{otherAccount, "CLOUDFLARE_ACCOUNT_ID in the environment"}) {
		t.Errorf("the environment's: got %+v", got)
	}
	got, err = resolve(Config{
		BaseURL: new("https://explicit.example"), AccountID: new(accountID), MaxRetries: new(0), RequestTimeout: new("1m30s"),
	}, env.lookup)
	if err != nil {
		t.Fatal(err)
	}
	if got.api.BaseURL != "https://explicit.example" || got.defaultAccount != (setting{accountID, "the provider's accountId"}) {
		t.Errorf("explicit ones beat the environment's: got %+v", got)
	}
	if *got.api.MaxRetries != 0 || *got.api.RequestTimeout != 90*time.Second {
		t.Errorf("0 retries are none, and not the default: got %d and %s", *got.api.MaxRetries, *got.api.RequestTimeout)
	}
}

// internal/refusal has all that is said of a base URL. Here it is named by its source.
func TestASettingThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	base := func(url string) Config { return Config{BaseURL: &url} }
	for name, test := range map[string]struct {
		config Config
		env    environment
		text   string
	}{
		"http over a network": {base("http://proxy.example/v4"), nil, "the provider's baseUrl is not https, so the credential would be sent unencrypted: write https://proxy.example/v4"},
		"http in the environment": {Config{}, environment{"CLOUDFLARE_BASE_URL": "http://10.0.0.1"},
			"CLOUDFLARE_BASE_URL in the environment is not https, so the credential would be sent unencrypted: write https://10.0.0.1"},
		"no requests":                   {Config{RequestsPerSecond: new(0.0)}, nil, "requestsPerSecond: 0 is not above zero: write for example 4"},
		"infinitely many requests":      {Config{RequestsPerSecond: new(math.Inf(1))}, nil, "requestsPerSecond: +Inf is not above zero: write for example 4"},
		"a timeout in another spelling": {Config{RequestTimeout: new("-1m")}, nil, `requestTimeout: "-1m" is not a duration above zero: write for example "30s"`},
		"negative retries":              {Config{MaxRetries: new(-1)}, nil, "maxRetries: -1 is below zero: write how often a safe request may be repeated, 0 for never"},
		"a timeout without a unit":      {Config{RequestTimeout: new("30")}, nil, `requestTimeout: "30" is not a duration above zero: write for example "30s"`},
		"no time at all":                {Config{RequestTimeout: new("0s")}, nil, `requestTimeout: "0s" is not a duration above zero: write for example "30s"`},
		"a negative timeout":            {Config{RequestTimeout: new("-1s")}, nil, `requestTimeout: "-1s" is not a duration above zero: write for example "30s"`},
		"an account in upper case": {Config{AccountID: new(strings.ToUpper(accountID))}, nil,
			`the default account, from the provider's accountId: "0000000000000000000000000000AAAA" must be in lower case and without spaces: write ` + accountID},
		"no account id": {Config{}, environment{"CLOUDFLARE_ACCOUNT_ID": "my-account"},
			`the default account, from CLOUDFLARE_ACCOUNT_ID in the environment: "my-account" is not a Cloudflare id: write the 32 hexadecimal characters that the dashboard shows as the Account ID`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resolve(test.config, with(envToken, test.env).lookup)
			if err == nil || err.Error() != test.text {
				t.Fatalf("\n got %v\nwant %s", err, test.text)
			}
			if strings.Contains(err.Error(), "fake-") {
				t.Error("the error shows a credential")
			}
		})
	}
}

func TestExpiryWarningsBeginThirtyDaysBeforeIfNothingElseIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		days *int
		want int
	}{"left out": {nil, 30}, "another number": {new(7), 7}, "off": {new(0), 0}} {
		if got, err := resolve(Config{ExpiryWarningDays: test.days}, envToken.lookup); err != nil || got.expiryWarningDays != test.want {
			t.Errorf("%s: got %d, %v", name, got.expiryWarningDays, err)
		}
	}
	_, err := resolve(Config{ExpiryWarningDays: new(-1)}, envToken.lookup)
	if want := "expiryWarningDays: -1 is out of range: write a whole number of days from 0 (off) to 36500"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestTheEnvironmentIsNeverWrittenIntoTheConfiguration(t *testing.T) { // not parallel: it sets variables
	for key, value := range with(envToken, environment{"CLOUDFLARE_BASE_URL": nowhere, "CLOUDFLARE_ACCOUNT_ID": accountID}) {
		t.Setenv(key, value)
	}
	prov, err := New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), Name, semver.MustParse(Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	// CheckConfig decodes into what Configure has filled in, so it is asked on both sides.
	for _, when := range []string{"before", "after"} {
		resp, err := server.CheckConfig(p.CheckRequest{Urn: urnOf(t, ""), Inputs: props(map[string]any{"maxRetries": 1})})
		if err != nil || len(resp.Failures) > 0 {
			t.Fatalf("%s Configure: %v, %v", when, resp.Failures, err)
		}
		for key := range resp.Inputs.All {
			if key != "maxRetries" && !isEngineKey(key) {
				t.Errorf("%s Configure: %s would be stored", when, key)
			}
		}
		if err := server.Configure(p.ConfigureRequest{Args: props(map[string]any{"maxRetries": 1})}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExplicitCredentialsStaySecret(t *testing.T) {
	t.Parallel()
	keys := map[string]any{"apiToken": explicitToken, "apiKey": explicitKey}
	resp, err := start(t, nil).CheckConfig(p.CheckRequest{Urn: urnOf(t, "provider"), Inputs: props(keys)})
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys {
		if !resp.Inputs.Get(key).Secret() {
			t.Errorf("%s is not a secret", key)
		}
	}
}

func TestAProviderThatCannotBeConfiguredSaysWhy(t *testing.T) {
	t.Parallel()
	prov, err := New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), Name, semver.MustParse(Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	err = server.Configure(p.ConfigureRequest{Args: props(map[string]any{"apiToken": "fake token with spaces", "baseUrl": nowhere})})
	if err == nil || strings.Contains(err.Error(), "fake") {
		t.Errorf("got %v", err)
	}
}

package refusal

import (
	"errors"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// What the client is given, and what both callers say about it.
func TestASettingThatTheClientRefusesIsNamedByItsSource(t *testing.T) {
	t.Parallel()
	provider := Sources{APIToken: "the provider's apiToken", APIKey: "the provider's apiKey", APIEmail: "the provider's email", BaseURL: "the provider's baseUrl",
		SetToken: "run `pulumi config set --secret cfaccess:apiToken`", SetEmail: "the provider's email"}
	command := Sources{APIToken: "CLOUDFLARE_API_TOKEN in the environment", APIKey: "CLOUDFLARE_API_KEY in the environment", APIEmail: "CLOUDFLARE_EMAIL in the environment",
		BaseURL: "CLOUDFLARE_BASE_URL in the environment", SetToken: "set CLOUDFLARE_API_TOKEN in the environment", SetEmail: "CLOUDFLARE_EMAIL in the environment"}
	at := func(url string) cfapi.Config { return cfapi.Config{APIToken: "fake-token", BaseURL: url} }
	for name, test := range map[string]struct {
		config cfapi.Config
		want   string // with the names of the sources' fields
	}{
		"no credential":          {cfapi.Config{}, "no credential for Cloudflare is set: <SetToken>"},
		"a key without e-mail":   {cfapi.Config{APIKey: "fake-key"}, "<APIKey> requires the user's e-mail: set <SetEmail>"},
		"two kinds":              {cfapi.Config{APIToken: "fake-token", APIKey: "fake-key", APIEmail: "ci@example.invalid"}, "more than one kind of credential is set: <APIToken> and <APIKey> with <APIEmail>; keep one"},
		"a token with a space":   {cfapi.Config{APIToken: "fake token"}, "<APIToken> contains a space, a line break or another character that cannot be part of it: copy it again"},
		"a key with a space":     {cfapi.Config{APIKey: "fake key", APIEmail: "ci@example.invalid"}, "<APIKey> contains a space, a line break or another character that cannot be part of it: copy it again"},
		"no URL":                 {at("fake.example"), "<BaseURL> is not a URL: write for example https://api.cloudflare.com/client/v4"},
		"a URL with a password":  {at("https://user:fake-password@x.test"), "<BaseURL> contains a user name or a password: remove them"},
		"a URL that is not safe": {at("http://x.test/client/v4?key=fake-query"), "<BaseURL> is not https, so the credential would be sent unencrypted: write https://x.test/client/v4"},
		"a URL with a query":     {at("https://x.test/client/v4?key=fake-query"), "<BaseURL> contains a query or a fragment: remove it"},
		"a URL with a fragment":  {at("https://x.test/client/v4#fake-fragment"), "<BaseURL> contains a query or a fragment: remove it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.config.Resolve()
			refused, ok := errors.AsType[*cfapi.ConfigError](err)
			if !ok {
				t.Fatalf("the client says %v", err)
			}
			for _, from := range []Sources{provider, command} {
				want := strings.NewReplacer("<APIToken>", from.APIToken, "<APIKey>", from.APIKey, "<APIEmail>", from.APIEmail, "<BaseURL>", from.BaseURL,
					"<SetToken>", from.SetToken, "<SetEmail>", from.SetEmail).Replace(test.want)
				if got := Setting(refused, from); got == nil || got.Error() != want {
					t.Errorf("says  %v\nwant %s", got, want)
				} else if strings.Contains(got.Error(), "fake") {
					t.Error("a value is shown")
				}
			}
		})
	}
}

func TestAnotherSettingIsTheCallersToExplain(t *testing.T) {
	t.Parallel()
	refused := &cfapi.ConfigError{Field: "MaxRetries", Problem: cfapi.OutOfRange}
	if err := Setting(refused, Sources{}); !errors.Is(err, refused) {
		t.Errorf("says %v", err)
	}
}

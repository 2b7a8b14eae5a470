package refusal

import (
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const (
	// ServiceKeyVariable held what is no credential any more.
	ServiceKeyVariable = "CLOUDFLARE_API_USER_SERVICE_KEY"
	// ServiceKeyIgnored is what to say where it is still set.
	ServiceKeyIgnored = "CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"
)

// Sources are what a message calls the settings of the client, by where they were set.
type Sources struct {
	APIToken, APIKey, APIEmail, BaseURL string
	// SetToken and SetEmail say how to set what is missing.
	SetToken, SetEmail string
}

// Setting says what is wrong with a credential or a base URL that the client refuses,
// and what to write instead. It names no credential, and nothing of a base URL that may
// be one. Other settings are the caller's to explain, and are returned as they are.
func Setting(refused *cfapi.ConfigError, from Sources) error {
	if refused.Problem == cfapi.Missing && refused.Field == "APIToken" {
		return fmt.Errorf("no credential for Cloudflare is set: %s", from.SetToken)
	}
	switch refused.Problem {
	case cfapi.NotAlone:
		return fmt.Errorf("more than one kind of credential is set: %s and %s with %s; keep one", from.APIToken, from.APIKey, from.APIEmail)
	case cfapi.Missing:
		return fmt.Errorf("%s requires the user's e-mail: set %s", from.APIKey, from.SetEmail)
	case cfapi.WrongCharacters:
		wrong := map[string]string{"APIToken": from.APIToken, "APIKey": from.APIKey, "APIEmail": from.APIEmail}[refused.Field]
		return fmt.Errorf("%s contains a space, a line break or another character that cannot be part of it: copy it again", wrong)
	case cfapi.NotURL:
		return fmt.Errorf("%s is not a URL: write for example %s", from.BaseURL, cfapi.DefaultBaseURL)
	case cfapi.CarriesPassword:
		return fmt.Errorf("%s contains a user name or a password: remove them", from.BaseURL)
	case cfapi.NotHTTPS:
		return fmt.Errorf("%s is not https, so the credential would be sent unencrypted: write %s", from.BaseURL, refused.Instead)
	case cfapi.CarriesQuery:
		return fmt.Errorf("%s contains a query or a fragment: remove it", from.BaseURL)
	}
	return refused
}

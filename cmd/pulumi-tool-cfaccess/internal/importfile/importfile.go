package importfile

import (
	"encoding/json"
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// importFile is what `pulumi import --file` reads.
type importFile struct {
	Resources []resource `json:"resources"`
}

// resource is one to import. With Outputs the engine takes the whole state from
// the file, and asks neither the provider nor Cloudflare for the token; without
// them the provider reads it.
type resource struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	ID      string   `json:"id"`
	Inputs  *inputs  `json:"inputs,omitempty"`
	Outputs *outputs `json:"outputs,omitempty"`
}

// inputs are those that an import by the provider itself gives, no less and no
// more, so that the next preview shows no change.
type inputs struct {
	AccountID string `json:"accountId,omitempty"`
	ZoneID    string `json:"zoneId,omitempty"`
	Name      string `json:"name"`
	Duration  string `json:"duration,omitempty"`
	Enabled   *bool  `json:"enabled,omitempty"`
}

// outputs have the shape of the provider's state.
type outputs struct {
	AccountID                     string `json:"accountId,omitempty"`
	ZoneID                        string `json:"zoneId,omitempty"`
	Name                          string `json:"name"`
	Duration                      string `json:"duration,omitempty"`
	Enabled                       bool   `json:"enabled"`
	TokenID                       string `json:"tokenId"`
	ClientID                      string `json:"clientId"`
	ClientSecret                  secret `json:"clientSecret"`
	ClientSecretVersion           int    `json:"clientSecretVersion"`
	HeldClientSecretVersion       int    `json:"heldClientSecretVersion,omitempty"`
	ClientSecretStatus            string `json:"clientSecretStatus"`
	PreviousClientSecretExpiresAt string `json:"previousClientSecretExpiresAt,omitempty"`
	ExpiresAt                     string `json:"expiresAt,omitempty"`
	CreatedAt                     string `json:"createdAt,omitempty"`
}

// secret is a text that the engine encrypts as it imports it. It is written in
// clear, as the JSON that it is, and marked.
type secret struct{ Value cfapi.Secret }

// MarshalJSON writes the envelope by which the engine knows a secret.
func (s secret) MarshalJSON() ([]byte, error) {
	plaintext, err := json.Marshal(s.Value.Reveal())
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]string{
		"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
		"plaintext":                        string(plaintext),
	})
}

func (f importFile) encode() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding the import file: %w", err)
	}
	return append(text, '\n'), nil
}

func (f importFile) holdsSecrets() bool {
	for _, r := range f.Resources {
		if r.Outputs != nil {
			return true
		}
	}
	return false
}

// name gives the resources their names, of what they are called elsewhere. Others have
// the names in taken.
func (f importFile) name(called, taken []string) {
	for i, name := range logicalNames(called, taken) {
		f.Resources[i].Name = name
	}
}

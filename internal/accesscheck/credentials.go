package accesscheck

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// The headers that carry a token in its ordinary form.
const (
	clientIDHeader     = "Cf-Access-Client-Id"
	clientSecretHeader = "Cf-Access-Client-Secret"
)

// Credentials are those of a service token. They do not print.
type Credentials struct{ ClientID, ClientSecret string }

// Format writes a placeholder, whatever the verb.
func (Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[credentials]") }

// set puts the credentials into a request: into two headers, or as JSON into one.
func (c Credentials) set(header http.Header, single string) {
	if single == "" {
		header.Set(clientIDHeader, c.ClientID)
		header.Set(clientSecretHeader, c.ClientSecret)
		return
	}
	header.Set(single, c.inOne())
}

// inOne is the form for one header, whose keys are in lower case.
func (c Credentials) inOne() string {
	value, _ := json.Marshal(struct { // two texts always have a form
		ClientID     string `json:"cf-access-client-id"`
		ClientSecret string `json:"cf-access-client-secret"`
	}{c.ClientID, c.ClientSecret})
	return string(value)
}

// madeUp returns credentials of the same form that belong to no token.
func (c Credentials) madeUp() Credentials {
	return Credentials{madeUp(c.ClientID), madeUp(c.ClientSecret)}
}

// madeUp keeps what the form prescribes, and makes the rest anew.
func madeUp(text string) string {
	const idSuffix, secretPrefix = ".access", "cfast_"
	text, isID := strings.CutSuffix(text, idSuffix)
	text, isSecret := strings.CutPrefix(text, secretPrefix)
	random := make([]byte, len(text)/2+1)
	_, _ = rand.Read(random) // never fails
	text = hex.EncodeToString(random)[:len(text)]
	if isSecret {
		text = secretPrefix + text
	}
	if isID {
		text += idSuffix
	}
	return text
}

// redact takes the client secret out of a text that others have had a part in.
func (c Credentials) redact(text string) string {
	if c.ClientSecret == "" {
		return text
	}
	for _, form := range []string{c.ClientSecret, strings.ToLower(c.ClientSecret), url.QueryEscape(c.ClientSecret)} {
		text = strings.ReplaceAll(text, form, "[secret]")
	}
	return text
}

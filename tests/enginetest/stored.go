package enginetest

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// Stored reads the stack from the backend's file, with its secrets in clear. It is
// what Revealed exports, without a command: for tests that look after each step.
func (p *Project) Stored() State {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.Env["HOME"], ".pulumi", "stacks", Name, Stack+".json"))
	if err != nil {
		p.t.Fatalf("reading the stored stack: %v", err)
	}
	var file struct {
		Checkpoint struct {
			Latest struct {
				SecretsProviders struct {
					State struct {
						Salt string `json:"salt"`
					} `json:"state"`
				} `json:"secrets_providers"`
				Resources []Resource `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		p.t.Fatalf("reading the stored stack: %v", err)
	}
	latest := file.Checkpoint.Latest
	if len(latest.Resources) > 0 && p.crypter == nil {
		p.crypter = p.crypterOf(latest.SecretsProviders.State.Salt)
	}
	var state State
	for _, resource := range latest.Resources {
		resource.Inputs, _ = p.reveal(resource.Inputs).(map[string]any)
		resource.Outputs, _ = p.reveal(resource.Outputs).(map[string]any)
		state.Deployment.Resources = append(state.Deployment.Resources, resource)
	}
	return state
}

// crypterOf makes the stack's key, which takes the time of a command, of the salt
// that its file holds: "v1:", the salt, and a check.
func (p *Project) crypterOf(salt string) config.Decrypter {
	p.t.Helper()
	parts := strings.SplitN(salt, ":", 3)
	if len(parts) != 3 {
		p.t.Fatal("the stored stack does not say how its secrets are encrypted")
	}
	decoded, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		p.t.Fatalf("reading the stored stack's salt: %v", err)
	}
	return config.NewSymmetricCrypterFromPassphrase(Passphrase, decoded)
}

// reveal decrypts the secrets of a stored value, which stay marked as such.
func (p *Project) reveal(value any) any {
	p.t.Helper()
	switch value := value.(type) {
	case map[string]any:
		if ciphertext, ok := value["ciphertext"].(string); ok && value[signatureKey] == secretSignature {
			plaintext, err := p.crypter.DecryptValue(p.t.Context(), ciphertext)
			if err != nil {
				p.t.Fatalf("decrypting a stored secret: %v", err)
			}
			return map[string]any{signatureKey: secretSignature, "plaintext": plaintext}
		}
		for key, inner := range value {
			value[key] = p.reveal(inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = p.reveal(inner)
		}
	}
	return value
}

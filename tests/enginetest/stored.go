package enginetest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// State reads the stack as `pulumi stack export` would, but from the backend's file:
// tests look after each step, and a command takes half a second. Secrets are as
// stored: encrypted.
func (p *Project) State() State {
	p.t.Helper()
	var file struct {
		Version    int      `json:"version"`
		Features   []string `json:"features"`
		Checkpoint struct {
			Latest json.RawMessage `json:"latest"`
		} `json:"checkpoint"`
	}
	if err := json.Unmarshal(p.readFile(p.stateFile()), &file); err != nil {
		p.t.Fatalf("reading the stored stack: %v", err)
	}
	text, err := json.MarshalIndent(export{file.Version, file.Features, file.Checkpoint.Latest}, "", "    ")
	if err != nil {
		p.t.Fatal(err)
	}
	return p.parse(string(text))
}

// export is the form of an exported stack.
type export struct {
	Version    int             `json:"version"`
	Features   []string        `json:"features,omitempty"`
	Deployment json.RawMessage `json:"deployment"`
}

// Revealed is State with the secrets in clear.
func (p *Project) Revealed() State {
	p.t.Helper()
	var stack map[string]any
	if err := json.Unmarshal([]byte(p.State().Raw), &stack); err != nil {
		p.t.Fatalf("reading the stored stack: %v", err)
	}
	deployment, _ := stack["deployment"].(map[string]any)
	if providers, ok := deployment["secrets_providers"].(map[string]any); ok {
		salt, _ := providers["state"].(map[string]any)["salt"].(string)
		p.reveal(deployment["resources"], p.crypterOf(salt))
	}
	text, err := json.MarshalIndent(stack, "", "    ")
	if err != nil {
		p.t.Fatal(err)
	}
	return p.parse(string(text))
}

// Outputs returns the stack's outputs, secrets in clear.
func (p *Project) Outputs() map[string]any {
	p.t.Helper()
	for _, resource := range p.Revealed().Deployment.Resources {
		if resource.Type == "pulumi:pulumi:Stack" {
			outputs, _ := p.plain(resource.Outputs).(map[string]any)
			return outputs
		}
	}
	return nil
}

// plain is a revealed value without the marks of its secrets.
func (p *Project) plain(value any) any {
	p.t.Helper()
	switch value := value.(type) {
	case map[string]any:
		if text, ok := value["plaintext"].(string); ok && value[signatureKey] == secretSignature {
			var secret any
			if err := json.Unmarshal([]byte(text), &secret); err != nil {
				p.t.Fatalf("reading a secret: %v", err)
			}
			return p.plain(secret)
		}
		plain := map[string]any{}
		for key, inner := range value {
			plain[key] = p.plain(inner)
		}
		return plain
	case []any:
		plain := []any{}
		for _, inner := range value {
			plain = append(plain, p.plain(inner))
		}
		return plain
	}
	return value
}

func (p *Project) parse(text string) State {
	p.t.Helper()
	state, err := ParseState(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return state
}

// crypters are the keys of stacks, by their salts. To make one takes the time of a
// command.
var crypters sync.Map

// crypterOf makes a stack's key of the salt that its file holds: "v1:", the salt,
// and a check.
func (p *Project) crypterOf(salt string) config.Decrypter {
	p.t.Helper()
	if known, ok := crypters.Load(salt); ok {
		return known.(config.Decrypter)
	}
	parts := strings.SplitN(salt, ":", 3)
	if len(parts) != 3 {
		p.t.Fatal("the stored stack does not say how its secrets are encrypted")
	}
	decoded, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		p.t.Fatalf("reading the stored stack's salt: %v", err)
	}
	crypter := config.NewSymmetricCrypterFromPassphrase(Passphrase, decoded)
	crypters.Store(salt, crypter)
	return crypter
}

// reveal decrypts the secrets in a stored value, in place. They stay marked as such.
func (p *Project) reveal(value any, crypter config.Decrypter) {
	p.t.Helper()
	switch value := value.(type) {
	case map[string]any:
		if ciphertext, ok := value["ciphertext"].(string); ok && value[signatureKey] == secretSignature {
			plaintext, err := crypter.DecryptValue(p.t.Context(), ciphertext)
			if err != nil {
				p.t.Fatalf("decrypting a stored secret: %v", err)
			}
			delete(value, "ciphertext")
			value["plaintext"] = plaintext
		}
		for _, inner := range value {
			p.reveal(inner, crypter)
		}
	case []any:
		for _, inner := range value {
			p.reveal(inner, crypter)
		}
	}
}

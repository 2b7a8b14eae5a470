package enginetest

import (
	"encoding/base64"
	"encoding/json"
	"strings"

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
	if strings.Contains(p.State().Raw, `"type": "passphrase"`) {
		// An earlier version left it. To make its key takes a second in a process with the
		// race detector, and a tenth of it elsewhere.
		return p.parse(p.Must(p.Run("stack", "export", "--show-secrets")).Output)
	}
	var stack map[string]any
	if err := json.Unmarshal([]byte(p.State().Raw), &stack); err != nil {
		p.t.Fatalf("reading the stored stack: %v", err)
	}
	deployment, _ := stack["deployment"].(map[string]any)
	if provider, ok := deployment["secrets_providers"].(map[string]any); ok {
		p.reveal(deployment["resources"], p.crypterOf(provider))
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

// crypterOf is a stack's key, by what its file says of vault's.
func (p *Project) crypterOf(provider map[string]any) config.Decrypter {
	p.t.Helper()
	state, _ := provider["state"].(map[string]any)
	key, _ := state["encryptedkey"].(string)
	return config.NewSymmetricCrypter(p.decode(string(p.decode(key)))) // as vault returns it
}

func (p *Project) decode(text string) []byte {
	p.t.Helper()
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		p.t.Fatalf("reading the stored stack's key: %v", err)
	}
	return decoded
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

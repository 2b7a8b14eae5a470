package enginetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// State is an exported stack.
type State struct {
	// Raw is the export's text, for searching it.
	Raw        string `json:"-"`
	Deployment struct {
		Resources         []Resource         `json:"resources"`
		PendingOperations []PendingOperation `json:"pending_operations"`
	} `json:"deployment"`
}

// ParseState reads an exported stack.
func ParseState(text string) (State, error) {
	state := State{Raw: text}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		return State{}, fmt.Errorf("reading an exported stack: %w", err)
	}
	return state, nil
}

// PendingOperation is an operation that the engine has begun, and of which it
// never learned the end.
type PendingOperation struct {
	Resource Resource `json:"resource"`
	// Type is "creating", "updating", "deleting" or "reading".
	Type string `json:"type"`
}

// Resource is an entry of a stack's state.
type Resource struct {
	URN      string `json:"urn"`
	Type     string `json:"type"`
	ID       string `json:"id"`
	Delete   bool   `json:"delete"`
	External bool   `json:"external"`
	Protect  bool   `json:"protect"`
	// PendingReplacement marks a resource that was deleted in order to be
	// replaced, and was not replaced yet.
	PendingReplacement bool `json:"pendingReplacement"`
	// Provider is the provider resource: its URN, "::" and its id.
	Provider string         `json:"provider"`
	Inputs   map[string]any `json:"inputs"`
	Outputs  map[string]any `json:"outputs"`
}

// Tokens are the service tokens of the stack, by name; those that only wait for
// their deletion are left out.
func (s State) Tokens() map[string]Resource {
	tokens := map[string]Resource{}
	for _, resource := range s.Deployment.Resources {
		if resource.Type == "cfaccess:index:ServiceToken" && !resource.Delete {
			tokens[resource.URN[strings.LastIndex(resource.URN, "::")+2:]] = resource
		}
	}
	return tokens
}

// Token returns the service token of that name.
func (s State) Token(t testing.TB, name string) Resource {
	t.Helper()
	token, ok := s.Tokens()[name]
	if !ok {
		t.Fatalf("the stack holds no service token %s", name)
	}
	return token
}

// Providers are the state's provider resources of this package.
func (s State) Providers() []Resource { return s.OfType("pulumi:providers:cfaccess") }

// OfType are the state's resources of a type.
func (s State) OfType(typ string) []Resource {
	var resources []Resource
	for _, resource := range s.Deployment.Resources {
		if resource.Type == typ {
			resources = append(resources, resource)
		}
	}
	return resources
}

// Output returns a plain output as text; a secret is the test's mistake here.
func (r Resource) Output(key string) string {
	s, _ := r.Outputs[key].(string)
	return s
}

// A property value's secret carries this signature under this key.
const signatureKey, secretSignature = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"

// Secret returns a secret output of a revealed state, and whether it is marked
// as one.
func (r Resource) Secret(key string) (plaintext string, marked bool) {
	envelope, ok := r.Outputs[key].(map[string]any)
	if !ok {
		return "", false
	}
	text, _ := envelope["plaintext"].(string)
	return strings.Trim(text, `"`), envelope[signatureKey] == secretSignature
}

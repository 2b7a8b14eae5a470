package languages

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A record is what one command did and left, in words that do not depend on
// what differs from run to run: generated ids and secrets, and the order in
// which independent tokens are worked on.
type record struct {
	Changes  changes
	Requests []string
	// Tokens maps the tokens of the state to their properties, Outputs the
	// stack's outputs. A secret is its value behind the word secret.
	Tokens  map[string]map[string]string
	Outputs map[string]string
}

// observe records what a command did, and empties the simulator's log.
func observe(t *testing.T, p *enginetest.Project, did changes) record {
	t.Helper()
	encrypted, state := p.State(), p.Revealed()
	for _, secret := range p.Simulator.IssuedSecrets() {
		if strings.Contains(encrypted.Raw, secret) {
			t.Error("the state holds a client secret in clear")
		}
	}
	names := placeholders(state)
	r := record{Changes: did, Tokens: map[string]map[string]string{}, Outputs: map[string]string{}}
	for _, request := range p.Simulator.Requests() {
		r.Requests = append(r.Requests, names.Replace(describe(request)))
	}
	slices.Sort(r.Requests)
	p.Simulator.ResetRequests()
	for name, token := range state.Tokens() {
		properties := map[string]string{"id": token.ID, "external": fmt.Sprint(token.External)}
		flatten(properties, "inputs", token.Inputs, false)
		flatten(properties, "outputs", token.Outputs, false)
		r.Tokens[name] = properties
		tidy(properties, names)
	}
	for _, resource := range state.Deployment.Resources {
		if resource.Type == "pulumi:pulumi:Stack" {
			flatten(r.Outputs, "", resource.Outputs, false)
		}
	}
	tidy(r.Outputs, names)
	return r
}

// placeholders replaces what the simulator generated for the state's tokens.
func placeholders(state enginetest.State) *strings.Replacer {
	var pairs []string
	for name, token := range state.Tokens() {
		pairs = append(pairs, token.Output("tokenId"), "<token id of "+name+">", token.Output("clientId"), "<client id of "+name+">")
		if secret, _ := token.Secret("clientSecret"); secret != "" {
			pairs = append(pairs, secret, "<client secret of "+name+">")
		}
	}
	return strings.NewReplacer(pairs...)
}

func describe(request cfsim.Request) string {
	text := strings.TrimSpace(request.Scope + " " + request.Operation + " " + request.TokenID)
	for _, field := range request.Fields {
		text += fmt.Sprintf(" %s=%v", field, request.Values[field])
	}
	if request.Query != "" {
		text += " ?" + request.Query
	}
	return text
}

// flatten writes the leaves of a stored value, each under its path. What lies
// within a secret is secret.
func flatten(leaves map[string]string, path string, value any, secret bool) {
	composite, ok := value.(map[string]any)
	if !ok {
		leaves[path] = encode(value)
		if secret {
			leaves[path] = "secret " + leaves[path]
		}
		return
	}
	if plaintext, ok := composite["plaintext"].(string); ok {
		var within any
		if err := json.Unmarshal([]byte(plaintext), &within); err != nil {
			panic(err) // the engine wrote it
		}
		flatten(leaves, path, within, true)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(composite)) {
		flatten(leaves, strings.TrimPrefix(path+"."+key, "."), composite[key], secret)
	}
}

// encode writes a value as JSON for people to read: < stays <.
func encode(value any) string {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // it was JSON before
	}
	return strings.TrimSpace(text.String())
}

// tidy puts placeholders into the leaves.
func tidy(leaves map[string]string, names *strings.Replacer) {
	for path, value := range leaves {
		leaves[path] = names.Replace(value)
		// The plugin's own clock, which does not stand still.
		if strings.HasSuffix(path, ".clientSecretIssuedAt") {
			leaves[path] = timeOrWhat(value)
		}
	}
}

func timeOrWhat(value string) string {
	if _, err := time.Parse(`"`+time.RFC3339+`"`, value); err != nil {
		return value
	}
	return "<time>"
}

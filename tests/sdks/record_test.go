package sdks

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
	Changes  Changes
	Requests []string
	// Tokens maps the tokens of the state to their properties, Outputs the
	// stack's outputs. A secret is its value behind the word secret.
	Tokens  map[string]map[string]string
	Outputs map[string]string
}

// A recorder records what the commands of one project do, step by step.
type recorder struct {
	project *enginetest.Project
	steps   map[string]record
	// generated are what the simulator generated, each followed by its placeholder.
	generated []string
}

func newRecorder(p *enginetest.Project) *recorder {
	return &recorder{project: p, steps: map[string]record{}}
}

// record adds a step: what the last command did, and what it left. Every client
// secret in the state has to work, and to be encrypted there.
func (r *recorder) record(t *testing.T, step string, did Changes) {
	t.Helper()
	state := r.project.Revealed()
	for name, token := range state.Tokens() {
		r.learn(t, name, token)
	}
	stored := r.project.State().Raw
	for _, secret := range r.project.Simulator.IssuedSecrets() {
		if strings.Contains(stored, secret) {
			t.Errorf("%s: the state holds a client secret in clear", step)
		}
	}
	r.steps[step] = r.observe(state, did)
	r.project.Simulator.ResetRequests()
}

// learn finds out what was generated for a token.
func (r *recorder) learn(t *testing.T, name string, token enginetest.Resource) {
	t.Helper()
	clientID := token.Output("clientId")
	r.generated = append(r.generated, token.Output("tokenId"), "<token id of "+name+">", clientID, "<client id of "+name+">")
	if _, ok := token.Outputs["clientSecret"]; !ok {
		return
	}
	secret, _ := token.Secret("clientSecret")
	if !r.project.Simulator.Authenticates(clientID, secret) {
		t.Errorf("the stored credential of %s does not work", name)
	}
	r.generated = append(r.generated, secret, "<client secret of "+name+">")
}

func (r *recorder) observe(state enginetest.State, did Changes) record {
	placeholders := strings.NewReplacer(r.generated...)
	seen := record{Changes: did, Tokens: map[string]map[string]string{}, Outputs: map[string]string{}}
	for _, request := range r.project.Simulator.Requests() {
		seen.Requests = append(seen.Requests, placeholders.Replace(describe(request)))
	}
	slices.Sort(seen.Requests)
	for name, token := range state.Tokens() {
		properties := map[string]string{"id": token.ID, "external": fmt.Sprint(token.External)}
		flatten(properties, "inputs", token.Inputs, false)
		flatten(properties, "outputs", token.Outputs, false)
		tidy(properties, placeholders)
		seen.Tokens[name] = properties
	}
	for _, resource := range state.Deployment.Resources {
		if resource.Type == "pulumi:pulumi:Stack" {
			flatten(seen.Outputs, "", resource.Outputs, false)
		}
	}
	tidy(seen.Outputs, placeholders)
	return seen
}

// describe says what was asked. It leaves out the mark of a creation, a random
// time that the plugin adds by itself; no program here sets that field.
func describe(request cfsim.Request) string {
	text := strings.TrimSpace(request.Scope + " " + request.Operation + " " + request.TokenID)
	for _, field := range request.Fields {
		if field == "previous_client_secret_expires_at" && request.Operation == "create" {
			continue
		}
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

// tidy puts placeholders into the leaves, also for the one time that the
// plugin's own clock gives, which does not stand still.
func tidy(leaves map[string]string, placeholders *strings.Replacer) {
	for path, value := range leaves {
		leaves[path] = placeholders.Replace(value)
		_, err := time.Parse(`"`+time.RFC3339+`"`, value)
		if strings.HasSuffix(path, ".clientSecretIssuedAt") && err == nil {
			leaves[path] = "<time>"
		}
	}
}

package upgrade

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Stacks that move from Pulumi's cloudflare provider to this one, through the real
// engine: with states of the shapes that its versions leave, and with a provider of
// that name that makes real tokens at the simulator.

const (
	cloudflareType = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken"
	olderType      = "cloudflare:index/accessServiceToken:AccessServiceToken"
)

// oldToken is a token of the cloudflare provider in a stack's state.
type oldToken struct {
	name, typ, scope string
	token            cfsim.NewToken
	// inputs and outputs are those that not every token has.
	inputs, outputs map[string]any
	// unknownSecret is a token that was imported: its state has no secret.
	unknownSecret bool
}

// fakeToken is a token of a number, with an identity that looks made up.
func fakeToken(number int, name, duration string) cfsim.NewToken {
	return cfsim.NewToken{
		Name: name, Duration: duration, ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", number),
		ClientID: fmt.Sprintf("%032d.access", number), ClientSecret: strings.Repeat("f4ce", 15) + fmt.Sprintf("%04d", number),
	}
}

// version6 is a token as the cloudflare provider's version 6 stores one.
func version6(name, scope string, token cfsim.NewToken) oldToken {
	return oldToken{name: name, typ: cloudflareType, scope: scope, token: token, outputs: map[string]any{
		"__meta": `{"schema_version":"500"}`,
		"__pulumi_raw_state_delta": map[string]any{"obj": map[string]any{"ps": map[string]any{
			"previousClientSecretExpiresAt": secret(`{"replace":{"raw":null}}`),
		}}},
		"clientSecretVersion": max(token.ClientSecretVersion, 1),
	}}
}

// version5 is a token as the cloudflare provider's version 5 stores one.
func version5(name, typ, scope string, token cfsim.NewToken) oldToken {
	return oldToken{name: name, typ: typ, scope: scope, token: token,
		inputs:  map[string]any{"__defaults": []any{}, "minDaysForRenewal": 30},
		outputs: map[string]any{"__meta": `{"schema_version":"1"}`, "minDaysForRenewal": 30, zoneOrAccount(otherScope(scope)): ""},
	}
}

func zoneOrAccount(scope string) string {
	if strings.HasPrefix(scope, "zones/") {
		return "zoneId"
	}
	return "accountId"
}

func otherScope(scope string) string {
	if scope == zone {
		return account
	}
	return zone
}

// secret is a secret property as a file for `pulumi stack import` may hold it.
func secret(text string) map[string]any {
	plaintext, _ := json.Marshal(text) // a text
	return map[string]any{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": string(plaintext)}
}

// holding is a project whose stack and whose Cloudflare hold these tokens. It has
// no plugin of the cloudflare provider, which is not needed any more.
func holding(t *testing.T, tokens ...oldToken) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	const (
		project  = "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::"
		stack    = project + "pulumi:pulumi:Stack::" + enginetest.Name + "-" + enginetest.Stack
		provider = project + "pulumi:providers:cloudflare::cf"
		id       = "00000000-0000-4000-8000-00000000cafe"
	)
	resources := []map[string]any{
		{"urn": stack, "type": "pulumi:pulumi:Stack"},
		{"urn": provider, "custom": true, "id": id, "type": "pulumi:providers:cloudflare", "parent": stack},
	}
	for _, old := range tokens {
		live := p.Simulator.AddToken(old.scope, old.token)
		inputs := map[string]any{"name": live.Name, zoneOrAccount(old.scope): old.scope[strings.Index(old.scope, "/")+1:]}
		outputs := map[string]any{
			"id": live.ID, "clientId": live.ClientID, "clientSecret": secret(old.token.ClientSecret),
			"duration": live.Duration, "expiresAt": live.ExpiresAt,
		}
		if old.unknownSecret {
			delete(outputs, "clientSecret")
		}
		maps.Copy(outputs, inputs)
		maps.Copy(inputs, old.inputs)
		maps.Copy(outputs, old.outputs)
		resources = append(resources, map[string]any{
			"urn": project + old.typ + "::" + old.name, "custom": true, "id": live.ID, "type": old.typ, "parent": stack,
			"provider": provider + "::" + id, "inputs": inputs, "outputs": outputs, "additionalSecretOutputs": []string{"clientSecret"},
		})
	}
	p.ImportState(resources)
	expectEncrypted(t, p)
	return p
}

// ours is a token of this provider in a program.
func ours(name, scope string, properties ...string) string {
	return enginetest.Token(name, append([]string{placeIn(scope)}, properties...)...)
}

// theirs is a token of the cloudflare provider in a program.
func theirs(name, scope string, properties ...string) string {
	return enginetest.ResourceOf(cloudflareType, name, append([]string{placeIn(scope)}, properties...)...)
}

// placeIn is the property that places a token in a scope.
func placeIn(scope string) string {
	return zoneOrAccount(scope) + ": " + scope[strings.Index(scope, "/")+1:]
}

// expectAsked fails unless Cloudflare was asked exactly this since the last
// time, in any order: of each token its number, and what.
func expectAsked(t *testing.T, p *enginetest.Project, want ...string) {
	t.Helper()
	var got []string
	for _, request := range p.Simulator.Requests() {
		kind, _, _ := strings.Cut(request.Scope, "/")
		number := strings.TrimLeft(request.TokenID[strings.LastIndex(request.TokenID, "-")+1:], "0")
		got = append(got, strings.Join(strings.Fields(kind+" "+number+" "+request.Operation+" "+strings.Join(request.Fields, ",")), " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("Cloudflare was asked\n%q, want\n%q", got, want)
	}
	p.Simulator.ResetRequests()
}

// expectEncrypted fails if the stored state holds a client secret in clear.
func expectEncrypted(t *testing.T, p *enginetest.Project) {
	t.Helper()
	raw := p.State().Raw
	for _, secret := range p.Simulator.IssuedSecrets() {
		if strings.Contains(raw, secret) {
			t.Error("the state holds a client secret in clear")
		}
	}
}

// expectTokens fails unless exactly these tokens live at Cloudflare.
func expectTokens(t *testing.T, p *enginetest.Project, ids ...string) {
	t.Helper()
	var got []string
	for _, token := range p.Simulator.Tokens() {
		got = append(got, token.ID)
	}
	slices.Sort(got)
	slices.Sort(ids)
	if !slices.Equal(got, ids) {
		t.Errorf("Cloudflare holds %q, want %q", got, ids)
	}
}

// entries are the types of the stack's tokens, by name and id.
func entries(p *enginetest.Project) map[string]string {
	found := map[string]string{}
	for _, resource := range p.State().Deployment.Resources {
		if !strings.HasPrefix(resource.Type, "pulumi:") { // providers, and the stack itself
			found[resource.URN[strings.LastIndex(resource.URN, "::")+2:]+" "+resource.ID] = resource.Type
		}
	}
	return found
}

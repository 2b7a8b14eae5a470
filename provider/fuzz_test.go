package provider

import (
	"encoding/json"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// longest bounds what an error says, whatever it is about.
const longest = 4000

// FuzzCheckAndDiff gives Check and Diff any inputs, over any inputs and state of
// the last run.
func FuzzCheckAndDiff(f *testing.F) {
	for _, inputs := range []string{
		`{}`, `{"accountId":"` + accountID + `","name":"ci"}`, `{"zoneId":"` + zoneID + `","name":"ci","duration":"forever","enabled":false}`,
		`{"accountId":"?unknown","zoneId":"?unknown","name":"?unknown","duration":"?unknown","enabled":"?unknown","clientSecretVersion":"?unknown","previousClientSecretExpiresAt":"?unknown"}`,
		`{"accountId":{"?secret":"` + accountID + `"},"name":{"?secret":"` + newSecret + `"},"duration":{"?secret":"` + oldSecret + `"}}`,
		`{"accountId":null,"name":null,"duration":null,"enabled":null,"clientSecretVersion":null,"previousClientSecretExpiresAt":null}`,
		`{"accountId":1,"name":true,"duration":[],"enabled":{},"clientSecretVersion":"2","previousClientSecretExpiresAt":1e300}`,
		`{"accountId":"` + accountID + `","name":["?unknown"],"enabled":"true","clientSecretVersion":1.5}`,
		`{"accountId":"` + accountID + `","name":{"?secret":"?unknown"},"clientSecretVersion":1e18,"nobody":"knows","__defaults":[]}`,
		`{"accountId":"` + accountID + `","name":"ci","clientSecretVersion":9,"previousClientSecretExpiresAt":"9999-12-31T23:59:59Z"}`,
	} {
		for _, state := range []string{
			`{"accountId":"` + accountID + `","tokenId":"` + tokenID + `","name":"ci","clientId":"x.access","clientSecret":{"?secret":"` + oldSecret + `"},"clientSecretStatus":"current","clientSecretVersion":3,"heldClientSecretVersion":2}`,
			`{"zoneId":"` + zoneID + `","tokenId":"` + tokenID + `","name":"ci","clientId":"x.access","clientSecretStatus":"stale","pendingClientSecretVersion":7,"previousClientSecretExpiresAt":"?unknown"}`,
			`{"expiresAt":7,"createdAt":null}`, `{}`,
			// The cloudflare provider's.
			`{"id":"` + tokenID + `","accountId":"` + accountID + `","name":"ci","clientSecret":{"?secret":"` + oldSecret + `"},"clientSecretVersion":"2","minDaysForRenewal":30,"__meta":"{}"}`,
			`{"id":"` + tokenID + `","zoneId":7,"name":[],"duration":"?unknown","clientSecret":{},"clientSecretVersion":1e300,"enabled":"?unknown","expiresAt":true}`,
		} {
			f.Add(inputs, state, accountToken)
		}
	}
	f.Fuzz(func(t *testing.T, inputsJSON, stateJSON, id string) {
		inputs, ok := decodeProperties(inputsJSON)
		state, okState := decodeProperties(stateJSON)
		if !ok || !okState {
			return
		}
		h := start(t, nil)
		said := ""
		resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: inputs, State: state})
		if err != nil {
			said += err.Error()
		}
		for _, failure := range resp.Failures {
			said += failure.Reason
		}
		if err == nil && len(resp.Failures) == 0 {
			// What was accepted can be compared with any state, and with a good one.
			for _, before := range []property.Map{state, stored()} {
				diff, err := h.Diff(p.DiffRequest{ID: id, Urn: h.urn, State: before, OldInputs: state, Inputs: resp.Inputs})
				if err != nil {
					said += err.Error()
				}
				if len(diff.DetailedDiff) > 0 && !diff.HasChanges {
					t.Error("a diff without a change")
				}
			}
		}
		said += strings.Join(h.log(), "")
		if len(said) > 10*longest {
			t.Errorf("%d bytes were said", len(said))
		}
		for _, secret := range append(secretsIn(property.New(inputs)), secretsIn(property.New(state))...) {
			// Shorter ones may be part of a word.
			if len(secret) >= 20 && strings.Contains(said, secret) {
				t.Errorf("a secret was said: %s", said)
			}
		}
	})
}

// decodeProperties reads JSON as a property map: "?unknown" is unknown, and an
// object with the one key "?secret" a secret.
func decodeProperties(text string) (property.Map, bool) {
	var object map[string]any
	if json.Unmarshal([]byte(text), &object) != nil {
		return property.Map{}, false
	}
	values := map[string]property.Value{}
	for key, value := range object {
		values[key] = decodeProperty(value)
	}
	return property.NewMap(values), true
}

func decodeProperty(value any) property.Value {
	switch v := value.(type) {
	case string:
		if v == "?unknown" {
			return unknownValue
		}
		return property.New(v)
	case bool:
		return property.New(v)
	case float64:
		return property.New(v)
	case []any:
		var elements []property.Value
		for _, element := range v {
			elements = append(elements, decodeProperty(element))
		}
		return property.New(elements)
	case map[string]any:
		if secret, ok := v["?secret"]; ok && len(v) == 1 {
			return decodeProperty(secret).WithSecret(true)
		}
		fields := map[string]property.Value{}
		for key, field := range v {
			fields[key] = decodeProperty(field)
		}
		return property.New(fields)
	}
	return property.New(property.Null)
}

// secretsIn lists the texts that are marked as secrets.
func secretsIn(v property.Value) (secrets []string) {
	switch {
	case v.Secret() && v.IsString():
		return []string{v.AsString()}
	case v.IsArray():
		for _, element := range v.AsArray().All {
			secrets = append(secrets, secretsIn(element)...)
		}
	case v.IsMap():
		for _, field := range v.AsMap().All {
			secrets = append(secrets, secretsIn(field)...)
		}
	}
	return secrets
}

// Command fakecloudflare stands for version 6 of Pulumi's cloudflare provider:
// its name of a service token, its ids, and states of the shape that it writes.
// Of Access policies, applications and Hyperdrive configurations it keeps what a program
// says of them.
// It is configured by the environment alone, and simple-minded.
package main

import (
	"context"
	_ "embed"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest/fakeprovider"
)

//go:embed schema.json
var schema string

func main() {
	fakeprovider.Main("cloudflare", "6.17.0", schema, p.Provider{Diff: diff, Create: create, Read: read, Update: update, Delete: remove})
}

// changeable are the inputs that an update sends.
var changeable = map[string]string{
	"name": "name", "duration": "duration", "clientSecretVersion": "client_secret_version",
	"previousClientSecretExpiresAt": "previous_client_secret_expires_at",
}

func diff(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	changes := map[string]p.PropertyDiff{}
	for key, value := range req.Inputs.All {
		if !req.State.Get(key).WithSecret(false).Equals(value.WithSecret(false)) {
			kind := p.Update
			if _, ok := changeable[key]; !ok && isToken(req.Urn) {
				kind = p.UpdateReplace
			}
			changes[key] = p.PropertyDiff{Kind: kind}
		}
	}
	return p.DiffResponse{HasChanges: len(changes) > 0, DetailedDiff: changes}, nil
}

// isToken reports whether a resource is a service token, which Cloudflare has.
func isToken(resource urn.URN) bool {
	return strings.HasSuffix(string(resource.Type()), "ServiceToken")
}

func create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if !isToken(req.Urn) {
		return p.CreateResponse{ID: "id of " + req.Urn.Name(), Properties: req.Properties}, nil
	}
	if req.DryRun {
		return p.CreateResponse{Properties: unknown(req.Properties)}, nil
	}
	token, err := call(ctx, "POST", path(req.Properties), body(req.Properties))
	if err != nil {
		return p.CreateResponse{}, err
	}
	return p.CreateResponse{ID: token.ID, Properties: token.state(req.Properties, property.New(token.ClientSecret))}, nil
}

func read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	if !isToken(req.Urn) {
		return p.ReadResponse{ID: req.ID, Inputs: req.Inputs, Properties: req.Properties}, nil
	}
	token, err := call(ctx, "GET", path(req.Properties)+"/"+req.ID, nil)
	if err != nil {
		return p.ReadResponse{}, err
	}
	return p.ReadResponse{ID: req.ID, Inputs: req.Inputs, Properties: token.state(req.Inputs, req.Properties.Get("clientSecret"))}, nil
}

func update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	if !isToken(req.Urn) {
		return p.UpdateResponse{Properties: req.Inputs}, nil
	}
	if req.DryRun {
		return p.UpdateResponse{Properties: unknown(req.Inputs)}, nil
	}
	token, err := call(ctx, "PUT", path(req.Inputs)+"/"+req.ID, body(req.Inputs))
	if err != nil {
		return p.UpdateResponse{}, err
	}
	secret := req.State.Get("clientSecret")
	if token.ClientSecret != "" {
		secret = property.New(token.ClientSecret)
	}
	return p.UpdateResponse{Properties: token.state(req.Inputs, secret)}, nil
}

func remove(ctx context.Context, req p.DeleteRequest) error {
	if !isToken(req.Urn) {
		return nil
	}
	_, err := call(ctx, "DELETE", path(req.Properties)+"/"+req.ID, nil)
	return err
}

// unknown is a preview of a token: nothing but its inputs is known.
func unknown(inputs property.Map) property.Map {
	for _, output := range []string{"clientId", "clientSecret", "expiresAt"} {
		inputs = inputs.Set(output, property.New(property.Computed))
	}
	return inputs
}

func body(inputs property.Map) map[string]any {
	fields := map[string]any{}
	for key, field := range changeable {
		switch value := inputs.Get(key); {
		case value.IsString():
			fields[field] = value.AsString()
		case value.IsNumber():
			fields[field] = value.AsNumber()
		}
	}
	return fields
}

// state is what the bridged provider stores of a token.
func (t token) state(inputs property.Map, secret property.Value) property.Map {
	delta := property.NewMap(map[string]property.Value{"obj": property.New(property.Null).WithSecret(true)})
	outputs := map[string]property.Value{
		"__meta":                   property.New(`{"schema_version":"500"}`),
		"__pulumi_raw_state_delta": property.New(delta),
		"id":                       property.New(t.ID),
		"clientId":                 property.New(t.ClientID),
		"clientSecret":             secret.WithSecret(true),
		"clientSecretVersion":      property.New(t.ClientSecretVersion),
		"duration":                 property.New(t.Duration),
		"expiresAt":                property.New(t.ExpiresAt),
		"name":                     property.New(t.Name),
	}
	for _, key := range []string{"accountId", "zoneId", "previousClientSecretExpiresAt"} {
		if value, ok := inputs.GetOk(key); ok {
			outputs[key] = value
		}
	}
	return property.NewMap(outputs)
}

func path(properties property.Map) string {
	if zone := properties.Get("zoneId"); zone.IsString() {
		return "zones/" + zone.AsString() + "/access/service_tokens"
	}
	return "accounts/" + properties.Get("accountId").AsString() + "/access/service_tokens"
}

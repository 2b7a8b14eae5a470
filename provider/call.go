package provider

import (
	"context"
	"errors"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// call carries, through the context, what infer keeps from a controller's
// methods: which resource the call is about, which inputs are unknown (they
// arrive as zero values), and the inputs of the last run. On the way back it
// carries which outputs are not known yet.
type call struct {
	urn       resource.URN
	unknown   map[string]bool
	oldInputs property.Map
	// hide are the texts that the user has marked as secret; messages must not
	// repeat them.
	hide []string
	// computed is set by previews: the outputs whose value the run will tell.
	computed []string
}

// redact takes out of a message what the user has marked as secret.
func (c *call) redact(message string) string {
	for _, text := range c.hide {
		for _, spelling := range []string{text, strings.ToLower(text), strings.TrimSpace(text)} {
			message = strings.ReplaceAll(message, spelling, "[secret]")
		}
	}
	return message
}

// redactError keeps the error itself where there is nothing to take out of it.
func (c *call) redactError(err error) error {
	if err == nil {
		return nil
	}
	if redacted := c.redact(err.Error()); redacted != err.Error() {
		return errors.New(redacted)
	}
	return err
}

func (c *call) redactPartial(partial *p.InitializationFailed) {
	if partial == nil {
		return
	}
	for i := range partial.Reasons {
		partial.Reasons[i] = c.redact(partial.Reasons[i])
	}
}

// secretTexts are the texts of a property map that are marked as secret.
func secretTexts(m property.Map) []string {
	var texts []string
	for _, value := range m.All {
		if value.Secret() && value.IsString() && strings.TrimSpace(value.AsString()) != "" {
			texts = append(texts, value.AsString())
		}
	}
	return texts
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callFrom returns the call that ctx carries. Without one (a controller called
// directly) nothing is unknown and nothing is known of the last run.
func callFrom(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// unknownKeys names the properties whose value is not known before the run.
func unknownKeys(m property.Map) map[string]bool {
	unknown := map[string]bool{}
	for key, value := range m.All {
		if value.HasComputed() {
			unknown[key] = true
		}
	}
	return unknown
}

// markComputed makes the named outputs unknown, so that a preview shows exactly
// what will change and dependents wait for it.
func markComputed(m property.Map, keys []string) property.Map {
	for _, key := range keys {
		m = m.Set(key, property.New(property.Computed))
	}
	return m
}

// markSecret puts the secret mark on the client secret, on whichever path it
// came: infer marks it in neither Read nor a migrated state.
func markSecret(m property.Map) property.Map {
	const key = "clientSecret"
	value, ok := m.GetOk(key)
	if !ok || value.IsNull() {
		return m
	}
	return m.Set(key, value.WithSecret(true))
}

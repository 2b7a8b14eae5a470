package provider

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// A stack that holds a token of the cloudflare provider moves over by the type
// in its program: the resource's aliases let the engine find the old entry, and
// hand its state to this provider, which migrates it here.

// adoptedTypes are the cloudflare provider's two names of the same resource.
var adoptedTypes = []string{
	"cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
	"cloudflare:index/accessServiceToken:AccessServiceToken",
}

// foreignAliases are for the schema: infer can name only types of its own package.
func foreignAliases() []any {
	var aliases []any
	for _, name := range adoptedTypes {
		aliases = append(aliases, map[string]any{"type": name})
	}
	return aliases
}

// StateMigrations lets infer read the state of the cloudflare provider. It is
// called on a nil receiver.
func (*ServiceToken) StateMigrations(context.Context) []infer.StateMigrationFunc[ServiceTokenState] {
	return []infer.StateMigrationFunc[ServiceTokenState]{infer.StateMigration(migrateForeign)}
}

// migrateForeign reads a state of the cloudflare provider, of whichever version.
// What it does not know, or cannot read, counts as absent: the next answer of
// Cloudflare tells. Of a state of this provider, and of an import's empty one, it
// makes nothing.
func migrateForeign(_ context.Context, old property.Map) (infer.MigrationResult[ServiceTokenState], error) {
	id := foreignText(old, "id")
	if _, own := old.GetOk("tokenId"); own || id == nil {
		return infer.MigrationResult[ServiceTokenState]{}, nil
	}
	state := ServiceTokenState{
		AccountID:                     foreignScope(old, "accountId"),
		ZoneID:                        foreignScope(old, "zoneId"),
		Name:                          deref(foreignText(old, "name")),
		Duration:                      foreignDuration(old, "duration"),
		Enabled:                       foreignBool(old, "enabled"),
		TokenID:                       *id,
		ClientID:                      deref(foreignText(old, "clientId")),
		ClientSecret:                  foreignText(old, "clientSecret"),
		ClientSecretVersion:           foreignVersion(old, "clientSecretVersion"),
		PreviousClientSecretExpiresAt: foreignTime(old, "previousClientSecretExpiresAt"),
		ExpiresAt:                     foreignTime(old, "expiresAt"),
		CreatedAt:                     foreignTime(old, "createdAt"),
	}
	if deref(state.Duration) == forever {
		state.ExpiresAt = nil // what is there means nothing
	}
	return infer.MigrationResult[ServiceTokenState]{Result: &state}, nil
}

// foreign tells whether the state is the cloudflare provider's, migrated: one of
// this provider always says what its client secret is.
func (s ServiceTokenState) foreign() bool { return s.TokenID != "" && s.ClientSecretStatus == "" }

// adopted turns a foreign state into one of this provider, as far as an answer
// about the token tells what the other provider did not keep. Any other state it
// leaves as it is.
func (s ServiceTokenState) adopted(answer cfapi.Token, now time.Time) ServiceTokenState {
	if !s.foreign() {
		return s
	}
	s.ClientSecretStatus = statusUnavailable
	if s.ClientSecret != nil {
		s.ClientSecretStatus = statusCurrent
		// A provider that kept no version could not rotate.
		s.HeldClientSecretVersion = new(max(deref(s.ClientSecretVersion), 1))
	}
	// The secret's age is unknown, so it is counted from now.
	s.ClientSecretIssuedAt = new(formatTime(now))
	if s.Enabled == nil {
		s.Enabled = new(true)
	}
	if s.PreviousClientSecretExpiresAt == nil {
		// The other provider keeps the end only while its program names one, so
		// that Cloudflare has one is no sign of a rotation elsewhere.
		s.PreviousClientSecretExpiresAt = keep(answer.PreviousClientSecretExpiresAt, nil)
	}
	return s
}

// adopt takes over a token of which nothing differs from the program: a look at
// it tells what the other provider did not keep.
func (t *ServiceToken) adopt(ctx context.Context, ref tokenRef, old ServiceTokenState) (infer.UpdateResponse[ServiceTokenState], error) {
	token, err := infer.GetConfig[*Config](ctx).client.Get(ctx, ref.Scope, ref.TokenID)
	switch {
	case cfapi.IsNotFound(err):
		return infer.UpdateResponse[ServiceTokenState]{},
			fmt.Errorf("adopting %s: it no longer exists; run `pulumi refresh`, and the next `pulumi up` makes a new one", ref)
	case err != nil:
		return infer.UpdateResponse[ServiceTokenState]{}, fmt.Errorf("adopting %s: %w", ref, advise(err, ref.Scope, reading))
	}
	state := old.refreshed(ref, *token, t.now())
	t.warnOfSecret(ctx, state)
	return infer.UpdateResponse[ServiceTokenState]{Output: state}, nil
}

// foreignText reads a text; an empty one says nothing.
func foreignText(state property.Map, key string) *string {
	if text := stringAt(state, key); text != nil && *text != "" {
		return text
	}
	return nil
}

// foreignScope reads an account's or zone's id, in the one case that is accepted
// here.
func foreignScope(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil {
		if id := strings.ToLower(*text); scopeIDPattern.MatchString(id) {
			return &id
		}
	}
	return nil
}

func foreignDuration(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil && validateDuration(*text) == nil {
		return text
	}
	return nil
}

// foreignTime reads a time, and spells it as this provider does.
func foreignTime(state property.Map, key string) *string {
	if at := parseTime(foreignText(state, key)); at != nil {
		return new(formatTime(*at))
	}
	return nil
}

// foreignVersion reads a version, which is a number or the text of one.
func foreignVersion(state property.Map, key string) *int {
	var number float64
	switch value := state.Get(key); {
	case value.IsNumber():
		number = value.AsNumber()
	case value.IsString():
		var err error
		if number, err = strconv.ParseFloat(value.AsString(), 64); err != nil {
			return nil
		}
	}
	if number < 1 || number > math.MaxInt32 || number != math.Trunc(number) {
		return nil
	}
	return new(int(number))
}

// foreignBool reads a truth value, or the text of one.
func foreignBool(state property.Map, key string) *bool {
	switch value := state.Get(key); {
	case value.IsBool():
		return new(value.AsBool())
	case value.IsString():
		if truth, err := strconv.ParseBool(value.AsString()); err == nil {
			return &truth
		}
	}
	return nil
}

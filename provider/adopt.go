package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

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
func (t *ServiceToken) adopt(ctx context.Context, ref tokenRef, args ServiceTokenArgs, old ServiceTokenState) (infer.UpdateResponse[ServiceTokenState], error) {
	token, err := infer.GetConfig[*Config](ctx).client.Get(ctx, ref.Scope, ref.TokenID)
	switch {
	case cfapi.IsNotFound(err):
		return infer.UpdateResponse[ServiceTokenState]{},
			fmt.Errorf("adopting %s: it no longer exists; run `pulumi refresh`, and the next `pulumi up` makes a new one", ref)
	case err != nil:
		return infer.UpdateResponse[ServiceTokenState]{}, fmt.Errorf("adopting %s: %w", ref, advise(err, ref.Scope, reading))
	}
	state := old.refreshed(ref, *token, t.now())
	t.warnOfSecret(ctx, args, state)
	return infer.UpdateResponse[ServiceTokenState]{Output: state}, nil
}

package provider

import (
	"context"
	"time"
)

// desiredFrom reads what the program asks for. Unknown inputs arrive as zero
// values; only the call knows which those are.
func desiredFrom(c *call, args ServiceTokenArgs) desired {
	want := desired{
		accountID:           optional(c, "accountId", args.AccountID),
		zoneID:              optional(c, "zoneId", args.ZoneID),
		name:                optional(c, "name", &args.Name),
		duration:            optional(c, "duration", args.Duration),
		enabled:             optional(c, "enabled", args.Enabled),
		clientSecretVersion: optional(c, "clientSecretVersion", args.ClientSecretVersion),
		previousClientSecretExpiresAt: optional[time.Time](c, "previousClientSecretExpiresAt",
			parseTime(args.PreviousClientSecretExpiresAt)),
		previousClientSecretGrace: optional(c, "previousClientSecretGrace", parseSpan(args.PreviousClientSecretGrace)),
		rotateAfter:               optional(c, "rotateAfter", parseSpan(args.RotateAfter)),
		minDaysForRenewal:         optional(c, "minDaysForRenewal", args.MinDaysForRenewal),
		recoverClientSecret:       optional(c, "recoverClientSecret", args.RecoverClientSecret),
	}
	if last := foreignVersion(c.oldInputs, "clientSecretVersion"); last != nil {
		want.lastClientSecretVersion = known(*last)
	}
	if last := parseTime(stringAt(c.oldInputs, "previousClientSecretExpiresAt")); last != nil {
		want.lastPreviousClientSecretExpiresAt = known(*last)
	}
	if last := parseSpan(stringAt(c.oldInputs, "previousClientSecretGrace")); last != nil {
		want.lastPreviousClientSecretGrace = known(*last)
	}
	return want
}

func optional[T any](c *call, key string, v *T) input[T] {
	switch {
	case c.unknown[key]:
		return input[T]{unknown: true}
	case v == nil:
		return input[T]{}
	}
	return known(*v)
}

// importedInputs are what a program would have to say to get the token that was
// imported: where it is, its name and its duration, and that it is disabled, if
// it is. Nothing of rotation: that is never a token's property, but a wish.
func importedInputs(state ServiceTokenState) ServiceTokenArgs {
	args := ServiceTokenArgs{
		AccountID: state.AccountID,
		ZoneID:    state.ZoneID,
		Name:      state.Name,
		Duration:  state.Duration,
	}
	if state.Enabled != nil && !*state.Enabled {
		args.Enabled = state.Enabled
	}
	return args
}

// refreshedInputs brings up to date what the program says of the token, so that
// a refresh shows what was changed elsewhere. What the program leaves out stays
// out: it is unmanaged.
func refreshedInputs(args ServiceTokenArgs, state ServiceTokenState) ServiceTokenArgs {
	if args.Name == "" {
		return args // the program only reads the token, and says nothing of it
	}
	args.Name = state.Name
	if args.Duration != nil && state.Duration != nil && !sameDuration(*args.Duration, *state.Duration) {
		args.Duration = state.Duration
	}
	if args.Enabled != nil {
		args.Enabled = state.Enabled
	}
	return args
}

// previewCreate is the state of a token that is still to be made, as far as the
// inputs tell it.
func previewCreate(args ServiceTokenArgs) ServiceTokenState {
	version := max(deref(args.ClientSecretVersion), 1)
	return ServiceTokenState{
		AccountID:               args.AccountID,
		ZoneID:                  args.ZoneID,
		Name:                    args.Name,
		Duration:                args.Duration,
		Enabled:                 new(args.Enabled == nil || *args.Enabled),
		ClientSecretVersion:     &version,
		HeldClientSecretVersion: &version,
		ClientSecretStatus:      statusCurrent,

		AppliedClientSecretVersion: args.ClientSecretVersion,
	}
}

// computedByCreate names the outputs that only the creation tells.
func computedByCreate(ctx context.Context, args ServiceTokenArgs) []string {
	computed := []string{"tokenId", "clientId", "clientSecret", "clientSecretIssuedAt", "createdAt"}
	if args.Duration == nil {
		computed = append(computed, "duration")
	}
	if deref(args.Duration) != forever {
		computed = append(computed, "expiresAt")
	}
	for key := range callFrom(ctx).unknown {
		switch key {
		case "previousClientSecretExpiresAt", "previousClientSecretGrace", "rotateAfter", "minDaysForRenewal", "recoverClientSecret":
			continue // nothing of a new token depends on it
		case "clientSecretVersion":
			computed = append(computed, "heldClientSecretVersion", "appliedClientSecretVersion")
		}
		computed = append(computed, key)
	}
	return computed
}

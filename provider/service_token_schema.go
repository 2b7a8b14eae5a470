package provider

import (
	_ "embed"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// ServiceTokenArgs are the resource's inputs, as the schema has them and an import
// returns them. What a program says is read by servicetoken.ReadInputs, in which
// absent and unknown values differ.
type ServiceTokenArgs struct {
	AccountID                     *string `pulumi:"accountId,optional"`
	ZoneID                        *string `pulumi:"zoneId,optional"`
	Name                          string  `pulumi:"name"`
	Duration                      *string `pulumi:"duration,optional"`
	Enabled                       *bool   `pulumi:"enabled,optional"`
	ClientSecretVersion           *int    `pulumi:"clientSecretVersion,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	PreviousClientSecretGrace     *string `pulumi:"previousClientSecretGrace,optional"`
	RotateAfter                   *string `pulumi:"rotateAfter,optional"`
	MinDaysForRenewal             *int    `pulumi:"minDaysForRenewal,optional"`

	RecoverClientSecret *RecoverClientSecret `pulumi:"recoverClientSecret,optional"`
}

// ServiceTokenState is what the stack stores, as a type of its own to describe.
type ServiceTokenState struct{ servicetoken.State }

var _ infer.Enum[RecoverClientSecret] = RecoverClientSecret("")

// RecoverClientSecret says what to do where the stack does not hold the token's
// current client secret. Its name is that of the schema's type.
type RecoverClientSecret string

// Values describes the ways for the schema.
func (RecoverClientSecret) Values() []infer.EnumValue[RecoverClientSecret] {
	return []infer.EnumValue[RecoverClientSecret]{
		{Name: "Never", Value: RecoverClientSecret(servicetoken.RecoverNever),
			Description: "Do not rotate, and do not warn if the client secret is `unavailable`."},
		{Name: "Imported", Value: RecoverClientSecret(servicetoken.RecoverImported),
			Description: "Rotate once if no client secret is stored, such as after an import."},
		{Name: "Always", Value: RecoverClientSecret(servicetoken.RecoverAlways),
			Description: "Also rotate if the client secret was rotated elsewhere. Do not use this value for a token that is in two stacks, or twice in one: " +
				"they would revoke each other's client secrets again and again."},
	}
}

// serviceTokenExamples are programs in every language, converted by internal/sdkgen
// from docs/examples.
//
//go:embed service_token_examples.md
var serviceTokenExamples string

// Annotate describes the resource for the schema.
func (t *ServiceToken) Annotate(a infer.Annotator) {
	a.Describe(&t, `Manages a Cloudflare Access service token: a client id and a client secret that let a machine, such as a CI job, reach an
application behind Cloudflare Access. A client sends them in the headers `+"`CF-Access-Client-Id` and `CF-Access-Client-Secret`"+`, and
the application needs a policy that admits the token.

Cloudflare returns a client secret only once: when the token is created, and when its secret is rotated. The stack stores it,
encrypted, in `+"`clientSecret`"+`. A refresh or an import cannot recover it.

A token belongs to an account or to a zone: set `+"`accountId` or `zoneId`"+`. If both are left out, a new token is created in the provider's
default account. A change of the account or zone replaces the token: the new token is created before the old one is deleted. All
other changes are made in place, and a preview shows each step with its reason.

To rotate the client secret, use `+"`clientSecretVersion`, `rotateAfter` or `recoverClientSecret`"+`: see
`+guide("Rotating the client secret", "rotation.md")+`.
To renew the token before it expires, use `+"`minDaysForRenewal`"+`.

`+serviceTokenExamples+`
## Import

Import a token with the id that a stack shows for it: `+"`<account id>/<token id>` for a token of an account, or `zones/<zone id>/<token id>`"+`
for a token of a zone, in lower case. Other spellings are refused.

`+"```sh"+`
pulumi import cfaccess:index:ServiceToken ci 0000000000000000000000000000aaaa/00000000-0000-4000-8000-000000000001
pulumi import cfaccess:index:ServiceToken edge zones/0000000000000000000000000000bbbb/00000000-0000-4000-8000-000000000002
`+"```"+`

An import sets the account or zone, the name, the duration and, for a disabled token, `+"`enabled: false`"+`. It cannot set the client secret:
`+"`clientSecret` is absent and `clientSecretStatus` is `unavailable`"+` until a rotation. To get a client secret, set
`+"`recoverClientSecret: imported`"+`: see `+guide("Importing service tokens that exist", "import.md")+`.
`)
}

// Annotate describes the inputs for the schema.
func (args *ServiceTokenArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account that the token belongs to: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, "+
		"not both. If both are left out, a new token is created in the provider's default account, and an existing token stays where it is. "+
		"A change replaces the token: the new token is created before the old one is deleted. Set on import.")
	a.Describe(&args.ZoneID, "The zone that the token belongs to: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, "+
		"not both. In most cases you can use either; an API token that is restricted to one zone needs `zoneId`. "+
		"A change replaces the token: the new token is created before the old one is deleted. Set on import.")
	a.Describe(&args.Name, "The name of the token, as shown in the Cloudflare dashboard. It must not be blank; several tokens can have the same name. "+
		"A change is made in place. Set on import.")
	a.Describe(&args.Duration, "How long the token is valid: a duration above zero in hours, minutes and seconds, such as `8760h` or `2h45m`, or `forever`. "+
		"Values are compared by length, so `24h` and `1440m` are the same. Default: `8760h` (one year) for a new token, set by Cloudflare; the duration "+
		"of an existing token is not managed. A change is made in place, and the token then expires that long after the change. Set on import. See "+
		"https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/service_tokens/.")
	a.Describe(&args.Enabled, "Whether the token can be used. If `false`, the current and the previous client secret do not work, and the token is kept. "+
		"Default: `true` for a new token; an existing token is not changed, so it stays disabled if you remove `enabled: false`. "+
		"A change is made in place. Set on import only for a disabled token.")
	a.Describe(&args.ClientSecretVersion, "The version of the client secret: a whole number from 1. Raise it above the token's version to rotate the "+
		"client secret in place; the client id stays the same. The previous client secret then works until `previousClientSecretExpiresAt` or for "+
		"`previousClientSecretGrace`; if both are left out, it stops working at once. Default: 1 for a new token; an existing token is not rotated. "+
		"Not set on import. See "+guide("Which version to write", "rotation.md#which-version-to-write")+".")
	a.Describe(&args.PreviousClientSecretExpiresAt, "When the previous client secret stops working after a rotation: an RFC 3339 time, to the second, such as "+
		"`2027-01-31T12:00:00Z`. A change is made in place while a previous client secret works: move the time later, or into the past to stop the secret "+
		"at once. Otherwise it applies to the next rotation. It applies to one rotation only, so use `previousClientSecretGrace` with `rotateAfter`. "+
		"Conflicts with `previousClientSecretGrace`. Not set on import.")
	a.Describe(&args.PreviousClientSecretGrace, "How long the previous client secret works after a rotation: a duration in hours, minutes and seconds, such as `24h`; "+
		"`0s` stops it at once. Default: `24h` after a rotation by `rotateAfter` or `recoverClientSecret`; none after a rotation by `clientSecretVersion`. "+
		"A change is made in place while a previous client secret works; otherwise it applies to the next rotation. Conflicts with "+
		"`previousClientSecretExpiresAt`. Not set on import. See "+
		guide("How long the previous secret works", "rotation.md#how-long-the-previous-secret-works")+".")
	a.Describe(&args.RotateAfter, "The age at which the client secret is rotated, in place: a duration in hours, minutes and seconds, such as `2160h` "+
		"(90 days), longer than `previousClientSecretGrace`. The first `pulumi up` after that rotates it; nothing happens between runs. "+
		"Default: the client secret is not rotated by age. A change takes effect at the next `pulumi up`. Not set on import. See "+
		guide("By age", "rotation.md#by-age")+".")
	a.Describe(&args.MinDaysForRenewal, "How many days before its expiry the token is renewed: a whole number, 0 (off) to 36500, less than `duration`. "+
		"The first `pulumi up` in that time, or after the expiry, renews the token for its own duration; the client secret stays the same. "+
		"A token with the duration `forever` is never renewed. Default: 0. A change takes effect at the next `pulumi up`. Not set on import.")
	a.Describe(&args.RecoverClientSecret, "What to do if the stack does not hold the token's current client secret (see `clientSecretStatus`): `never` rotates "+
		"nothing, `imported` rotates once for an imported token, `always` also rotates after a rotation elsewhere. Do not use `always` for a token "+
		"that is in two stacks, or twice in one: they would revoke each other's client secrets again and again. Default: nothing is rotated, and each "+
		"run shows a warning; `never` turns off the warning for `unavailable`. A change takes effect at the next `pulumi up`. Not set on import. See "+
		guide("Rotated elsewhere", "rotation.md#rotated-elsewhere")+".")
}

// Annotate describes the outputs for the schema.
func (s *ServiceTokenState) Annotate(a infer.Annotator) {
	a.Describe(&s.AccountID, "The account that the token belongs to. Absent for a token of a zone.")
	a.Describe(&s.ZoneID, "The zone that the token belongs to. Absent for a token of an account.")
	a.Describe(&s.Name, "The name of the token, as shown in the Cloudflare dashboard.")
	a.Describe(&s.Duration, "How long the token is valid, as Cloudflare returns it: a duration such as `8760h`, or `forever`.")
	a.Describe(&s.Enabled, "Whether the token can be used.")
	a.Describe(&s.TokenID, "The id of the token without the account or zone. Use it in the service token rule of an Access policy.")
	a.Describe(&s.ClientID, "The client id, which a client sends in the header `CF-Access-Client-Id`. A rotation does not change it.")
	a.Describe(&s.ClientSecret, "The client secret (a Pulumi secret), which a client sends in the header `CF-Access-Client-Secret`. "+
		"Cloudflare returns it only at creation and rotation, so it is absent after an import until a rotation. "+
		"`clientSecretStatus` shows whether it is the token's current one.")
	a.Describe(&s.ClientSecretVersion, "The version of the token's current client secret, as Cloudflare returns it. Each rotation raises it.")
	a.Describe(&s.HeldClientSecretVersion, "The version of the stored `clientSecret`. Absent if none is stored.")
	a.Describe(&s.PendingClientSecretVersion, "The version requested by a rotation whose answer was lost or contained no client secret. "+
		"The next `pulumi up` completes the rotation. Absent if no rotation is pending.")
	a.Describe(&s.PendingPreviousClientSecretExpiresAt, "The end of the previous client secret that the pending rotation requested (RFC 3339). "+
		"The next run uses it to recognize that rotation. Absent if no rotation is pending.")
	a.Describe(&s.AppliedClientSecretVersion, "The highest `clientSecretVersion` of the program that was carried out; it can be above the token's version. "+
		"Absent if the program never set one.")
	a.Describe(&s.RotationCall, "How to get a new client secret. Set only after an update returned none: `rotate` (by that API call) or `none` "+
		"(no run rotates the token). Absent otherwise. See "+
		guide("A rotation that returns no secret", "rotation.md#a-rotation-that-returns-no-secret")+".")
	a.Describe(&s.ClientSecretStatus, "Whether `clientSecret` is the token's current client secret: `current`; `stale` (rotated elsewhere, or the answer of "+
		"a rotation was lost); `unavailable` (the token was imported and no client secret is stored).")
	a.Describe(&s.ClientSecretIssuedAt, "When this stack received the stored client secret (RFC 3339). `rotateAfter` counts from this time. "+
		"Absent if it is not known, such as after an import or an adoption.")
	a.Describe(&s.RotateAfterSince, "When a run first used `rotateAfter` while `clientSecretIssuedAt` was absent (RFC 3339). `rotateAfter` then counts from this time.")
	a.Describe(&s.PreviousClientSecretExpiresAt, "When the previous client secret stops or stopped working (RFC 3339). Absent if there is none.")
	a.Describe(&s.ExpiresAt, "When the token expires or expired (RFC 3339). Absent for a token with the duration `forever`.")
	a.Describe(&s.CreatedAt, "When the token was created (RFC 3339).")
}

// importedArgs are what a program would have to say to get the token that was
// imported: where it is, its name and its duration, and that it is disabled, if
// it is. Nothing of rotation: that is asked for, and is no property of a token.
func importedArgs(state servicetoken.State) ServiceTokenArgs {
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

// refreshed are the arguments with what a refresh has brought up to date.
func (args ServiceTokenArgs) refreshed(in servicetoken.Inputs) ServiceTokenArgs {
	args.Name, args.Duration, args.Enabled = in.Name.Value, in.Duration.Pointer(), in.Enabled.Pointer()
	return args
}

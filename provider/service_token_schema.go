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
			Description: "Rotate nothing, and do not warn of a client secret that is `unavailable`."},
		{Name: "Imported", Value: RecoverClientSecret(servicetoken.RecoverImported),
			Description: "Rotate once where no client secret is stored, as after an import."},
		{Name: "Always", Value: RecoverClientSecret(servicetoken.RecoverAlways),
			Description: "Rotate also where somebody rotated elsewhere. Never for a token in two stacks: they would revoke each other's secrets for ever."},
	}
}

// examples are programs in every language, converted by internal/sdkgen from
// docs/examples.
//
//go:embed service_token_examples.md
var examples string

// Annotate describes the resource for the schema.
func (t *ServiceToken) Annotate(a infer.Annotator) {
	a.Describe(&t, `A Cloudflare Access service token: the client id and client secret that let a machine through an application behind
Cloudflare Access. A client sends them in the headers `+"`CF-Access-Client-Id` and `CF-Access-Client-Secret`"+`, and the application
has a policy that admits the token.

Cloudflare returns a client secret once: when the token is created, and when it is rotated. The stack keeps it, encrypted, in
`+"`clientSecret`"+`; neither a refresh nor an import can bring it back.

A token lives in an account or in a zone, which is given by `+"`accountId` or `zoneId`"+`; with neither, a new token is made in the
provider's default account. It cannot move: a change of scope makes a new token first and deletes the old one afterwards. Everything
else changes in place, and a preview names each step and its reason. The secret is rotated by `+"`clientSecretVersion`"+`, by age with
`+"`rotateAfter`"+`, or to get one that this stack does not hold with `+"`recoverClientSecret`"+`; the token is renewed before it expires with
`+"`minDaysForRenewal`"+`.

`+examples+`
## Import

A token is imported by the id that a stack shows for it, in exactly this spelling: `+"`<account id>/<token id>`"+` for a token of an
account, `+"`zones/<zone id>/<token id>`"+` for a token of a zone, all in lower case.

`+"```sh"+`
pulumi import cfaccess:index:ServiceToken ci 0000000000000000000000000000aaaa/00000000-0000-4000-8000-000000000001
pulumi import cfaccess:index:ServiceToken edge zones/0000000000000000000000000000bbbb/00000000-0000-4000-8000-000000000002
`+"```"+`

An import gives the scope, the name, the duration, and that the token is disabled, if it is. It cannot give the client secret:
`+"`clientSecret` is absent and `clientSecretStatus` is `unavailable`"+` until a rotation, which `+"`recoverClientSecret: imported`"+` asks for.
`)
}

// Annotate describes the inputs for the schema.
func (args *ServiceTokenArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account that the token lives in: 32 hexadecimal characters in lower case. Exactly one of `accountId` and "+
		"`zoneId` may be set. Left out, as `zoneId` is: a token that exists stays where it is, and a new one is made in the provider's default "+
		"account. A change replaces the token: the new one is made before the old one is deleted. An import gives it.")
	a.Describe(&args.ZoneID, "The zone that the token lives in: 32 hexadecimal characters in lower case. Exactly one of `accountId` and `zoneId` "+
		"may be set. In most cases either is fine; an API token that is restricted to one zone needs `zoneId`. A change replaces the token: the "+
		"new one is made before the old one is deleted. An import gives it.")
	a.Describe(&args.Name, "The name that the dashboard shows. Required, and not blank; Cloudflare allows several tokens of one name. Changed in "+
		"place. An import gives it.")
	a.Describe(&args.Duration, "How long the token is valid, counted from its creation or from the last time the duration was set: a duration above "+
		"zero in hours, minutes and seconds, such as `8760h` or `2h45m`, or `forever`. Compared by value: `24h` and `1440m` are the same. Left out: "+
		"Cloudflare's default at creation, `8760h` (one year), and not managed afterwards. Changed in place, which moves `expiresAt` to that long "+
		"after the change. An import gives it. See https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/service_tokens/.")
	a.Describe(&args.Enabled, "Whether the token lets anyone in. While it is `false`, its current and its previous client secret do not work; the "+
		"token itself stays. Left out: enabled at creation, and not managed afterwards, so taking `enabled: false` out of a program leaves the token "+
		"disabled. Changed in place. An import gives it only where it is `false`.")
	a.Describe(&args.ClientSecretVersion, "The version of the client secret to be at, from 1. Raising it above the token's version rotates the client "+
		"secret in place: `clientSecret` changes, `clientId` does not, and the previous secret works until `previousClientSecretExpiresAt` or for "+
		"`previousClientSecretGrace`; with neither it stops at once. Left out, or at or below the token's version: no change. A raise that does not "+
		"reach above the token's version is refused in preview, with the number to write. Version 1 if left out at creation. An import never gives it.")
	a.Describe(&args.PreviousClientSecretExpiresAt, "When the previous client secret stops working after a rotation: a time as in RFC 3339, such as "+
		"`2027-01-31T12:00:00Z`, to the second. While a previous secret works, a change moves its end in place: later, or into the past to stop it at "+
		"once. Without one it waits for the next rotation. It holds for one rotation, so `rotateAfter` needs `previousClientSecretGrace` instead; the two "+
		"exclude each other. An import never gives it.")
	a.Describe(&args.PreviousClientSecretGrace, "How long the previous client secret continues to work after a rotation, counted from the rotation: a duration in "+
		"hours, minutes and seconds, such as `24h`; `0s` stops it at once. Left out: `24h` after a rotation by `rotateAfter` or `recoverClientSecret`, and "+
		"nothing after one by `clientSecretVersion`. A change moves the end in place while a previous secret works, and otherwise waits for the next "+
		"rotation. Excludes `previousClientSecretExpiresAt`. Cloudflare holds one previous secret, so that a rotation during a grace ends it at once, which "+
		"the preview says. An import never gives it.")
	a.Describe(&args.RotateAfter, "Rotate the client secret, in place, at the first `pulumi up` after it is this old: a duration in hours, minutes and "+
		"seconds, such as `2160h` (90 days), longer than `previousClientSecretGrace`. The age counts from `clientSecretIssuedAt`, and for an imported or "+
		"adopted token from the first run that asks for it. Nothing happens between runs, and a secret that is `stale` is left alone, since its age is not known. Left out: not rotated by age. "+
		"A change takes effect at the next run. An import never gives it.")
	a.Describe(&args.MinDaysForRenewal, "Renew the token at the first `pulumi up` within this many days of `expiresAt`, or after it: a whole number of days, "+
		"less than `duration`. The token then expires its own `duration` after that run; its secret stays. Left out or `0`: not renewed. A token whose "+
		"duration is `forever` never is. A change takes effect at the next run. An import never gives it.")
	a.Describe(&args.RecoverClientSecret, "What to do where this stack does not hold the token's current client secret (`clientSecretStatus`). `never`: "+
		"nothing. `imported`: rotate once to get a secret for a token that was imported. `always`: rotate also where somebody rotated elsewhere; never for "+
		"a token in two stacks, which would revoke each other's secrets for ever. The previous client secret works for `previousClientSecretGrace`, `24h` if left "+
		"out. Left out altogether: nothing is rotated, and each run warns; `never`, written down, silences the warning for `unavailable`. An import never "+
		"gives it.")
}

// Annotate describes the outputs for the schema.
func (s *ServiceTokenState) Annotate(a infer.Annotator) {
	a.Describe(&s.AccountID, "The account that the token lives in; absent for a zone's token.")
	a.Describe(&s.ZoneID, "The zone that the token lives in; absent for an account's token.")
	a.Describe(&s.Name, "The name that the dashboard shows.")
	a.Describe(&s.Duration, "How long the token is valid, as Cloudflare has it: a duration such as `8760h`, or `forever`.")
	a.Describe(&s.Enabled, "Whether the token lets anyone in.")
	a.Describe(&s.TokenID, "The token's bare id, which is what an Access policy's service-token rule wants. The resource's `id` also holds the scope.")
	a.Describe(&s.ClientID, "The client id, which a client sends in the header `CF-Access-Client-Id`. It stays the same through rotations.")
	a.Describe(&s.ClientSecret, "The client secret, which a client sends in the header `CF-Access-Client-Secret`. Always a secret, stored encrypted. "+
		"Cloudflare tells it at creation and at rotation only, so it is absent after an import, until a rotation. `clientSecretStatus` says whether it is "+
		"the token's current one.")
	a.Describe(&s.ClientSecretVersion, "The version of the token's current client secret, as Cloudflare has it. Each rotation raises it.")
	a.Describe(&s.HeldClientSecretVersion, "The version that the stored `clientSecret` belongs to. Absent while none is stored.")
	a.Describe(&s.PendingClientSecretVersion, "The version that a rotation asked for whose answer was lost, or carried no client secret. The next "+
		"`pulumi up` completes the rotation. Absent otherwise.")
	a.Describe(&s.PendingPreviousClientSecretExpiresAt, "The end of the previous client secret that the pending rotation asked for, as in RFC 3339. By it "+
		"the next run tells that rotation from one by somebody else. Absent while none is pending.")
	a.Describe(&s.AppliedClientSecretVersion, "The highest `clientSecretVersion` of the program that was carried out. It can be above the token's own version. "+
		"Absent if the program never set one.")
	a.Describe(&s.RotationCall, "Which of Cloudflare's calls returns a new client secret, where an update was seen to return none: `rotate`, or `none`. "+
		"Absent otherwise. With `none` no run rotates the token.")
	a.Describe(&s.ClientSecretStatus, "Whether `clientSecret` is the token's current secret: `current`; `stale`, if it was rotated elsewhere or the answer of "+
		"a rotation was lost; `unavailable`, if the token was imported and no secret is known.")
	a.Describe(&s.ClientSecretIssuedAt, "When this stack was given the stored client secret, as in RFC 3339. `rotateAfter` counts from it. Absent where that "+
		"is not known, as after an import or an adoption.")
	a.Describe(&s.RotateAfterSince, "From when `rotateAfter` counts where `clientSecretIssuedAt` is absent, as in RFC 3339: the first run that asked for it.")
	a.Describe(&s.PreviousClientSecretExpiresAt, "When the previous client secret stops working, or stopped. Absent while there is none.")
	a.Describe(&s.ExpiresAt, "When the token expires, as in RFC 3339. Absent for a token whose duration is `forever`.")
	a.Describe(&s.CreatedAt, "When the token was created, as in RFC 3339.")
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

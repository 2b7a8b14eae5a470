package provider

import (
	_ "embed"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// AccessCheckArgs are the resource's inputs.
type AccessCheckArgs struct {
	URL                string   `pulumi:"url"`
	ClientID           string   `pulumi:"clientId"`
	ClientSecret       string   `pulumi:"clientSecret" provider:"secret"`
	ClientSecretStatus *string  `pulumi:"clientSecretStatus,optional"`
	Header             *string  `pulumi:"header,optional"`
	Timeout            *string  `pulumi:"timeout,optional"`
	AcceptOpen         *bool    `pulumi:"acceptOpen,optional"`
	OriginStatuses     []int    `pulumi:"originStatuses,optional"`
	OriginRedirects    []string `pulumi:"originRedirects,optional"`
	Triggers           []any    `pulumi:"triggers,optional"`
}

// AccessCheckState is what the stack stores: the inputs, and what they proved.
type AccessCheckState struct {
	AccessCheckArgs
	Outcome string `pulumi:"outcome"`
	Status  int    `pulumi:"status"`
}

// accessCheckExamples are programs in every language, converted by internal/sdkgen
// from docs/examples.
//
//go:embed access_check_examples.md
var accessCheckExamples string

// Annotate describes the resource for the schema.
func (a *AccessCheck) Annotate(an infer.Annotator) {
	an.Describe(&a, `Checks that a service token opens an address behind Cloudflare Access, before the resources that depend on the check get its client secret.

Declare it after the token, its policy and its application, and let the consumers of the client secret depend on it (`+"`dependsOn`"+`). If the check
fails, the resource fails, `+"`pulumi up`"+` stops before the consumers, and the next run checks again. With a grace on the token
(`+"`previousClientSecretGrace`"+`), the consumers have a client secret that works until the new one was admitted or the grace ends. Choose a grace that is
longer than the time between two runs.

The check runs when the resource is created, and when an input changes: so after each rotation. It never runs in a preview, a refresh, an import or a
deletion. An attempt sends up to three GET requests, all to one IP address, and follows no redirect: without credentials; with the token, if the
first answer was Access's refusal for this host; with made-up credentials, if the second was not a refusal. The client secret is never sent to an
address that did not refuse first.

- `+"`admitted`"+`: the token is let in, and made-up credentials are not. The resource is created. It says nothing about the origin's health.
- `+"`refused`"+`: Access refuses the token. The resource fails, and lists the possible causes.
- `+"`open`"+`: everybody is let in, so the token proves nothing. The resource fails unless `+"`acceptOpen`"+` is set.
- `+"`unclear`"+`: the answers prove nothing, such as those of a WAF. The resource fails, and says what you can do.

"Admitted" means from the machine that runs Pulumi, at that time. Each request with the token counts as a use of it (`+"`lastSeenAt`"+`).
See `+guide("Proving that a token works", "proving-access.md")+`.

`+accessCheckExamples)
}

// Annotate describes the inputs for the schema.
func (args *AccessCheckArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.URL, "The address to check: one that the Access application protects, and that answers 2xx to a client that is admitted, such as "+
		"`https://app.example.com/health`. It must use `https`, unless the host is this machine (a loopback address), and contain no user name or password. "+
		"Its query is never printed. A change checks again.")
	a.Describe(&args.ClientID, "The token's client id: the output `clientId` of a `ServiceToken`. It is an error if it is empty. A change checks again.")
	a.Describe(&args.ClientSecret, "The token's client secret: the output `clientSecret` of a `ServiceToken`. Stored as a Pulumi secret. It is an error if it is empty. "+
		"A change, such as a rotation, checks again.")
	a.Describe(&args.ClientSecretStatus, "The output `clientSecretStatus` of the `ServiceToken`. With a value other than `current` the check fails, in the preview too, and sends "+
		"no request, so that a stale client secret does not reach the consumers. Default: not checked. A change checks again.")
	a.Describe(&args.Header, "The header from which the application reads the token, if it has `read_service_tokens_from_header`, such as `Authorization`. The client id and "+
		"the client secret are then sent in this header only, as JSON. Default: the headers `CF-Access-Client-Id` and `CF-Access-Client-Secret`. A change checks again.")
	a.Describe(&args.Timeout, "How long a failing check is repeated: a duration above zero, at most `10m`. The pauses are 1, 2, 4 and 8 seconds, and then 15. "+
		"A new token or client secret can take a minute to be known everywhere at Cloudflare. One request takes at most 10 seconds. Default: `2m`. A change checks again.")
	a.Describe(&args.AcceptOpen, "Whether an address that is open to everybody passes, with the outcome `open`. Default: `false`. A change checks again.")
	a.Describe(&args.OriginStatuses, "The statuses with which the origin itself answers a client that Access has admitted: `401`, `403` or both, if the origin asks for "+
		"credentials of its own. Other statuses need no entry. Default: none. A change checks again.")
	a.Describe(&args.OriginRedirects, "The hosts to which the origin redirects a client that Access has admitted, such as `login.example.com`: names without scheme, port and path. "+
		"A redirect within the host of `url` needs no entry. Default: none. A change checks again.")
	a.Describe(&args.Triggers, "Any values, such as the id of the policy. A change checks again. Default: none.")
}

// Annotate describes the outputs for the schema.
func (s *AccessCheckState) Annotate(a infer.Annotator) {
	a.Describe(&s.Outcome, "What the last check proved: `admitted`, or `open` (only with `acceptOpen`).")
	a.Describe(&s.Status, "The HTTP status of the answer to the token; with the outcome `open`, of the answer without credentials.")
}

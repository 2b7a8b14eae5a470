package provider

import (
	"cmp"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

var _ infer.Annotated = (*ServiceTokenInfo)(nil)

// ServiceTokenInfo is what the functions tell of a token: all that Cloudflare
// shows, and so never a secret.
type ServiceTokenInfo struct {
	ImportID                      string  `pulumi:"importId"`
	TokenID                       string  `pulumi:"tokenId"`
	AccountID                     *string `pulumi:"accountId,optional"`
	ZoneID                        *string `pulumi:"zoneId,optional"`
	Name                          string  `pulumi:"name"`
	ClientID                      string  `pulumi:"clientId"`
	Duration                      *string `pulumi:"duration,optional"`
	Enabled                       bool    `pulumi:"enabled"`
	ClientSecretVersion           *int    `pulumi:"clientSecretVersion,optional"`
	PreviousClientSecretExpiresAt *string `pulumi:"previousClientSecretExpiresAt,optional"`
	ExpiresAt                     *string `pulumi:"expiresAt,optional"`
	CreatedAt                     *string `pulumi:"createdAt,optional"`
	UpdatedAt                     *string `pulumi:"updatedAt,optional"`
	LastSeenAt                    *string `pulumi:"lastSeenAt,optional"`
}

// Annotate describes the outputs of the functions for the schema.
func (i *ServiceTokenInfo) Annotate(a infer.Annotator) {
	a.Describe(&i, "What Cloudflare shows of a service token: everything but its client secret, which no function can tell.")
	a.Describe(&i.ImportID, "The id that imports the token, and that `ServiceToken.get` wants: `<account id>/<token id>`, or `zones/<zone id>/<token id>`.")
	a.Describe(&i.TokenID, "The token's bare id, which is what an Access policy's service-token rule wants.")
	a.Describe(&i.AccountID, "The account in which the token was looked up; absent for a zone's token.")
	a.Describe(&i.ZoneID, "The zone in which the token was looked up; absent for an account's token.")
	a.Describe(&i.Name, "The name that the dashboard shows. Several tokens can have the same.")
	a.Describe(&i.ClientID, "The client id, which a client sends in the header `CF-Access-Client-Id`.")
	a.Describe(&i.Duration, "How long the token is valid, as Cloudflare has it: a duration such as `8760h`, or `forever`.")
	a.Describe(&i.Enabled, "Whether the token lets anyone in.")
	a.Describe(&i.ClientSecretVersion, "The version of the current client secret, from 1. Each rotation raises it. Absent where Cloudflare does not tell.")
	a.Describe(&i.PreviousClientSecretExpiresAt, "When the previous client secret stops working, or stopped, as in RFC 3339. "+
		"Absent while there is none.")
	a.Describe(&i.ExpiresAt, "When the token expires, or expired, as in RFC 3339. Absent for a token whose duration is `forever`.")
	a.Describe(&i.CreatedAt, "When the token was created, as in RFC 3339.")
	a.Describe(&i.UpdatedAt, "When the token was last changed, as in RFC 3339.")
	a.Describe(&i.LastSeenAt, "When the token last let anyone in, as in RFC 3339. Absent until its first use.")
}

// describe is what the functions tell of a token that was found in a scope.
func describe(scope cfapi.Scope, token cfapi.Token) ServiceTokenInfo {
	info := ServiceTokenInfo{
		ImportID:                      tokenRef{scope, token.ID}.id(),
		TokenID:                       token.ID,
		Name:                          token.Name,
		ClientID:                      token.ClientID,
		Enabled:                       isEnabled(token),
		PreviousClientSecretExpiresAt: keep(token.PreviousClientSecretExpiresAt, nil),
		ExpiresAt:                     keep(token.ExpiresAt, nil),
		CreatedAt:                     keep(token.CreatedAt, nil),
		UpdatedAt:                     keep(token.UpdatedAt, nil),
		LastSeenAt:                    keep(token.LastSeenAt, nil),
	}
	info.AccountID, info.ZoneID = scopeInputs(scope)
	if token.Duration != "" {
		info.Duration = &token.Duration
	}
	if token.ClientSecretVersion != nil {
		info.ClientSecretVersion = new(int(*token.ClientSecretVersion))
	}
	return info
}

// isEnabled reads an answer in which an absent `enabled` means true.
func isEnabled(token cfapi.Token) bool { return token.Enabled == nil || *token.Enabled }

// sortByName puts tokens into an order that no listing changes.
func sortByName(tokens []cfapi.Token) {
	slices.SortFunc(tokens, func(a, b cfapi.Token) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

package provider

import (
	"cmp"
	"slices"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

var _ infer.Annotated = (*ServiceTokenInfo)(nil)

// ServiceTokenInfo is what the functions return of a token: all that Cloudflare
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
	a.Describe(&i, "A service token as Cloudflare returns it, without its client secret.")
	a.Describe(&i.ImportID, "The id for `pulumi import` and `ServiceToken.get`: `<account id>/<token id>` or `zones/<zone id>/<token id>`.")
	a.Describe(&i.TokenID, "The id of the token without the account or zone. Use it in the service token rule of an Access policy.")
	a.Describe(&i.AccountID, "The account in which the token was found. Absent for a token of a zone.")
	a.Describe(&i.ZoneID, "The zone in which the token was found. Absent for a token of an account.")
	a.Describe(&i.Name, "The name of the token, as shown in the Cloudflare dashboard. Several tokens can have the same name.")
	a.Describe(&i.ClientID, "The client id, which a client sends in the header `CF-Access-Client-Id`.")
	a.Describe(&i.Duration, "How long the token is valid, as Cloudflare returns it: a duration such as `8760h`, or `forever`.")
	a.Describe(&i.Enabled, "Whether the token can be used.")
	a.Describe(&i.ClientSecretVersion, "The version of the current client secret, from 1. Each rotation raises it. Absent if Cloudflare does not return it.")
	a.Describe(&i.PreviousClientSecretExpiresAt, "When the previous client secret stops or stopped working (RFC 3339). Absent if there is none.")
	a.Describe(&i.ExpiresAt, "When the token expires or expired (RFC 3339). Absent for a token with the duration `forever`.")
	a.Describe(&i.CreatedAt, "When the token was created (RFC 3339).")
	a.Describe(&i.UpdatedAt, "When the token was last changed (RFC 3339).")
	a.Describe(&i.LastSeenAt, "When the token was last used (RFC 3339). Absent until its first use.")
}

// describe is what the functions return of a token that was found in a scope.
func describe(scope cfapi.Scope, token cfapi.Token) ServiceTokenInfo {
	info := ServiceTokenInfo{
		ImportID:                      servicetoken.Ref{Scope: scope, TokenID: token.ID}.ID(),
		TokenID:                       token.ID,
		Name:                          token.Name,
		ClientID:                      token.ClientID,
		Enabled:                       token.IsEnabled(),
		PreviousClientSecretExpiresAt: formatted(token.PreviousClientSecretExpiresAt),
		ExpiresAt:                     formatted(token.ExpiresAt),
		CreatedAt:                     formatted(token.CreatedAt),
		UpdatedAt:                     formatted(token.UpdatedAt),
		LastSeenAt:                    formatted(token.LastSeenAt),
	}
	info.AccountID, info.ZoneID = servicetoken.ScopeInputs(scope)
	if token.Duration != "" {
		info.Duration = &token.Duration
	}
	if token.ClientSecretVersion != nil {
		info.ClientSecretVersion = new(int(*token.ClientSecretVersion))
	}
	return info
}

// sortByName puts tokens into an order that no listing changes.
func sortByName(tokens []cfapi.Token) {
	slices.SortFunc(tokens, func(a, b cfapi.Token) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
}

// formatted is a time as the outputs spell it.
func formatted(at *time.Time) *string {
	if at == nil {
		return nil
	}
	return new(servicetoken.FormatTime(*at))
}

func moment(t *time.Time, absent string) string {
	if t == nil {
		return absent
	}
	return servicetoken.FormatTime(*t)
}

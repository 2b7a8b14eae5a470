package provider

import (
	"context"
	_ "embed" // the examples
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

var (
	_ infer.Fn[GetServiceTokenArgs, ServiceTokenInfo] = (*GetServiceToken)(nil)
	_ infer.Annotated                                 = (*GetServiceToken)(nil)
	_ infer.Annotated                                 = (*GetServiceTokenArgs)(nil)
)

// GetServiceToken is the controller of cfaccess:index:getServiceToken.
type GetServiceToken struct{}

// GetServiceTokenArgs say which token is meant.
type GetServiceTokenArgs struct {
	AccountID *string `pulumi:"accountId,optional"`
	ZoneID    *string `pulumi:"zoneId,optional"`
	TokenID   *string `pulumi:"tokenId,optional"`
	Name      *string `pulumi:"name,optional"`
}

// getServiceTokenExamples are programs in every language, converted like [serviceTokenExamples].
//
//go:embed get_service_token_examples.md
var getServiceTokenExamples string

// Annotate describes the function for the schema.
func (g *GetServiceToken) Annotate(a infer.Annotator) {
	a.Describe(&g, "Looks up one service token of an account or a zone, by its id or by its exact name. Returns everything that Cloudflare shows "+
		"for it, including when it was last used, but no client secret.\n\n"+
		"It is an error if there is no such token. If several tokens have the name, the error lists their ids: pass one of them as `tokenId`. "+
		"The API token needs the permission `Access: Service Tokens Read`. See "+guide("Finding service tokens", "finding-tokens.md")+".\n\n"+getServiceTokenExamples)
}

// Annotate describes the arguments for the schema.
func (args *GetServiceTokenArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account to look in: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both. "+
		"If both are left out, the provider's default account is used.")
	a.Describe(&args.ZoneID, "The zone to look in: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both.")
	a.Describe(&args.TokenID, "The id of the token without the account or zone, such as the output `tokenId` of a `ServiceToken`: a UUID in lower case. "+
		"Set exactly one of `tokenId` and `name`.")
	a.Describe(&args.Name, "The exact name of the token, as shown in the Cloudflare dashboard: upper and lower case and spaces matter. "+
		"Set exactly one of `tokenId` and `name`. It is an error if several tokens have this name.")
}

// Invoke looks the token up: by its id in one request, by its name in a listing.
func (*GetServiceToken) Invoke(ctx context.Context, req infer.FunctionRequest[GetServiceTokenArgs]) (infer.FunctionResponse[ServiceTokenInfo], error) {
	var none infer.FunctionResponse[ServiceTokenInfo]
	config := infer.GetConfig[*Config](ctx)
	scope, failures := config.lookupScope(req.Input.AccountID, req.Input.ZoneID)
	if failures = append(failures, checkWhich(req.Input)...); len(failures) > 0 {
		return none, middleware.RefusedArguments(failures)
	}
	find := findByName
	which := ""
	if req.Input.Name != nil {
		which = *req.Input.Name
	}
	if req.Input.TokenID != nil {
		find, which = findByID, *req.Input.TokenID
	}
	token, err := find(ctx, config, scope, which)
	if err != nil {
		return none, err
	}
	return infer.FunctionResponse[ServiceTokenInfo]{Output: describe(scope, *token)}, nil
}

// checkWhich makes sure that the arguments say which token is meant.
func checkWhich(args GetServiceTokenArgs) []p.CheckFailure {
	switch {
	case args.TokenID != nil && args.Name != nil:
		return failure("name", "a token is looked up by its id or by its name: write tokenId or name and remove the other")
	case args.TokenID != nil:
		return checkTokenID(*args.TokenID)
	case args.Name == nil:
		return failure("tokenId", "tokenId or name is required: write the token's id as tokenId, or its exact name as name")
	case strings.TrimSpace(*args.Name) == "":
		return failure("name", "the name is empty: write it as the dashboard shows it, or write tokenId")
	}
	return nil
}

func findByID(ctx context.Context, config *Config, scope cfapi.Scope, id string) (*cfapi.Token, error) {
	token, err := config.client.Get(ctx, scope, id)
	switch {
	case cfapi.IsNotFound(err):
		return nil, notFound(servicetoken.Ref{Scope: scope, TokenID: id})
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", servicetoken.Ref{Scope: scope, TokenID: id}, config.advise(err, scope, refusal.Reading))
	}
	return token, nil
}

func notFound(ref servicetoken.Ref) error {
	return fmt.Errorf("%s does not exist: check the id, and whether the token is in this %s", ref, ref.Scope.Kind.Noun())
}

// findByName asks Cloudflare for the name first. How it matches is not documented,
// so that what it does not find is looked for again among all tokens.
func findByName(ctx context.Context, config *Config, scope cfapi.Scope, name string) (*cfapi.Token, error) {
	found, err := listTokens(ctx, config, scope, cfapi.ListFilter{Name: name})
	if err != nil {
		return nil, err
	}
	var all []cfapi.Token
	if len(found) == 0 {
		if all, err = listTokens(ctx, config, scope, cfapi.ListFilter{}); err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(slices.Clone(all), func(t cfapi.Token) bool { return t.Name != name })
	}
	switch len(found) {
	case 0:
		near := slices.DeleteFunc(all, func(t cfapi.Token) bool { return !nearly(t.Name, name) })
		return nil, noneNamed(scope, name, near)
	case 1:
		return &found[0], nil
	}
	return nil, fmt.Errorf("%s has %d service tokens named %q: write the tokenId of one of them instead of name: %s",
		scope, len(found), servicetoken.Clip(name), candidates(found))
}

func listTokens(ctx context.Context, config *Config, scope cfapi.Scope, filter cfapi.ListFilter) ([]cfapi.Token, error) {
	tokens, err := config.client.List(ctx, scope, filter)
	if err != nil {
		return nil, config.notListed(scope, err)
	}
	sortByName(tokens)
	return tokens, nil
}

func (c *Config) notListed(scope cfapi.Scope, err error) error {
	return fmt.Errorf("listing the service tokens of %s: %w", scope, c.advise(err, scope, refusal.Reading))
}

func noneNamed(scope cfapi.Scope, name string, near []cfapi.Token) error {
	if len(near) > 0 {
		return fmt.Errorf("no service token of %s is named %q: names are compared exactly. Tokens with similar names: %s", scope, servicetoken.Clip(name), candidates(near))
	}
	return fmt.Errorf("no service token of %s is named %q: check the name, and whether the token is in this %s and the API token may see it. "+
		"A token that this program creates or renames cannot be found before the run: use its outputs instead", scope, servicetoken.Clip(name), scope.Kind.Noun())
}

// nearly reports whether two names differ in case and in the spaces around them
// alone.
func nearly(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// candidates lists tokens with what distinguishes them.
func candidates(tokens []cfapi.Token) string {
	var list []string
	for _, t := range tokens {
		list = append(list, fmt.Sprintf("%s (%q, created %s, last seen %s)", t.ID, servicetoken.Clip(t.Name), moment(t.CreatedAt, "at an unknown time"), moment(t.LastSeenAt, "never")))
	}
	return some(list)
}

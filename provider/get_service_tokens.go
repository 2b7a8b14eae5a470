package provider

import (
	"context"
	_ "embed" // the examples
	"fmt"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

var (
	_ infer.Fn[GetServiceTokensArgs, GetServiceTokensResult] = (*GetServiceTokens)(nil)
	_ infer.Annotated                                        = (*GetServiceTokens)(nil)
	_ infer.Annotated                                        = (*GetServiceTokensArgs)(nil)
	_ infer.Annotated                                        = (*GetServiceTokensResult)(nil)
)

// GetServiceTokens is the controller of cfaccess:index:getServiceTokens.
type GetServiceTokens struct{ now func() time.Time }

// GetServiceTokensArgs say which tokens are meant: those of a scope to which all
// the filters apply. The engine's List call takes the same.
type GetServiceTokensArgs struct {
	AccountID         *string `pulumi:"accountId,optional"`
	ZoneID            *string `pulumi:"zoneId,optional"`
	NameContains      *string `pulumi:"nameContains,optional"`
	Enabled           *bool   `pulumi:"enabled,optional"`
	UnusedForDays     *int    `pulumi:"unusedForDays,optional"`
	ExpiresWithinDays *int    `pulumi:"expiresWithinDays,optional"`
}

// GetServiceTokensResult is what the function returns.
type GetServiceTokensResult struct {
	Tokens []ServiceTokenInfo `pulumi:"tokens"`
}

// getServiceTokensExamples are programs in every language, converted like [serviceTokenExamples].
//
//go:embed get_service_tokens_examples.md
var getServiceTokensExamples string

// Annotate describes the function for the schema.
func (g *GetServiceTokens) Annotate(a infer.Annotator) {
	a.Describe(&g, "Lists the service tokens of an account or a zone that match every given filter, such as tokens that have not been used for "+
		"90 days, or that expire within 30. Returns everything that Cloudflare shows for each token, but no client secret. "+
		"It is not an error if no token matches.\n\n"+
		"The API token needs the permission `Access: Service Tokens Read`. Only the tokens that it can see are listed. See "+
		guide("Finding service tokens", "finding-tokens.md")+".\n\n"+getServiceTokensExamples)
}

// Annotate describes the arguments for the schema.
func (args *GetServiceTokensArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account whose tokens are listed: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both. "+
		"If both are left out, the provider's default account is used.")
	a.Describe(&args.ZoneID, "The zone whose tokens are listed: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both.")
	a.Describe(&args.NameContains, "Only tokens whose name contains this text, which must not be empty. Upper and lower case are the same. Default: any name.")
	a.Describe(&args.Enabled, "Only enabled tokens (`true`) or only disabled tokens (`false`). Default: both.")
	a.Describe(&args.UnusedForDays, "Only tokens that have not been used for more than this many days of 24 hours: a whole number from 1 to 36500. "+
		"For a token that was never used, the days count from its creation. Default: used and unused tokens.")
	a.Describe(&args.ExpiresWithinDays, "Only tokens that expire within this many days of 24 hours, or have expired already: a whole number, "+
		"0 (only expired tokens) to 36500. A token with the duration `forever` never matches. Default: any expiry.")
}

// Annotate describes the result for the schema.
func (r *GetServiceTokensResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Tokens, "The tokens, sorted by name, and by id where names are the same.")
}

// Invoke lists the tokens.
func (g *GetServiceTokens) Invoke(ctx context.Context, req infer.FunctionRequest[GetServiceTokensArgs]) (infer.FunctionResponse[GetServiceTokensResult], error) {
	var none infer.FunctionResponse[GetServiceTokensResult]
	config := infer.GetConfig[*Config](ctx)
	scope, failures := config.lookupScope(req.Input.AccountID, req.Input.ZoneID)
	if failures = append(failures, checkFilters(req.Input)...); len(failures) > 0 {
		return none, middleware.RefusedArguments(failures)
	}
	found, err := listTokens(ctx, config, scope, cfapi.ListFilter{})
	if err != nil {
		return none, err
	}
	result := GetServiceTokensResult{Tokens: []ServiceTokenInfo{}}
	for _, token := range req.Input.filter(found, g.now()) {
		result.Tokens = append(result.Tokens, describe(scope, token))
	}
	return infer.FunctionResponse[GetServiceTokensResult]{Output: result}, nil
}

// checkFilters refuses filters that cannot mean what they say.
func checkFilters(args GetServiceTokensArgs) []p.CheckFailure {
	var failures []p.CheckFailure
	if args.NameContains != nil && *args.NameContains == "" {
		failures = append(failures, failure("nameContains", "the text is empty: write a part of a name, or leave nameContains out")...)
	}
	failures = append(failures, checkDays("unusedForDays", args.UnusedForDays, 1)...)
	return append(failures, checkDays("expiresWithinDays", args.ExpiresWithinDays, 0)...)
}

func checkDays(argument string, days *int, least int) []p.CheckFailure {
	if days == nil || *days >= least && *days <= servicetoken.MaxDays {
		return nil
	}
	return failure(argument, fmt.Sprintf("%d is out of range: write a whole number of days from %d to %d", *days, least, servicetoken.MaxDays))
}

// filter keeps the tokens to which every filter applies.
func (args GetServiceTokensArgs) filter(found []cfapi.Token, now time.Time) []cfapi.Token {
	return slices.DeleteFunc(found, func(t cfapi.Token) bool {
		switch {
		case args.NameContains != nil && !strings.Contains(strings.ToLower(t.Name), strings.ToLower(*args.NameContains)):
		case args.Enabled != nil && *args.Enabled != t.IsEnabled():
		case args.UnusedForDays != nil && !unusedSince(t, now.Add(-servicetoken.Day*time.Duration(*args.UnusedForDays))):
		case args.ExpiresWithinDays != nil && (t.ExpiresAt == nil || t.ExpiresAt.After(now.Add(servicetoken.Day*time.Duration(*args.ExpiresWithinDays)))):
		default:
			return false
		}
		return true
	})
}

// unusedSince judges a token that was never used by its age. One of unknown age
// is not known to be unused.
func unusedSince(t cfapi.Token, then time.Time) bool {
	last := t.LastSeenAt
	if last == nil {
		last = t.CreatedAt
	}
	return last != nil && last.Before(then)
}

const listFunction tokens.Type = "cfaccess:index:getServiceTokens"

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

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

// Annotate describes the function for the schema.
func (g *GetServiceTokens) Annotate(a infer.Annotator) {
	a.Describe(&g, "Lists the service tokens of an account or a zone, or those of them to which every given filter applies: tokens that nobody "+
		"has used for 90 days, say, or that expire within 30. It tells everything that Cloudflare shows of each, but no client secret, "+
		"and it changes nothing. That no token is found is not an error.\n\n"+
		"It needs the permission `Access: Service Tokens Read`, and lists the tokens that the credentials may see.")
}

// Annotate describes the arguments for the schema.
func (args *GetServiceTokensArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account whose tokens are listed: 32 hexadecimal characters in lower case. At most one of `accountId` and "+
		"`zoneId` may be set. Left out, as `zoneId` is: the provider's default account.")
	a.Describe(&args.ZoneID, "The zone whose tokens are listed: 32 hexadecimal characters in lower case. At most one of `accountId` and `zoneId` may be set.")
	a.Describe(&args.NameContains, "Only tokens with this text in their name. Upper and lower case are the same. Not empty. Left out: of any name.")
	a.Describe(&args.Enabled, "`true`: only tokens that let somebody in; `false`: only disabled ones. Left out: both.")
	a.Describe(&args.UnusedForDays, "Only tokens that nobody has used for more than this many days of 24 hours: last seen longer ago, or, if they "+
		"were never used, created longer ago. A whole number from 1 to 36500. Left out: used or not.")
	a.Describe(&args.ExpiresWithinDays, "Only tokens that expire within this many days of 24 hours, or have expired already. A whole number from 0 to "+
		"36500; 0 stands for those that have expired. A token whose duration is `forever` is never among them. Left out: of any expiry.")
}

// Annotate describes the result for the schema.
func (r *GetServiceTokensResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Tokens, "The tokens, in the order of their names, and of their ids where names are the same.")
}

// Invoke lists the tokens.
func (g *GetServiceTokens) Invoke(ctx context.Context, req infer.FunctionRequest[GetServiceTokensArgs]) (infer.FunctionResponse[GetServiceTokensResult], error) {
	var none infer.FunctionResponse[GetServiceTokensResult]
	config := infer.GetConfig[*Config](ctx)
	scope, failures := config.lookupScope(req.Input.AccountID, req.Input.ZoneID)
	if failures = append(failures, checkFilters(req.Input)...); len(failures) > 0 {
		return none, middleware.RefusedArguments(failures)
	}
	tokens, err := listTokens(ctx, config.client, scope, cfapi.ListFilter{})
	if err != nil {
		return none, err
	}
	result := GetServiceTokensResult{Tokens: []ServiceTokenInfo{}}
	for _, token := range req.Input.filter(tokens, g.now()) {
		result.Tokens = append(result.Tokens, describe(scope, token))
	}
	return infer.FunctionResponse[GetServiceTokensResult]{Output: result}, nil
}

// checkFilters refuses filters that cannot mean what they say.
func checkFilters(args GetServiceTokensArgs) []p.CheckFailure {
	var failures []p.CheckFailure
	if args.NameContains != nil && *args.NameContains == "" {
		failures = append(failures, failure("nameContains", "the text is empty, which every name contains: write a part of a name, or leave nameContains out")...)
	}
	failures = append(failures, checkDays("unusedForDays", args.UnusedForDays, 1)...)
	return append(failures, checkDays("expiresWithinDays", args.ExpiresWithinDays, 0)...)
}

func checkDays(property string, days *int, least int) []p.CheckFailure {
	if days == nil || *days >= least && *days <= servicetoken.MaxDays {
		return nil
	}
	return failure(property, fmt.Sprintf("%d is not a number of days: write a whole number from %d to %d", *days, least, servicetoken.MaxDays))
}

// filter keeps the tokens to which every filter applies.
func (args GetServiceTokensArgs) filter(tokens []cfapi.Token, now time.Time) []cfapi.Token {
	return slices.DeleteFunc(tokens, func(t cfapi.Token) bool {
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

// checkArguments refuses what decoding would turn into something else: infer cuts a
// fraction off where it wants an integer.
func checkArguments(args property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, number := range []struct {
		name  string
		least int
	}{{"unusedForDays", 1}, {"expiresWithinDays", 0}} {
		value := args.Get(number.name)
		if _, reason := servicetoken.Whole("a number of days", number.least, servicetoken.MaxDays)(value); reason != "" && !value.IsNull() && !value.IsComputed() {
			failures = append(failures, failure(number.name, reason)...)
		}
	}
	return failures
}

package provider

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

// lister answers the engine's List call, by which `pulumi do` lists tokens. It
// takes what the function getServiceTokens takes, and pages as Cloudflare does.
type lister struct {
	config *Config
	now    func() time.Time
}

// list sends the tokens of the next page that has any, and then where to go on,
// if there may be more. It skips pages without a matching token: a caller that gets an
// empty page would take it for the whole answer.
func (l lister) list(ctx context.Context, req *rpc.ListRequest, send func(*rpc.ListResponse) error) error {
	if req.GetToken() != serviceTokenType {
		return status.Errorf(codes.InvalidArgument, "there is no resource %s to list", req.GetToken())
	}
	query, err := plugin.UnmarshalProperties(req.GetQuery(), plugin.MarshalOptions{Label: "query", KeepUnknowns: true})
	if err != nil {
		return fmt.Errorf("reading what to list: %w", err)
	}
	if query.ContainsUnknowns() {
		return send(&rpc.ListResponse{Response: &rpc.ListResponse_Computed_{Computed: &rpc.ListResponse_Computed{}}})
	}
	args, scope, err := l.readQuery(ctx, resource.FromResourcePropertyMap(query))
	if err != nil {
		return err
	}
	at, err := readCursor(req.GetContinuationToken())
	if err != nil {
		return err
	}
	if at.Pages == 0 {
		at.PerPage = req.GetPageSize()
	}
	tokens, next, err := l.nextPage(ctx, scope, args, at)
	if err != nil {
		return err
	}
	// The limit is of this call: the CLI lowers it with each.
	if limit := req.GetLimit(); limit > 0 && int64(len(tokens)) >= limit {
		tokens, next = tokens[:limit], nil
	}
	for _, token := range tokens {
		found := &rpc.ListResponse_Result{Id: servicetoken.Ref{Scope: scope, TokenID: token.ID}.ID(), Name: token.Name}
		if err := send(&rpc.ListResponse{Response: &rpc.ListResponse_Result_{Result: found}}); err != nil {
			return err
		}
	}
	if next == nil {
		return nil
	}
	more := &rpc.ListResponse_Continuation{ContinuationToken: writeCursor(*next)}
	return send(&rpc.ListResponse{Response: &rpc.ListResponse_Continuation_{Continuation: more}})
}

func (l lister) readQuery(ctx context.Context, query property.Map) (GetServiceTokensArgs, cfapi.Scope, error) {
	failures := append(middleware.UnknownArguments(query), checkArguments(listFunction, query)...)
	args, decodeFailures, err := infer.DefaultCheck[GetServiceTokensArgs](ctx, query)
	if err != nil {
		return args, cfapi.Scope{}, fmt.Errorf("reading what to list: %w", err)
	}
	if failures = append(failures, decodeFailures...); len(failures) == 0 {
		if l.config.client == nil {
			return args, cfapi.Scope{}, status.Error(codes.FailedPrecondition, "the provider was not configured before it was asked to list")
		}
		scope, scopeFailures := l.config.lookupScope(args.AccountID, args.ZoneID)
		if failures = append(scopeFailures, checkFilters(args)...); len(failures) == 0 {
			return args, scope, nil
		}
	}
	return args, cfapi.Scope{}, status.Error(codes.InvalidArgument, middleware.RefusedArguments(failures).Error())
}

// nextPage asks for pages until one has a token that is wanted.
func (l lister) nextPage(ctx context.Context, scope cfapi.Scope, args GetServiceTokensArgs, at cfapi.Cursor) ([]cfapi.Token, *cfapi.Cursor, error) {
	ctx, cancel := middleware.Bounded(ctx)
	defer cancel()
	for {
		tokens, next, err := l.config.client.ListPage(ctx, scope, at)
		if err != nil {
			return nil, nil, l.config.notListed(scope, err)
		}
		if tokens = args.filter(tokens, l.now()); len(tokens) > 0 || next == nil {
			return tokens, next, nil
		}
		at = *next
	}
}

// writeCursor spells a place in a listing as the engine hands it back.
func writeCursor(at cfapi.Cursor) string {
	text, _ := json.Marshal(at) // of numbers and a string: it cannot fail
	return base64.RawURLEncoding.EncodeToString(text)
}

func readCursor(token string) (cfapi.Cursor, error) {
	var at cfapi.Cursor
	if token == "" {
		return at, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil || at.Pages < 1 || at.Tokens < 1 {
		return at, status.Error(codes.InvalidArgument, "the continuation token is not one of this provider's: list from the beginning")
	}
	return at, nil
}

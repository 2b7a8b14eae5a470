package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// serve is the provider as the engine speaks to it, configured for a base URL.
func serve(t *testing.T, baseURL string) rpc.ResourceProviderServer {
	t.Helper()
	server, err := NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	configure(t, server, baseURL)
	return server
}

func configure(t *testing.T, server rpc.ResourceProviderServer, baseURL string) {
	t.Helper()
	config := map[string]any{"apiToken": fakeAPIToken, "baseUrl": baseURL, "maxRetries": 0}
	if _, err := server.Configure(t.Context(), &rpc.ConfigureRequest{Args: wire(t, props(config))}); err != nil {
		t.Fatal(err)
	}
}

func wire(t *testing.T, m property.Map) *structpb.Struct {
	t.Helper()
	s, err := plugin.MarshalProperties(resource.ToResourcePropertyMap(m), plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// received is the stream of a List call, which notes what is sent, in order: ids
// of results, "computed", and the continuation as more.
type received struct {
	grpc.ServerStream
	ctx  context.Context
	sent []string
	more string
}

func (r *received) Context() context.Context { return r.ctx }

func (r *received) Send(resp *rpc.ListResponse) error {
	switch resp.GetResponse().(type) {
	case *rpc.ListResponse_Result_:
		r.sent = append(r.sent, resp.GetResult().GetId()+" "+resp.GetResult().GetName())
	case *rpc.ListResponse_Computed_:
		r.sent = append(r.sent, "computed")
	case *rpc.ListResponse_Continuation_:
		r.more = resp.GetContinuation().GetContinuationToken()
	}
	return nil
}

// list asks a server for a page; the request is of this resource's type.
func list(t *testing.T, server rpc.ResourceProviderServer, query map[string]any, req *rpc.ListRequest) (*received, error) {
	t.Helper()
	req.Token, req.Query = serviceTokenType, wire(t, props(query))
	stream := &received{ctx: t.Context()}
	return stream, server.List(req, stream)
}

// tokenPage answers with a page of tokens "t0", "t1", … from the given one on.
func tokenPage(info string, from, count int) http.HandlerFunc {
	var tokens []string
	for i := from; i < from+count; i++ {
		tokens = append(tokens, fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","name":"t%d"}`, i, i))
	}
	return answer(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":[`+strings.Join(tokens, ",")+`],"result_info":`+info+`}`)
}

// listedIDs are what a page of tokenPage is streamed as.
func listedIDs(from, count int) string {
	var ids []string
	for i := from; i < from+count; i++ {
		ids = append(ids, fmt.Sprintf("%s/00000000-0000-4000-8000-%012d t%d", accountID, i, i))
	}
	return strings.Join(ids, "\n")
}

func TestAListStreamsAPageAndGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	c := play(t, tokenPage(`{"total_pages":2,"total_count":5}`, 0, 3), tokenPage(`{"total_pages":2,"total_count":5}`, 3, 2))
	server := serve(t, c.url)
	query := map[string]any{"accountId": accountID}
	first, err := list(t, server, query, &rpc.ListRequest{PageSize: 3})
	if err != nil || strings.Join(first.sent, "\n") != listedIDs(0, 3) || first.more == "" {
		t.Fatalf("the first page is %q, with more at %q: %v", first.sent, first.more, err)
	}
	second, err := list(t, server, query, &rpc.ListRequest{PageSize: 3, ContinuationToken: first.more})
	if err != nil || strings.Join(second.sent, "\n") != listedIDs(3, 2) || second.more != "" {
		t.Fatalf("the second page is %q, with more at %q: %v", second.sent, second.more, err)
	}
	c.expect(t, "GET "+accountPath+"?page=1&per_page=3", "GET "+accountPath+"?page=2&per_page=3")
}

func TestAListKeepsToItsLimitAndThenHasNoMore(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int64]int{0: 3, -1: 3, 1: 1, 3: 3, 4: 3} {
		c := play(t, tokenPage(`{"total_pages":2,"total_count":5}`, 0, 3))
		got, err := list(t, serve(t, c.url), map[string]any{"accountId": accountID}, &rpc.ListRequest{Limit: limit})
		if err != nil || strings.Join(got.sent, "\n") != listedIDs(0, want) {
			t.Errorf("limit %d: got %q, %v", limit, got.sent, err)
		}
		if more := limit < 1 || limit > 3; (got.more != "") != more {
			t.Errorf("limit %d: that there is more is %t", limit, got.more != "")
		}
		c.expect(t, "GET "+accountPath+"?page=1&per_page=1000")
	}
}

func TestAListGoesOnToThePageThatHasWhatIsWanted(t *testing.T) {
	t.Parallel()
	pages := `{"total_pages":3,"total_count":6}`
	c := play(t, tokenPage(pages, 0, 2), tokenPage(pages, 2, 2))
	got, err := list(t, serve(t, c.url), map[string]any{"accountId": accountID, "nameContains": "t3"}, &rpc.ListRequest{PageSize: 2})
	if err != nil || strings.Join(got.sent, "\n") != listedIDs(3, 1) || got.more == "" {
		t.Errorf("the first answer is %q, with more at %q: %v", got.sent, got.more, err)
	}
	c.expect(t, "GET "+accountPath+"?page=1&per_page=2", "GET "+accountPath+"?page=2&per_page=2")
}

func TestAListOfWhatIsNotKnownYetAsksNothing(t *testing.T) {
	t.Parallel()
	got, err := list(t, serve(t, nowhere), map[string]any{"accountId": unknownValue}, &rpc.ListRequest{})
	if err != nil || strings.Join(got.sent, "\n") != "computed" {
		t.Errorf("got %q, %v", got.sent, err)
	}
}

func TestAListThatCannotBeSaysWhy(t *testing.T) {
	t.Parallel()
	server := serve(t, nowhere)
	inAccount := map[string]any{"accountId": accountID}
	for name, test := range map[string]struct {
		query map[string]any
		from  string
		want  string
	}{
		"no scope":          {nil, "", "accountId: " + noScope},
		"both scopes":       {map[string]any{"accountId": accountID, "zoneId": zoneID}, "", "zoneId: " + servicetoken.BothScopes},
		"a fraction":        {map[string]any{"accountId": accountID, "unusedForDays": 1.5}, "", "unusedForDays: 1.5 is not a number of days: write a whole number from 1 to 36500"},
		"an empty name":     {map[string]any{"accountId": accountID, "nameContains": ""}, "", "nameContains: the text is empty: write a part of a name, or leave nameContains out"},
		"another's place":   {inAccount, "page-2", "the continuation token is not one of this provider's: list from the beginning"},
		"a place before it": {inAccount, "e30", "the continuation token is not one of this provider's: list from the beginning"},
	} {
		_, err := list(t, server, test.query, &rpc.ListRequest{ContinuationToken: test.from})
		if s := status.Convert(err); s.Code() != codes.InvalidArgument || s.Message() != test.want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, test.want)
		}
	}
	stream := &received{ctx: t.Context()}
	if err := server.List(&rpc.ListRequest{Token: "cfaccess:index:Other"}, stream); status.Code(err) != codes.InvalidArgument {
		t.Errorf("of another type: %v", err)
	}
	unconfigured, err := NewServer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := list(t, unconfigured, inAccount, &rpc.ListRequest{}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("before it was configured: %v", err)
	}
}

func TestARefusedListCarriesAdvice(t *testing.T) {
	t.Parallel()
	c := play(t, refuse(http.StatusForbidden, 10000, "Authentication error"))
	_, err := list(t, serve(t, c.url), map[string]any{"zoneId": zoneID}, &rpc.ListRequest{})
	for _, text := range []string{"listing the service tokens of zone " + zoneID, `the API token needs the permission "Access: Service Tokens Read" on zone ` + zoneID} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v, want %s", err, text)
		}
	}
}

func TestCancelEndsAListInFlight(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(rpc.ResourceProviderServer, context.CancelFunc) error{
		"the engine's Cancel": func(s rpc.ResourceProviderServer, _ context.CancelFunc) error {
			_, err := s.Cancel(context.Background(), &emptypb.Empty{})
			return err
		},
		"the end of the call": func(_ rpc.ResourceProviderServer, cancel context.CancelFunc) error {
			cancel()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{})
			c := play(t, func(_ http.ResponseWriter, r *http.Request) {
				close(asked)
				<-r.Context().Done()
			})
			server := serve(t, c.url)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			go func() {
				query, err := structpb.NewStruct(map[string]any{"accountId": accountID})
				if err == nil {
					err = server.List(&rpc.ListRequest{Token: serviceTokenType, Query: query}, &received{ctx: ctx})
				}
				ended <- err
			}()
			<-asked
			if err := end(server, cancel); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("the list ended with %v", err)
			}
		})
	}
}

func TestServingAddsToTheFrameworkAndTakesNothingAway(t *testing.T) {
	t.Parallel()
	server := serve(t, nowhere)
	info, err := server.GetPluginInfo(t.Context(), &emptypb.Empty{})
	if err != nil || info.GetVersion() != Version {
		t.Errorf("the version is %q, %v", info.GetVersion(), err)
	}
	shake, err := server.Handshake(t.Context(), &rpc.ProviderHandshakeRequest{})
	if err != nil || !shake.GetAcceptSecrets() || !shake.GetAcceptOutputs() {
		t.Errorf("the handshake is %v, %v", shake, err)
	}
	schema, err := server.GetSchema(t.Context(), &rpc.GetSchemaRequest{})
	if err != nil || !strings.Contains(schema.GetSchema(), `"listInputs"`) {
		t.Errorf("the schema offers no list: %v", err)
	}
	if _, err := server.GetMapping(t.Context(), &rpc.GetMappingRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a mapping: %v", err)
	}
	if _, err := server.Cancel(t.Context(), &emptypb.Empty{}); err != nil {
		t.Errorf("cancelling: %v", err)
	}
}

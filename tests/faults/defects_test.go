package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// defect is a mistake that a provider could have. It is put in front of or
// behind the real one.
type defect struct {
	name      string
	transport func(http.RoundTripper) http.RoundTripper
	server    func(rpc.ResourceProviderServer) rpc.ResourceProviderServer

	// operation and fault select the cases that have to notice it, as a break of
	// this promise.
	operation, fault string
	promise          string
}

var defects = []defect{
	{name: "a creation is repeated blindly", transport: repeating(http.MethodPost), operation: "create", fault: "cut after", promise: orphans},
	{name: "a rotation is repeated blindly", transport: repeating(http.MethodPut), operation: "rotate with a grace", fault: "HTML 502 after", promise: duplicates},
	{name: "what a lost creation left is not deleted", transport: sparing, operation: "create", fault: "cut after", promise: orphans},
	{name: "what a lost creation may have left is deleted by its name", transport: deletingByName, operation: "create", fault: "cut after", promise: foreign},
	{name: "every 404 means gone", transport: believing404, operation: "refresh", fault: "7003", promise: orphans},
	{name: "an update drops the secret", server: droppingInUpdate, operation: "rename", fault: noFault, promise: lostSecrets},
	{name: "a refresh drops the secret", server: droppingInRead, operation: "refresh", fault: noFault, promise: lostSecrets},
	{name: "a partial state is dropped", server: droppingPartialState, operation: "rotate with a grace", fault: "cut after", promise: lostSecrets},
	{name: "an update is sent twice", transport: askingTwice, operation: "rename", fault: noFault, promise: unexplained},
	{name: "a failed deletion is taken for done", server: deletingLightly, operation: "delete", fault: "403 before", promise: orphans},

	{name: "the guard goes by URN only", server: guardingByURN, operation: "rename by import, keep the secret", fault: noFault, promise: liveDeleted},
	{name: "the guard goes by URN only, seen by others", server: guardingByURN, operation: "one of two entries is replaced", fault: noFault, promise: liveDeleted},
	{name: "the guard lets the last secret go", server: droppingKept, operation: "rename by import, keep the secret", fault: noFault, promise: lostSecrets},
	{name: "the guard forgets imports that failed", server: forgettingAfter("Read"), operation: "rename by import, going on after errors", fault: "403 before", promise: liveDeleted},
	{name: "the guard forgets replacements that failed", server: forgettingAfter("Create"),
		operation: "one of two entries is replaced and the other removed, going on after errors", fault: "403 before", promise: liveDeleted},
	{name: "memory outlives a run", server: configuredOnce, operation: "an attached plugin serves up, destroy, up", fault: noFault, promise: orphans},
	{name: "nothing is read before a rotation", transport: readingNothing, operation: "rotate above a rotation elsewhere", fault: noFault, promise: unannounced},
	{name: "nothing is read after a kill", transport: readingNothing, operation: "rotate with a grace in a zone", fault: killed, promise: lostSecrets},
	{name: "nothing is read in an older state", transport: readingNothing, operation: "rotate without a grace", fault: olderState, promise: unannounced},
	{name: "an update without a secret is followed by another", transport: updatingAgain, operation: "rotate with a grace", fault: noSecret, promise: duplicates},
	{name: "a repeated call rotates again", server: forgettingBefore, operation: "rotate with a grace, repeated by a hook", fault: "cut before", promise: duplicates},
	{name: "a preview does not say what it ends", server: silentPreviews, operation: "rotate without a grace", fault: noFault, promise: unannounced},
}

func TestMatrixNoticesEveryDefect(t *testing.T) {
	t.Parallel()
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			part := parts[slices.IndexFunc(parts, func(p part) bool { return p.name == d.operation })]
			if !slices.ContainsFunc(part.cases(t), func(c trial) bool {
				_, fault := c.row()
				return fault == d.fault && d.breaks(c.play(t, &d).violations)
			}) {
				t.Errorf("no case noticed it as %s", d.promise)
			}
		})
	}
}

// breaks reports whether the promise that the defect is to break was broken.
func (d defect) breaks(found []violation) bool {
	return slices.ContainsFunc(found, func(v violation) bool { return v.promise == d.promise })
}

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// replayable keeps a request's body, and returns what makes the request again.
func replayable(r *http.Request) func() *http.Request {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body) // of a request of our own, in memory
	}
	return func() *http.Request {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		return again
	}
}

// repeating sends what failed once more, whatever became of it.
func repeating(method string) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method != method {
				return next.RoundTrip(r)
			}
			request := replayable(r)
			resp, err := next.RoundTrip(request())
			if err != nil || resp.StatusCode >= 500 {
				return next.RoundTrip(request())
			}
			return resp, nil
		})
	}
}

// answering makes an answer of Cloudflare's.
func answering(r *http.Request, code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// sparing claims deletions without carrying them out.
func sparing(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			return answering(r, http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":{"id":"x"}}`), nil
		}
		return next.RoundTrip(r)
	})
}

// deletingByName deletes every token of the name, after a creation that was not
// answered.
func deletingByName(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPost {
			return next.RoundTrip(r)
		}
		request := replayable(r)
		resp, err := next.RoundTrip(request())
		if err == nil {
			return resp, nil
		}
		var sent struct{ Name string }
		if err := json.NewDecoder(request().Body).Decode(&sent); err != nil {
			return nil, err
		}
		list := request()
		list.Method, list.Body, list.ContentLength = http.MethodGet, nil, 0
		listed, err := next.RoundTrip(list)
		if err != nil {
			return nil, err
		}
		defer func() { _ = listed.Body.Close() }()
		var tokens struct{ Result []struct{ ID, Name string } }
		if err := json.NewDecoder(listed.Body).Decode(&tokens); err != nil {
			return nil, err
		}
		for _, token := range tokens.Result {
			if token.Name != sent.Name {
				continue
			}
			remove := request()
			remove.Method, remove.Body, remove.ContentLength = http.MethodDelete, nil, 0
			remove.URL.Path += "/" + token.ID
			removed, err := next.RoundTrip(remove)
			if err != nil {
				return nil, err
			}
			_ = removed.Body.Close()
		}
		return next.RoundTrip(request())
	})
}

// believing404 takes anybody's 404 for Cloudflare's word that a token is gone.
func believing404(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || resp.StatusCode != http.StatusNotFound {
			return resp, err
		}
		_ = resp.Body.Close()
		return answering(r, http.StatusNotFound, `{"success":false,"errors":[{"code":12135,"message":"not_found"}],"messages":[],"result":null}`), nil
	})
}

// askingTwice sends every update twice.
func askingTwice(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPut {
			return next.RoundTrip(r)
		}
		request := replayable(r)
		resp, err := next.RoundTrip(request())
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
		return next.RoundTrip(request())
	})
}

// spoiled is a provider whose methods are replaced one by one.
type spoiled struct {
	rpc.ResourceProviderServer
	update func(*rpc.UpdateResponse, error) (*rpc.UpdateResponse, error)
	read   func(*rpc.ReadResponse)
	gone   bool
}

func (s spoiled) Update(ctx context.Context, req *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	resp, err := s.ResourceProviderServer.Update(ctx, req)
	if s.update != nil {
		return s.update(resp, err)
	}
	return resp, err
}

func (s spoiled) Read(ctx context.Context, req *rpc.ReadRequest) (*rpc.ReadResponse, error) {
	resp, err := s.ResourceProviderServer.Read(ctx, req)
	if s.read != nil && err == nil {
		s.read(resp)
	}
	return resp, err
}

func (s spoiled) Delete(ctx context.Context, req *rpc.DeleteRequest) (*emptypb.Empty, error) {
	resp, err := s.ResourceProviderServer.Delete(ctx, req)
	if s.gone {
		return new(emptypb.Empty), nil
	}
	return resp, err
}

func withoutSecret(properties *structpb.Struct) { delete(properties.GetFields(), "clientSecret") }

func droppingInUpdate(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return spoiled{ResourceProviderServer: inner, update: func(resp *rpc.UpdateResponse, err error) (*rpc.UpdateResponse, error) {
		withoutSecret(resp.GetProperties())
		return resp, err
	}}
}

func droppingInRead(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return spoiled{ResourceProviderServer: inner, read: func(resp *rpc.ReadResponse) { withoutSecret(resp.GetProperties()) }}
}

func droppingPartialState(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return spoiled{ResourceProviderServer: inner, update: func(resp *rpc.UpdateResponse, err error) (*rpc.UpdateResponse, error) {
		if err != nil {
			return nil, status.Error(codes.Unknown, err.Error())
		}
		return resp, nil
	}}
}

func deletingLightly(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return spoiled{ResourceProviderServer: inner, gone: true}
}

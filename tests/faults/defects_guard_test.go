package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Mistakes of what a process remembers: a Configure empties it, which is how these
// providers forget.

// forgetful is a provider that forgets at the wrong time.
type forgetful struct {
	rpc.ResourceProviderServer
	configured *rpc.ConfigureRequest

	mu   sync.Mutex
	held map[string]string

	// byURN forgets before each Delete of an entry that was not found to stay.
	byURN bool
	// after are the methods whose failures are forgotten.
	after string
	// before forgets before each change.
	before bool
	// once takes the first Configure alone.
	once bool
}

func (f *forgetful) forget(ctx context.Context) {
	_, _ = f.ResourceProviderServer.Configure(ctx, f.configured) // as it did before
}

func (f *forgetful) Configure(ctx context.Context, req *rpc.ConfigureRequest) (*rpc.ConfigureResponse, error) {
	if f.once && f.configured != nil {
		return &rpc.ConfigureResponse{}, nil
	}
	f.configured = req
	return f.ResourceProviderServer.Configure(ctx, req)
}

func (f *forgetful) Diff(ctx context.Context, req *rpc.DiffRequest) (*rpc.DiffResponse, error) {
	resp, err := f.ResourceProviderServer.Diff(ctx, req)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.held, req.GetUrn())
	if len(resp.GetReplaces()) == 0 {
		f.held[req.GetUrn()] = req.GetId()
	}
	return resp, err
}

func (f *forgetful) Read(ctx context.Context, req *rpc.ReadRequest) (*rpc.ReadResponse, error) {
	resp, err := f.ResourceProviderServer.Read(ctx, req)
	if err != nil && f.after == "Read" {
		f.forget(ctx)
	}
	return resp, err
}

func (f *forgetful) Create(ctx context.Context, req *rpc.CreateRequest) (*rpc.CreateResponse, error) {
	resp, err := f.ResourceProviderServer.Create(ctx, req)
	if err != nil && f.after == "Create" {
		f.forget(ctx)
	}
	return resp, err
}

func (f *forgetful) Update(ctx context.Context, req *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	if f.before {
		f.forget(ctx)
	}
	return f.ResourceProviderServer.Update(ctx, req)
}

func (f *forgetful) Delete(ctx context.Context, req *rpc.DeleteRequest) (*emptypb.Empty, error) {
	f.mu.Lock()
	stays := f.held[req.GetUrn()] == req.GetId()
	f.mu.Unlock()
	if f.byURN && !stays {
		f.forget(ctx)
	}
	return f.ResourceProviderServer.Delete(ctx, req)
}

func guardingByURN(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return &forgetful{ResourceProviderServer: inner, held: map[string]string{}, byURN: true}
}

func forgettingAfter(method string) func(rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return func(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
		return &forgetful{ResourceProviderServer: inner, held: map[string]string{}, after: method}
	}
}

func forgettingBefore(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return &forgetful{ResourceProviderServer: inner, held: map[string]string{}, before: true}
}

func configuredOnce(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return &forgetful{ResourceProviderServer: inner, held: map[string]string{}, once: true}
}

// careless is a provider that takes the guard's refusal for a success.
type careless struct{ rpc.ResourceProviderServer }

func (c careless) Delete(ctx context.Context, req *rpc.DeleteRequest) (*emptypb.Empty, error) {
	resp, err := c.ResourceProviderServer.Delete(ctx, req)
	if err != nil && strings.Contains(err.Error(), "the token was kept") {
		return new(emptypb.Empty), nil
	}
	return resp, err
}

func droppingKept(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return careless{inner}
}

// silent is a provider whose previews of updates say nothing.
type silent struct{ rpc.ResourceProviderServer }

func (s silent) Update(ctx context.Context, req *rpc.UpdateRequest) (*rpc.UpdateResponse, error) {
	if req.GetPreview() {
		return &rpc.UpdateResponse{Properties: req.GetOlds()}, nil
	}
	return s.ResourceProviderServer.Update(ctx, req)
}

func silentPreviews(inner rpc.ResourceProviderServer) rpc.ResourceProviderServer {
	return silent{inner}
}

// readingNothing takes out of reads what shows rotations, as if nothing was read.
func readingNothing(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet {
			return resp, err
		}
		return edited(resp, func(token map[string]any) {
			delete(token, "client_secret_version")
			delete(token, "previous_client_secret_expires_at")
		})
	})
}

// edited edits the tokens of an answer.
func edited(resp *http.Response, edit func(map[string]any)) (*http.Response, error) {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var envelope map[string]any
	if json.Unmarshal(body, &envelope) == nil {
		switch result := envelope["result"].(type) {
		case map[string]any:
			edit(result)
		case []any:
			for _, token := range result {
				edit(token.(map[string]any))
			}
		}
		if body, err = json.Marshal(envelope); err != nil {
			return nil, err
		}
	}
	again := *resp
	again.Header = maps.Clone(resp.Header)
	again.Header.Del("Content-Length")
	again.ContentLength, again.Body = int64(len(body)), io.NopCloser(bytes.NewReader(body))
	return &again, nil
}

// updatingAgain follows an update that was answered without the secret by another.
func updatingAgain(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodPut {
			return next.RoundTrip(r)
		}
		request := replayable(r)
		resp, err := next.RoundTrip(request())
		var sent, answered map[string]any
		if err != nil || json.NewDecoder(request().Body).Decode(&sent) != nil || sent["client_secret_version"] == nil {
			return resp, err
		}
		if resp, err = edited(resp, func(token map[string]any) { answered = token }); err != nil || answered == nil || answered["client_secret"] != nil {
			return resp, err
		}
		sent["client_secret_version"] = sent["client_secret_version"].(float64) + 1
		body, err := json.Marshal(sent)
		if err != nil {
			return nil, err
		}
		again := request()
		again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return next.RoundTrip(again)
	})
}

package provider

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// refusedArguments is what a function returns for arguments that cannot be:
// infer gives it no other way to name them.
type refusedArguments []p.CheckFailure

func (r refusedArguments) Error() string {
	var reasons []string
	for _, f := range r {
		reasons = append(reasons, f.Property+": "+f.Reason)
	}
	return strings.Join(reasons, "; ")
}

// guardInvoke wraps the functions, which infer calls with decoded arguments only:
// an unknown one would be a zero value, and a fraction would be cut off.
func guardInvoke(prov *p.Provider) {
	invoke := prov.Invoke
	prov.Invoke = func(ctx context.Context, req p.InvokeRequest) (p.InvokeResponse, error) {
		if failures := checkArguments(req.Args); len(failures) > 0 {
			return p.InvokeResponse{Failures: failures}, nil
		}
		ctx, cancel := bounded(ctx, 0)
		defer cancel()
		c := &call{hide: secretTexts(req.Args)}
		resp, err := invoke(ctx, req)
		if refused, ok := errors.AsType[refusedArguments](err); ok {
			resp, err = p.InvokeResponse{Failures: refused}, nil
		}
		for i := range resp.Failures {
			resp.Failures[i].Reason = c.redact(resp.Failures[i].Reason)
		}
		return resp, c.redactError(err)
	}
}

// checkArguments refuses what decoding would turn into something else. An unknown
// argument cannot be answered with unknown results, which the engine refuses;
// SDKs wait for their arguments before they call.
func checkArguments(args property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, key := range slices.Sorted(maps.Keys(unknownKeys(args))) {
		failures = append(failures, failure(key, "its value is not known before the run: call the function in the form that takes outputs, which waits for it")...)
	}
	return append(failures, checkIntegers(args)...)
}

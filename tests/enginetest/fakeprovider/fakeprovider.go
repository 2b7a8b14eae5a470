// Package fakeprovider serves the plugins that stand for other providers in tests.
package fakeprovider

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
)

// Main serves a provider to the engine. It takes every configuration and every input
// as it is.
func Main(name, version, schema string, provider p.Provider) {
	provider.GetSchema = func(context.Context, p.GetSchemaRequest) (p.GetSchemaResponse, error) {
		return p.GetSchemaResponse{Schema: schema}, nil
	}
	check := func(_ context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		return p.CheckResponse{Inputs: req.Inputs}, nil
	}
	provider.Check, provider.CheckConfig = check, check
	provider.DiffConfig = func(context.Context, p.DiffRequest) (p.DiffResponse, error) { return p.DiffResponse{}, nil }
	if err := provider.Run(context.Background(), name, version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

package provider

import (
	"context"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
)

// diffConfig replaces infer's, by which every changed key but the version
// replaces the provider and, with it, every token: a rotated API token would
// issue each service token anew. No configuration makes a token another one, so
// every change is an update.
func diffConfig(_ context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	diff := map[string]p.PropertyDiff{}
	before := req.OldInputs
	if before.Len() == 0 {
		before = req.State
	}
	for key, value := range req.Inputs.All {
		old, ok := before.GetOk(key)
		switch {
		case isEngineKey(key):
		case !ok:
			diff[key] = p.PropertyDiff{Kind: p.Add, InputDiff: true}
		case !old.Equals(value):
			diff[key] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
		}
	}
	for key := range before.All {
		if _, ok := req.Inputs.GetOk(key); !ok && !isEngineKey(key) {
			diff[key] = p.PropertyDiff{Kind: p.Delete, InputDiff: true}
		}
	}
	return p.DiffResponse{HasChanges: len(diff) > 0, DetailedDiff: diff}, nil
}

// isEngineKey tells the keys that the engine and infer add for themselves.
func isEngineKey(key string) bool {
	return key == "version" || key == "pluginDownloadURL" || strings.HasPrefix(key, "__")
}

package faults

import (
	"net/http"

	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// defect is a mistake that a provider could have. It is put in front of or
// behind the real one.
type defect struct {
	name      string
	transport func(http.RoundTripper) http.RoundTripper
	server    func(rpc.ResourceProviderServer) rpc.ResourceProviderServer
}

// Command pulumi-resource-cfaccess is the Pulumi plugin for Cloudflare Access
// service tokens. The Pulumi engine starts it; it is not meant to be run by hand.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

func main() {
	prov, err := provider.New()
	if err == nil {
		err = p.RunProvider(context.Background(), provider.Name, provider.Version, prov)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-cfaccess: %v\n", err)
		os.Exit(1)
	}
}

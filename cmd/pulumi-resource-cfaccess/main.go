// Command pulumi-resource-cfaccess is the Pulumi plugin for Cloudflare Access
// service tokens. The Pulumi engine starts it; it is not meant to be run by hand.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

func main() {
	if err := provider.Serve(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-cfaccess: %v\n", err)
		os.Exit(1)
	}
}

// Command pulumi-resource-cfaccess, here, is the plugin without shared reads,
// for the benchmarks: what it does beside the real one shows what they save.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

func main() {
	alone := provider.WithClient(func(client *cfapi.Client) { client.ShareReads(false) })
	if err := provider.Serve(context.Background(), alone); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-cfaccess without shared reads: %v\n", err)
		os.Exit(1)
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
)

// TestMain runs the program of this package within itself, on the stack dev:
// driver up|preview
func TestMain(*testing.M) {
	changes, err := drive(context.Background(), os.Args[1])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(changes)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func drive(ctx context.Context, command string) (any, error) {
	stack, err := auto.SelectStackInlineSource(ctx, "dev", "cfaccess-example", program, auto.WorkDir("."))
	if err != nil {
		return nil, err
	}
	if command == "up" {
		result, err := stack.Up(ctx)
		return result.Summary.ResourceChanges, err
	}
	result, err := stack.Preview(ctx, optpreview.ExpectNoChanges())
	return result.ChangeSummary, err
}

// Package audit is the subcommand audit. It compares the tokens that Cloudflare lists
// with the stacks that were exported. judge.go, findings.go and secrets.go decide, and
// are pure; table.go shows the report. stackexport reads the stacks.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
)

// Command is the subcommand.
var Command = command.Command{
	Name: "audit", Summary: "find tokens that no stack holds, and stacks that do not hold their token's secret", Help: help, Run: run,
}

func run(ctx context.Context, args []string, console command.Console) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	exports, err := stackexport.ReadFiles(ctx, o.stackExports, console)
	if err != nil {
		return err
	}
	listed, err := command.List(ctx, console, o.scopes...)
	if err != nil {
		return err
	}
	var listings []Listing
	for _, scope := range o.scopes {
		listings = append(listings, Listing{scope, listed[scope]})
	}
	report := Judge(exports, listings)
	if err := write(report, o, console); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if o.exitCode && slices.ContainsFunc(report.Findings, Finding.asksForAction) {
		return command.ErrFound
	}
	return nil
}

func write(report Report, o options, console command.Console) error {
	if !o.json {
		_, err := fmt.Fprint(console.Stdout, report.Table(console.Columns))
		return err
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		return err
	}
	_, err := io.WriteString(console.Stdout, command.Escaped(text.String()))
	return err
}

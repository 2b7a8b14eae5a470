// Package audit is the subcommand audit. It compares the tokens that Cloudflare lists
// with the stacks that were exported. judge.go, findings.go and secrets.go decide, and
// are pure; export.go and text.go read a stack; table.go and terminal.go show the report.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
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
	exports, err := readExports(ctx, o.stackExports, console)
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
	_, err := io.WriteString(console.Stdout, escaped(text.String()))
	return err
}

func readExports(ctx context.Context, files []string, console command.Console) ([]Export, error) {
	progress := command.NewProgress(console)
	defer progress.Stop()
	var exports []Export
	for _, file := range files {
		name, from := file, io.NopCloser(console.Stdin)
		if file == "-" {
			name = "standard input"
			progress.Say("Waiting for a stack export on standard input.")
		} else {
			opened, err := os.Open(file)
			if err != nil {
				return nil, fmt.Errorf("reading the stack export: %w", err)
			}
			from = opened
		}
		export, err := ReadExport(name, command.Document(ctx, from))
		from.Close()
		if err != nil {
			return nil, fmt.Errorf("reading the stack export %s: %w", name, err)
		}
		exports = append(exports, export)
	}
	return exports, nil
}

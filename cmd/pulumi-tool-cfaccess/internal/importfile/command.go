// Package importfile is the subcommand import. It writes files for `pulumi import
// --file`, so that many service tokens move into a stack at once: those of a Terraform
// state with their client secrets, or all that an account or a zone holds.
package importfile

import (
	"context"
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
)

// Command is the subcommand.
var Command = command.Command{
	Name: "import", Summary: "write a file for `pulumi import --file`, of an account, a zone or a Terraform state", Help: help, Run: run,
}

// run makes the file that was asked for. Neither output is ever shown a secret, except
// the file itself.
func run(ctx context.Context, args []string, console command.Console) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	if err := o.target.check(o.terraformState); err != nil {
		return err
	}
	var file importFile
	if o.terraformState != "" {
		file, err = fromTerraform(ctx, o.terraformState, console.Stdin, console.Stderr)
	} else {
		file, err = fromCloudflare(ctx, o, console)
	}
	if err != nil {
		return err
	}
	text, err := file.encode()
	if err != nil {
		return err
	}
	if o.target.path == "" {
		_, err := console.Stdout.Write(text)
		return err
	}
	if err := o.target.write(text); err != nil {
		return err
	}
	fmt.Fprintf(console.Stderr, "Wrote %s. Import with: pulumi import --file %s\n", command.Count(len(file.Resources), "service token"), o.target.path)
	if file.holdsSecrets() {
		fmt.Fprintf(console.Stderr, "%s contains client secrets in plain text: delete it once they are imported, with Pulumi 3.256 or newer.\n", o.target.path)
	}
	return nil
}

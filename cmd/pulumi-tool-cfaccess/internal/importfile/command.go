// Package importfile is the subcommand import. It writes files for `pulumi import
// --file`, so that many service tokens move into a stack at once: those of a Terraform
// state with their client secrets, or all that an account or a zone holds.
package importfile

import (
	"context"
	"fmt"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
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
	exports, err := stackexport.ReadFiles(ctx, o.stackExports, console)
	if err != nil {
		return err
	}
	stacks := newHeld(exports)
	var file importFile
	if o.terraformState != "" {
		file, err = fromTerraform(ctx, o.terraformState, stacks, console.Stdin, console.Stderr)
	} else {
		file, err = fromCloudflare(ctx, o, stacks, console)
	}
	stacks.say(console.Stderr)
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
	if len(exports) == 0 {
		fmt.Fprintln(console.Stderr, "If a stack already has some of these tokens under other names, leave them out: "+
			"run `pulumi stack export --file FILE` in it, and repeat this command with --stack-export FILE --force.")
	}
	if file.holdsSecrets() {
		fmt.Fprintf(console.Stderr, "%s contains client secrets in plain text: delete it once they are imported, with Pulumi 3.256 or newer.\n", o.target.path)
	}
	return nil
}

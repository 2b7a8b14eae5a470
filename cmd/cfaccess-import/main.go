// Command cfaccess-import writes files for `pulumi import --file`, so that many
// service tokens move into a stack at once: those of a Terraform state with their
// client secrets, or all that an account or a zone holds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the program, and returns its exit code. Only what was asked for goes to
// stdout; stderr is for people. Neither is ever shown a secret.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, help)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "cfaccess-import: %v\nRun `cfaccess-import -h` for how it is used.\n", err)
		return 2
	}
	if err := write(ctx, o, getenv, stdin, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "cfaccess-import: %v\n", err)
		return 1
	}
	return 0
}

// write makes the file that was asked for.
func write(ctx context.Context, o options, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	if err := o.target.check(o.terraformState); err != nil {
		return err
	}
	var file importFile
	var err error
	if o.terraformState != "" {
		file, err = fromTerraform(o.terraformState, stdin, stderr)
	} else {
		file, err = fromCloudflare(ctx, o, getenv, stderr)
	}
	if err != nil {
		return err
	}
	text, err := file.encode()
	if err != nil {
		return err
	}
	if o.target.path == "" {
		_, err := stdout.Write(text)
		return err
	}
	if err := o.target.write(text); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "Wrote %s. Import with: pulumi import --file %s\n", count(len(file.Resources)), o.target.path)
	if file.holdsSecrets() {
		fmt.Fprintf(stderr, "%s holds client secrets in clear, for Pulumi 3.256 or newer: delete it once they are imported.\n", o.target.path)
	}
	return nil
}

// count says how many service tokens there are.
func count(tokens int) string {
	if tokens == 1 {
		return "1 service token"
	}
	return fmt.Sprintf("%d service tokens", tokens)
}

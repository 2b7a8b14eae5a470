package audit

import (
	"fmt"
	"slices"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const help = `audit compares the service tokens of accounts and zones with the stacks that manage
them, and names those that nobody holds. It changes nothing.

  pulumi stack export --file dev.json
  pulumi-tool-cfaccess audit --account-id ID --stack-export dev.json

Flags, the first three of which may be given more than once:
  --account-id ID      an account, 32 hexadecimal characters in lower case
  --zone-id ID         a zone, likewise
  --stack-export FILE  what "pulumi stack export" prints of a stack; - is standard input.
                       Give all stacks that may hold a token: a token of a stack that
                       is left out looks as if no stack held it
  --output FORMAT      table (the default) or json
  --exit-code          end with 3 if a finding has advice. One that only advises to
                       export again does not count
  -h                   show this text

A token that was created less than a day before the oldest export was saved, or later,
gets no advice except to export again. There is one exception: after a killed run, the
command that imports the token of a pending creation is printed at any age, if exactly
one token fits.

` + command.Credentials + `
Exit codes: 0 on success, 1 on failure, 2 for wrong arguments, 3 for a finding
with --exit-code.
`

// options are the flags.
type options struct {
	scopes       []cfapi.Scope
	stackExports []string
	json         bool
	exitCode     bool
}

func parse(args []string) (options, error) {
	var o options
	flags := command.NewFlags()
	scope := func(kind cfapi.ScopeKind) func(string) error {
		return func(id string) error {
			scope, err := command.ParseScope(kind, id)
			if err == nil && slices.Contains(o.scopes, scope) {
				err = fmt.Errorf("%s was given twice", scope)
			}
			o.scopes = append(o.scopes, scope)
			return err
		}
	}
	flags.Func("account-id", "", scope(cfapi.KindAccount))
	flags.Func("zone-id", "", scope(cfapi.KindZone))
	stackexport.Flag(flags, &o.stackExports)
	flags.Func("output", "", func(format string) error {
		if o.json = format == "json"; !o.json && format != "table" {
			return fmt.Errorf("%q is not a format: write table or json", format)
		}
		return nil
	})
	flags.BoolVar(&o.exitCode, "exit-code", false, "")
	if err := command.Parse(flags, args); err != nil {
		return options{}, err
	}
	switch {
	case len(o.scopes) == 0:
		return options{}, command.Usage("give at least one --account-id or --zone-id")
	case len(o.stackExports) == 0:
		return options{}, command.Usage("give at least one --stack-export: without a stack, nothing is known about who holds a token")
	}
	return o, nil
}

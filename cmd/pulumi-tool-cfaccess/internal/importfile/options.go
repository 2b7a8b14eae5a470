package importfile

import (
	"slices"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const help = `import writes a file for "pulumi import --file".

  pulumi-tool-cfaccess import --terraform-state FILE --out FILE [--stack-export FILE]...
      The service tokens of a Terraform state, with their client secrets, which
      Pulumi encrypts as it imports them. It sends no request to Cloudflare.

  pulumi-tool-cfaccess import --account-id ID | --zone-id ID [--out FILE] [--stack-export FILE]...
      All service tokens of an account or of a zone, without their client secrets,
      which Cloudflare does not return.

Give --stack-export for each stack that already has some of the tokens. Imported under
another name, a token is in the stack twice, and Pulumi can then delete it.

Flags:
  --terraform-state FILE  the state, of format version 4; - is standard input, into which
                          "terraform state pull" prints it
  --account-id ID         the account, 32 hexadecimal characters in lower case
  --zone-id ID            the zone, likewise
  --name-contains TEXT    of an account or a zone, only the tokens whose name
                          contains TEXT, in upper or lower case
  --stack-export FILE     what "pulumi stack export" prints of a stack; - is standard input.
                          Tokens that the stack manages under any name are left out. May
                          be given more than once: give the stack that you import into,
                          and all others that have tokens of the account or zone
  --out FILE              where to write to; standard output if left out, which a
                          Terraform state does not allow. Only its owner can read the file
  --force                 replace the file if it exists
  -h                      show this text

` + command.Credentials + `
Exit codes: 0 on success, 1 on failure, 2 for wrong arguments.
`

// options are the flags.
type options struct {
	terraformState string
	scope          cfapi.Scope
	nameContains   string
	stackExports   []string
	target         target
}

func parse(args []string) (options, error) {
	var o options
	flags := command.NewFlags()
	sources := 0
	flags.StringVar(&o.terraformState, "terraform-state", "", "")
	scope := func(kind cfapi.ScopeKind) func(string) error {
		return func(id string) (err error) {
			sources++
			o.scope, err = command.ParseScope(kind, id)
			return err
		}
	}
	flags.Func("account-id", "", scope(cfapi.KindAccount))
	flags.Func("zone-id", "", scope(cfapi.KindZone))
	flags.StringVar(&o.nameContains, "name-contains", "", "")
	stackexport.Flag(flags, &o.stackExports)
	flags.StringVar(&o.target.path, "out", "", "")
	flags.BoolVar(&o.target.force, "force", false, "")
	if err := command.Parse(flags, args); err != nil {
		return options{}, err
	}
	if o.terraformState != "" {
		sources++
	}
	switch {
	case sources != 1:
		// An account of the environment is not taken for an answer: what is
		// imported is worth saying.
		return options{}, command.Usage("give exactly one of --terraform-state, --account-id and --zone-id")
	case o.terraformState != "" && o.nameContains != "":
		return options{}, command.Usage("--name-contains is for --account-id and --zone-id: a Terraform state moves as a whole")
	case o.terraformState == "-" && slices.Contains(o.stackExports, "-"):
		return options{}, command.Usage("only one of --terraform-state and --stack-export can be standard input")
	case o.terraformState != "" && o.target.path == "":
		return options{}, command.Usage("--terraform-state needs --out: the import file contains client secrets, so it goes into a file that only its owner can read")
	}
	return o, nil
}

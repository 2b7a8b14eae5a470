package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

const help = `cfaccess-import writes a file for "pulumi import --file".

  cfaccess-import --terraform-state FILE --out FILE
      The service tokens of a Terraform state, with their client secrets, which
      Pulumi encrypts as it imports them. Cloudflare is asked for nothing.

  cfaccess-import --account-id ID | --zone-id ID [--out FILE]
      All service tokens of an account or of a zone, without their client secrets,
      which Cloudflare does not return.

Flags:
  --terraform-state FILE  the state, of format version 4; - is standard input, as in
                          terraform state pull | cfaccess-import --terraform-state - --out FILE
  --account-id ID         the account, 32 hexadecimal characters in lower case
  --zone-id ID            the zone, likewise
  --name-contains TEXT    of an account or a zone, only the tokens whose name holds TEXT,
                          in upper or lower case
  --out FILE              where to write to; standard output if left out, which a
                          Terraform state does not allow. Only its owner can read the file
  --force                 replace the file if it exists
  -h                      show this text

To list tokens it needs a credential of Cloudflare in the environment, with the
permission "Access: Service Tokens Read": CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY
with CLOUDFLARE_EMAIL. CLOUDFLARE_BASE_URL is another address of the API.

Exit codes: 0 on success, 1 on failure, 2 for wrong arguments.
`

// options are the flags.
type options struct {
	terraformState string
	scope          cfapi.Scope
	nameContains   string
	target         target
}

var scopeIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

func parse(args []string) (options, error) {
	var o options
	var accountID, zoneID string
	flags := flag.NewFlagSet("cfaccess-import", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.terraformState, "terraform-state", "", "")
	flags.StringVar(&accountID, "account-id", "", "")
	flags.StringVar(&zoneID, "zone-id", "", "")
	flags.StringVar(&o.nameContains, "name-contains", "", "")
	flags.StringVar(&o.target.path, "out", "", "")
	flags.BoolVar(&o.target.force, "force", false, "")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	sources := 0
	for _, source := range []string{o.terraformState, accountID, zoneID} {
		if source != "" {
			sources++
		}
	}
	switch {
	case sources != 1:
		// An account of the environment is not taken for an answer: what is
		// imported is worth saying.
		return options{}, errors.New("give exactly one of --terraform-state, --account-id and --zone-id")
	case accountID != "" && !scopeIDPattern.MatchString(accountID):
		return options{}, fmt.Errorf("--account-id: %q is not the id of an account: write its 32 hexadecimal characters in lower case", accountID)
	case zoneID != "" && !scopeIDPattern.MatchString(zoneID):
		return options{}, fmt.Errorf("--zone-id: %q is not the id of a zone: write its 32 hexadecimal characters in lower case", zoneID)
	case o.terraformState != "" && o.nameContains != "":
		return options{}, errors.New("--name-contains is for --account-id and --zone-id: a Terraform state moves as a whole")
	case o.terraformState != "" && o.target.path == "":
		return options{}, errors.New("--terraform-state needs --out: what is written holds client secrets, and goes into a file that only its owner can read")
	}
	o.scope = cfapi.Account(accountID)
	if zoneID != "" {
		o.scope = cfapi.Zone(zoneID)
	}
	return o, nil
}

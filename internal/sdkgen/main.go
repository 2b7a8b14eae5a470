// Command sdkgen writes the provider's SDKs from its schema, with Pulumi's own
// generators and, where they leave something out, files of its own. With the
// word examples it converts the documentation's programs to every language.
//
//	go run . -schema ../../schema.json -version 0.2.0 -out ../../sdk
//	go run . -schema ../../schema.json -version 0.2.0 -out ../../sdk -check
//	go run . examples -schema ../../schema.json -docs ../../docs -sections ../../provider
//	go run . examples -schema ../../schema.json -docs ../../docs -sections ../../provider -check
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// errStale says that -check found a difference, which has been listed.
var errStale = errors.New("the SDKs are not what the schema gives: generate them again")

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintf(os.Stderr, "sdkgen: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) > 0 && args[0] == "examples" {
		return runExamples(args[1:], stdout)
	}
	return runSDKs(args, stdout)
}

func runSDKs(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("sdkgen", flag.ContinueOnError)
	schemaPath := flags.String("schema", "", "the package's `file` schema.json; the LICENSE beside it goes into each SDK")
	version := flags.String("version", "", "the `version` of the SDKs, such as 0.2.0")
	out := flags.String("out", "", "the `folder` of the SDKs, which is replaced as a whole")
	check := flags.Bool("check", false, "write nothing; list the files that differ, and fail if there are any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *schemaPath == "" || *version == "" || *out == "" || flags.NArg() > 0 {
		flags.Usage()
		return errors.New("-schema, -version and -out are needed, and nothing else")
	}

	src, err := readSource(*schemaPath, *version)
	if err != nil {
		return err
	}
	sdks, err := generate(src)
	if err != nil {
		return err
	}
	if !*check {
		return replaceTree(filepath.Clean(*out), sdks)
	}
	differences, err := compareTree(*out, sdks)
	if err != nil {
		return err
	}
	for _, difference := range differences {
		fmt.Fprintln(stdout, difference)
	}
	if len(differences) > 0 {
		return errStale
	}
	return nil
}

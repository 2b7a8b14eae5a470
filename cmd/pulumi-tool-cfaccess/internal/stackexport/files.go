package stackexport

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
)

// Flag defines --stack-export, which may be given more than once.
func Flag(flags *flag.FlagSet, files *[]string) {
	flags.Func("stack-export", "", func(file string) error {
		switch {
		case file == "":
			return errors.New("give the name of a file, or - for standard input")
		case slices.Contains(*files, file):
			return fmt.Errorf("%s was given twice", file)
		}
		*files = append(*files, file)
		return nil
	})
}

// ReadFiles reads the files that the flag names.
func ReadFiles(ctx context.Context, files []string, console command.Console) ([]Export, error) {
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
		export, err := Read(name, command.Document(ctx, from))
		from.Close()
		if err != nil {
			return nil, fmt.Errorf("reading the stack export %s: %w", name, err)
		}
		exports = append(exports, export)
	}
	return exports, nil
}

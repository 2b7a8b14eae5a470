// Command pulumi-tool-cfaccess is the companion of the cfaccess provider, for what no
// program of Pulumi's can do: import many service tokens at once, and find the tokens
// that no stack holds.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/audit"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/importfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], command.Console{
		Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Watched: term.IsTerminal(int(os.Stderr.Fd())), Columns: columns(os.Stdout, os.Getenv),
	}))
}

var commands = []command.Command{audit.Command, importfile.Command}

// run calls a subcommand, and returns the exit code.
func run(ctx context.Context, args []string, console command.Console) int {
	if len(args) == 0 {
		fmt.Fprint(console.Stderr, help())
		return command.Misused
	}
	if args[0] == "help" && len(args) > 1 {
		args = []string{args[1], "-h"}
	}
	for _, c := range commands {
		if args[0] == c.Name {
			return c.Execute(ctx, args[1:], console)
		}
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		fmt.Fprint(console.Stdout, help())
		return command.Succeeded
	case "-version", "--version", "version":
		fmt.Fprintln(console.Stdout, command.Program, command.Version)
		return command.Succeeded
	}
	fmt.Fprintf(console.Stderr, "%s: %q is not a subcommand\nRun `%[1]s -h` for a list of the subcommands.\n", command.Program, args[0])
	return command.Misused
}

func help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is the companion of the cfaccess provider for Pulumi.\n\nSubcommands:\n", command.Program)
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-8s %s\n", c.Name, c.Summary)
	}
	fmt.Fprintf(&b, "\nRun `%s <subcommand> -h` for its flags, or `%[1]s --version` for the version.\n"+
		"Installed as a plugin of Pulumi it runs as `pulumi plugin run cfaccess -- <subcommand>`.\n", command.Program)
	return b.String()
}

// columns returns the width of a terminal, and otherwise what COLUMNS says, or 80.
func columns(out *os.File, getenv func(string) string) int {
	if width, _, err := term.GetSize(int(out.Fd())); err == nil && width > 0 {
		return width
	}
	if width, err := strconv.Atoi(getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return 80
}

// Package command is what the subcommands of pulumi-tool-cfaccess share: how they
// are called and end, their credentials, and how they list tokens.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// The exit codes. One of findings is only returned on request.
const (
	Succeeded = iota
	Failed
	Misused
	Found
)

// ErrFound is returned by a subcommand that did what it was asked for, found
// something, and was asked to say so by its exit code.
var ErrFound = errors.New("something was found")

// Console is what a subcommand has to do with the world besides Cloudflare. Only what was
// asked for goes to Stdout; Stderr is for people.
type Console struct {
	Getenv         func(string) string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Watched reports that Stderr is a terminal, where somebody waits.
	Watched bool
	// Columns is how wide Stdout is.
	Columns int
}

// Command is a subcommand.
type Command struct {
	// Name is the word that calls it, and Summary a line about it.
	Name, Summary string
	// Help is what -h prints.
	Help string
	// Run does it. Its error is a [*UsageError] if the arguments are wrong.
	Run func(ctx context.Context, args []string, console Console) error
}

// UsageError is returned for arguments that a command cannot be called with.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// Usage returns a [*UsageError].
func Usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// Execute runs the command, and returns the exit code of the program.
func (c Command) Execute(ctx context.Context, args []string, console Console) int {
	err := c.Run(ctx, args, console)
	_, misused := errors.AsType[*UsageError](err)
	switch {
	case err == nil:
		return Succeeded
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(console.Stdout, c.Help)
		return Succeeded
	case errors.Is(err, ErrFound):
		return Found
	case misused:
		fmt.Fprintf(console.Stderr, "%s %s: %v\nRun `%[1]s %[2]s -h` for usage.\n", Program, c.Name, err)
		return Misused
	}
	fmt.Fprintf(console.Stderr, "%s %s: %v\n", Program, c.Name, err)
	return Failed
}

// NewFlags returns a set of flags that prints nothing by itself.
func NewFlags() *flag.FlagSet {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Parse reads arguments, all of which have to be flags.
func Parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return Usage("%s", inWords(err.Error()))
	case flags.NArg() > 0:
		return Usage("unexpected argument %q: write a flag before each value, even if you repeat the flag", flags.Arg(0))
	}
	return nil
}

// inWords says what is wrong with a flag without the words of Go's package, which
// writes -flag.
func inWords(said string) string {
	if name, ok := strings.CutPrefix(said, "flag provided but not defined: -"); ok {
		return fmt.Sprintf("there is no flag --%s", name)
	}
	if name, ok := strings.CutPrefix(said, "flag needs an argument: -"); ok {
		return fmt.Sprintf("--%s needs a value", name)
	}
	if m := noTruth.FindStringSubmatch(said); m != nil {
		return fmt.Sprintf("--%s takes no value", m[1])
	}
	return refusedValue.ReplaceAllString(said, "--$1: ")
}

var (
	noTruth      = regexp.MustCompile(`^invalid boolean value ".*" for -([a-z-]+): `)
	refusedValue = regexp.MustCompile(`^invalid value ".*" for flag -([a-z-]+): `)
)

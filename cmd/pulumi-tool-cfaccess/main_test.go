package main

import (
	"os"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
)

func TestASubcommandIsCalledByItsName(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args         []string
		code         int
		prints, says string
	}{
		"help":              {[]string{"--help"}, 0, "Subcommands:", ""},
		"a command's help":  {[]string{"import", "-h"}, 0, "--terraform-state FILE", ""},
		"help on a command": {[]string{"help", "audit"}, 0, "--stack-export FILE", ""},
		"help on another":   {[]string{"help", "export"}, 2, "", `"export" is not a subcommand`},
		"the version":       {[]string{"--version"}, 0, "pulumi-tool-cfaccess " + command.Version + "\n", ""},
		"nothing":           {nil, 2, "", "Subcommands:"},
		"another word":      {[]string{"export"}, 2, "", `"export" is not a subcommand`},
		"a flag before it":  {[]string{"--account-id", "x"}, 2, "", `"--account-id" is not a subcommand`},
		"wrong flags":       {[]string{"import", "--wrong"}, 2, "", "pulumi-tool-cfaccess import -h"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr strings.Builder
			code := run(t.Context(), test.args, command.Console{Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }})
			if code != test.code || !strings.Contains(stdout.String(), test.prints) || !strings.Contains(stderr.String(), test.says) {
				t.Errorf("ended with %d, printed %q and said %q", code, stdout.String(), stderr.String())
			}
			if (stdout.Len() > 0) != (test.prints != "") || (stderr.Len() > 0) != (test.says != "") {
				t.Errorf("printed %q and said %q", stdout.String(), stderr.String())
			}
		})
	}
}

func TestTheHelpNamesEverySubcommand(t *testing.T) {
	t.Parallel()
	for _, c := range commands {
		if !strings.Contains(help(), "  "+c.Name+" ") || c.Summary == "" {
			t.Errorf("the help lacks %s", c.Name)
		}
	}
}

func TestTheWidthIsTheTerminalsOrThatOfTheEnvironment(t *testing.T) {
	t.Parallel()
	noTerminal, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer noTerminal.Close()
	for value, want := range map[string]int{"": 80, "160": 160, "0": 80, "wide": 80} {
		if got := columns(noTerminal, func(string) string { return value }); got != want {
			t.Errorf("with COLUMNS=%q it is %d, want %d", value, got, want)
		}
	}
}

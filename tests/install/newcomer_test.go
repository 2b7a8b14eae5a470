// Package install holds the pages that say how to install the plugin to what they say.
// Their snippets run as they are printed, on the machine of a new user.
package install

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest/fakegithub"
)

// newcomer follows the pages, on a machine where nothing is installed but pulumi.
type newcomer struct {
	*enginetest.Project
	t      *testing.T
	github *fakegithub.GitHub
}

// newNewcomer is a newcomer in an empty folder, whose pulumi is chosen by use.
func newNewcomer(t *testing.T, use ...func(*enginetest.Project)) *newcomer {
	t.Helper()
	n := &newcomer{Project: enginetest.New(t, cfsim.Config{}), t: t}
	for _, choose := range use {
		choose(n.Project)
	}
	n.otherMachine()
	return n
}

// otherMachine goes on at another machine, with these files of the folder alone.
func (n *newcomer) otherMachine(files ...string) {
	n.t.Helper()
	before := n.Dir
	n.Dir = n.t.TempDir()
	n.github = n.NewMachine()
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(before, name))
		if err != nil {
			n.t.Fatal(err)
		}
		n.save(name, string(text))
	}
}

func (n *newcomer) save(name, text string) {
	n.t.Helper()
	file := filepath.Join(n.Dir, name)
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		n.t.Fatal(err)
	}
}

// types runs a snippet in a shell, with what a reader would put in place of its gaps.
func (n *newcomer) types(snippet string) enginetest.Result {
	n.t.Helper()
	script := strings.NewReplacer(
		"CLOUDFLARE_API_TOKEN=…", "CLOUDFLARE_API_TOKEN="+cfsim.DefaultAPIToken,
		"config set accountId …", "config set accountId "+cfsim.DefaultAccountID,
		"config set zoneId …", "config set zoneId "+cfsim.DefaultZoneID,
	).Replace(snippet)
	cmd := exec.CommandContext(n.t.Context(), "bash", "-eu", "-c", script)
	cmd.Dir = n.Dir
	for name, value := range n.Env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	// What a reader at a terminal is asked. Pulumi would make the stack there, too.
	cmd.Env = append(cmd.Env, "PULUMI_SKIP_CONFIRMATIONS=true")
	output, err := cmd.CombinedOutput()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		n.t.Fatal(err)
	}
	return enginetest.Result{Args: []string{"…:\n" + script}, Output: string(output), ExitCode: cmd.ProcessState.ExitCode()}
}

// deploys runs the snippet, in which the program is deployed, and fails the test unless
// this leaves a token of this name that works.
func (n *newcomer) deploys(snippet, name string) {
	n.t.Helper()
	n.Must(n.Run("stack", "init", enginetest.Stack))
	n.Must(n.types(snippet))
	n.ExpectWorking(name)
}

// expectAsked fails the test unless GitHub was asked exactly this, and no other host
// anything, since the last time.
func (n *newcomer) expectAsked(want ...string) {
	n.t.Helper()
	if got := n.github.Requests(); !slices.Equal(got, want) {
		n.t.Errorf("GitHub was asked %q, want %q", got, want)
	}
}

// expectDownloaded fails the test unless this version of the plugin was downloaded once.
func (n *newcomer) expectDownloaded() {
	n.t.Helper()
	n.expectAsked(n.github.Download()...)
}

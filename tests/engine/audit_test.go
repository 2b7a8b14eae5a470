package engine

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// auditOf exports stacks of a project, runs the companion command's audit on them, and
// returns its findings.
func auditOf(t *testing.T, p *enginetest.Project, stacks ...string) (findings []auditFinding) {
	t.Helper()
	args := []string{"audit", "--account-id", cfsim.DefaultAccountID, "--output", "json"}
	for _, stack := range stacks {
		file := filepath.Join(t.TempDir(), stack+".json")
		p.Must(p.Run("stack", "export", "--stack", stack, "--file", file))
		args = append(args, "--stack-export", file)
	}
	cmd := exec.CommandContext(t.Context(), enginetest.Tool(t), args...)
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	report := struct{ Findings *[]auditFinding }{&findings}
	if err := cmd.Run(); err != nil || json.Unmarshal(stdout.Bytes(), &report) != nil {
		t.Fatalf("the audit failed: %v\n%s", err, stderr.String())
	}
	return findings
}

type auditFinding struct {
	Kind, Text string
	Advice     []struct{ Text, Command string }
}

// A token that a second stack imported goes from there as the audit says: first from the
// stack, and then from the program.
func TestTheAuditsWayOutOfTwoStacksKeepsTheToken(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Simulator.Advance(-48 * time.Hour) // so that it is old enough for advice
	p.Program(named("ci", inAccount, "name: ci"))
	p.Must(p.Up())
	token := only(t, p)

	p.Must(p.Run("stack", "init", "prod", "--secrets-provider", enginetest.SecretsProvider))
	p.Env["PULUMI_STACK"] = "prod"
	p.Must(p.Run("import", "cfaccess:index:ServiceToken", "ci", cfsim.DefaultAccountID+"/"+token.ID, "--yes", "--skip-preview", "--generate-code=false")) // which protects it
	findings := auditOf(t, p, enginetest.Stack, "prod")
	if len(findings) != 2 || findings[0].Kind != "managedTwice" || findings[1].Kind != "secretUnavailable" {
		t.Fatalf("found %+v", findings)
	}
	var commands []string
	for _, step := range findings[0].Advice {
		if step.Command != "" {
			commands = append(commands, step.Command)
			if !strings.Contains(step.Text, "In enginetest/prod") {
				t.Errorf("%s is to be run %s", step.Command, step.Text)
			}
		}
	}
	if len(commands) != 1 {
		t.Fatalf("the commands are %q", commands)
	}
	p.Must(p.Run(append(strings.Fields(commands[0])[1:], "--yes")...))
	p.Program("")
	p.Must(p.Up())

	p.Env["PULUMI_STACK"] = enginetest.Stack
	p.Program(named("ci", inAccount, "name: ci"))
	p.Must(p.Up("--expect-no-changes"))
	if only(t, p).ID != token.ID {
		t.Error("another token is there")
	}
	p.ExpectWorking("ci")
	if findings := auditOf(t, p, enginetest.Stack, "prod"); len(findings) > 0 {
		t.Errorf("then it finds %+v", findings)
	}
}

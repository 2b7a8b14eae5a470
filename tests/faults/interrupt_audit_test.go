package faults

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// After a run that was killed, the companion command says what it left.

// audited is what `pulumi-tool-cfaccess audit` finds in a project's stack.
type audited struct {
	Findings []struct {
		Kind, Text string
		Tokens     []string
		Advice     []struct{ Text, Command string }
	}
	Tokens []struct{ Name, ID, Status string }
}

// audit runs the command as a plugin of Pulumi, on what the stack's export prints.
func audit(t *testing.T, p *enginetest.Project, args ...string) (found audited, exitCode int) {
	t.Helper()
	p.Must(p.Run("plugin", "install", "tool", "cfaccess", "0.0.1", "--file", enginetest.Tool(t)))
	export := p.Must(p.Run("stack", "export")).Output
	in, write, err := os.Pipe() // which stays open, as the input that Pulumi hands on does
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer write.Close()
	go func() { _, _ = io.WriteString(write, export) }() // read by the command, if it gets so far
	cmd := p.Command(t.Context(), append([]string{"plugin", "run", "cfaccess", "--", "audit",
		"--account-id", cfsim.DefaultAccountID, "--stack-export", "-", "--output", "json"}, args...)...)
	var stdout, stderr strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &stdout, &stderr
	err = cmd.Run()
	if json.Unmarshal([]byte(stdout.String()), &found) != nil {
		t.Fatalf("the audit printed no report: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	return found, cmd.ProcessState.ExitCode()
}

// kinds are those of the findings, with the names of their tokens.
func (a audited) kinds() (kinds []string) {
	names := map[string]string{}
	for _, token := range a.Tokens {
		names[token.ID] = token.Name
	}
	for _, finding := range a.Findings {
		kind := finding.Kind + ":"
		for _, id := range finding.Tokens {
			kind += " " + names[id]
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// killedAt runs a program that creates ci, and then deletes old unless the program has
// it too, and kills the command and its plugin at a point of it. The tokens are two days
// old by then.
func killedAt(t *testing.T, program string, keepBack func(*gate), env ...string) *enginetest.Project {
	t.Helper()
	p, g := gated(t)
	p.Simulator.Advance(-48 * time.Hour)
	p.Program("resources:\n" + token("old", "name: old"))
	p.Must(p.Up())
	for _, variable := range env {
		p.Env[variable] = "true"
	}
	p.Program(program)
	keepBack(g)
	r := p.Start("up", "--yes", "--skip-preview")
	await(t, g.arrived, "the request to kill it at")
	r.KillAll()
	r.Wait()
	await(t, g.cut, "the end of the request")
	g.release()
	p.Must(p.Run("cancel", "--yes"))
	return p
}

func TestAnAuditNamesWhatAKilledCreationLeft(t *testing.T) {
	t.Parallel()
	alone := func(properties ...string) string {
		return "resources:\n" + token("ci", append([]string{"name: ci"}, properties...)...)
	}
	below := func(properties ...string) string { // of another resource, and an explicit provider
		return "resources:\n" + token("old", "name: old") + "  mine:\n    type: pulumi:providers:cfaccess\n" +
			strings.TrimPrefix(alone(properties...), "resources:\n") + "    options:\n      provider: ${mine}\n      parent: ${old}\n"
	}
	for name, test := range map[string]struct {
		program  func(properties ...string) string
		keepBack func(*gate)
		env      []string
		found    []string
		status   string
	}{
		"before the request":                        {alone, func(g *gate) { g.stop(http.MethodPost) }, nil, []string{"pendingCreation:"}, ""},
		"before the answer":                         {alone, func(g *gate) { g.hold(http.MethodPost) }, nil, []string{"pendingCreation: ci"}, "unmentioned"},
		"before the answer, below another resource": {below, func(g *gate) { g.hold(http.MethodPost) }, nil, []string{"pendingCreation: ci"}, "unmentioned"},
		"when it is stored":                         {alone, func(g *gate) { g.hold(http.MethodDelete) }, nil, nil, "managed"},
		"when it is not stored, without checkpoints": {alone, func(g *gate) { g.hold(http.MethodDelete) }, []string{"PULUMI_EXPERIMENTAL", "PULUMI_SKIP_CHECKPOINTS"},
			[]string{"leftBehind: ci"}, "unmentioned"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := killedAt(t, test.program(), test.keepBack, test.env...)
			report, exitCode := audit(t, p, "--exit-code")
			if got := report.kinds(); !slices.Equal(got, test.found) || exitCode != map[bool]int{true: 3, false: 0}[len(test.found) > 0] {
				t.Fatalf("found %q, and ended with %d", got, exitCode)
			}
			status := ""
			for _, token := range report.Tokens {
				if token.Name == "ci" {
					status = token.Status
				}
			}
			if status != test.status {
				t.Errorf("ci is %q, want %q", status, test.status)
			}
			if strings.HasPrefix(name, "before the answer") {
				bringIn(t, p, test.program("recoverClientSecret: imported"), report)
			}
			if len(test.env) > 0 {
				expectUndoable(t, report)
			}
		})
	}
}

// bringIn follows the advice for a pending creation, as it is printed.
func bringIn(t *testing.T, p *enginetest.Project, program string, report audited) {
	t.Helper()
	var commands []string
	for _, step := range report.Findings[0].Advice {
		if step.Command != "" {
			commands = append(commands, step.Command)
		}
	}
	if len(commands) != 3 || commands[2] != "pulumi up" {
		t.Fatalf("the commands are %q", commands)
	}
	p.Program(program)
	for _, command := range commands {
		follow(t, p, command)
	}
	p.ExpectWorking("ci")
	if got := live(p)["ci"]; got != 1 {
		t.Errorf("Cloudflare holds %d tokens named ci", got)
	}
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are still pending: %v", got)
	}
	if again, exitCode := audit(t, p, "--exit-code"); exitCode != 0 {
		t.Errorf("the next audit finds %q", again.kinds())
	}
}

// follow runs a command as the audit prints it.
func follow(t *testing.T, p *enginetest.Project, command string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command+" --yes --skip-preview --non-interactive")
	cmd.Dir = p.Dir
	for key, value := range p.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, output)
	}
}

func TestAnAuditKeepsTheTokenThatASecondRunPutInItsPlace(t *testing.T) {
	t.Parallel()
	p := killedAt(t, "resources:\n"+token("ci", "name: ci"), func(g *gate) { g.hold(http.MethodPost) })
	left := p.Simulator.Tokens()
	p.Must(p.Up()) // instead of the audit
	p.ExpectWorking("ci")
	second := p.State().Token(t, "ci").Output("tokenId")

	report, exitCode := audit(t, p, "--exit-code")
	if got := report.kinds(); !slices.Equal(got, []string{"pendingCreation: ci", "sameName: ci ci"}) || exitCode != 3 {
		t.Fatalf("found %q, and ended with %d", got, exitCode)
	}
	finding := report.Findings[0]
	if finding.Tokens[0] == second || !slices.ContainsFunc(left, func(token cfsim.Token) bool { return token.ID == finding.Tokens[0] }) {
		t.Errorf("names %s, which the stack holds", finding.Tokens)
	}
	if first := finding.Advice[0].Text; !strings.Contains(first, "The stack has another token under this URN by now") {
		t.Errorf("advises first: %s", first)
	}
	last := finding.Advice[len(finding.Advice)-1]
	for _, step := range finding.Advice[:len(finding.Advice)-1] {
		if step.Command != "" {
			t.Errorf("it is advised to run %s", step.Command)
		}
	}
	p.Simulator.DeleteToken(finding.Tokens[0]) // as advised, in the dashboard
	follow(t, p, last.Command)
	p.ExpectWorking("ci")
	if got := pending(p); len(got) > 0 {
		t.Errorf("operations are still pending: %v", got)
	}
	if again, exitCode := audit(t, p, "--exit-code"); exitCode != 0 || len(again.Findings) > 0 {
		t.Errorf("the next audit finds %q", again.kinds())
	}
}

// expectUndoable fails unless the advice for a token that was left behind begins with
// what can be undone, and gives no command.
func expectUndoable(t *testing.T, report audited) {
	t.Helper()
	finding, advice := report.Findings[0], ""
	for _, step := range finding.Advice {
		advice += step.Text + "\n"
		if step.Command != "" {
			t.Errorf("it is advised to run %s", step.Command)
		}
	}
	disable, wait, remove := strings.Index(advice, "Disable the token"), strings.Index(advice, "Wait until every job"), strings.Index(advice, "Delete the token")
	if disable < 0 || wait < disable || remove < wait {
		t.Errorf("the advice is %s", advice)
	}
	for _, says := range []string{"has the mark of a creation", "was never used, and is not in the stack given (enginetest/dev of "} {
		if !strings.Contains(finding.Text, says) {
			t.Errorf("says %q, want %q", finding.Text, says)
		}
	}
}

package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	// A step of a workflow that is a command, and the stack of all of them.
	runs  = regexp.MustCompile(`(?m)^ *- run: (.+)$`)
	stack = regexp.MustCompile(`(?m)^ *PULUMI_STACK: (.+)$`)
)

// workflow runs the commands of a workflow of GitHub Actions.
func (s *session) workflow(f fence, text string) {
	s.t.Helper()
	steps := runs.FindAllStringSubmatch(text, -1)
	if len(steps) == 0 {
		s.t.Errorf("%s:%d: the workflow runs nothing", f.page, f.line)
	}
	if of := stack.FindStringSubmatch(text); of != nil {
		s.Env["PULUMI_STACK"] = of[1]
	}
	for _, step := range steps {
		s.command(f, step[1])
	}
}

func TestTheScheduledWorkflowRotatesAndRenewsWhatIsDue(t *testing.T) {
	t.Parallel()
	section := slices.DeleteFunc(fences(t, "docs/guides/passing-on-the-secret.md"), func(f fence) bool {
		return f.section != "Run `pulumi up` on a schedule"
	})
	if len(section) != 2 || section[0].lang != "yaml" || section[1].lang != "yaml workflow" {
		t.Fatalf("the section has %v, want a program and a workflow", section)
	}
	workflow := section[1]
	if !strings.Contains(workflow.text, "  schedule:\n    - cron: ") {
		t.Error("the workflow has no schedule")
	}
	s := newSession(t)
	s.FollowSimulator()
	s.Program(program(s.fill(section[0].text)))
	s.run(workflow, nil)
	secrets := len(s.Simulator.IssuedSecrets())
	expires := s.State().Token(t, "ci").Output("expiresAt")

	s.Simulator.Advance(91 * 24 * time.Hour)
	s.run(workflow, nil)
	if got := len(s.Simulator.IssuedSecrets()); got != secrets+1 {
		t.Errorf("after 91 days %d client secrets were issued, want 1", got-secrets)
	}
	s.Simulator.Advance(250 * 24 * time.Hour)
	s.run(workflow, nil)
	if got := s.State().Token(t, "ci").Output("expiresAt"); got <= expires {
		t.Errorf("24 days before its expiry the token expires on %s, as before (%s)", got, expires)
	}
}

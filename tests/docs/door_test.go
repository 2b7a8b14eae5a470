package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// openDoor serves an application behind Access that every valid service token opens, and
// returns its address.
func openDoor(t *testing.T, p *enginetest.Project) string {
	t.Helper()
	edge, err := p.Simulator.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(edge.Close)
	p.Simulator.AddApplication("accounts/"+cfsim.DefaultAccountID, cfsim.Application{
		Name: "app", Domain: new("127.0.0.1"),
		Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())},
	})
	return edge.BaseURL
}

// request runs a line with curl as the reader's shell would, and fails the test unless
// the application's origin gets it.
func (s *session) request(line string) {
	s.t.Helper()
	s.Simulator.ResetEdgeRequests()
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", line)
	cmd.Dir = s.Dir
	for key, value := range s.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("curl, which has to be on PATH: %v", err)
	}
	if requests := s.Simulator.EdgeRequests(); len(requests) != 1 || !requests[0].Admitted {
		s.t.Errorf("the application did not admit the request: %+v", requests)
	}
}

// The guide's command for those who do not use AccessCheck, as printed there.
func TestTheCommandOfTheGuideProvesATokenAfterEachRotation(t *testing.T) {
	t.Parallel()
	const page = "docs/guides/proving-access.md"
	var guide string
	for _, f := range fences(t, page) {
		if f.section == "Without this resource" {
			guide += f.text
		}
	}
	s := newSession(t)
	s.UseFakeCommand()
	s.doNotSleep()
	rotate := func(to string) {
		s.Program(program(strings.Replace(s.fill(guide), "      name: ci\n", "      name: ci\n      clientSecretVersion: "+to+"\n", 1)))
		s.Simulator.ResetEdgeRequests()
	}
	// asked says what the requests since then carried, and what they got.
	asked := func() string {
		var said []string
		for _, r := range s.Simulator.EdgeRequests() {
			switch {
			case !r.Carries:
				said = append(said, "nothing")
			case r.Admitted:
				said = append(said, "admitted")
			default:
				said = append(said, "refused")
			}
		}
		return strings.Join(said, " ")
	}
	expect := func(when, want string) {
		t.Helper()
		if got := asked(); got != want {
			t.Errorf("%s: the command asked with %q, want %q", when, got, want)
		}
	}

	rotate("1")
	s.Must(s.Up())
	expect("a new token", "nothing admitted")
	s.Must(s.Up("--expect-no-changes"))
	expect("nothing has changed", "nothing admitted")
	rotate("2")
	s.Must(s.Up())
	expect("a rotation", "nothing admitted")

	rotate("3")
	s.Simulator.SetEdge(cfsim.Edge{SecretLag: time.Hour})
	failed := s.MustFail(s.Up(), "The token was not admitted. The last answer: HTTP/1.1 403 Forbidden")
	expect("a client secret that is refused", strings.TrimSpace(strings.Repeat("nothing refused ", 8)))
	s.Simulator.SetEdge(cfsim.Edge{Before: &cfsim.Before{}})
	s.Simulator.ResetEdgeRequests()
	open := s.MustFail(s.Up(), "The token was not admitted. The last answer: HTTP/1.1 200 OK")
	expect("an address that lets everybody in", strings.TrimSpace(strings.Repeat("nothing ", 8)))
	for _, secret := range s.Simulator.IssuedSecrets() {
		if strings.Contains(failed.Output+open.Output, secret) {
			t.Error("a client secret is printed")
		}
	}
	s.Simulator.SetEdge(cfsim.Edge{})
	s.Simulator.ResetEdgeRequests()
	s.Must(s.Up())
	expect("the run after", "nothing admitted")
}

// doNotSleep has the commands of programs wait for nothing.
func (s *session) doNotSleep() {
	s.t.Helper()
	folder := s.t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "sleep"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.Env["PATH"] = folder + string(os.PathListSeparator) + s.Env["PATH"]
}

package docs

import (
	"os/exec"
	"testing"

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

package docs

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// door is an application behind Access: it admits requests that carry the headers of
// a token that authenticates.
type door struct {
	*httptest.Server
	admitted atomic.Int32
}

func openDoor(t *testing.T, p *enginetest.Project) *door {
	t.Helper()
	d := &door{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.Simulator.Authenticates(r.Header.Get("CF-Access-Client-Id"), r.Header.Get("CF-Access-Client-Secret")) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		d.admitted.Add(1)
	}))
	t.Cleanup(d.Close)
	return d
}

// request runs a line with curl as the reader's shell would, and fails the test unless
// the door admits it.
func (s *session) request(line string) {
	s.t.Helper()
	before := s.door.admitted.Load()
	cmd := exec.CommandContext(s.t.Context(), "sh", "-c", line)
	cmd.Dir = s.Dir
	for key, value := range s.Env {
		cmd.Env = append(cmd.Env, key+"="+value)
	}
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("curl, which has to be on PATH: %v", err)
	}
	if s.door.admitted.Load() != before+1 {
		s.t.Error("the application did not admit the request")
	}
}

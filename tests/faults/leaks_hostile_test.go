package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// talkative is a Cloudflare, or a proxy before it, that repeats in its answers
// the credential that it was sent and every secret ever issued.
type talkative struct {
	simulator *cfsim.Simulator
	handler   http.Handler

	mu     sync.Mutex
	method string
	answer func(w http.ResponseWriter, known string)
}

// newTalkative serves a simulator, and adds nothing until next is called.
func newTalkative(t *testing.T, sim *cfsim.Simulator) (*talkative, string) {
	t.Helper()
	server := &talkative{simulator: sim, handler: sim.Handler()}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	return server, listening.URL + "/client/v4"
}

// next makes it do the work of the next request of that method, and answer
// something else.
func (s *talkative) next(method string, answer func(w http.ResponseWriter, known string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.method, s.answer = method, answer
}

// waiting reports whether the answer of next is still to be given.
func (s *talkative) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answer != nil
}

func (s *talkative) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	answer := s.answer
	if s.method != r.Method {
		answer = nil
	}
	if answer != nil {
		s.answer = nil
	}
	s.mu.Unlock()
	if answer == nil {
		s.handler.ServeHTTP(w, r)
		return
	}
	s.handler.ServeHTTP(httptest.NewRecorder(), r)
	known := append(s.simulator.IssuedSecrets(), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	answer(w, strings.Join(known, " "))
}

// refusing answers in Cloudflare's envelope.
func refusing(status int) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, known string) {
		w.Header().Set("Cf-Ray", known)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"success": false, "result": known, "messages": []string{known},
			"errors": []map[string]any{{
				"code": 12130, "message": "cannot accept " + known, "error_chain": []map[string]any{{"code": 6111, "message": known}},
			}},
		})
	}
}

// page answers with HTML, as the edge does.
func page(status int) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, known string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<html><title>%s</title><body>%s</body></html>", known, known)
	}
}

// garbage answers with a token that is not to be read: cut, and no JSON.
func garbage(w http.ResponseWriter, known string) {
	_, _ = fmt.Fprintf(w, `{"success":true,"result":{"id":"%s","client_secret":"%s`, known, known)
}

// redirecting answers with another address, which holds everything.
func redirecting(w http.ResponseWriter, known string) {
	words := strings.Fields(known)
	last := words[len(words)-1]
	w.Header().Set("Location", fmt.Sprintf("https://%s:%s@%s.example.test/%s?secret=%s#%s", last, last, last, words[0], last, words[0]))
	w.WriteHeader(http.StatusTemporaryRedirect)
}

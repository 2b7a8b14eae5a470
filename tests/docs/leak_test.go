package docs

import (
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// leak follows the section of docs/guides/emergencies.md on a leaked token: it calls
// after with each snippet that was run, from the creation of the token on.
func leak(t *testing.T, after func(s *session, f fence)) *session {
	t.Helper()
	section := slices.DeleteFunc(fences(t, "docs/guides/emergencies.md"), func(f fence) bool {
		return f.section != "A leaked token: the first five minutes"
	})
	s := newSession(t)
	for i, f := range section {
		s.run(f, section[i+1:])
		if len(s.State().Tokens()) > 0 {
			after(s, f)
		}
	}
	return s
}

func TestALeakedSecretIsDeadFromTheFirstCommandOn(t *testing.T) {
	t.Parallel()
	var created enginetest.Resource
	var leaked string
	works := func(s *session, secret string) bool {
		return s.Simulator.Authenticates(created.Output("clientId"), secret)
	}
	commands := 0
	s := leak(t, func(s *session, f fence) {
		if leaked == "" {
			created = s.Revealed().Token(t, "ci")
			leaked, _ = created.Secret("clientSecret")
			if !works(s, leaked) {
				t.Fatal("the secret does not work before it leaks")
			}
			s.Simulator.Use(created.Output("tokenId")) // by whoever found it
			return
		}
		commands++
		if works(s, leaked) {
			t.Errorf("%s:%d: the leaked secret works after this", f.page, f.line)
		}
		if strings.Contains(f.text, "getServiceToken ") && !strings.Contains(s.last.Output, `"lastSeenAt": "`) {
			t.Errorf("it does not show when the token was used last:\n%s", s.last.Output)
		}
	})
	if commands == 0 {
		t.Fatal("the section has no commands")
	}
	healed := s.Revealed().Token(t, "ci")
	if secret, _ := healed.Secret("clientSecret"); secret == leaked || !works(s, secret) {
		t.Error("at the end the stack holds no other secret that works")
	}
	if healed.ID != created.ID || healed.Output("clientId") != created.Output("clientId") {
		t.Errorf("the token became another one: %s", healed.ID)
	}
}

func TestAScheduledRunEnablesALeakedTokenAgainUnlessTheProgramDisablesIt(t *testing.T) {
	t.Parallel()
	runs := 0
	leak(t, func(s *session, f fence) {
		if !strings.Contains(f.text, "pulumi do cfaccess:index:ServiceToken patch") {
			return
		}
		runs++
		live := s.State().Token(t, "ci").Output("tokenId")
		enabled := func() bool {
			for _, token := range s.Simulator.Tokens() {
				if token.ID == live {
					return token.Enabled
				}
			}
			t.Fatal("the token is gone")
			return false
		}
		s.Must(s.Up("--refresh"))
		if !enabled() {
			t.Error("the program enables the token, and the scheduled run left it disabled: step 1 is not needed")
		}
		s.run(f, nil)
		s.Program(oneToken + "      enabled: false\n")
		s.Must(s.Up("--refresh"))
		if enabled() {
			t.Error("the program disables the token, and the scheduled run enabled it")
		}
	})
	if runs != 1 {
		t.Errorf("the section has %d commands that disable the token, want 1", runs)
	}
}

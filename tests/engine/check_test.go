package engine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// secured is a stack of a token, a check of an application behind Access, and a
// consumer of the client secret that depends on the check.
type secured struct {
	*enginetest.Project
	t   *testing.T
	url string
}

// secure makes the application, and gives the stack what the program says.
func secure(t *testing.T, p *enginetest.Project, token ...string) *secured {
	t.Helper()
	server, err := p.Simulator.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	s := &secured{Project: p, t: t, url: server.BaseURL}
	p.Simulator.AddApplication(account, cfsim.Application{Name: "app", Domain: new("127.0.0.1"),
		Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())}})
	s.program("30s", token...)
	p.Must(p.Up())
	s.knocks(true)
	return s
}

// program is what the stack is to hold, with a check that takes at most so long.
func (s *secured) program(timeout string, token ...string) {
	s.t.Helper()
	s.Program(enginetest.OneToken(token...) +
		enginetest.ResourceOf("cfaccess:AccessCheck", "check", "url: "+s.url+"/health?key=hidden-query", "clientId: ${ci.clientId}",
			"clientSecret: ${ci.clientSecret}", "clientSecretStatus: ${ci.clientSecretStatus}", "timeout: "+timeout) +
		enginetest.Token("consumer", inAccount, "name: holds ${ci.clientSecret}") + "    options:\n      dependsOn: [\"${check}\"]\n")
}

// holds is the client secret that the consumer holds.
func (s *secured) holds() string {
	s.t.Helper()
	for _, token := range s.Simulator.Tokens() {
		if secret, ok := strings.CutPrefix(token.Name, "holds "); ok {
			return secret
		}
	}
	s.t.Fatal("there is no consumer")
	return ""
}

// ci is the token.
func (s *secured) ci() cfsim.Token {
	s.t.Helper()
	for _, token := range s.Simulator.Tokens() {
		if token.Name == "ci" {
			return token
		}
	}
	s.t.Fatal("there is no token")
	return cfsim.Token{}
}

// knocks fails the test unless the consumer's client secret opens the door, or does
// not.
func (s *secured) knocks(want bool) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("CF-Access-Client-Id", s.ci().ClientID)
	request.Header.Set("CF-Access-Client-Secret", s.holds())
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if opened := answer.StatusCode == http.StatusOK; opened != want {
		s.t.Errorf("the consumer's client secret got %d", answer.StatusCode)
	}
}

// fails fails the test unless the run does, at the check, and prints no secret.
func (s *secured) fails(r enginetest.Result, texts ...string) {
	s.t.Helper()
	s.MustFail(r, texts...)
	for _, secret := range append(s.Simulator.IssuedSecrets(), "hidden-query") {
		if strings.Contains(r.Output, secret) {
			s.t.Error("the run printed what is hidden")
		}
	}
}

func TestACheckAsksInRunsThatChangeItAlone(t *testing.T) {
	t.Parallel()
	s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
	check := s.Revealed().OfType("cfaccess:index:AccessCheck")
	if len(check) != 1 || check[0].Output("outcome") != "admitted" || check[0].Outputs["status"] != float64(200) {
		t.Fatalf("stored %v", check)
	}
	if _, marked := check[0].Secret("clientSecret"); !marked {
		t.Error("the client secret is not stored as a secret")
	}
	s.Simulator.ResetEdgeRequests()
	s.ExpectQuiet()
	s.Must(s.Up("--expect-no-changes"))
	s.program("30s", "previousClientSecretGrace: 24h", "clientSecretVersion: 2")
	s.Must(s.Preview()).MustSay(t, "each attempt will send up to three requests to "+s.url+"/health")
	if n := len(s.Simulator.EdgeRequests()); n > 0 {
		t.Errorf("%d requests before the run", n)
	}
	s.Must(s.Up())
	if n := len(s.Simulator.EdgeRequests()); n != 3 {
		t.Errorf("%d requests in the run", n)
	}
	s.knocks(true)
	s.Simulator.ResetEdgeRequests()
	s.MustFail(s.Run("import", "--yes", "cfaccess:index:AccessCheck", "other", "check"), "an access check cannot be imported")
	s.Must(s.Destroy())
	if n := len(s.Simulator.EdgeRequests()); n > 0 {
		t.Errorf("%d requests of an import and a deletion", n)
	}
}

// A year of rotations, in which a check now and then does not pass at once, and a client
// knocks after every step. Runs come more often than the grace is long.
func TestNoRotationShutsADoorThatTheConsumersSecretOpened(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	token := []string{"rotateAfter: 1440h", "previousClientSecretGrace: 72h", "duration: forever"}
	s := secure(t, p, token...)
	refuseAll := cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 403, Header: map[string]string{"Cf-Access-Domain": "127.0.0.1"}}}}
	challenge := cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 403, Header: map[string]string{"Cf-Mitigated": "challenge"}}}}
	const lag = 20 * time.Second
	for _, rotation := range []struct {
		name string
		edge cfsim.Edge
		// says is why the run of the rotation does not pass.
		says string
		// meanwhile happens once the check has been refused for the first time.
		meanwhile func(*enginetest.Running)
	}{
		{name: "no trouble"},
		{name: "the address refuses everybody", edge: refuseAll, says: "refused the token"},
		{name: "the new secret is known after 20s", edge: cfsim.Edge{SecretLag: lag}, meanwhile: func(run *enginetest.Running) {
			p.Simulator.Advance(lag)
			p.Must(run.Wait())
		}},
		{name: "killed between rotation and check", edge: cfsim.Edge{SecretLag: time.Hour}, says: "killed", meanwhile: func(run *enginetest.Running) {
			run.Kill()
			run.Wait()
			p.Run("cancel", "--yes") // it left its lock
		}},
		{name: "the check is unclear", edge: challenge, says: "it is not known whether Access admits the token"},
		{name: "strict authentication", edge: cfsim.Edge{StrictServiceTokenAuth: true}},
	} {
		p.Simulator.Advance(61 * day)
		before := s.holds()
		s.knocks(true)
		p.Simulator.SetEdge(rotation.edge)
		ends := p.Simulator.Now().Add(72 * time.Hour)
		switch {
		case rotation.meanwhile != nil:
			s.program("1m", token...)
			run := s.refused()
			s.knocks(true)
			rotation.meanwhile(run)
		case rotation.says != "":
			s.program("3s", token...)
			s.fails(p.Up(), rotation.says, "The resources that depend on this check still have the previous client secret, which works until "+ends.Format("2006-01-02T15"))
		default:
			s.program("3s", token...)
			p.Must(p.Up())
		}
		p.Simulator.SetEdge(cfsim.Edge{})
		s.knocks(true)
		if rotation.says != "" {
			if s.holds() != before {
				t.Errorf("%s: the consumer has a client secret that was not admitted", rotation.name)
			}
			p.Simulator.Advance(day)
			s.knocks(true)
			p.Must(p.Up())
		}
		if s.holds() == before {
			t.Errorf("%s: the consumer has the previous client secret", rotation.name)
		}
		s.knocks(true)
		p.Simulator.Advance(4 * day)
		s.knocks(true)
	}
}

// refused starts a run, in which the check has been refused once.
func (s *secured) refused() *enginetest.Running {
	s.t.Helper()
	s.Simulator.ResetEdgeRequests()
	run := s.Start("up", "--yes", "--skip-preview")
	for len(s.Simulator.EdgeRequests()) < 2 { // without credentials, and with the token
		select {
		case <-run.Ended():
			s.t.Fatalf("the run ended by itself\n%s", run.Wait().Output)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return run
}

func TestANewSecretThatIsNotKnownYetIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
	s.Simulator.SetEdge(cfsim.Edge{SecretLag: 20 * time.Second})
	s.program("1m", "previousClientSecretGrace: 24h", "clientSecretVersion: 2")
	s.Must(s.Up())
	requests := s.Simulator.EdgeRequests()
	if last := requests[len(requests)-2]; !last.Admitted || len(requests) < 6 {
		t.Errorf("the check asked %d times, and the last token was admitted: %v", len(requests), last.Admitted)
	}
	s.knocks(true)
}

func TestARunThatIsKilledBetweenRotationAndCheckIsMadeUpFor(t *testing.T) {
	t.Parallel()
	s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
	before := s.holds()
	s.Simulator.SetEdge(cfsim.Edge{SecretLag: time.Hour})
	s.program("10m", "previousClientSecretGrace: 24h", "clientSecretVersion: 2")
	run := s.refused()
	run.KillAll()
	<-run.Ended()
	s.Simulator.SetEdge(cfsim.Edge{})
	if s.holds() != before {
		t.Error("the consumer has a client secret that was not admitted")
	}
	s.knocks(true)
	s.Run("cancel", "--yes") // what was killed left its lock
	s.Must(s.Up())
	if s.holds() == before {
		t.Error("the consumer has the previous client secret")
	}
	if version := s.ci().ClientSecretVersion; version != 2 {
		t.Errorf("the token is at version %d", version)
	}
	s.knocks(true)
}

func TestACheckEndsWithTheRunThatIsInterrupted(t *testing.T) {
	t.Parallel()
	s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
	before := s.holds()
	s.Simulator.ResetEdgeRequests()
	s.Simulator.SetEdge(cfsim.Edge{SecretLag: time.Hour})
	s.program("10m", "previousClientSecretGrace: 24h", "clientSecretVersion: 2")
	run := s.Start("up", "--yes", "--skip-preview")
	run.Says("trying again in 1s")
	run.Interrupt()
	s.fails(run.Wait(), "stopped", s.url+"/health")
	if s.holds() != before {
		t.Error("the consumer has a client secret that was not admitted")
	}
	s.Simulator.SetEdge(cfsim.Edge{})
	s.knocks(true)
	s.Must(s.Up())
	s.knocks(true)
}

func TestEachRunSaysWhenTheConsumersSecretStops(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	token := []string{"rotateAfter: 720h", "previousClientSecretGrace: 24h", "duration: forever"}
	s := secure(t, p, token...)
	s.program("3s", token...)
	p.Simulator.Advance(31 * day)
	p.Simulator.SetEdge(cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 403, Header: map[string]string{"Cf-Mitigated": "challenge"}}}})
	ends := p.Simulator.Now().Add(day)
	until := "which works until " + ends.Format("2006-01-02T15")
	s.fails(p.Up(), "it is not known whether Access admits the token", `add a rule to the WAF that skips it for the User-Agent "pulumi-cfaccess/`, until,
		"For more time, move the token's previousClientSecretExpiresAt to a later time, or raise its previousClientSecretGrace")
	p.Simulator.Advance(12 * time.Hour)
	s.fails(p.Up(), until)
	for range 2 {
		p.Simulator.Advance(day)
		s.fails(p.Up(), "which stopped working at "+ends.Format("2006-01-02T15"), "they are refused until they get the current one")
	}
	p.Simulator.SetEdge(cfsim.Edge{})
	s.knocks(false)
	p.Must(p.Up())
	s.knocks(true)
}

func TestMoreTimeIsGivenToTheConsumersByTheTokensGrace(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.FollowSimulator()
	s := secure(t, p, "rotateAfter: 720h", "previousClientSecretGrace: 24h", "duration: forever")
	p.Simulator.Advance(31 * day)
	rotatedAt := p.Simulator.Now()
	p.Simulator.SetEdge(cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 429}}})
	s.program("3s", "rotateAfter: 720h", "previousClientSecretGrace: 24h", "duration: forever")
	s.fails(p.Up(), "The answer came from a rate limit", "which works until "+rotatedAt.Add(day).Format("2006-01-02T15"))
	s.program("3s", "rotateAfter: 720h", "previousClientSecretGrace: 96h", "duration: forever")
	p.Simulator.Advance(time.Hour)
	s.fails(p.Up(), "which works until "+rotatedAt.Add(4*day).Format("2006-01-02T15"))
	p.Simulator.Advance(2 * day)
	p.Simulator.SetEdge(cfsim.Edge{})
	s.knocks(true)
}

func TestASecretThatWasRepairedByHandIsNotOverwritten(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"no grace": 0, "an hour's grace": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
			s.rotateByHand(grace)
			issued := s.Simulator.IssuedSecrets()
			repaired := issued[len(issued)-1]
			for _, token := range s.Simulator.Tokens() {
				if token.Name != "ci" {
					s.Simulator.SetName(token.ID, "holds "+repaired)
				}
			}
			s.knocks(true)
			s.fails(s.Up("--refresh"), `no request was sent, since clientSecretStatus is "stale"`)
			if s.holds() != repaired {
				t.Error("the consumer's client secret was overwritten")
			}
			s.knocks(true)

			s.program("30s", "previousClientSecretGrace: 24h", "clientSecretVersion: 3")
			s.Must(s.Up())
			s.knocks(true)
		})
	}
}

// rotateByHand rotates the token as somebody would in an incident.
func (s *secured) rotateByHand(grace time.Duration) {
	s.t.Helper()
	body := fmt.Sprintf(`{"previous_client_secret_expires_at": %q}`, s.Simulator.Now().Add(grace).UTC().Format(time.RFC3339))
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.BaseURL+"/"+account+"/access/service_tokens/"+s.ci().ID+"/rotate", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+cfsim.DefaultAPIToken)
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("the rotation answered %d", answer.StatusCode)
	}
}

func TestALeakedSecretEndsAtOnceWhateverACheckSays(t *testing.T) {
	t.Parallel()
	s := secure(t, enginetest.New(t, cfsim.Config{}), "previousClientSecretGrace: 24h")
	leaked := s.holds()
	s.Simulator.SetEdge(cfsim.Edge{Before: &cfsim.Before{Origin: cfsim.Origin{Status: 429}}})
	s.program("3s", "previousClientSecretGrace: 0s", "clientSecretVersion: 2")
	s.fails(s.Up(), "it is not known whether Access admits the token", "the previous client secret, which stopped working at ")
	if s.Simulator.Authenticates(s.ci().ClientID, leaked) {
		t.Error("the leaked client secret works")
	}
	s.Simulator.SetEdge(cfsim.Edge{})
	s.Must(s.Up())
	s.knocks(true)
}

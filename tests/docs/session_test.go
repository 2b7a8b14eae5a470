package docs

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// Each section of a page is run from top to bottom in a stack of its own, at a
// Cloudflare that holds a token of the account and one of the zone.
func TestEverySnippetRuns(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		sections := map[string][]fence{}
		for _, f := range fences(t, page) {
			if f.example == "" || f.lang == "csharp" && !f.inTabs { // TestEveryExampleRuns has the others
				sections[f.section] = append(sections[f.section], f)
			}
		}
		for name, section := range sections {
			// The name is in the address of the backend, where # begins a fragment.
			t.Run(page+" "+strings.ReplaceAll(name, "#", " sharp"), func(t *testing.T) {
				t.Parallel()
				s := newSession(t)
				if slices.ContainsFunc(section, func(f fence) bool { return strings.Contains(f.text, "type: cloudflare:") }) {
					s.UseFakeCloudflare()
				}
				if slices.ContainsFunc(section, func(f fence) bool { return strings.Contains(f.text, "type: command:") }) {
					s.UseFakeCommand()
				}
				if slices.ContainsFunc(section, func(f fence) bool { return later.MatchString(f.text) }) {
					s.FollowSimulator()
				}
				for i, f := range section {
					s.run(f, section[i+1:])
				}
			})
		}
	}
}

// session is what somebody has who follows a section.
type session struct {
	*enginetest.Project
	t *testing.T
	// ofZone is the import id of the zone's token.
	ofZone string
	last   enginetest.Result
	// token is the id of the account's token.
	token string
	// door is the address of the applications at app.example.com and db.example.com.
	door string
}

func newSession(t *testing.T) *session {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	ofAccount := p.Simulator.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", Duration: "8760h"})
	ofZone := p.Simulator.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "edge", Duration: "forever"})
	door := openDoor(t, p)
	p.Configure(map[string]string{
		"accountId": cfsim.DefaultAccountID, "zoneId": cfsim.DefaultZoneID, "tokenId": ofAccount.ID, "address": door + "/health",
	})
	return &session{Project: p, t: t, token: ofAccount.ID, ofZone: "zones/" + cfsim.DefaultZoneID + "/" + ofZone.ID, door: door}
}

// fill puts what the reader would into the place of <account id> and the like.
func (s *session) fill(text string) string {
	s.t.Helper()
	token := s.token
	if ci, ok := s.State().Tokens()["ci"]; ok { // the section is about this one
		token = ci.Output("tokenId")
	}
	return strings.NewReplacer(
		"zones/<zone id>/<token id>", s.ofZone,
		"<token id>", token,
		"<account id>", cfsim.DefaultAccountID,
		"<zone id>", cfsim.DefaultZoneID,
		"<api token>", cfsim.DefaultAPIToken,
		"<organization>/<project>/<stack>", "organization/"+enginetest.Name+"/"+enginetest.Stack,
		"<urn of the provider>", "urn:pulumi:"+enginetest.Stack+"::"+enginetest.Name+"::pulumi:providers:cfaccess::default",
		"<stack>", enginetest.Stack,
		"<urn>", "urn:pulumi:"+enginetest.Stack+"::"+enginetest.Name+"::cfaccess:index:ServiceToken::ci",
		"<file>", filepath.Join(s.t.TempDir(), "state.json"),
		"<password>", "fake-password",
		"https://app.example.com", s.door,
		"https://db.example.com", s.door,
	).Replace(text)
}

func (s *session) run(f fence, rest []fence) {
	s.t.Helper()
	text := s.fill(f.text)
	switch f.lang {
	case "yaml":
		s.Program(program(text))
		if len(rest) == 0 || rest[0].lang != "sh" || !strings.Contains(rest[0].text, "pulumi ") {
			s.Must(s.Up())
			s.Must(s.Preview("--expect-no-changes"))
		}
	case "sh":
		for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
			s.command(f, line)
		}
	case "text":
		s.last.MustSay(s.t, strings.Split(text, "…")...) // which stands for what differs
	case "yaml esc":
		s.environment(text)
	case "yaml workflow":
		s.workflow(f, text)
	case "csharp": // the example in YAML stands for it
		s.Program(program(readExample(s.t, f.example)))
	case "typescript", "python": // tests/sdks runs it
	case "xml", "yaml project": // TestPackagesAreNamedAsTheSDKsAre looks at the first; there is no program in the second
	default:
		s.t.Errorf("%s:%d: nothing says how to try a snippet of %q", f.page, f.line, f.lang)
	}
}

// environment does what Pulumi ESC would do with an environment: outputs of the
// stack become the configuration of the one that runs next.
func (s *session) environment(text string) {
	s.t.Helper()
	outputs := s.Outputs()
	for _, value := range fromStack.FindAllStringSubmatch(text, -1) {
		output, ok := outputs[value[2]].(string)
		if !ok {
			s.t.Fatalf("the stack has no output %s: %v", value[2], outputs)
		}
		s.Config(value[1], output, "--secret")
	}
}

var fromStack = regexp.MustCompile(`(\w+): \$\{\w+\.\w+\.(\w+)\}`)

// program is the part of a project that follows what a test's project says of
// itself.
func program(yaml string) string {
	var kept strings.Builder
	for line := range strings.Lines(yaml) {
		key, _, _ := strings.Cut(line, ":")
		if key != "name" && key != "runtime" && key != "description" {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

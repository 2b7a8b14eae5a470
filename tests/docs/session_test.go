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
			if f.example == "" { // TestEveryExampleRuns has the others
				sections[f.section] = append(sections[f.section], f)
			}
		}
		for name, section := range sections {
			t.Run(page+" "+name, func(t *testing.T) {
				t.Parallel()
				s := newSession(t)
				if page == "docs/guides/moving-from-the-cloudflare-provider.md" {
					s.UseFakeCloudflare()
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
	// fill puts what the reader would into the place of <account id> and the like.
	fill *strings.Replacer
	last enginetest.Result
	// token is the id of the account's token.
	token string
}

func newSession(t *testing.T) *session {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	p.Config("accountId", cfsim.DefaultAccountID)
	p.Config("zoneId", cfsim.DefaultZoneID)
	ofAccount := p.Simulator.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", Duration: "8760h"})
	ofZone := p.Simulator.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "edge", Duration: "forever"})
	edge, err := p.Simulator.ServeEdgeAt("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(edge.Close)
	p.Simulator.AddApplication("accounts/"+cfsim.DefaultAccountID, cfsim.Application{Name: "app", Domain: new("127.0.0.1"),
		Policies: []cfsim.Policy{cfsim.ServiceAuthPolicy("machines", cfsim.AnyValidServiceTokenRule())}})
	p.Config("address", edge.BaseURL+"/health")
	return &session{Project: p, t: t, token: ofAccount.ID, fill: strings.NewReplacer(
		"https://app.example.com", edge.BaseURL,
		"zones/<zone id>/<token id>", "zones/"+cfsim.DefaultZoneID+"/"+ofZone.ID,
		"<token id>", ofAccount.ID,
		"<account id>", cfsim.DefaultAccountID,
		"<zone id>", cfsim.DefaultZoneID,
		"<api token>", cfsim.DefaultAPIToken,
		"<organization>/<project>/<stack>", "organization/"+enginetest.Name+"/"+enginetest.Stack,
		"<urn of the provider>", "urn:pulumi:"+enginetest.Stack+"::"+enginetest.Name+"::pulumi:providers:cfaccess::default",
		"<urn>", "urn:pulumi:"+enginetest.Stack+"::"+enginetest.Name+"::cfaccess:index:ServiceToken::ci",
		"<file>", filepath.Join(t.TempDir(), "state.json"),
	)}
}

func (s *session) run(f fence, rest []fence) {
	s.t.Helper()
	text := s.fill.Replace(f.text)
	switch f.lang {
	case "yaml":
		s.Program(program(text))
		if len(rest) == 0 || rest[0].lang != "sh" || !strings.Contains(rest[0].text, "pulumi ") {
			s.Must(s.Up())
			s.Must(s.Preview("--expect-no-changes"))
		}
	case "sh":
		for line := range strings.Lines(text) {
			s.command(f, line)
		}
	case "text":
		s.last.MustSay(s.t, text)
	case "yaml esc":
		s.environment(text)
	case "typescript": // tests/sdks runs it
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

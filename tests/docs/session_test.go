package docs

import (
	"encoding/json"
	"os"
	"path/filepath"
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
					s.holdBridgedToken()
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

const bridgedURN = "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name +
	"::cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken::ci"

func newSession(t *testing.T) *session {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{})
	p.Config("accountId", cfsim.DefaultAccountID)
	p.Config("zoneId", cfsim.DefaultZoneID)
	ofAccount := p.Simulator.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "ci", Duration: "8760h"})
	ofZone := p.Simulator.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "edge", Duration: "forever"})
	return &session{Project: p, t: t, token: ofAccount.ID, fill: strings.NewReplacer(
		"zones/<zone id>/<token id>", "zones/"+cfsim.DefaultZoneID+"/"+ofZone.ID,
		"<token id>", ofAccount.ID,
		"<account id>", cfsim.DefaultAccountID,
		"<zone id>", cfsim.DefaultZoneID,
		"<api token>", cfsim.DefaultAPIToken,
		"<urn>", bridgedURN,
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
	default:
		s.t.Errorf("%s:%d: nothing says how to try a snippet of %q", f.page, f.line, f.lang)
	}
}

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

// holdBridgedToken gives the stack a token as Pulumi's cloudflare package leaves
// it there. The engine loads that package's plugin, and asks it nothing about a
// token: this one's, under that name, will do.
func (s *session) holdBridgedToken() {
	s.t.Helper()
	folder := s.t.TempDir()
	plugin, err := filepath.Abs(filepath.Join(root, "bin", "pulumi-resource-cfaccess"))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.Symlink(plugin, filepath.Join(folder, "pulumi-resource-cloudflare")); err != nil {
		s.t.Fatal(err)
	}
	s.Env["PATH"] = folder + string(os.PathListSeparator) + s.Env["PATH"]

	const (
		project  = "urn:pulumi:" + enginetest.Stack + "::" + enginetest.Name + "::"
		provider = project + "pulumi:providers:cloudflare::default"
		id       = "00000000-0000-4000-8000-00000000cafe"
	)
	state, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{
		"manifest": map[string]any{"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
		"resources": []map[string]any{
			{"urn": provider, "custom": true, "id": id, "type": "pulumi:providers:cloudflare"},
			{
				"urn": bridgedURN, "custom": true, "id": s.token, "provider": provider + "::" + id,
				"type":    "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
				"inputs":  map[string]any{"accountId": cfsim.DefaultAccountID, "name": "ci"},
				"outputs": map[string]any{"accountId": cfsim.DefaultAccountID, "name": "ci", "id": s.token},
			},
		},
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "bridged.json")
	if err := os.WriteFile(file, state, 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.Must(s.Run("stack", "import", "--file", file))
}

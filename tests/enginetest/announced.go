package enginetest

import (
	"regexp"
	"slices"
	"strings"
)

// Announced runs a preview and then `pulumi up`. It fails the test if that ended a
// client secret that worked, of the tokens of a name in Cloudflare, and the preview
// did not say so. Those that are given do not count: nobody holds them.
func (p *Project) Announced(name string, unheld ...string) (preview, up Result) {
	p.t.Helper()
	before := p.working(name)
	preview, up = p.Preview(), p.Up()
	after, ended := p.working(name), 0
	for secret := range before {
		if !after[secret] && !slices.Contains(unheld, secret) {
			ended++
		}
	}
	if announced := len(ends.FindAllString(strings.Join(preview.Said("info"), "\n"), -1)); announced < ended {
		p.t.Errorf("%d client secrets that worked were ended, and the preview announced %d\n%s", ended, announced, preview.Output)
	}
	return preview, up
}

// ends is how a preview says that a client secret ends.
var ends = regexp.MustCompile(`stops working (at once|now)|would have worked until \S+, now`)

// working are the client secrets with which Access lets one in.
func (p *Project) working(name string) map[string]bool {
	found := map[string]bool{}
	for _, token := range p.Simulator.Tokens() {
		for _, secret := range p.Simulator.IssuedSecrets() {
			if token.Name == name && p.Simulator.Authenticates(token.ClientID, secret) {
				found[secret] = true
			}
		}
	}
	return found
}

// Package upgrade holds this version to what others left behind: stacks whose states
// earlier versions or Pulumi's cloudflare provider wrote, and programs that an earlier
// schema allowed.
package upgrade

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

const (
	account = enginetest.Account
	zone    = enginetest.Zone

	inAccount = enginetest.InAccount
	inZone    = enginetest.InZone
)

// stackCase is a kind of state that a stack can be left in: how it comes about,
// and its program. Programs of released versions go on working, so the one serves
// the states of all of them.
type stackCase struct {
	properties []string
	// leave brings the stack into the state; nil is the ordinary way.
	leave func(t *testing.T, p *enginetest.Project, program string)
	// does is what the next run of the same program has to say; empty if it has
	// nothing to do.
	does string
	// asks is what a run that also renames the token asks of Cloudflare; nil is to
	// set the name alone.
	asks []string
}

// cases has an entry for each file in the folders of testdata/states.
var cases = map[string]stackCase{
	"account": {properties: []string{inAccount, "name: ci", "duration: 8760h"}},
	"zone":    {properties: []string{inZone, "name: ci", "duration: forever"}},
	"rotated": {
		properties: []string{inAccount, "name: ci", "clientSecretVersion: 2", `previousClientSecretExpiresAt: "2099-01-01T00:00:00Z"`},
		leave:      rotated,
	},
	"rotated-with-a-grace": {
		properties: []string{inAccount, "name: ci", "clientSecretVersion: 2", "previousClientSecretGrace: 24h"},
		leave:      rotated,
	},
	// Nothing is due before the tests are forgotten.
	"rotated-and-renewed-by-age": {
		properties: []string{inAccount, "name: ci", "duration: 2000000h", "minDaysForRenewal: 30", "rotateAfter: 1000000h", "recoverClientSecret: always"},
	},
	"imported": {
		properties: []string{inAccount, "name: ci", "duration: 17520h", "recoverClientSecret: never"},
		leave: func(_ *testing.T, p *enginetest.Project, program string) {
			existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Duration: "17520h", ClientSecretVersion: 4})
			p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID))
			p.Program(program)
			p.Must(p.Up())
		},
	},
	"stale": {
		properties: []string{inAccount, "name: ci", "clientSecretVersion: 1"},
		leave: func(_ *testing.T, p *enginetest.Project, program string) {
			p.Program(program)
			p.Must(p.Up())
			p.Simulator.RotateElsewhere(p.Simulator.Tokens()[0].ID)
			p.Must(p.Refresh())
		},
	},
	"pending": {
		properties: []string{inAccount, "name: ci", "clientSecretVersion: 2"},
		leave: func(_ *testing.T, p *enginetest.Project, program string) {
			p.Program(strings.Replace(program, "clientSecretVersion: 2", "clientSecretVersion: 1", 1))
			p.Must(p.Up())
			p.Program(program)
			p.Simulator.Inject(cfsim.Fault{Operation: "update", Kind: cfsim.CutAfter})
			p.MustFail(p.Up(), "It is not known whether the client secret was rotated")
		},
		does: "completing the rotation whose answer was lost",
		asks: []string{"get", "update client_secret_version,name,previous_client_secret_expires_at"},
	},
	"disabled": {properties: []string{inAccount, "name: ci", "enabled: false"}},
}

// rotated raises the version from 1 to the program's 2.
func rotated(_ *testing.T, p *enginetest.Project, program string) {
	p.Program(strings.Replace(program, "clientSecretVersion: 2", "clientSecretVersion: 1", 1))
	p.Must(p.Up())
	p.Program(program)
	p.Must(p.Up())
}

func (c stackCase) program() string {
	return "resources:\n" + enginetest.Token("ci", c.properties...) +
		"outputs:\n  clientId: ${ci.clientId}\n  clientSecret: ${ci.clientSecret}\n"
}

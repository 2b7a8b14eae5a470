package faults

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// A stack is behind where Cloudflare rotated a client secret and the stack never
// got it. Nothing in its state shows it.

// behind begins the error of a run that finds it out.
const behind = "nothing was changed, since the token is at version"

// ways are those in which the result of a run is lost. Each runs `pulumi up`. The tests
// below take each way and each cause once; the matrix has all of them with each other.
var ways = map[string]func(*testing.T, *enginetest.Project, *gate){
	"the command and its plugin are killed": func(t *testing.T, p *enginetest.Project, g *gate) {
		g.hold(http.MethodPut)
		r := p.Start("up", "--yes", "--skip-preview")
		await(t, g.arrived, "the rotation")
		r.KillAll()
		r.Wait()
		g.release()
		p.Must(p.Run("cancel", "--yes"))
	},
	"a run without checkpoints is killed": func(t *testing.T, p *enginetest.Project, g *gate) {
		p.Env["PULUMI_EXPERIMENTAL"], p.Env["PULUMI_SKIP_CHECKPOINTS"] = "true", "true"
		g.hold(http.MethodDelete) // of old, which comes after the rotation
		r := p.Start("up", "--yes", "--skip-preview")
		await(t, g.arrived, "the deletion")
		r.KillAll()
		r.Wait()
		g.release()
		p.Must(p.Run("cancel", "--yes"))
	},
	"the backend cannot be written": func(t *testing.T, p *enginetest.Project, g *gate) {
		g.hold(http.MethodPut)
		r := p.Start("up", "--yes", "--skip-preview")
		await(t, g.arrived, "the rotation")
		restore := unwritable(t, p)
		g.release()
		p.MustFail(r.Wait(), "failed to save")
		restore()
	},
	"an older state is brought back": func(t *testing.T, p *enginetest.Project, _ *gate) {
		before := p.State()
		p.Must(p.Up())
		p.Restore(before)
	},
}

// unwritable lets every write of the stack's state fail, also of one who may
// write everywhere. It returns what ends that.
func unwritable(t *testing.T, p *enginetest.Project) (restore func()) {
	t.Helper()
	folder := filepath.Join(p.Env["HOME"], ".pulumi", "stacks", enginetest.Name)
	try := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	try(os.Rename(folder, folder+".aside"))
	try(os.WriteFile(folder, nil, 0o600))
	return func() {
		try(os.Remove(folder))
		try(os.Rename(folder+".aside", folder))
	}
}

// cause is why a client secret is rotated.
type cause struct {
	// before and now are the properties of the program before the rotation and
	// from then on.
	before, now []string
	// prepare brings the stack to where the next run rotates.
	prepare func(*testing.T, *enginetest.Project)
	// imported tokens were made elsewhere.
	imported bool
}

var causes = map[string]cause{
	"by version": {before: []string{"clientSecretVersion: 1"}, now: []string{"clientSecretVersion: 2", "previousClientSecretGrace: 24h"}},
	"by age": {before: []string{"rotateAfter: 720h"}, now: []string{"rotateAfter: 720h"}, prepare: func(t *testing.T, p *enginetest.Project) {
		issued := p.State().Token(t, "ci").Output("clientSecretIssuedAt")
		p.EditState(strings.NewReplacer(issued, "2026-01-02T03:04:05Z"))
	}},
	"by recovery": {before: []string{"recoverClientSecret: never"}, now: []string{"recoverClientSecret: imported"}, imported: true},
	"by completion": {now: []string{"clientSecretVersion: 2", "previousClientSecretGrace: 24h"}, prepare: func(_ *testing.T, p *enginetest.Project) {
		p.Simulator.Inject(cfsim.Fault{Operation: "update", Kind: cfsim.CutAfter})
		p.MustFail(p.Up(), "It is not known whether the client secret was rotated")
	}},
}

// left is a project whose stack is behind, and the text of ci in its program
// without further properties.
func left(t *testing.T, way, why, scope string, more ...string) (p *enginetest.Project, ci func(properties ...string) string) {
	t.Helper()
	c := causes[why]
	p, g := gated(t)
	place, prefix := "accountId: "+cfsim.DefaultAccountID, cfsim.DefaultAccountID+"/"
	if scope == "zone" {
		place, prefix = "zoneId: "+cfsim.DefaultZoneID, "zones/"+cfsim.DefaultZoneID+"/"
	}
	options := ""
	if c.imported {
		existing := p.Simulator.AddToken(strings.Replace(place, "Id: ", "s/", 1), cfsim.NewToken{Name: "ci"})
		options = "    options:\n      import: " + prefix + existing.ID + "\n"
	}
	ci = func(properties ...string) string {
		text := "  ci:\n    type: cfaccess:ServiceToken\n    properties:\n"
		for _, property := range append([]string{place, "name: ci"}, properties...) {
			text += "      " + property + "\n"
		}
		return "resources:\n" + text + options
	}
	p.Program(ci(c.before...) + token("old", "name: old"))
	p.Must(p.Up())
	p.Program(ci(append(c.now, more...)...))
	if c.prepare != nil {
		c.prepare(t, p)
	}
	ways[way](t, p, g)
	p.Simulator.ResetRequests()
	return p, ci
}

func TestARotationThatTheStackNeverGotIsNotRotatedOver(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ way, why, scope string }{
		{"the command and its plugin are killed", "by version", "account"},
		{"a run without checkpoints is killed", "by age", "zone"},
		{"an older state is brought back", "by completion", "account"},
	} {
		t.Run(test.way+", "+test.why+", "+test.scope, func(t *testing.T) {
			t.Parallel()
			p, ci := left(t, test.way, test.why, test.scope)
			next := strconv.Itoa(versionOf(p) + 1)
			_, up := p.Announced("ci")
			p.MustFail(up, behind, "somebody rotated it elsewhere, or a run of this stack was interrupted before it stored the result",
				"To get a new client secret, set clientSecretVersion to "+next+", or recoverClientSecret to \"always\", and run `pulumi up`")
			expectSent(t, p)
			preview := p.Preview()
			if said := preview.Output; !strings.Contains(said, "clientSecretVersion to "+next) && !strings.Contains(said, "write "+next) {
				t.Errorf("the preview does not say what to do\n%s", said)
			}
			expectSent(t, p)

			p.Program(ci("clientSecretVersion: "+next, "previousClientSecretGrace: 24h"))
			_, up = p.Announced("ci")
			p.Must(up)
			expectSent(t, p, http.MethodPut)
			expectCurrent(t, p)
		})
	}
}

func TestAStackThatRunsUnattendedGetsOverARotationThatItNeverGot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ way, why, scope string }{
		{"the backend cannot be written", "by age", "account"},
		{"an older state is brought back", "by recovery", "zone"},
	} {
		t.Run(test.way+", "+test.why+", "+test.scope, func(t *testing.T) {
			t.Parallel()
			more := []string{"recoverClientSecret: always"}
			if test.why == "by recovery" {
				more = nil // it says imported, which does here
			}
			p, _ := left(t, test.way, test.why, test.scope, more...)
			_, up := p.Announced("ci")
			p.MustFail(up, behind, "Run `pulumi up` again: it rotates the client secret, since recoverClientSecret is ")
			expectSent(t, p)
			_, up = p.Announced("ci")
			p.Must(up)
			expectSent(t, p, http.MethodPut)
			expectCurrent(t, p)
			p.Must(p.Up("--expect-no-changes"))
			expectSent(t, p)
		})
	}
}

// versionOf is that of ci's client secret at Cloudflare.
func versionOf(p *enginetest.Project) int {
	for _, token := range p.Simulator.Tokens() {
		if token.Name == "ci" {
			return token.ClientSecretVersion
		}
	}
	return 0
}

// expectSent fails unless these requests changed something at ci since the last
// time.
func expectSent(t *testing.T, p *enginetest.Project, methods ...string) {
	t.Helper()
	id, sent := p.State().Token(t, "ci").Output("tokenId"), []string{}
	for _, request := range p.Simulator.Requests() {
		if request.TokenID == id && request.Method != http.MethodGet {
			sent = append(sent, request.Method)
		}
	}
	if strings.Join(sent, " ") != strings.Join(methods, " ") {
		t.Errorf("Cloudflare was sent %q, want %q", sent, methods)
	}
	p.Simulator.ResetRequests()
}

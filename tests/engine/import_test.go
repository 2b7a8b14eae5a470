package engine

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

func TestImportGivesAProgramThatPreviewsWithoutAChange(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	program := ""
	for name, test := range map[string]struct {
		scope, prefix string
		token         cfsim.NewToken
		says, omits   []string
	}{
		"account": {account, cfsim.DefaultAccountID + "/", cfsim.NewToken{Name: "ci", Duration: "8760h"},
			[]string{inAccount, "name: ci", "duration: 8760h"}, []string{"zoneId", "enabled", "clientSecretVersion"}},
		"zone": {zone, "zones/" + cfsim.DefaultZoneID + "/", cfsim.NewToken{Name: "edge", Duration: "forever"},
			[]string{inZone, "duration: forever"}, []string{"accountId", "enabled"}},
		"disabled": {account, cfsim.DefaultAccountID + "/", cfsim.NewToken{Name: "off", Disabled: true},
			[]string{"enabled: false"}, nil},
		"rotated": {account, cfsim.DefaultAccountID + "/", cfsim.NewToken{Name: "old", ClientSecretVersion: 7}, nil, []string{"clientSecretVersion"}},
	} {
		id := test.prefix + p.Simulator.AddToken(test.scope, test.token).ID
		imported := p.Must(p.Import(name, id)).Program
		for _, text := range test.says {
			if !strings.Contains(imported, text) {
				t.Errorf("the program of %s lacks %q:\n%s", name, text, imported)
			}
		}
		for _, text := range test.omits {
			if strings.Contains(imported, text) {
				t.Errorf("the program of %s holds %q:\n%s", name, text, imported)
			}
		}
		stored := p.State().Token(t, name)
		if stored.ID != id || stored.Output("clientSecretStatus") != "unavailable" {
			t.Errorf("stored %+v", stored)
		}
		if _, ok := stored.Outputs["clientSecret"]; ok {
			t.Error("an imported token has a client secret, which Cloudflare did not return")
		}
		program += strings.TrimPrefix(imported, "resources:\n")
	}
	p.Simulator.ResetRequests()
	p.Program("resources:\n" + program)
	p.ExpectQuiet()
	p.Must(p.Up()).ExpectOps(t, map[string]string{"account": "same", "zone": "same", "disabled": "same", "rotated": "same"})
	for operation, times := range p.Counts() {
		if operation != "get" && operation != "list" {
			t.Errorf("Cloudflare was asked %d times to %s", times, operation)
		}
	}
}

func TestImportOptionKeptOverThreeRunsImportsOnce(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]struct{ path, prefix, property string }{
		"account": {account, cfsim.DefaultAccountID + "/", inAccount},
		"zone":    {zone, "zones/" + cfsim.DefaultZoneID + "/", inZone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{})
			existing := p.Simulator.AddToken(scope.path, cfsim.NewToken{Name: "ci", Duration: "8760h"})
			p.Program(named("ci", scope.property, "name: ci", "duration: 8760h") + "    options:\n      import: " + scope.prefix + existing.ID + "\n")
			for i, op := range []string{"import", "same", "same"} {
				result := p.Must(p.Up())
				if got := result.Ops()["ci"]; got != op {
					t.Errorf("run %d did %q, want %q\n%s", i+1, got, op, result.Output)
				}
			}
			if live := only(t, p); live.ID != existing.ID {
				t.Errorf("the token is now %+v", live)
			}
		})
	}
}

func TestImportedTokenGetsAWorkingSecretByRaisingTheVersion(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci", Duration: "8760h", ClientSecretVersion: 4})
	p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID))
	p.Program(enginetest.OneToken("duration: 8760h", "clientSecretVersion: 5"))
	p.Must(p.Up())
	p.ExpectWorking("ci")
	p.ExpectQuiet()
}

func TestImportRefusesEveryOtherSpellingAndNamesTheRightOne(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	const a, z = cfsim.DefaultAccountID, cfsim.DefaultZoneID
	id := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"}).ID
	for spelling, advice := range map[string]string{
		"accounts/" + a + "/" + id:               "write " + a + "/" + id,
		"account/" + a + "/" + id:                "write " + a + "/" + id,
		"zone/" + z + "/" + id:                   "write zones/" + z + "/" + id,
		id:                                       "write <account id>/" + id + ", or zones/<zone id>/" + id,
		strings.ToUpper(a + "/" + id):            "write " + a + "/" + id,
		a + "/" + id + "/more":                   "write " + a + "/" + id,
		"nothexadecimalnothexadecimalnot0/" + id: "write <account id>/<token id>",
	} {
		p.MustFail(p.Import("ci", spelling), advice)
	}
	if tokens := p.State().Tokens(); len(tokens) != 0 {
		t.Errorf("a refused import left %v in the state", tokens)
	}
	p.ExpectRequests()
}

func TestImportOfWhatDoesNotExistFailsClearlyAndLeavesTheState(t *testing.T) {
	t.Parallel()
	p := project(t, named("other", inAccount, "name: other"))
	const missing = "00000000-0000-4000-8000-00000000dead"
	p.MustFail(p.Import("ci", cfsim.DefaultAccountID+"/"+missing), missing+" of account "+cfsim.DefaultAccountID+" does not exist")
	inZone := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.MustFail(p.Import("ci", "zones/"+cfsim.DefaultAccountID+"/"+inZone.ID), "is the id of a zone, not of an account")
	if tokens := p.State().Tokens(); len(tokens) != 1 {
		t.Errorf("the state holds %v, want the other token alone", tokens)
	}
}

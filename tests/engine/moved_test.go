package engine

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// The engine shows nothing of the old resource before `--replace` makes a new one,
// in the default account of today.
func TestAReplacementIntoAnotherDefaultAccountIsSaid(t *testing.T) {
	t.Parallel()
	const other = "00000000000000000000000000001111"
	for name, test := range map[string]struct {
		flag, account string
		says          bool
	}{
		"replace":                 {"--replace", other, true},
		"target-replace":          {"--target-replace", other, true},
		"replace in the same one": {"--replace", cfsim.DefaultAccountID, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := enginetest.New(t, cfsim.Config{Accounts: []string{other}})
			p.Env["CLOUDFLARE_ACCOUNT_ID"] = cfsim.DefaultAccountID
			p.Program(named("ci", "name: ci"))
			p.Must(p.Up())
			p.Env["CLOUDFLARE_ACCOUNT_ID"] = test.account
			up := p.Must(p.Up(test.flag, urnOfCI))
			up.ExpectOps(t, map[string]string{"ci": "replace"})
			if test.says {
				expectWarned(t, p, "the replacement moved the token between account ", up)
				up.MustSay(t, cfsim.DefaultAccountID, other, "set accountId or zoneId")
			} else {
				expectWarned(t, p, "", up)
			}
			if got := only(t, p).Scope; got != "accounts/"+test.account {
				t.Errorf("the token is in %s", got)
			}
			p.ExpectWorking("ci")
		})
	}
}

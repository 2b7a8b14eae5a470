package engine

import (
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// otherToken is a second credential that the simulator accepts.
const otherToken = "fake-other-api-token-for-tests-0123456789"

func twoCredentials() cfsim.Config {
	return cfsim.Config{Credentials: cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken}, {Value: otherToken}}}}
}

func TestNoConfigurationChangeReplacesAToken(t *testing.T) {
	t.Parallel()
	const otherAccount = "00000000000000000000000000001111"
	p := enginetest.New(t, twoCredentials())
	p.Env["CLOUDFLARE_ACCOUNT_ID"] = cfsim.DefaultAccountID
	p.Program(named("ci", "name: ci")) // in the default account
	p.Must(p.Up()).MustSay(t, "using the default account "+cfsim.DefaultAccountID, "CLOUDFLARE_ACCOUNT_ID in the environment")
	before := only(t, p)
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"a new API token in the environment", func() { p.Env["CLOUDFLARE_API_TOKEN"] = otherToken }},
		{"another default account in the environment", func() { p.Env["CLOUDFLARE_ACCOUNT_ID"] = otherAccount }},
		{"another baseUrl in the environment", func() { p.Env["CLOUDFLARE_BASE_URL"] = p.BaseURL + "/" }},
		{"a new API token in the configuration", func() { p.Config("cfaccess:apiToken", cfsim.DefaultAPIToken, "--secret") }},
		{"another default account in the configuration", func() { p.Config("cfaccess:accountId", otherAccount) }},
		{"another baseUrl in the configuration", func() { p.Config("cfaccess:baseUrl", p.BaseURL) }},
		{"other limits", func() {
			p.Must(p.Run("config", "set-all", "--plaintext", "cfaccess:requestTimeout=10s", "--plaintext", "cfaccess:maxRetries=2",
				"--plaintext", "cfaccess:requestsPerSecond=2.5"))
		}},
	} {
		change.do()
		if op := p.Must(p.Up()).Ops()["ci"]; op != "same" {
			t.Errorf("%s: the up did %q", change.name, op)
		}
	}
	p.ExpectQuiet()
	if after := only(t, p); after.ID != before.ID {
		t.Error("the token was replaced")
	}
}

func TestAnImportReadsTheNumbersAndTruthValuesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Config("cfaccess:maxRetries", "2")
	p.Config("cfaccess:requestsPerSecond", "2.5")
	p.Config("cfaccess:expiryWarningDays", "20")
	p.Config("cfaccess:holdRotations", "true")
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID))

	p = enginetest.New(t, cfsim.Config{}) // the first one's provider is in its state
	p.Config("cfaccess:maxRetries", "several")
	p.Config("cfaccess:holdRotations", "perhaps")
	p.MustFail(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID), "maxRetries", "holdRotations")
}

func TestASecretOfTheConfigurationIsStoredEncrypted(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, twoCredentials())
	p.Config("cfaccess:apiToken", otherToken, "--secret")
	p.Program(enginetest.OneToken())
	p.Must(p.Up())
	if strings.Contains(p.State().Raw, otherToken) {
		t.Error("the state holds the API token in clear")
	}
}

func TestWithoutACredentialTheErrorNamesKeyAndVariable(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	delete(p.Env, "CLOUDFLARE_API_TOKEN")
	p.Program(enginetest.OneToken())
	p.MustFail(p.Preview(), "cfaccess:apiToken", "CLOUDFLARE_API_TOKEN")
}

func TestAnImportWithoutACredentialNamesTheOptionForAnExplicitProvider(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	delete(p.Env, "CLOUDFLARE_API_TOKEN")
	p.Program("resources:\n  own:\n    type: pulumi:providers:cfaccess\n    properties:\n      apiToken: " + cfsim.DefaultAPIToken + "\n")
	p.Must(p.Up())
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.MustFail(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID), "no credential for Cloudflare is set", "pulumi import --provider <name>=<urn of the provider>")
	p.Must(p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID, "--provider", "own=urn:pulumi:"+enginetest.Stack+"::"+enginetest.Name+"::pulumi:providers:cfaccess::own"))
}

// serviceKey is of the kind that Cloudflare ended; no output may show it.
const serviceKey = "fake-user-service-key-for-tests"

// expectServiceKeyRefused fails unless a command failed with what replaces the
// key, and without the key.
func expectServiceKeyRefused(t *testing.T, p *enginetest.Project, r enginetest.Result) {
	t.Helper()
	p.MustFail(r, "apiUserServiceKey", "Cloudflare ended user service keys on 2026-09-30", "set apiToken instead, or apiKey with email")
	if strings.Contains(r.Output, serviceKey) {
		t.Error("the output shows the key")
	}
	p.ExpectRequests()
}

func TestAServiceKeyInTheConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{}) // with a token in the environment
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "ci"})
	p.Config("cfaccess:apiUserServiceKey", serviceKey, "--plaintext")
	expectServiceKeyRefused(t, p, p.Import("ci", cfsim.DefaultAccountID+"/"+existing.ID))
	p.Config("cfaccess:apiUserServiceKey", serviceKey, "--secret")
	p.Program(enginetest.OneToken())
	expectServiceKeyRefused(t, p, p.Preview())
	expectServiceKeyRefused(t, p, p.Up())

	p.Must(p.Run("config", "rm", "cfaccess:apiUserServiceKey"))
	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "create"})
}

func TestAServiceKeyInTheStateIsRefusedUntilAnUp(t *testing.T) {
	t.Parallel()
	p := project(t, enginetest.OneToken())
	// A provider that ignored the key would have stored it.
	p.EditState(strings.NewReplacer(`"__pulumi-go-provider-infer": true,`, `"__pulumi-go-provider-infer": true, "apiUserServiceKey": "`+serviceKey+`",`))
	existing := p.Simulator.AddToken(account, cfsim.NewToken{Name: "second"})
	expectServiceKeyRefused(t, p, p.Refresh())
	expectServiceKeyRefused(t, p, p.Destroy())
	expectServiceKeyRefused(t, p, p.Import("second", cfsim.DefaultAccountID+"/"+existing.ID))

	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "same"})
	if strings.Contains(p.State().Raw, "apiUserServiceKey") {
		t.Error("the up left the key in the state")
	}
	p.Must(p.Destroy())
}

// TestAnExplicitProviderWithAServiceKeyIsRefused has YAML's own words: it looks
// into the schema before the provider is asked.
func TestAnExplicitProviderWithAServiceKeyIsRefused(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken() + "    options:\n      provider: ${own}\n" +
		"  own:\n    type: pulumi:providers:cfaccess\n    properties:\n      apiUserServiceKey: fake\n")
	p.MustFail(p.Preview(), "Property apiUserServiceKey does not exist on 'pulumi:providers:cfaccess'", "Existing properties are")
	p.ExpectRequests()
}

func TestAServiceKeyInTheEnvironmentIsIgnoredAndSaid(t *testing.T) {
	t.Parallel()
	const ignored = "CLOUDFLARE_API_USER_SERVICE_KEY in the environment is ignored: Cloudflare ended user service keys on 2026-09-30"
	p := enginetest.New(t, cfsim.Config{})
	p.Env["CLOUDFLARE_API_USER_SERVICE_KEY"] = serviceKey
	p.Program("resources:\n" +
		enginetest.Token("first", inAccount, "name: first") + enginetest.Token("second", inAccount, "name: second"))
	for _, r := range []enginetest.Result{p.Must(p.Up()), p.Must(p.Refresh())} {
		if warned := r.Said("warning"); len(warned) != 1 || !strings.Contains(warned[0], ignored) || strings.Contains(r.Output, serviceKey) {
			t.Errorf("it warned %q\n%s", warned, r.Output)
		}
	}
	if strings.Contains(p.Revealed().Raw, serviceKey) {
		t.Error("the state holds the key")
	}
	delete(p.Env, "CLOUDFLARE_API_TOKEN")
	r := p.MustFail(p.Preview(), "no credential for Cloudflare is set", ignored)
	if strings.Contains(r.Output, serviceKey) {
		t.Error("the error shows the key")
	}
}

func TestBadLimitsAreRefusedByName(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	p.Program(enginetest.OneToken())
	for _, limit := range [][3]string{{"requestTimeout", "soon", "10s"}, {"maxRetries", "-1", "2"}, {"requestsPerSecond", "0", "1"}} {
		key, bad, good := "cfaccess:"+limit[0], limit[1], limit[2]
		p.Must(p.Run("config", "set", key, "--", bad))
		p.MustFail(p.Preview(), limit[0]+":")
		p.Config(key, good)
	}
}

func TestAMissingPermissionIsExplained(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{Credentials: cfsim.Credentials{
		APITokens: []cfsim.APIToken{{Value: cfsim.DefaultAPIToken, ReadOnly: true}},
	}})
	p.Program(enginetest.OneToken())
	p.MustFail(p.Up(), `needs the permission "Access: Service Tokens Write" on account `+cfsim.DefaultAccountID)
}

// One of each type; provider/service_token_check_test.go has all of them.
func TestBadInputIsRefusedInPreviewByName(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{})
	for program, advice := range map[string]string{
		named("ci", "name: ci"):                         "write accountId or zoneId",
		named("ci", inAccount, `name: "ci\n"`):          `the name contains the control character U+000A after "ci": write it without`,
		enginetest.OneToken("duration: 365d"):           "there is no unit for days",
		enginetest.OneToken("clientSecretVersion: 1.7"): "write a whole number",
	} {
		p.Program(program)
		p.MustFail(p.Preview(), advice)
	}
	p.ExpectRequests()
}

func TestAnAccountThatIsAnotherResourcesUnknownOutputIsNoError(t *testing.T) {
	t.Parallel()
	// An account's id that is only known once the first token is made: half of
	// its client id, which the simulator makes from its seed.
	const seed = 7
	clientID := cfsim.New(cfsim.Config{Seed: seed}).AddToken(account, cfsim.NewToken{Name: "first"}).ClientID
	later, _, _ := strings.Cut(clientID, ".")
	p := enginetest.New(t, cfsim.Config{Seed: seed, Accounts: []string{later}})
	p.Program("resources:\n" +
		enginetest.Token("first", inAccount, "name: first") +
		enginetest.Token("second", "accountId:", "  fn::select:", "    - 0", `    - fn::split: [".", "${first.clientId}"]`, "name: second"))
	p.Must(p.Preview()).ExpectOps(t, map[string]string{"first": "create", "second": "create"})
	p.Must(p.Up())
	if got := p.State().Token(t, "second").Output("accountId"); got != later {
		t.Errorf("the second token is in account %s, want %s", got, later)
	}
	p.ExpectQuiet()
}

func TestAnUnknownAccountOfATokenThatExistsIsShownAsAPossibleReplacement(t *testing.T) {
	t.Parallel()
	p := project(t, named("second", inAccount, "name: second"))
	p.Program("resources:\n" +
		enginetest.Token("first", inAccount, "name: first") +
		enginetest.Token("second", "accountId:", "  fn::select:", "    - 0", `    - fn::split: [".", "${first.clientId}"]`, "name: second"))
	p.Must(p.Preview()).ExpectOps(t, map[string]string{"first": "create", "second": "replace"})
}

func TestAReplacementWithoutAScopeIsRefusedWhereTheDefaultIsAnother(t *testing.T) {
	t.Parallel()
	const other = "00000000000000000000000000001111"
	const options = "    options:\n      replaceOnChanges: [name]\n"
	p := enginetest.New(t, cfsim.Config{Accounts: []string{other}})
	p.Env["CLOUDFLARE_ACCOUNT_ID"] = cfsim.DefaultAccountID
	p.Program(named("ci", "name: ci") + options)
	p.Must(p.Up())

	p.Env["CLOUDFLARE_ACCOUNT_ID"] = other
	p.Program(named("ci", "name: renamed") + options)
	p.MustFail(p.Preview(), "write accountId: "+cfsim.DefaultAccountID+" to keep it there")

	p.Program(named("ci", "name: renamed", inAccount) + options)
	p.Must(p.Up()).ExpectOps(t, map[string]string{"ci": "replace"})
	if live := only(t, p); live.Scope != account || live.Name != "renamed" {
		t.Errorf("the token is now %+v", live)
	}
}

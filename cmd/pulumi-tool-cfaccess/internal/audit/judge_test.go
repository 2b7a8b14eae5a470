package audit

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

func TestWhatTheStacksHaveToDoWithATokenIsItsStatus(t *testing.T) {
	t.Parallel()
	dev := stack{name: "dev"}
	other := func(resourceType, id string, more map[string]any) stack {
		return dev.with(map[string]any{"urn": "urn:pulumi:dev::app::" + resourceType + "::x", "type": resourceType, "custom": true, "id": id, "outputs": more})
	}
	const bridged = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken"
	external := dev.manages("ci", 1)
	external.resources[0]["external"] = true
	for name, test := range map[string]struct {
		stack  stack
		change func(*cfapi.Token)
		want   Status
	}{
		"a resource":                            {dev.manages("ci", 1), nil, Managed},
		"one of the cloudflare package":         {other(bridged, tokenID(1), nil), nil, Managed},
		"one that has the id without hyphens":   {other("dynamic:index:Token", strings.ReplaceAll(tokenID(1), "-", ""), nil), nil, Managed},
		"read by a program":                     {external, nil, Read},
		"its id in an output":                   {other("a:b:C", "x", map[string]any{"policy": "allow " + strings.ToUpper(tokenID(1))}), nil, Mentioned},
		"its id without hyphens":                {other("a:b:C", "x", map[string]any{"list": []any{strings.ReplaceAll(tokenID(1), "-", "")}}), nil, Mentioned},
		"its client id":                         {other("a:b:C", "x", map[string]any{"header": clientID(1)}), nil, Mentioned},
		"its id as a key":                       {other("a:b:C", "x", map[string]any{tokenID(1): true}), nil, Mentioned},
		"its id in a secret in clear":           {other("a:b:C", "x", map[string]any{"s": secretText(tokenID(1))}), nil, Mentioned},
		"its id in a pending operation":         {dev.creating("x", map[string]any{"name": tokenID(1)}), nil, Mentioned},
		"nothing":                               {dev, nil, Unmentioned},
		"another token":                         {dev.manages("ci", 2), nil, Unmentioned},
		"nothing, of a token of today":          {dev, fresh, TooNew},
		"nothing, of a token without a time":    {dev, func(t *cfapi.Token) { t.CreatedAt = nil }, TooNew},
		"a resource that is a token of today":   {dev.manages("ci", 1), fresh, Managed},
		"nothing, of one that is a day older":   {dev, func(t *cfapi.Token) { t.CreatedAt = new(exported.Add(-margin)) }, Unmentioned},
		"an id that is a text, not hexadecimal": {other("a:b:C", "x", map[string]any{"t": "see TOKEN-one."}), func(t *cfapi.Token) { t.ID = "token-one" }, Mentioned},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := token(1, "ci")
			if test.change != nil {
				test.change(&one)
			}
			if got := judge(t, []stack{test.stack}, one).Tokens[0].Status; got != test.want {
				t.Errorf("the status is %s, want %s", got, test.want)
			}
		})
	}
}

func TestATokenHasOneRowAlsoWhereAccountAndZoneListIt(t *testing.T) {
	t.Parallel()
	both := token(1, "edge")
	r := judgeListings(t, []stack{{name: "dev"}}, Listing{inAccount, []cfapi.Token{both}}, Listing{inZone, []cfapi.Token{both}})
	want := []string{accountID + "/" + tokenID(1), "zones/" + zoneID + "/" + tokenID(1)}
	if len(r.Tokens) != 1 || !slices.Equal(r.Tokens[0].ImportIDs, want) {
		t.Errorf("the tokens are %+v", r.Tokens)
	}
}

func TestTimesAreWholeSeconds(t *testing.T) {
	t.Parallel()
	odd := before.Add(123 * time.Millisecond)
	r := judge(t, []stack{{name: "dev", saved: exported.Add(time.Millisecond)}}, token(1, "ci", func(t *cfapi.Token) { t.CreatedAt, t.ExpiresAt, t.LastSeenAt = &odd, &odd, &odd }))
	one := r.Tokens[0]
	for _, at := range []time.Time{*one.CreatedAt, *one.ExpiresAt, *one.LastSeenAt, r.Stacks[0].SavedAt} {
		if at.Nanosecond() != 0 {
			t.Errorf("%v is no whole second, which jq does not read", at)
		}
	}
}

func TestATokenThatLooksLeftBehindIsNamedWithTheStacks(t *testing.T) {
	t.Parallel()
	dev, prod := stack{name: "dev"}, stack{name: "prod", saved: exported.Add(time.Hour)}
	mark := made(dev.urn("ci"))
	held := token(2, "held", mark)
	r := judge(t, []stack{dev.manages("held", 2), prod}, token(1, "ci", mark), held, token(3, "by hand"), token(4, "in use", mark, used), token(5, "new", mark, fresh))
	f := r.one(t, LeftBehind)
	for _, says := range []string{"1 token of account " + accountID + " has the mark of a creation by this provider, was never used, and is in none of the 2 stacks given " +
		"(app/dev of 2026-10-01 12:00 UTC, app/prod of 2026-10-01 13:00 UTC): " + tokenID(1), "looks the same if that stack was not given"} {
		if !strings.Contains(f.Text, says) {
			t.Errorf("says %q, want %q", f.Text, says)
		}
	}
	if !slices.Equal(f.Tokens, []string{tokenID(1)}) || !f.deletes(t) || !strings.Contains(f.says(), "Disable the token") {
		t.Errorf("found %+v", f)
	}
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "1 token is in none of the 2 stacks given, and was created less than a day before app/dev was saved (2026-10-01 12:00 UTC), or later. "+
		"To find out about it, export every stack again") {
		t.Errorf("remarked %q", r.Remarks)
	}
}

func TestATokenThatIsDisabledIsNotToBeDisabled(t *testing.T) {
	t.Parallel()
	f := judge(t, []stack{{name: "dev"}}, token(1, "ci", made("x"), func(t *cfapi.Token) { t.Enabled = new(false) })).one(t, LeftBehind)
	if !f.deletes(t) || strings.Contains(f.says(), "Disable") {
		t.Errorf("advises %s", f.says())
	}
}

func TestAPendingCreationIsMatchedWithItsToken(t *testing.T) {
	t.Parallel()
	dev := stack{name: "dev"}
	urn := dev.urn("ci")
	left := func(change ...func(*cfapi.Token)) []cfapi.Token {
		return []cfapi.Token{token(1, "deploy", append([]func(*cfapi.Token){made(urn)}, change...)...)}
	}
	explicit := map[string]any{"urn": "urn:pulumi:dev::app::pulumi:providers:cfaccess::mine", "type": "pulumi:providers:cfaccess", "custom": true, "id": "1234"}
	byDefault := map[string]any{"urn": "urn:pulumi:dev::app::pulumi:providers:cfaccess::default_0_2_0", "type": "pulumi:providers:cfaccess", "custom": true, "id": "1234"}
	component := map[string]any{"urn": "urn:pulumi:dev::app::my:index:Door::front door's", "type": "my:index:Door"}
	below := map[string]any{"provider": "urn:pulumi:dev::app::pulumi:providers:cfaccess::mine::1234", "parent": "urn:pulumi:dev::app::my:index:Door::front door's"}
	const command = "pulumi import cfaccess:index:ServiceToken ci " + accountID + "/00000000-0000-4000-8000-000000000001"
	const end = " --protect=false --generate-code=false"
	const clearing, rotating = "pulumi refresh --clear-pending-creates", "pulumi up"
	for name, test := range map[string]struct {
		stack    stack
		tokens   []cfapi.Token
		says     string
		commands []string
		deletes  bool
	}{
		"one": {dev.creating("ci", asks("deploy")), left(), "Token " + tokenID(1) + " fits", []string{command + end, clearing, rotating}, false},
		"one of today": {dev.creating("ci", asks("deploy")), left(func(t *cfapi.Token) { t.CreatedAt = new(exported.Add(time.Minute)) }),
			"Token " + tokenID(1) + " fits", []string{command + end, clearing, rotating}, false},
		"one of a program that names its version": {dev.with(byDefault).creating("ci", asks("deploy")), left(), " fits: it has the mark",
			[]string{command + ` --provider provider=urn:pulumi:dev::app::pulumi:providers:cfaccess::default_0_2_0` + end, clearing, rotating}, false},
		"one below a component": {dev.with(explicit).with(component).creating("ci", asks("deploy"), below), left(), " fits: it has the mark",
			[]string{command + ` --parent 'parent=urn:pulumi:dev::app::my:index:Door::front door'\''s' --provider provider=urn:pulumi:dev::app::pulumi:providers:cfaccess::mine` + end, clearing, rotating}, false},
		"one whose parent is not saved":   {dev.with(explicit).creating("ci", asks("deploy"), below), left(), " fits: it has the mark", []string{clearing}, true},
		"one whose provider is not saved": {dev.with(component).creating("ci", asks("deploy"), below), left(), " fits: it has the mark", []string{clearing}, true},
		"one whose place is taken":        {dev.manages("ci", 2).creating("ci", asks("deploy")), append(left(), token(2, "deploy", used)), "Token " + tokenID(1) + " fits", []string{clearing}, true},
		"another version": {dev.creating("ci", map[string]any{"accountId": accountID, "name": "deploy", "clientSecretVersion": 3}),
			left(func(t *cfapi.Token) { t.ClientSecretVersion = new(int64(3)) }), " fits: it has the mark", []string{command + end, clearing, rotating}, false},
		"two tokens":              {dev.creating("ci", asks("deploy")), append(left(), token(2, "deploy", made(urn))), "It may have left " + tokenID(1) + " or " + tokenID(2), nil, true},
		"two creations":           {dev.creating("ci", asks("deploy")).creating("ci", asks("deploy")), left(), "more than one token or pending creation fits", nil, true},
		"none":                    {dev.creating("ci", asks("deploy")), nil, "It probably left none", nil, false},
		"another name":            {dev.creating("ci", asks("other")), left(), "It probably left none", nil, false},
		"a token that was used":   {dev.creating("ci", asks("deploy")), left(used), "It probably left none", nil, false},
		"a token that is held":    {dev.manages("old", 1).creating("ci", asks("deploy")), left(), "It probably left none", nil, false},
		"a mark of another":       {dev.creating("ci", asks("deploy")), []cfapi.Token{token(1, "deploy", madeForAnother(urn))}, "It probably left none", nil, false},
		"no mark":                 {dev.creating("ci", asks("deploy")), []cfapi.Token{token(1, "deploy")}, "It probably left none", nil, false},
		"a version not asked for": {dev.creating("ci", asks("deploy")), left(func(t *cfapi.Token) { t.ClientSecretVersion = new(int64(2)) }), "It probably left none", nil, false},
		"no version shown":        {dev.creating("ci", asks("deploy")), left(func(t *cfapi.Token) { t.ClientSecretVersion = nil }), "It probably left none", nil, false},
		"a secret name":           {dev.creating("ci", map[string]any{"accountId": accountID, "name": secretText("deploy")}), left(), "is a secret in the export", nil, false},
		"a secret account":        {dev.creating("ci", map[string]any{"accountId": secretText(accountID), "name": "deploy"}), left(), "is a secret in the export", nil, false},
		"another place":           {dev.creating("ci", map[string]any{"zoneId": zoneID, "name": "deploy"}), left(), "belongs to zone " + zoneID + ", which was not listed", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judge(t, []stack{test.stack}, test.tokens...)
			found := r.of(PendingCreation)
			if len(found) == 0 {
				t.Fatalf("found %+v", r.Findings)
			}
			for _, f := range found {
				if !strings.HasPrefix(f.Text, "The creation of "+urn+" in app/dev was interrupted") || !strings.Contains(f.Text, test.says) {
					t.Errorf("says %q, want %q", f.Text, test.says)
				}
				if got := f.commands(); !slices.Equal(got, test.commands) {
					t.Errorf("gives the commands %q, want %q", got, test.commands)
				}
				if f.deletes(t) != test.deletes || strings.Contains(f.says(), "Only if no other stack is called app/dev") != (len(test.commands) == 3) {
					t.Errorf("advises %s", f.says())
				}
			}
			if strings.Contains(test.says, " fits") && len(r.of(LeftBehind)) > 0 {
				t.Errorf("the token is named twice: %+v", r.Findings)
			}
		})
	}
}

// madeForAnother marks a token with a hash that is not the resource's.
func madeForAnother(urn string) func(*cfapi.Token) {
	return func(t *cfapi.Token) {
		marker := cfapi.NewMarker(urn).Add(time.Second)
		t.Marker = &marker
	}
}

func TestATokenOfTodayWhosePlaceIsTakenGetsNoAdviceButToExportAgain(t *testing.T) {
	t.Parallel()
	dev := stack{name: "dev"}.manages("ci", 2).creating("ci", asks("deploy"))
	f := judge(t, []stack{dev}, token(1, "deploy", made(dev.urn("ci")), fresh), token(2, "deploy", used)).of(PendingCreation)[0]
	if f.deletes(t) || len(f.commands()) > 0 || !strings.Contains(f.says(), "Export the stacks again") || !strings.Contains(f.says(), "Do not remove that one with `pulumi state delete`") {
		t.Errorf("advises %s", f.says())
	}
}

func TestOneTokenInTwoPlacesIsFound(t *testing.T) {
	t.Parallel()
	dev, prod := stack{name: "dev"}.manages("ci", 1), stack{name: "prod"}
	unavailable := map[string]any{"clientSecretStatus": "unavailable", "heldClientSecretVersion": nil}
	protected := prod.manages("ci", 1, unavailable)
	protected.resources[0]["protect"] = true
	const dropping = "pulumi state delete urn:pulumi:"
	for name, test := range map[string]struct {
		stacks   []stack
		says     string
		advises  []string
		commands []string
	}{
		"in two stacks of one project": {[]stack{dev, prod.manages("ci", 1, unavailable)}, "is in more than one stack",
			[]string{"may be one stack, before and after it was renamed", "Do not remove the token from a program yet", "In app/prod, whose client secret is not known to be current"}, []string{dropping + "prod::app::" + stackexport.TokenType + "::ci"}},
		"in one that pulumi import protected": {[]stack{dev, protected}, "is in more than one stack", []string{"In app/prod"}, []string{dropping + "prod::app::" + stackexport.TokenType + "::ci --force"}},
		"in two that both hold its secret":    {[]stack{dev, prod.manages("ci", 1)}, "is in more than one stack", []string{"Run `pulumi refresh` in each stack"}, nil},
		"twice in one":                        {[]stack{dev.manages("again", 1, unavailable)}, "is in app/dev 2 times", []string{"Do not remove the token from a program yet"}, []string{dropping + "dev::app::" + stackexport.TokenType + "::again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := judge(t, test.stacks, token(1, "ci", used)).of(ManagedTwice)
			if len(f) != 1 || !strings.Contains(f[0].Text, test.says) || !slices.Equal(f[0].commands(), test.commands) || f[0].deletes(t) {
				t.Fatalf("found %+v", f)
			}
			for _, says := range test.advises {
				if !strings.Contains(f[0].says(), says) {
					t.Errorf("advises %s, want %q", f[0].says(), says)
				}
			}
		})
	}
	again := []stack{dev.manages("again", 1, unavailable)}
	if f := judge(t, again, token(1, "ci", used, fresh)).of(ManagedTwice); len(f) != 1 || !strings.Contains(f[0].says(), "Do not remove the token from a program yet") {
		t.Errorf("of a new token that one stack has twice: %+v", f)
	}
	for name, test := range map[string][]stack{
		"read by the other": {dev, func() stack { s := prod.manages("ci", 1); s.resources[0]["external"] = true; return s }()},
		"in one":            {dev, prod},
	} {
		if f := judge(t, test, token(1, "ci", used)).Findings; len(f) > 0 {
			t.Errorf("%s: found %+v", name, f)
		}
	}
}

func TestASecretThatAStackDoesNotHoldIsFound(t *testing.T) {
	t.Parallel()
	dev := stack{name: "dev"}
	never := dev.manages("ci", 1, map[string]any{"clientSecretStatus": "unavailable"})
	never.resources[0]["inputs"] = map[string]any{"recoverClientSecret": "never"}
	rotated := func(t *cfapi.Token) { t.ClientSecretVersion = new(int64(2)) }
	for name, test := range map[string]struct {
		stack  stack
		change func(*cfapi.Token)
		kind   Kind
		says   string
	}{
		"stale":                         {dev.manages("ci", 1, map[string]any{"clientSecretStatus": "stale"}), used, SecretStale, "In app/dev the client secret of 1 resource is stale (not known to be the current one): ci."},
		"rotated since the export":      {dev.manages("ci", 1), rotated, SecretStale, "is stale (not known to be the current one): ci."},
		"imported":                      {dev.manages("ci", 1, map[string]any{"clientSecretStatus": "unavailable"}), used, SecretUnavailable, "is unavailable (the stack does not hold it): ci."},
		"imported, and never to be had": {never, used, "", ""},
		"current":                       {dev.manages("ci", 1), used, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := judge(t, []stack{test.stack}, token(1, "ci", test.change))
			if test.kind == "" {
				if len(r.Findings) > 0 {
					t.Errorf("found %+v", r.Findings)
				}
				return
			}
			if f := r.one(t, test.kind); !strings.Contains(f.Text, test.says) || f.deletes(t) || len(f.Advice) != 1 {
				t.Errorf("found %+v", f)
			}
		})
	}
}

func TestTheAdviceForASecretIsWhatTheStackHasNotTriedYet(t *testing.T) {
	t.Parallel()
	unavailable, stale := map[string]any{"clientSecretStatus": "unavailable", "heldClientSecretVersion": nil}, map[string]any{"clientSecretStatus": "stale"}
	at3 := func(t *cfapi.Token) { t.ClientSecretVersion = new(int64(3)) }
	for name, test := range map[string]struct {
		recovers string
		outputs  []map[string]any
		change   func(*cfapi.Token)
		want     string
	}{
		"imported":                                            {"", []map[string]any{unavailable}, used, "Set recoverClientSecret to imported"},
		"imported, to be recovered":                           {"imported", []map[string]any{unavailable}, used, "Run `pulumi up --refresh`, which rotates the client secret, because recoverClientSecret is already \"imported\". If it does not"},
		"imported, always to be recovered":                    {"always", []map[string]any{unavailable}, used, "because recoverClientSecret is already \"always\""},
		"imported, of one that returns none":                  {"imported", []map[string]any{unavailable, {"rotationCall": "none"}}, used, "Replace the token with `pulumi up --replace <URN>`"},
		"stale":                                               {"", []map[string]any{stale}, used, "Set recoverClientSecret to always, or clientSecretVersion above 1"},
		"stale, and only an import is recovered":              {"imported", []map[string]any{stale}, used, "Set recoverClientSecret to always, or clientSecretVersion above 1"},
		"stale, and recovered":                                {"always", []map[string]any{stale}, used, "because recoverClientSecret is already \"always\""},
		"stale, of a lost answer":                             {"", []map[string]any{stale, {"pendingClientSecretVersion": 2}}, used, "Run `pulumi up`, which completes a rotation whose answer was lost, or contained no client secret."},
		"stale, of a lost answer, and then rotated elsewhere": {"", []map[string]any{stale, {"pendingClientSecretVersion": 2}}, at3, "Set recoverClientSecret to always, or clientSecretVersion above 3"},
		"stale, of a call that left the version":              {"", []map[string]any{stale, {"appliedClientSecretVersion": 4, "rotationCall": "rotate"}}, used, "Set recoverClientSecret to always, or clientSecretVersion above 4"},
		"stale, of a Terraform state":                         {"", []map[string]any{stale, {"heldClientSecretVersion": nil}}, used, "It came from a Terraform state"},
		"stale, of a token of today":                          {"always", []map[string]any{stale}, fresh, "Export the stacks again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dev := stack{name: "dev"}.manages("ci", 1, test.outputs...)
			dev.resources[0]["inputs"] = map[string]any{"recoverClientSecret": test.recovers}
			if f := judge(t, []stack{dev}, token(1, "ci", test.change)).Findings; len(f) != 1 || len(f[0].Advice) != 1 || !strings.Contains(f[0].says(), test.want) {
				t.Errorf("found %+v, want %q", f, test.want)
			}
		})
	}
}

func TestEachResourceOfAStackGetsItsOwnAdviceForItsSecret(t *testing.T) {
	t.Parallel()
	stale := map[string]any{"clientSecretStatus": "stale"}
	dev := stack{name: "dev"}.manages("ci", 1, stale).manages("deploy", 2, stale).manages("new", 3, stale).manages("tried", 4, stale)
	dev.resources[3]["inputs"] = map[string]any{"recoverClientSecret": "always"}
	f := judge(t, []stack{dev}, token(1, "ci"), token(2, "deploy"), token(3, "new", fresh), token(4, "tried")).one(t, SecretStale)
	var said []string
	for _, step := range f.Advice {
		said = append(said, step.Text[:strings.Index(step.Text, ": ")+5])
	}
	if want := []string{"ci, deploy: Set", "new: Exp", "tried: Run"}; !slices.Equal(said, want) {
		t.Errorf("advises %q, want %q", said, want)
	}
}

// A stack that is destroyed and deployed every night with retainOnDelete leaves a token
// each time.
func TestTokensOfOneNameAreSortedByTheirLastUse(t *testing.T) {
	t.Parallel()
	ago := func(days int) func(*cfapi.Token) {
		return func(t *cfapi.Token) { t.LastSeenAt = new(exported.AddDate(0, 0, -days)) }
	}
	newest := func(t *cfapi.Token) { t.CreatedAt = new(before.Add(time.Hour)) }
	dev := stack{name: "dev"}
	mark := made(dev.urn("ci"))
	r := judge(t, []stack{dev.manages("ci", 5)},
		token(1, "ci", mark), token(2, "ci", mark, ago(9)), token(3, "ci", mark, ago(1)), token(4, "ci"), token(5, "ci", mark, newest), token(6, "CI"), token(7, "else"))
	same := r.of(SameName)
	if len(same) != 1 {
		t.Fatalf("found %+v", r.Findings)
	}
	want := []string{tokenID(3), tokenID(2), tokenID(5), tokenID(1), tokenID(4)}
	if !slices.Equal(same[0].Tokens, want) || !strings.Contains(same[0].Text, tokenID(3)+" (last used on 2026-09-30), "+tokenID(2)+" (last used on 2026-09-22), "+tokenID(5)+" (never used)") {
		t.Errorf("found %+v", same[0])
	}
	if text := same[0].says(); !same[0].deletes(t) || !strings.Contains(text, "Of these, "+tokenID(4)+" was never used") {
		t.Errorf("advises %s", text)
	}
	if left := r.of(LeftBehind); len(left) != 1 || !slices.Equal(left[0].Tokens, []string{tokenID(1)}) {
		t.Errorf("left behind are %+v", left)
	}
}

func TestNoCommandIsPrintedForATokenInTwoExportsOfOneStack(t *testing.T) {
	t.Parallel()
	now := stack{name: "dev"}.manages("ci", 1).read(t)
	before := stack{name: "dev"}.manages("ci", 1, map[string]any{"clientSecretStatus": "unavailable"}).read(t)
	before.File = "before.json"
	f := Judge([]stackexport.Export{now, before}, []Listing{{inAccount, []cfapi.Token{token(1, "ci", used)}}}).of(ManagedTwice)
	if len(f) != 1 || len(f[0].commands()) > 0 || !strings.Contains(f[0].says(), "run the audit again with its newest export alone") {
		t.Errorf("found %+v", f)
	}
}

func TestTwoExportsOfOneStackAreSaid(t *testing.T) {
	t.Parallel()
	first, second := stack{name: "dev"}.read(t), stack{name: "dev"}.read(t)
	second.File = "later.json"
	r := Judge([]stackexport.Export{first, second}, []Listing{{inAccount, nil}})
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "dev.json and later.json are exports of a stack app/dev") {
		t.Errorf("remarked %q", r.Remarks)
	}
}

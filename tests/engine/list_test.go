package engine

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

// do runs `pulumi do`, which works on one resource without a program. Its plugin
// has to be named by its path.
func do(t *testing.T, p *enginetest.Project, args ...string) enginetest.Result {
	t.Helper()
	plugin, err := filepath.Abs("../../bin/pulumi-resource-cfaccess")
	if err != nil {
		t.Fatal(err)
	}
	return p.Run(append([]string{"do", "--non-interactive", "--package", plugin, "cfaccess:index:ServiceToken"}, args...)...)
}

// holding is a project whose account holds tokens of these names, and whose
// Cloudflare gives two to a page.
func holding(t *testing.T, names ...string) *enginetest.Project {
	t.Helper()
	p := enginetest.New(t, cfsim.Config{PerPageCap: 2})
	for _, name := range names {
		p.Simulator.AddToken(account, cfsim.NewToken{Name: name})
	}
	return p
}

// listed are the names that `pulumi do … list` prints, each with the right id.
func listed(t *testing.T, p *enginetest.Project, args ...string) []string {
	t.Helper()
	result := p.Must(do(t, p, append([]string{"list"}, args...)...))
	var found []struct{ ID, Name string }
	if err := json.Unmarshal([]byte(result.Output), &found); err != nil {
		t.Fatalf("reading the list: %v\n%s", err, result.Output)
	}
	ids := map[string]string{}
	for _, token := range p.Simulator.Tokens() {
		scope := strings.TrimPrefix(token.Scope, "accounts/")
		ids[scope+"/"+token.ID] = token.Name
	}
	names := []string{}
	for _, token := range found {
		if name, ok := ids[token.ID]; !ok || name != token.Name {
			t.Errorf("listed %s as %q, which is %q", token.ID, token.Name, name)
		}
		names = append(names, token.Name)
	}
	return names
}

func TestListPagesThroughAnAccountWithARequestAPage(t *testing.T) {
	t.Parallel()
	p := holding(t, "a", "b", "c", "d", "e")
	for _, test := range []struct {
		args     []string
		want     []string
		requests int
	}{
		{nil, []string{"a", "b"}, 1},
		{[]string{"--all"}, []string{"a", "b", "c", "d", "e"}, 3},
		{[]string{"--count", "1"}, []string{"a"}, 1},
		{[]string{"--count", "3"}, []string{"a", "b", "c"}, 2},
		{[]string{"--count", "4"}, []string{"a", "b", "c", "d"}, 2},
		{[]string{"--count", "9"}, []string{"a", "b", "c", "d", "e"}, 3},
	} {
		if got := listed(t, p, append(test.args, "--account-id", cfsim.DefaultAccountID)...); !slices.Equal(got, test.want) {
			t.Errorf("%v: listed %v, want %v", test.args, got, test.want)
		}
		p.ExpectRequests(slices.Repeat([]string{"list"}, test.requests)...)
	}
}

func TestListPassesOverPagesOnWhichNothingIsWanted(t *testing.T) {
	t.Parallel()
	p := holding(t, "a", "b", "c", "d", "CI 1", "e", "ci 2")
	args := []string{"--account-id", cfsim.DefaultAccountID, "--name-contains", "ci"}
	if got := listed(t, p, args...); !slices.Equal(got, []string{"CI 1"}) {
		t.Errorf("one page: listed %v", got)
	}
	p.ExpectRequests("list", "list", "list")
	if got := listed(t, p, append(args, "--all")...); !slices.Equal(got, []string{"CI 1", "ci 2"}) {
		t.Errorf("all: listed %v", got)
	}
	p.ExpectRequests("list", "list", "list", "list")
	if got := listed(t, p, "--account-id", cfsim.DefaultAccountID, "--name-contains", "nobody"); len(got) != 0 {
		t.Errorf("listed %v, which are not wanted", got)
	}
}

func TestListTakesTheDefaultAccountOrAZone(t *testing.T) {
	t.Parallel()
	p := holding(t, "of the account")
	p.Simulator.AddToken(zone, cfsim.NewToken{Name: "of the zone"})
	if got := listed(t, p, "--zone-id", cfsim.DefaultZoneID); !slices.Equal(got, []string{"of the zone"}) {
		t.Errorf("of the zone: listed %v", got)
	}
	p.Env["CLOUDFLARE_ACCOUNT_ID"] = cfsim.DefaultAccountID
	if got := listed(t, p); !slices.Equal(got, []string{"of the account"}) {
		t.Errorf("by default: listed %v", got)
	}
}

func TestListRefusesWhatCannotBeAndAsksNothing(t *testing.T) {
	t.Parallel()
	p := holding(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "accountId: a service token belongs to an account or to a zone: write accountId or zoneId"},
		{[]string{"--account-id", cfsim.DefaultAccountID, "--zone-id", cfsim.DefaultZoneID}, "zoneId: a service token belongs to an account or to a zone, not to both"},
		{[]string{"--account-id", strings.ToUpper(cfsim.DefaultAccountID)}, "must be in lower case and without spaces: write " + cfsim.DefaultAccountID},
		{[]string{"--account-id", cfsim.DefaultAccountID, "--unused-for-days", "0"}, "unusedForDays: 0 is out of range: write a whole number of days from 1 to 36500"},
	} {
		p.MustFail(do(t, p, append([]string{"list"}, test.args...)...), test.want)
	}
	p.ExpectRequests()
}

func TestARefusedListSaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	p := enginetest.New(t, cfsim.Config{Behaviour: cfsim.Behaviour{Refused: []string{"list"}}})
	p.MustFail(do(t, p, "list", "--account-id", cfsim.DefaultAccountID),
		"listing the service tokens of account "+cfsim.DefaultAccountID,
		fmt.Sprintf("the API token needs the permission %q on account %s", "Access: Service Tokens Read", cfsim.DefaultAccountID))
}

func TestDoWorksOnOneTokenByTheIdThatAListShows(t *testing.T) {
	t.Parallel()
	p := holding(t)
	created := p.Must(do(t, p, "create", "--stateless", "--yes", "--account-id", cfsim.DefaultAccountID, "--name", "ci"))
	created.MustSay(t, "clientSecret : [secret]")
	live := only(t, p)
	id := cfsim.DefaultAccountID + "/" + live.ID
	p.Must(do(t, p, "read", id)).MustSay(t, id, live.ClientID, "unavailable")
	p.Must(do(t, p, "patch", id, "--stateless", "--yes", "--name", "renamed")).MustSay(t, `renaming "ci" to "renamed"`)
	if got := only(t, p).Name; got != "renamed" {
		t.Errorf("the token is named %q", got)
	}
	p.Must(do(t, p, "delete", id, "--stateless", "--yes"))
	p.ExpectRequests("create name,previous_client_secret_expires_at", "get", "get", "update name", "get", "delete")
}

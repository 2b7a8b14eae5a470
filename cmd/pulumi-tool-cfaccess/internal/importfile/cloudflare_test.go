package importfile

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// cloudflare is a simulator that listens, and the environment that leads to it.
type cloudflare struct {
	*cfsim.Simulator
	env map[string]string
}

func start(t *testing.T, config cfsim.Config) cloudflare {
	t.Helper()
	sim := cfsim.New(config)
	server, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return cloudflare{sim, map[string]string{"CLOUDFLARE_BASE_URL": server.BaseURL, "CLOUDFLARE_API_TOKEN": cfsim.DefaultAPIToken}}
}

// add makes tokens of these names, a second apart.
func (c cloudflare) add(scope string, names ...string) (ids []string) {
	for _, name := range names {
		ids = append(ids, c.AddToken(scope, cfsim.NewToken{Name: name}).ID)
		c.Advance(time.Second)
	}
	return ids
}

func TestTheTokensOfAnAccountOrAZoneAreListedIntoAFile(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	ofAccount := c.add("accounts/"+cfsim.DefaultAccountID, "CI/CD app", "backup", "CI/CD app")
	ofZone := c.add("zones/"+cfsim.DefaultZoneID, "edge")

	r := call(t, c.env, "", "--account-id", cfsim.DefaultAccountID)
	r.expect(t, 0)
	if r.stderr != "" {
		t.Errorf("said %q where nobody waits", r.stderr)
	}
	resource := func(name, id string) map[string]any {
		return map[string]any{"type": "cfaccess:index:ServiceToken", "name": name, "id": id}
	}
	prefix := cfsim.DefaultAccountID + "/"
	want := []map[string]any{resource("ci-cd-app", prefix+ofAccount[0]), resource("backup", prefix+ofAccount[1]), resource("ci-cd-app-2", prefix+ofAccount[2])}
	if got := written(t, []byte(r.stdout)); !slices.EqualFunc(got, want, maps.Equal) {
		t.Errorf("wrote %v, want %v", got, want)
	}

	out := filepath.Join(t.TempDir(), "import.json")
	r = call(t, c.env, "", "--zone-id", cfsim.DefaultZoneID, "--out", out)
	r.expect(t, 0, "Wrote 1 service token. Import with: pulumi import --file "+out)
	if r.stdout != "" || strings.Contains(r.stderr, "secret") {
		t.Errorf("printed %q and %q", r.stdout, r.stderr)
	}
	expectPrivate(t, out)
	want = []map[string]any{resource("edge", "zones/"+cfsim.DefaultZoneID+"/"+ofZone[0])}
	if got := written(t, readFile(t, out)); !slices.EqualFunc(got, want, maps.Equal) {
		t.Errorf("wrote %v, want %v", got, want)
	}
}

func TestAThousandTokensAreListedByOneRequestAPage(t *testing.T) {
	t.Parallel()
	for perPage, pages := range map[int]int{1000: 1, 300: 4} {
		t.Run(fmt.Sprintf("%d a page", perPage), func(t *testing.T) {
			t.Parallel()
			c := start(t, cfsim.Config{PerPageCap: perPage})
			for i := range 1000 {
				c.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: fmt.Sprintf("fleet %d", i%250)})
			}
			r := call(t, c.env, "", "--account-id", cfsim.DefaultAccountID)
			r.expect(t, 0)
			if got := len(c.Requests()); got != pages {
				t.Errorf("Cloudflare was asked %d times, want %d", got, pages)
			}
			seen := map[any]bool{}
			for _, resource := range written(t, []byte(r.stdout)) {
				seen[resource["name"]], seen[resource["id"]] = true, true
			}
			if len(seen) != 2000 {
				t.Errorf("the file has %d names and ids, want 2000", len(seen))
			}
		})
	}
}

func TestNamesStayWhatTheyAreWhenTokensAreAdded(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	byID := func() map[any]any {
		names := map[any]any{}
		for _, resource := range written(t, []byte(call(t, c.env, "", "--account-id", cfsim.DefaultAccountID).stdout)) {
			names[resource["id"]] = resource["name"]
		}
		return names
	}
	c.add("accounts/"+cfsim.DefaultAccountID, "ci", "ci", "edge")
	before := byID()
	c.add("accounts/"+cfsim.DefaultAccountID, "ci", "edge")
	after := byID()
	for id, name := range before {
		if after[id] != name {
			t.Errorf("%s was %s and is %s", id, name, after[id])
		}
	}
	if len(after) != 5 {
		t.Errorf("%d tokens are listed, want 5", len(after))
	}
}

func TestOnlyTokensWhoseNameHoldsTheTextAreListed(t *testing.T) {
	t.Parallel()
	c := start(t, cfsim.Config{})
	c.add("accounts/"+cfsim.DefaultAccountID, "ci deploy", "backup", "deploy of CI")
	r := call(t, c.env, "", "--account-id", cfsim.DefaultAccountID, "--name-contains", "DEPLOY")
	r.expect(t, 0)
	if got := fmt.Sprint(names(written(t, []byte(r.stdout)))); got != "[ci-deploy deploy-of-ci]" {
		t.Errorf("listed %s", got)
	}
	r = call(t, c.env, "", "--account-id", cfsim.DefaultAccountID, "--name-contains", "staging")
	r.expect(t, 1, `no service token of account `+cfsim.DefaultAccountID+` that the credential may list has "staging" in its name`)
	call(t, c.env, "", "--zone-id", cfsim.DefaultZoneID).expect(t, 1, "has no service token that the credential may list")
}

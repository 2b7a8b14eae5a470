package cfsim_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

func TestAListingComesInPages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cap   int
		query string
		info  string
		from  int
		to    int
	}{
		{0, "", `{"page":1,"per_page":1000,"count":5,"total_count":5,"total_pages":1}`, 0, 5},
		{0, "?per_page=2", `{"page":1,"per_page":2,"count":2,"total_count":5,"total_pages":3}`, 0, 2},
		{0, "?per_page=2&page=3", `{"page":3,"per_page":2,"count":1,"total_count":5,"total_pages":3}`, 4, 5},
		{0, "?per_page=2&page=4", `{"page":4,"per_page":2,"count":0,"total_count":5,"total_pages":3}`, 5, 5},
		{0, "?per_page=5000", `{"page":1,"per_page":1000,"count":5,"total_count":5,"total_pages":1}`, 0, 5},
		{3, "", `{"page":1,"per_page":3,"count":3,"total_count":5,"total_pages":2}`, 0, 3},
		{3, "?per_page=100&page=2", `{"page":2,"per_page":3,"count":2,"total_count":5,"total_pages":2}`, 3, 5},
		{0, "?unknown=parameter", `{"page":1,"per_page":1000,"count":5,"total_count":5,"total_pages":1}`, 0, 5},
	} {
		t.Run(fmt.Sprintf("%d %s", test.cap, test.query), func(t *testing.T) {
			t.Parallel()
			a := start(t, cfsim.Config{PerPageCap: test.cap})
			var ids []string
			for i := range 5 {
				ids = append(ids, a.add(cfsim.NewToken{Name: fmt.Sprint(i)}).ID)
			}
			a.AddToken("zones/"+cfsim.DefaultZoneID, cfsim.NewToken{Name: "not listed"})
			equal(t, "the listing", a.list(test.query), ids[test.from:test.to])
			equal(t, "result_info", string(a.call("GET", tokens+test.query, "").fields["result_info"]), test.info)
		})
	}
}

func TestAnEmptyListingIsAnEmptyArray(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	r := a.call("GET", tokens, "")
	equal(t, "the result", string(r.fields["result"]), "[]")
	equal(t, "result_info", string(r.fields["result_info"]), `{"page":1,"per_page":1000,"count":0,"total_count":0,"total_pages":0}`)
}

func TestPagesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	for _, query := range []string{"?page=0", "?page=-1", "?page=x", "?page=99999999999", "?per_page=0", "?per_page=x"} {
		a.call("GET", tokens+query, "").refused(t, 400, 12130)
	}
}

func TestAListingIsSearchedByNameInAnyCase(t *testing.T) {
	t.Parallel()
	a := start(t, cfsim.Config{})
	id := a.add(cfsim.NewToken{Name: "Deploy-CI"}).ID
	a.add(cfsim.NewToken{Name: "backup"})
	equal(t, "the listing", a.list("?search=ploy-ci"), []string{id})
	equal(t, "the listing", a.list("?search=nothing"), []string{})
}

func TestAListingMatchesNamesAsBehaviourSays(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[cfsim.NameFilterBehaviour][]int{
		cfsim.NameExact: {0}, cfsim.NameContains: {0, 1}, cfsim.NameIgnored: {0, 1, 2},
	} {
		a := start(t, cfsim.Config{Behaviour: cfsim.Behaviour{NameFilter: behaviour}})
		var ids, shown []string
		for _, name := range []string{"ci", "ci-2", "backup"} {
			ids = append(ids, a.add(cfsim.NewToken{Name: name}).ID)
		}
		for _, i := range want {
			shown = append(shown, ids[i])
		}
		equal(t, fmt.Sprintf("the listing that is %q", behaviour), a.list("?name=ci"), shown)
		equal(t, "the listing of every name", len(a.list("?name=")), 3)
	}
}

func TestAListingShowsWhatTheAPITokenMaySee(t *testing.T) {
	t.Parallel()
	const granular = "fake-granular-api-token"
	credentials := func(lists []string) cfsim.Config {
		return cfsim.Config{Credentials: cfsim.Credentials{APITokens: []cfsim.APIToken{{Value: granular, Lists: lists}, {Value: cfsim.DefaultAPIToken}}}}
	}
	// The same seed makes the same ids, so what may be listed can be named before.
	foreseen := start(t, credentials(nil))
	visible := foreseen.add(cfsim.NewToken{Name: "visible"}).ID

	for _, lists := range [][]string{{visible}, {}} {
		a := start(t, credentials(lists))
		a.add(cfsim.NewToken{Name: "visible"})
		hidden := a.add(cfsim.NewToken{Name: "hidden"}).ID
		equal(t, "an unrestricted listing", len(a.list("")), 2)
		a.header = http.Header{"Authorization": {"Bearer " + granular}}
		equal(t, "a filtered listing", a.list(""), lists)
		equal(t, "the read token", a.result("GET", tokens+"/"+hidden, "")["id"], hidden)
	}
}

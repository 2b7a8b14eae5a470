package cfapi

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// page answers with tokens of these ids, each named "token <id>", and with the
// given result_info.
func page(info string, ids ...string) http.HandlerFunc {
	var tokens []string
	for _, id := range ids {
		tokens = append(tokens, fmt.Sprintf(`{"id":%q,"name":"token %s"}`, id, id))
	}
	return reply(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":[`+strings.Join(tokens, ",")+`],"result_info":`+info+`}`)
}

func TestListCollectsEveryPage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pages []http.HandlerFunc
		want  string
	}{
		"nothing":                              {[]http.HandlerFunc{page(`{"total_pages":0,"total_count":0}`)}, ""},
		"a null list":                          {[]http.HandlerFunc{ok("null")}, ""},
		"one page":                             {[]http.HandlerFunc{page(`{"total_pages":1,"total_count":2}`, "a", "b")}, "a b"},
		"a server that caps the page":          {[]http.HandlerFunc{page(`{"per_page":2,"total_pages":2,"total_count":3}`, "a", "b"), page(`{"per_page":2,"total_pages":2,"total_count":3}`, "c")}, "a b c"},
		"pages counted by another size":        {[]http.HandlerFunc{page(`{"total_pages":1,"total_count":3}`, "a", "b"), page(`{"total_pages":1,"total_count":3}`, "c")}, "a b c"},
		"only a number of pages":               {[]http.HandlerFunc{page(`{"total_pages":2}`, "a"), page(`{"total_pages":2}`, "b")}, "a b"},
		"only a number of tokens":              {[]http.HandlerFunc{page(`{"total_count":2}`, "a"), page(`{"total_count":2}`, "b")}, "a b"},
		"no information, until a page is bare": {[]http.HandlerFunc{page(`null`, "a"), page(`null`, "b"), page(`null`)}, "a b"},
		"a server that repeats itself":         {[]http.HandlerFunc{page(`{"total_pages":9}`, "a", "b"), page(`{"total_pages":9}`, "a", "b")}, "a b"},
		"a server that promises too much":      {[]http.HandlerFunc{page(`{"total_pages":1,"total_count":9}`, "a"), page(`{"total_pages":1,"total_count":9}`)}, "a"},
		"a token that moves to the next page":  {[]http.HandlerFunc{page(`{"total_pages":2}`, "a", "b"), page(`{"total_pages":2}`, "b", "c")}, "a b c"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.pages...)
			tokens, err := rec.client(t).List(t.Context(), Account(accountID), ListFilter{})
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, token := range tokens {
				ids = append(ids, token.ID)
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			var lines []string
			for i := range test.pages {
				lines = append(lines, fmt.Sprintf("GET %s?page=%d&per_page=1000", tokensPath, i+1))
			}
			rec.expect(t, lines...)
		})
	}
}

func TestListByNameComparesAgainExactly(t *testing.T) {
	t.Parallel()
	rec := record(t, page(`{"total_pages":2}`, "a", "a b"), page(`{"total_pages":2}`, "A", "a b c"))
	tokens, err := rec.client(t).List(t.Context(), Zone(zoneID), ListFilter{Name: "token a b"})
	if err != nil {
		t.Fatal(err)
	}
	if len(tokens) != 1 || tokens[0].ID != "a b" {
		t.Errorf("got %+v", tokens)
	}
	rec.expect(t, "GET "+zonePath+"?name=token+a+b&page=1&per_page=1000", "GET "+zonePath+"?name=token+a+b&page=2&per_page=1000")
}

func TestListReportsItsProgressPageByPage(t *testing.T) {
	t.Parallel()
	rec := record(t, page(`{"total_pages":3}`, "a", "b"), page(`{"total_pages":3}`, "b", "c"), page(`{"total_pages":3}`, "d"))
	var listed []int
	client := rec.client(t, func(c *Config) { c.OnPage = func(tokens int) { listed = append(listed, tokens) } })
	if _, err := client.List(t.Context(), Account(accountID), ListFilter{}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(listed); got != "[2 3 4]" {
		t.Errorf("after each page so many tokens were listed: %s, want [2 3 4]", got)
	}
}

func TestListThatCannotBeReadWholeIsAnError(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"no result":          reply(200, `{"success":true,"errors":[]}`),
		"a single token":     ok(minimal),
		"a token without id": ok(`[` + minimal + `,{"name":"x"}]`),
		"not a token":        ok(`[null]`),
		"success is false":   refuse(200, "1000", "try later"),
		"a refusal":          refuse(403, "10000", "Authentication error"),
	} {
		rec := record(t, page(`{"total_pages":2}`, "a"), answer)
		tokens, err := rec.client(t).List(t.Context(), Account(accountID), ListFilter{})
		if err == nil || tokens != nil || IsOutcomeUnknown(err) {
			t.Errorf("%s: got %+v, %v", name, tokens, err)
		}
	}
}

func TestListPageAsksForOnePageAndSaysWhereToGoOn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		at   Cursor
		page http.HandlerFunc
		want string
		next *Cursor
	}{
		"the first":                          {Cursor{}, page(`{"total_pages":2,"total_count":3}`, "a", "b"), "a b", &Cursor{1, 2, 1000, "b"}},
		"the last":                           {Cursor{1, 2, 1000, "b"}, page(`{"total_pages":2,"total_count":3}`, "c"), "c", nil},
		"the only one":                       {Cursor{}, page(`{"total_pages":1,"total_count":2}`, "a", "b"), "a b", nil},
		"none":                               {Cursor{}, page(`{"total_pages":0,"total_count":0}`), "", nil},
		"of the size asked for":              {Cursor{PerPage: 2}, page(`{"total_pages":9}`, "a", "b"), "a b", &Cursor{1, 2, 2, "b"}},
		"no larger than can be":              {Cursor{PerPage: 1001}, page(`{"total_pages":9}`, "a"), "a", &Cursor{1, 1, 1000, "a"}},
		"pages counted by another size":      {Cursor{}, page(`{"total_pages":1,"total_count":3}`, "a", "b"), "a b", &Cursor{1, 2, 1000, "b"}},
		"no information":                     {Cursor{}, page(`null`, "a"), "a", &Cursor{1, 1, 1000, "a"}},
		"no information, and nothing":        {Cursor{1, 1, 1000, "a"}, page(`null`), "", nil},
		"a server that repeats itself":       {Cursor{1, 2, 1000, "b"}, page(`null`, "a", "b"), "", nil},
		"a server that promises too much":    {Cursor{1, 1, 1000, "a"}, page(`{"total_pages":9,"total_count":9}`), "", nil},
		"the last, by the number of tokens":  {Cursor{1, 2, 1000, "b"}, page(`{"total_count":3}`, "c"), "c", nil},
		"not the last, by that number alone": {Cursor{1, 2, 1000, "b"}, page(`{"total_count":4}`, "c"), "c", &Cursor{2, 3, 1000, "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.page)
			tokens, next, err := rec.client(t).ListPage(t.Context(), Account(accountID), test.at)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, token := range tokens {
				ids = append(ids, token.ID)
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !reflect.DeepEqual(next, test.next) {
				t.Errorf("goes on at %+v, want %+v", next, test.next)
			}
			size := test.at.PerPage
			if size <= 0 || size > 1000 {
				size = 1000
			}
			rec.expect(t, fmt.Sprintf("GET %s?page=%d&per_page=%d", tokensPath, test.at.Pages+1, size))
		})
	}
}

func TestListPageThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(403, "10000", "Authentication error"))
	tokens, next, err := rec.client(t).ListPage(t.Context(), Account(accountID), Cursor{})
	if !IsAuth(err) || tokens != nil || next != nil {
		t.Errorf("got %+v, %+v, %v", tokens, next, err)
	}
}

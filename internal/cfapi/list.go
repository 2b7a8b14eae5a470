package cfapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/cloudflare/cloudflare-go/v7/option"
	"github.com/cloudflare/cloudflare-go/v7/zero_trust"
)

// largestPage is the largest page that Cloudflare is known to return.
const largestPage = 1000

// ListFilter narrows a listing. The zero value does not.
type ListFilter struct {
	// Name keeps the tokens with exactly this name. It is also sent to Cloudflare,
	// to shorten the answer, but Cloudflare may match it differently.
	Name string
}

// List returns the tokens of a scope from all pages, each token once. A token that
// it does not list may still exist: Cloudflare leaves out what the credentials may
// not see, and a deletion during the listing can move tokens between pages.
func (c *Client) List(ctx context.Context, scope Scope, filter ListFilter) ([]Token, error) {
	tokens, err := listAll(func(page int64) ([]Token, wirePageInfo, error) {
		return c.listPage(ctx, scope, filter, page, largestPage)
	}, func(t Token) string { return t.ID }, c.onPage)
	if filter.Name != "" {
		tokens = slices.DeleteFunc(tokens, func(t Token) bool { return t.Name != filter.Name })
	}
	return tokens, err
}

// listAll returns what all pages of a listing hold, each object once. onPage, which
// may be nil, is called after each page with how many there are so far.
func listAll[T any](fetch func(page int64) ([]T, wirePageInfo, error), id func(T) string, onPage func(listed int)) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	for page := int64(1); ; page++ {
		listed, info, err := fetch(page)
		if err != nil {
			return nil, err
		}
		before := len(seen)
		for _, object := range listed {
			if !seen[id(object)] {
				seen[id(object)] = true
				all = append(all, object)
			}
		}
		if onPage != nil {
			onPage(len(seen))
		}
		if len(seen) == before || isLastPage(info, page, len(seen)) {
			return all, nil
		}
	}
}

// Cursor is a place between two pages of a listing. The zero value is the
// beginning.
type Cursor struct {
	// Pages and Tokens count what comes before.
	Pages  int64 `json:"pages"`
	Tokens int   `json:"tokens"`
	// PerPage is how many tokens a page was requested with, which must not change
	// during a listing. 0 is the largest page that Cloudflare returns.
	PerPage int64 `json:"per_page"`
	// Last is the id of the last token before.
	Last string `json:"last"`
}

// ListPage requests the page of a listing that follows a cursor, and returns the
// cursor that follows the page, or nil after the last one. For all pages
// [Client.List] is better: it lists a token once even if it moves between pages.
func (c *Client) ListPage(ctx context.Context, scope Scope, at Cursor) ([]Token, *Cursor, error) {
	if at.PerPage <= 0 || at.PerPage > largestPage {
		at.PerPage = largestPage
	}
	tokens, info, err := c.listPage(ctx, scope, ListFilter{}, at.Pages+1, at.PerPage)
	if err != nil {
		return nil, nil, err
	}
	next := Cursor{Pages: at.Pages + 1, Tokens: at.Tokens + len(tokens), PerPage: at.PerPage}
	if len(tokens) == 0 || isLastPage(info, next.Pages, next.Tokens) {
		return tokens, nil, nil
	}
	// A server that does not know pages returns the same one each time.
	if next.Last = tokens[len(tokens)-1].ID; next.Last == at.Last {
		return nil, nil, nil
	}
	return tokens, &next, nil
}

// isLastPage reports whether a listing ends with a page. The number of pages counts
// only if it agrees with the number of tokens, in case the server counted pages of
// another size than it sent. Without either, the first page that brings nothing new
// is the end.
func isLastPage(info wirePageInfo, page int64, listed int) bool {
	pages, total := info.TotalPages.value, info.TotalCount.value
	if pages == nil {
		return total != nil && listed >= *total
	}
	return page >= int64(*pages) && (total == nil || listed >= *total)
}

// listing is the request for a page of a listing.
func (c *Client) listing(scope Scope, filter ListFilter, page, perPage int64) request {
	var p zero_trust.AccessServiceTokenListParams
	p.AccountID.Value, p.ZoneID.Value = scope.accountAndZone()
	p.Page.Value, p.Page.Present = page, true
	p.PerPage.Value, p.PerPage.Present = perPage, true
	if filter.Name != "" {
		p.Name.Value, p.Name.Present = filter.Name, true
	}
	return request{method: http.MethodGet, scope: scope, idempotent: true, send: func(ctx context.Context, options ...option.RequestOption) error {
		_, err := c.tokens.List(ctx, p, options...)
		return err
	}}
}

func (c *Client) listPage(ctx context.Context, scope Scope, filter ListFilter, page, perPage int64) ([]Token, wirePageInfo, error) {
	r := c.listing(scope, filter, page, perPage)
	return pageOf(ctx, c, r, func(result json.RawMessage) (Token, error) {
		token, err := decodeToken(result)
		switch {
		case err != nil:
			return Token{}, err
		case token.ID == "":
			return Token{}, errNoID
		}
		return *token, nil
	})
}

// pageOf requests one page of a listing, and decodes each object of it.
func pageOf[T any](ctx context.Context, c *Client, r request, decode func(json.RawMessage) (T, error)) ([]T, wirePageInfo, error) {
	a, err := c.call(ctx, r)
	if err != nil {
		return nil, wirePageInfo{}, err
	}
	var results []json.RawMessage
	if json.Unmarshal(a.Result, &results) != nil {
		return nil, wirePageInfo{}, c.incomplete(r, a, errNoList)
	}
	objects := make([]T, 0, len(results))
	for _, result := range results {
		object, err := decode(result)
		if err != nil {
			return nil, wirePageInfo{}, c.incomplete(r, a, err)
		}
		objects = append(objects, object)
	}
	return objects, a.Info.orZero(), nil
}

var errNoList = errors.New("the answer contains no list")

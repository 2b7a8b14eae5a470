package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/command"
	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Listing is what Cloudflare lists of an account or a zone.
type Listing struct {
	Scope  cfapi.Scope
	Tokens []cfapi.Token
}

// margin is how much older than all exports a token has to be.
const margin = 24 * time.Hour

// Judge compares what Cloudflare lists with the stacks that were exported. It is pure.
// There is at least one export.
func Judge(exports []stackexport.Export, listings []Listing) Report {
	j := judgement{exports: exports, listings: listings, tokens: tokens(listings)}
	oldest := slices.MinFunc(exports, func(a, b stackexport.Export) int { return a.SavedAt.Compare(b.SavedAt) }).SavedAt
	for i := range j.tokens {
		t := &j.tokens[i]
		t.tooNew = t.CreatedAt == nil || t.CreatedAt.After(oldest.Add(-margin))
		t.Holders = holders(exports, *t)
		t.Status = status(*t)
	}
	j.report = Report{Stacks: exports, Tokens: j.tokens, Findings: []Finding{}, Remarks: []string{}}
	j.pendingCreations()
	j.leftBehind()
	j.managedTwice()
	j.sameNames()
	j.secrets()
	j.remarks()
	return j.report
}

// judgement is one call of Judge.
type judgement struct {
	exports  []stackexport.Export
	listings []Listing
	tokens   []Token
	report   Report
	// candidates are the tokens that a pending creation may have left.
	candidates map[string]bool
}

func (j *judgement) find(kind Kind, tokens []Token, text string, advice ...Step) {
	f := Finding{Kind: kind, Tokens: []string{}, Text: text, Advice: append([]Step{}, advice...)}
	for _, t := range tokens {
		f.Tokens = append(f.Tokens, t.ID)
	}
	j.report.Findings = append(j.report.Findings, f)
}

// tokens are those of all listings, each once, also if an account and a zone list it.
// Those of one name are together, and the one that was used last comes first.
func tokens(listings []Listing) []Token {
	var all []Token
	at := map[string]int{}
	for _, listing := range listings {
		for _, listed := range listing.Tokens {
			i, known := at[listed.ID]
			if !known {
				i = len(all)
				at[listed.ID] = i
				all = append(all, Token{
					ID: listed.ID, Name: listed.Name, ClientID: listed.ClientID, Enabled: listed.IsEnabled(),
					ClientSecretVersion: listed.ClientSecretVersion, CreatedAt: whole(listed.CreatedAt), ExpiresAt: whole(listed.ExpiresAt),
					LastSeenAt: whole(listed.LastSeenAt), CreationMark: listed.Marker != nil, marker: listed.Marker,
				})
			}
			t := &all[i]
			t.scopes = append(t.scopes, listing.Scope)
			t.ImportIDs = append(t.ImportIDs, command.ResourceID(listing.Scope, listed.ID))
		}
	}
	slices.SortStableFunc(all, func(a, b Token) int {
		return cmp.Or(
			cmp.Compare(index(listings, a.scopes[0]), index(listings, b.scopes[0])),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name),
			orZero(b.LastSeenAt).Compare(orZero(a.LastSeenAt)), orZero(b.CreatedAt).Compare(orZero(a.CreatedAt)), cmp.Compare(a.ID, b.ID),
		)
	})
	return all
}

func index(listings []Listing, scope cfapi.Scope) int {
	return slices.IndexFunc(listings, func(l Listing) bool { return l.Scope == scope })
}

// whole cuts a time to seconds, which every reader of JSON takes.
func whole(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.Truncate(time.Second))
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// holders are the places where a token stands: its resources, or else the stack.
func holders(exports []stackexport.Export, t Token) []Holder {
	found := []Holder{}
	for _, export := range exports {
		if !export.Mentions(t.ID) && !export.Mentions(t.ClientID) {
			continue
		}
		here := Holder{Project: export.Project, Stack: export.Stack, File: export.File, Status: Mentioned, export: export}
		before := len(found)
		for _, entry := range export.Of(t.ID) {
			holder := here
			holder.URN, holder.entry, holder.Status = entry.URN, entry, Managed
			if !entry.Manages() {
				holder.Status = Read
			} else if entry.Type == stackexport.TokenType {
				holder.ClientSecretStatus = secretStatus(entry, t)
			}
			found = append(found, holder)
		}
		if len(found) == before {
			found = append(found, here)
		}
	}
	return found
}

// secretStatus is the status that a resource stores, or stale if Cloudflare shows
// that the secret was rotated since.
func secretStatus(e stackexport.Entry, t Token) string {
	status, _ := e.Outputs["clientSecretStatus"].(string)
	held, known := e.Outputs["heldClientSecretVersion"].(float64)
	if status == "current" && known && t.ClientSecretVersion != nil && int64(held) < *t.ClientSecretVersion {
		return "stale"
	}
	return status
}

func status(t Token) Status {
	for _, status := range []Status{Managed, Read, Mentioned} {
		if slices.ContainsFunc(t.Holders, func(h Holder) bool { return h.Status == status }) {
			return status
		}
	}
	if t.tooNew {
		return TooNew
	}
	return Unmentioned
}

// matches reports whether a token may be what a pending creation left.
func (c creation) matches(t Token) bool {
	return c.known && t.marker != nil && cfapi.MarkerIsFor(*t.marker, c.URN) &&
		slices.Contains(t.scopes, c.scope) && t.Name == c.called &&
		t.ClientSecretVersion != nil && *t.ClientSecretVersion == c.version &&
		t.LastSeenAt == nil && len(t.Holders) == 0
}

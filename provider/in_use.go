package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// whoUsesPatience bounds the search for what uses a token that cannot be deleted.
const whoUsesPatience = 10 * time.Second

// inUseAdvice is for a token that is in use by something unknown.
const inUseAdvice = "a policy, an Access group or an application's SCIM configuration still uses the token: " + inUseOrder

// inUseOrder is what comes before the deletion.
const inUseOrder = "remove it there first (after a replacement, use the new token there), then run again. " +
	"In this program, make everything that uses the token depend on it"

// searches are what was found that may use tokens. A search serves all deletions in a
// scope that are refused within a short time: a destroy deletes many tokens at once.
type searches struct {
	running singleflight.Group

	mu    sync.Mutex
	known map[cfapi.Scope]search
}

type search struct {
	ended time.Time
	found cfapi.AccessObjects
	err   error
	// cutShort reports that it ended with the deletion that searched. It then says
	// nothing to the others.
	cutShort bool
}

// searchLasts is for how long a search serves.
const searchLasts = 10 * time.Second

func (s *searches) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = map[cfapi.Scope]search{}
}

// in returns what was found in a scope. While it is searched for, others wait.
func (s *searches) in(ctx context.Context, client *cfapi.Client, scope cfapi.Scope) (cfapi.AccessObjects, error) {
	for {
		done, _, _ := s.running.Do(scope.String(), func() (any, error) { return s.search(ctx, client, scope), nil })
		if last := done.(search); !last.cutShort || ctx.Err() != nil {
			return last.found, last.err
		}
	}
}

func (s *searches) search(ctx context.Context, client *cfapi.Client, scope cfapi.Scope) search {
	s.mu.Lock()
	last, ok := s.known[scope]
	s.mu.Unlock()
	if ok && time.Since(last.ended) <= searchLasts {
		return last
	}
	within, cancel := context.WithTimeout(ctx, whoUsesPatience)
	defer cancel()
	found, err := client.AccessObjects(within, scope)
	last = search{time.Now(), found, err, ctx.Err() != nil}
	if !last.cutShort {
		s.mu.Lock()
		s.known[scope] = last
		s.mu.Unlock()
	}
	return last
}

// adviseInUse adds to the refusal to delete a token that is in use what uses it, as far
// as the credentials may read that. A search that fails adds nothing.
func (t *ServiceToken) adviseInUse(ctx context.Context, refused error, ref servicetoken.Ref, clientID string) error {
	objects, err := t.memory.searches.in(ctx, t.config.client, ref.Scope)
	if err != nil {
		return fmt.Errorf("%w; %s", refused, inUseAdvice)
	}
	found := objects.References(ref.TokenID, clientID)
	advice := inUseAdvice
	if len(found.Token) > 0 {
		var list []string
		for _, r := range found.Token {
			list = append(list, nameReference(r))
		}
		advice = fmt.Sprintf("the token is still used by %s: %s", strings.Join(list, ", "), inUseOrder)
	}
	var elsewhere strings.Builder
	for _, unread := range found.Unread {
		fmt.Fprintf(&elsewhere, "%s (%s), ", unreadNouns[unread.What], t.config.describeUnread(unread, ref.Scope).Reason)
	}
	return fmt.Errorf("%w; %s. This run did not look at %s%s", refused, advice, elsewhere.String(), notLookedAt)
}

var unreadNouns = map[cfapi.UnreadPart]string{
	cfapi.UnreadPolicies: "reusable policies", cfapi.UnreadApplications: "applications", cfapi.UnreadGroups: "Access groups",
	cfapi.UnreadSCIM: "SCIM configurations of applications",
}

// nameReference is what a message calls an object that refers to a token.
func nameReference(r cfapi.Reference) string {
	named := quoteObject(r.AccessObject)
	switch {
	case r.Place == cfapi.PlaceSCIM:
		named = "the SCIM configuration of application " + named
	case r.Policy != nil:
		named = fmt.Sprintf("policy %s of application %s", quoteObject(*r.Policy), named)
	case r.Kind == cfapi.KindGroup:
		named = "Access group " + named
	default:
		named = "policy " + named
	}
	if slices.Contains([]cfapi.Place{cfapi.PlaceRequire, cfapi.PlaceExclude}, r.Place) {
		named += fmt.Sprintf(" in a rule of %q", r.Place)
	}
	for i, group := range r.Via {
		preposition := "through"
		if i > 0 {
			preposition = "and"
		}
		named += fmt.Sprintf(" %s group %s", preposition, quoteObject(group))
	}
	return named
}

func quoteObject(o cfapi.AccessObject) string {
	return fmt.Sprintf("%q (%s)", servicetoken.Clip(o.Name), o.ID)
}

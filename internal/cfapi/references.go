package cfapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
)

// References are the policies, applications and groups of a scope that refer to a
// service token.
type References struct {
	// Token are those that refer to the token itself.
	Token []Reference
	// AnyToken are those whose rules match any valid service token.
	AnyToken []Reference
	// Unread is what could not be looked at, so that it may refer to the token too.
	Unread []Unread
}

// Reference is a place at which an object refers to a service token. An object that
// refers to it by several rules at one place is there once.
type Reference struct {
	Kind ReferenceKind
	AccessObject
	// Policy is the application's policy whose rule it is; nil for another kind, and
	// for a SCIM configuration.
	Policy *AccessObject
	Place  Place
	// Decision is that of the policy, as Cloudflare has it.
	Decision string
	// Via are the groups through which the rule matches the token, from the outer to
	// the inner; nil where the rule names the token itself.
	Via []AccessObject
	// Applications are those that a reusable policy is applied to, as far as they
	// were read.
	Applications []AccessObject
	// AppCount is how many applications a reusable policy is applied to; nil where
	// that is not known, and for another kind.
	AppCount *int
	// Admits reports whether the policy lets the token in, as far as the rules about
	// tokens and groups decide; nil where there is no policy.
	Admits *bool
}

// AccessObject is a policy, an application or a group.
type AccessObject struct{ ID, Name, Domain string }

// ReferenceKind is the kind of object that refers to a token.
type ReferenceKind string

// The kinds: a reusable policy; an application, by a policy of its own or by its SCIM
// configuration; a group.
const (
	KindPolicy      ReferenceKind = "policy"
	KindApplication ReferenceKind = "application"
	KindGroup       ReferenceKind = "group"
)

// Place is where in an object the reference stands.
type Place string

// The places.
const (
	PlaceInclude Place = "include"
	PlaceRequire Place = "require"
	PlaceExclude Place = "exclude"
	PlaceSCIM    Place = "scimConfig"
)

// Unread is something that may refer to the token and was not looked at.
type Unread struct {
	What UnreadPart
	// IDs are those of the policies or groups that an object refers to and that no
	// listing showed. Without any, all of the part is unread.
	IDs []string
	// Err is the refusal; nil where there is no call that would show it.
	Err error
}

// UnreadPart is a part of what refers to tokens.
type UnreadPart string

// The parts. SCIM configurations hold a client id, so that they cannot be judged where
// the token's own is not known.
const (
	UnreadPolicies     UnreadPart = "policies"
	UnreadApplications UnreadPart = "applications"
	UnreadGroups       UnreadPart = "groups"
	UnreadSCIM         UnreadPart = "scimConfigs"
)

// References finds what refers to a token, in at most one request for each page of
// policies, applications and groups and three more. clientID may be empty; the token
// is then read for it. A listing that Cloudflare refuses for want of a permission is
// named in the result. Any other failure is an error, and so is a token that does not
// exist.
func (c *Client) References(ctx context.Context, scope Scope, tokenID, clientID string) (References, error) {
	var unread []Unread
	allowed := func(what UnreadPart, err error) error {
		if !isForbidden(err) {
			return err
		}
		unread = append(unread, Unread{What: what, Err: err})
		return nil
	}
	var found accessObjects
	var err error
	if scope.Kind == KindAccount {
		if found.policies, err = c.listPolicies(ctx, scope); allowed(UnreadPolicies, err) != nil {
			return References{}, err
		}
	} else {
		unread = append(unread, Unread{What: UnreadPolicies})
	}
	if found.applications, err = c.listApplications(ctx, scope); allowed(UnreadApplications, err) != nil {
		return References{}, err
	}
	if found.groups, err = c.listGroups(ctx, scope); allowed(UnreadGroups, err) != nil {
		return References{}, err
	}
	found.applicationsRead = !slices.ContainsFunc(unread, func(u Unread) bool { return u.What == UnreadApplications })
	if clientID == "" && !found.empty() {
		token, err := c.Get(ctx, scope, tokenID)
		switch {
		case err == nil:
			clientID = token.ClientID
		case !isForbidden(err):
			return References{}, err
		case found.usesSCIM():
			unread = append(unread, Unread{What: UnreadSCIM, Err: err})
		}
	}
	references := found.references(tokenID, clientID)
	for _, u := range references.Unread {
		if !slices.ContainsFunc(unread, func(whole Unread) bool { return whole.What == u.What }) {
			unread = append(unread, u)
		}
	}
	references.Unread = unread
	return references, nil
}

// isForbidden reports whether the credentials are valid, and may not do this.
func isForbidden(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusForbidden && e.Envelope && IsAuth(err)
}

// accessObjects are the objects of a scope that may refer to a token.
type accessObjects struct {
	policies         []accessPolicy
	applications     []accessApplication
	applicationsRead bool
	groups           []accessGroup
}

func (o accessObjects) empty() bool {
	return len(o.policies)+len(o.applications)+len(o.groups) == 0
}

func (o accessObjects) usesSCIM() bool {
	return slices.ContainsFunc(o.applications, func(a accessApplication) bool { return len(a.scimClients) > 0 })
}

// references judges which of the objects refer to a token. It is a pure function.
// What it returns as unread are policies and groups that the objects refer to and that
// are not among them.
func (o accessObjects) references(tokenID, clientID string) References {
	judge := &accessJudge{token: tokenID, groups: map[string]accessGroup{}, matches: map[string]match{}, missing: map[string]bool{}}
	for _, g := range o.groups {
		judge.groups[g.id] = g
	}
	reusable, missingPolicies := map[string]bool{}, map[string]bool{}
	for _, p := range o.policies {
		reusable[p.id] = true
	}
	appliedTo := map[string][]AccessObject{}
	for _, a := range o.applications {
		for _, p := range a.policies {
			if reusable[p.id] {
				appliedTo[p.id] = append(appliedTo[p.id], a.object())
			} else if p.byID {
				missingPolicies[p.id] = true
			}
		}
	}
	find := func(names func(accessRule) bool) (found []Reference) {
		chains := judge.chains(o.groups, names)
		for _, p := range o.policies {
			r := Reference{Kind: KindPolicy, AccessObject: p.object(), Decision: p.decision, Applications: appliedTo[p.id], AppCount: p.appCount}
			if r.AppCount == nil && o.applicationsRead {
				r.AppCount = new(len(r.Applications))
			}
			r.Admits = new(judge.admits(p) && (r.AppCount == nil || *r.AppCount > 0))
			found = append(found, r.at(p.accessRules, names, chains)...)
		}
		for _, a := range o.applications {
			for _, p := range a.policies {
				if !reusable[p.id] {
					r := Reference{Kind: KindApplication, AccessObject: a.object(), Policy: new(p.object()), Decision: p.decision, Admits: new(judge.admits(p))}
					found = append(found, r.at(p.accessRules, names, chains)...)
				}
			}
		}
		for _, g := range o.groups {
			found = append(found, Reference{Kind: KindGroup, AccessObject: g.object()}.at(g.accessRules, names, chains)...)
		}
		return found
	}
	references := References{
		Token:    find(func(r accessRule) bool { return r.token == tokenID }),
		AnyToken: find(func(r accessRule) bool { return r.anyToken }),
	}
	for _, a := range o.applications {
		if clientID != "" && slices.Contains(a.scimClients, clientID) {
			references.Token = append(references.Token, Reference{Kind: KindApplication, AccessObject: a.object(), Place: PlaceSCIM})
		}
	}
	sortReferences(references.Token)
	sortReferences(references.AnyToken)
	judge.noteMissing(o)
	for what, ids := range map[UnreadPart]map[string]bool{UnreadPolicies: missingPolicies, UnreadGroups: judge.missing} {
		if len(ids) > 0 {
			references.Unread = append(references.Unread, Unread{What: what, IDs: sortedKeys(ids)})
		}
	}
	slices.SortFunc(references.Unread, func(a, b Unread) int { return cmp.Compare(a.What, b.What) })
	return references
}

func (p accessPolicy) object() AccessObject { return AccessObject{ID: p.id, Name: p.name} }
func (g accessGroup) object() AccessObject  { return AccessObject{ID: g.id, Name: g.name} }
func (a accessApplication) object() AccessObject {
	return AccessObject{ID: a.id, Name: a.name, Domain: a.domain}
}

// at returns the reference once for each place at which the rules have what names
// finds, themselves or through groups, by the shortest way.
func (r Reference) at(rules accessRules, names func(accessRule) bool, chains map[string][]AccessObject) (found []Reference) {
	for _, place := range []struct {
		place Place
		rules []accessRule
	}{{PlaceInclude, rules.include}, {PlaceRequire, rules.require}, {PlaceExclude, rules.exclude}} {
		if via, ok := shortest(place.rules, names, chains); ok {
			r.Place, r.Via = place.place, via
			found = append(found, r)
		}
	}
	return found
}

// shortest returns the groups between rules and what names finds.
func shortest(rules []accessRule, names func(accessRule) bool, chains map[string][]AccessObject) (via []AccessObject, ok bool) {
	for _, rule := range rules {
		if names(rule) {
			return nil, true
		}
		if chain, leads := chains[rule.group]; leads && (!ok || len(chain) < len(via)) {
			via, ok = chain, true
		}
	}
	return via, ok
}

// sortReferences puts those that name the token themselves first.
func sortReferences(references []Reference) {
	kinds := []ReferenceKind{KindPolicy, KindApplication, KindGroup}
	slices.SortStableFunc(references, func(a, b Reference) int {
		return cmp.Or(
			cmp.Compare(min(len(a.Via), 1), min(len(b.Via), 1)),
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID),
		)
	})
}

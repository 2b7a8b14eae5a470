package cfapi

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// AccessObjects are the objects of a scope that may refer to a token. What is judged
// here follows from them alone.
type AccessObjects struct {
	policies         []accessPolicy
	applications     []accessApplication
	applicationsRead bool
	groups           []accessGroup
	// unread are the listings that were refused, or that the scope has not.
	unread []Unread
	// unauthorized is a refusal with which credentials may be refused altogether; nil
	// where another answer shows that they authenticate.
	unauthorized error
}

func (o AccessObjects) empty() bool {
	return len(o.policies)+len(o.applications)+len(o.groups) == 0
}

func (o AccessObjects) usesSCIM() bool {
	return slices.ContainsFunc(o.applications, func(a accessApplication) bool { return len(a.scimClients) > 0 })
}

// reusable are the ids of the reusable policies.
func (o AccessObjects) reusable() map[string]bool {
	ids := map[string]bool{}
	for _, p := range o.policies {
		ids[p.id] = true
	}
	return ids
}

// References finds which of the objects refer to a token. Without its client id, no
// SCIM configuration does.
func (o AccessObjects) References(tokenID, clientID string) References {
	judge := newAccessJudge(tokenID, o.groups)
	references := References{
		Token:    o.matching(judge, func(r accessRule) bool { return r.token == tokenID }),
		AnyToken: o.matching(judge, func(r accessRule) bool { return r.anyToken }),
	}
	for _, a := range o.applications {
		if clientID != "" && slices.Contains(a.scimClients, clientID) {
			references.Token = append(references.Token, Reference{Kind: KindApplication, AccessObject: a.object(), Place: PlaceSCIM})
		}
	}
	sortReferences(references.Token)
	sortReferences(references.AnyToken)
	references.Unread = slices.Clip(o.unread)
	for _, u := range o.unlisted() {
		if !slices.ContainsFunc(o.unread, func(whole Unread) bool { return whole.What == u.What }) {
			references.Unread = append(references.Unread, u)
		}
	}
	return references
}

// matching finds the objects with a rule of the kind that is meant, or with one that
// leads to it through groups.
func (o AccessObjects) matching(judge *accessJudge, meant func(accessRule) bool) (found []Reference) {
	reusable, appliedTo := o.reusable(), map[string][]AccessObject{}
	chains := chainsOf(o.groups, meant)
	for _, a := range o.applications {
		for _, p := range a.policies {
			if reusable[p.id] {
				appliedTo[p.id] = append(appliedTo[p.id], a.object())
				continue
			}
			r := Reference{Kind: KindApplication, AccessObject: a.object(), Policy: new(p.object()), Decision: p.decision, Admits: new(judge.admits(p))}
			found = append(found, r.at(p.accessRules, meant, chains)...)
		}
	}
	for _, p := range o.policies {
		r := Reference{Kind: KindPolicy, AccessObject: p.object(), Decision: p.decision, Applications: appliedTo[p.id], AppCount: p.appCount}
		if r.AppCount == nil && o.applicationsRead {
			r.AppCount = new(len(r.Applications))
		}
		opens := r.AppCount == nil || *r.AppCount > 0
		r.Admits = new(opens && judge.admits(p))
		found = append(found, r.at(p.accessRules, meant, chains)...)
	}
	for _, g := range o.groups {
		found = append(found, Reference{Kind: KindGroup, AccessObject: g.object()}.at(g.accessRules, meant, chains)...)
	}
	return found
}

// unlisted names the policies and groups that the objects refer to and that are not
// among them, so that they cannot be judged.
func (o AccessObjects) unlisted() (unread []Unread) {
	reusable, policies := o.reusable(), map[string]bool{}
	listed, groups := map[string]bool{}, map[string]bool{}
	for _, g := range o.groups {
		listed[g.id] = true
	}
	note := func(r accessRules) {
		for _, rule := range r.all() {
			if rule.group != "" && !listed[rule.group] {
				groups[rule.group] = true
			}
		}
	}
	for _, p := range o.policies {
		note(p.accessRules)
	}
	for _, a := range o.applications {
		for _, p := range a.policies {
			note(p.accessRules)
			if p.byID && !reusable[p.id] {
				policies[p.id] = true
			}
		}
	}
	for _, g := range o.groups {
		note(g.accessRules)
	}
	if len(policies) > 0 {
		unread = append(unread, Unread{What: UnreadPolicies, IDs: slices.Sorted(maps.Keys(policies))})
	}
	if len(groups) > 0 {
		unread = append(unread, Unread{What: UnreadGroups, IDs: slices.Sorted(maps.Keys(groups))})
	}
	return unread
}

func (p accessPolicy) object() AccessObject { return AccessObject{ID: p.id, Name: p.name} }
func (g accessGroup) object() AccessObject  { return AccessObject{ID: g.id, Name: g.name} }
func (a accessApplication) object() AccessObject {
	return AccessObject{ID: a.id, Name: a.name, Domain: a.domain}
}

func (r accessRules) all() []accessRule { return slices.Concat(r.include, r.require, r.exclude) }

// at returns the reference once for each place at which the rules have what is meant,
// themselves or through groups, by the shortest way.
func (r Reference) at(rules accessRules, meant func(accessRule) bool, chains map[string][]AccessObject) (found []Reference) {
	for _, place := range []struct {
		place Place
		rules []accessRule
	}{{PlaceInclude, rules.include}, {PlaceRequire, rules.require}, {PlaceExclude, rules.exclude}} {
		if via, ok := shortest(place.rules, meant, chains); ok {
			r.Place, r.Via = place.place, via
			found = append(found, r)
		}
	}
	return found
}

// shortest returns the groups between rules and what is meant.
func shortest(rules []accessRule, meant func(accessRule) bool, chains map[string][]AccessObject) (via []AccessObject, ok bool) {
	for _, rule := range rules {
		if meant(rule) {
			return nil, true
		}
		if chain, leads := chains[rule.group]; leads && (!ok || len(chain) < len(via)) {
			via, ok = chain, true
		}
	}
	return via, ok
}

// chainsOf returns, for each group that leads to what is meant, the shortest way there,
// which begins with the group itself. Groups may contain each other.
func chainsOf(groups []accessGroup, meant func(accessRule) bool) map[string][]AccessObject {
	chains := map[string][]AccessObject{}
	within := map[string][]accessGroup{} // the groups that have a rule for a group
	var next []accessGroup
	for _, g := range groups {
		for _, rule := range g.all() {
			if rule.group != "" {
				within[rule.group] = append(within[rule.group], g)
			}
		}
		if slices.ContainsFunc(g.all(), meant) {
			chains[g.id] = []AccessObject{g.object()}
			next = append(next, g)
		}
	}
	for len(next) > 0 {
		inner := next[0]
		next = next[1:]
		for _, outer := range within[inner.id] {
			if _, ok := chains[outer.id]; !ok {
				chains[outer.id] = append([]AccessObject{outer.object()}, chains[inner.id]...)
				next = append(next, outer)
			}
		}
	}
	return chains
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

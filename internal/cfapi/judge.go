package cfapi

import (
	"maps"
	"slices"
)

// match is how far a request that carries a token, and nothing else that is known,
// meets a rule.
type match int

// In this order, the smallest is what all of several come to, and the largest what
// any of them does.
const (
	never match = iota
	maybe       // an address, a country, a device: not known here
	always
)

func (m match) not() match { return always - m }

// accessJudge judges the rules of policies and groups by one token.
type accessJudge struct {
	token  string
	groups map[string]accessGroup
	// matches holds what groups come to, also while they are being judged.
	matches map[string]match
	// missing are the groups that rules refer to and that are not there.
	missing map[string]bool
}

// admits reports whether a policy may let the token in: a Service Auth policy whose
// rules it meets. An Allow policy asks a person to log in.
func (j *accessJudge) admits(p accessPolicy) bool {
	return p.decision == "non_identity" && j.rules(p.accessRules) != never
}

func (j *accessJudge) rules(r accessRules) match {
	included, required, excluded := never, always, never
	for _, rule := range r.include {
		included = max(included, j.rule(rule))
	}
	for _, rule := range r.require {
		required = min(required, j.rule(rule))
	}
	for _, rule := range r.exclude {
		excluded = max(excluded, j.rule(rule))
	}
	return min(included, required, excluded.not())
}

func (j *accessJudge) rule(r accessRule) match {
	switch {
	case r.token != "" && r.token != j.token:
		return never
	case r.token != "", r.anyToken, r.everyone:
		return always
	case r.group != "":
		return j.group(r.group)
	}
	return maybe
}

func (j *accessJudge) group(id string) match {
	if known, ok := j.matches[id]; ok {
		return known
	}
	g, ok := j.groups[id]
	if !ok {
		return maybe
	}
	j.matches[id] = maybe // for a group within itself
	j.matches[id] = j.rules(g.accessRules)
	return j.matches[id]
}

// noteMissing notes the groups that rules refer to and that are not there.
func (j *accessJudge) noteMissing(o accessObjects) {
	note := func(r accessRules) {
		for _, rule := range r.all() {
			if _, ok := j.groups[rule.group]; !ok && rule.group != "" {
				j.missing[rule.group] = true
			}
		}
	}
	for _, p := range o.policies {
		note(p.accessRules)
	}
	for _, a := range o.applications {
		for _, p := range a.policies {
			note(p.accessRules)
		}
	}
	for _, g := range o.groups {
		note(g.accessRules)
	}
}

func (r accessRules) all() []accessRule { return slices.Concat(r.include, r.require, r.exclude) }

// chains returns, for each group that leads to what names finds, the shortest way
// there, which begins with the group itself. Groups may contain each other.
func (j *accessJudge) chains(groups []accessGroup, names func(accessRule) bool) map[string][]AccessObject {
	chains := map[string][]AccessObject{}
	within := map[string][]accessGroup{} // the groups that have a rule for a group
	var next []accessGroup
	for _, g := range groups {
		for _, rule := range g.all() {
			if rule.group != "" {
				within[rule.group] = append(within[rule.group], g)
			}
		}
		if slices.ContainsFunc(g.all(), names) {
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

func sortedKeys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

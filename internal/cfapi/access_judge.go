package cfapi

// match is how far a request that carries a token, and nothing else that is known,
// meets a rule.
type match int

// The order matters: the least of several matches is that all of them are met, and the
// greatest that any of them is.
const (
	never match = iota
	maybe       // not known here: an address, a country, a device, a circle of groups
	always
)

func (m match) not() match { return always - m }

// accessJudge judges the rules of policies and groups by one token.
type accessJudge struct {
	token string
	// groups holds what each group comes to.
	groups map[string]match
}

// newAccessJudge judges the groups again until nothing changes, because they may contain
// each other. A group that is decided never changes, so their order does not matter, and
// a circle of groups that nothing else decides stays maybe.
func newAccessJudge(token string, groups []accessGroup) *accessJudge {
	j := &accessJudge{token: token, groups: map[string]match{}}
	for _, g := range groups {
		j.groups[g.id] = maybe
	}
	for settled := false; !settled; {
		settled = true
		for _, g := range groups {
			if j.groups[g.id] != maybe {
				continue
			}
			if m := j.rules(g.accessRules); m != maybe {
				j.groups[g.id], settled = m, false
			}
		}
	}
	return j
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
	}
	if m, listed := j.groups[r.group]; listed {
		return m
	}
	return maybe
}

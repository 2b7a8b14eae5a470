package cfapi

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
}

func newAccessJudge(token string, groups []accessGroup) *accessJudge {
	j := &accessJudge{token: token, groups: map[string]accessGroup{}, matches: map[string]match{}}
	for _, g := range groups {
		j.groups[g.id] = g
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

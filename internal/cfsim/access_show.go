package cfsim

// showPolicies returns the reusable policies of an account as a listing shows them.
func (a *access) showPolicies(scope string) []any {
	return show(a.policies, scope, func(p Policy) any {
		return struct {
			Policy
			Reusable bool `json:"reusable"`
			AppCount int  `json:"app_count"`
		}{p, true, a.appCount(p.ID)}
	})
}

// showApplications returns the applications of an account or a zone as a listing
// shows them, with their policies or, byID, references to the reusable ones.
func (a *access) showApplications(scope string, byID bool) []any {
	type reference struct {
		ID         string `json:"id"`
		Precedence int    `json:"precedence"`
	}
	return show(a.applications, scope, func(app Application) any {
		policies := []any{}
		for _, p := range a.applied(app) {
			if _, reusable := a.policy(p.ID); reusable && byID {
				policies = append(policies, reference{p.ID, p.Precedence})
			} else {
				policies = append(policies, p)
			}
		}
		return struct {
			Application
			Policies []any `json:"policies"`
		}{app, policies}
	})
}

// showGroups returns the groups of an account or a zone as a listing shows them.
func (a *access) showGroups(scope string) []any {
	return show(a.groups, scope, func(g Group) any { return g })
}

func show[T any](objects []scoped[T], scope string, render func(T) any) []any {
	shown := []any{}
	for _, o := range objects {
		if o.scope == scope {
			shown = append(shown, render(o.object))
		}
	}
	return shown
}

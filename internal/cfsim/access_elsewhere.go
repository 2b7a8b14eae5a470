package cfsim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AddPolicy makes a reusable policy in an account ("accounts/<id>"), as somebody
// would in the dashboard. What is left out is generated. Like all that add, it
// panics on what makes no sense, which is a mistake of the test.
func (s *Simulator) AddPolicy(scope string, p Policy) Policy { return orPanic(s.addPolicy(scope, p)) }

// AddApplication makes an application in an account or a zone.
func (s *Simulator) AddApplication(scope string, a Application) Application {
	return orPanic(s.addApplication(scope, a))
}

// AddGroup makes a group in an account or a zone.
func (s *Simulator) AddGroup(scope string, g Group) Group { return orPanic(s.addGroup(scope, g)) }

func orPanic[T any](v T, err error) T {
	if err != nil {
		panic("cfsim: " + err.Error())
	}
	return v
}

func (s *Simulator) addPolicy(scope string, p Policy) (Policy, error) {
	if !strings.HasPrefix(scope, "accounts/") {
		return Policy{}, fmt.Errorf("a reusable policy belongs to an account, not to %q", scope)
	}
	return addObject(s, scope, p, p.validate(), func(a *access) *[]scoped[Policy] { return &a.policies }, s.identifyPolicy)
}

func (s *Simulator) addApplication(scope string, app Application) (Application, error) {
	return addObject(s, scope, app, app.validate(), func(a *access) *[]scoped[Application] { return &a.applications }, func(app *Application) {
		app.ID, app.Type = cmp.Or(app.ID, s.store.generate.tokenID()), cmp.Or(app.Type, "self_hosted")
		app.AUD = cmp.Or(app.AUD, s.store.generate.hex(64))
		app.Policies = slices.Clone(app.Policies)
		last := 0
		for i := range app.Policies {
			p := &app.Policies[i]
			s.identifyPolicy(p)
			p.Precedence = cmp.Or(p.Precedence, last+1)
			last = p.Precedence
		}
	})
}

func (s *Simulator) addGroup(scope string, g Group) (Group, error) {
	return addObject(s, scope, g, g.validate(), func(a *access) *[]scoped[Group] { return &a.groups }, func(g *Group) {
		g.ID = cmp.Or(g.ID, s.store.generate.tokenID())
	})
}

func (s *Simulator) identifyPolicy(p *Policy) { p.ID = cmp.Or(p.ID, s.store.generate.tokenID()) }

// addObject adds a valid object to the list that is meant, after it was given what
// it lacks.
func addObject[T any](s *Simulator, scope string, object T, invalid error, list func(*access) *[]scoped[T], complete func(*T)) (T, error) {
	if err := cmp.Or(validateScope(scope), invalid); err != nil {
		return object, err
	}
	s.locked(func() {
		complete(&object)
		objects := list(&s.store.access)
		*objects = append(*objects, scoped[T]{scope, object})
	})
	return object, nil
}

// RemoveAccess removes the policy, application or group of an id, even if others
// refer to it, and reports whether it existed.
func (s *Simulator) RemoveAccess(id string) (ok bool) {
	s.locked(func() {
		a := &s.store.access
		before := len(a.policies) + len(a.applications) + len(a.groups)
		a.policies = slices.DeleteFunc(a.policies, func(p scoped[Policy]) bool { return p.object.ID == id })
		a.applications = slices.DeleteFunc(a.applications, func(app scoped[Application]) bool { return app.object.ID == id })
		a.groups = slices.DeleteFunc(a.groups, func(g scoped[Group]) bool { return g.object.ID == id })
		ok = len(a.policies)+len(a.applications)+len(a.groups) < before
	})
	return ok
}

package cfapi

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
)

// decodeAll reads objects from the form that they have in an answer.
func decodeAll[W, T any](t *testing.T, read func(W) T, texts []string) (objects []T) {
	t.Helper()
	for _, text := range texts {
		var wire W
		if err := json.Unmarshal([]byte(text), &wire); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, read(wire))
	}
	return objects
}

// told is a reference in one line: kind, id, policy, place, decision, groups on the
// way, whether it admits.
func told(r Reference) string {
	line := fmt.Sprintf("%s %s", r.Kind, r.ID)
	if r.Policy != nil {
		line += "/" + r.Policy.ID
	}
	line += " " + string(r.Place)
	if r.Decision != "" {
		line += " " + r.Decision
	}
	for _, g := range r.Via {
		line += " via " + g.ID
	}
	if r.Admits != nil {
		line += map[bool]string{true: " admits", false: " shut"}[*r.Admits]
	}
	return line
}

const (
	named    = `{"service_token":{"token_id":"me"}}`
	other    = `{"service_token":{"token_id":"other"}}`
	anyValid = `{"any_valid_service_token":{}}`
	everyone = `{"everyone":{}}`
	address  = `{"ip":{"ip":"192.0.2.0/24"}}`
)

func inGroup(id string) string { return fmt.Sprintf(`{"group":{"id":%q}}`, id) }

// object is an object with an id and more fields.
func object(id string, fields ...string) string {
	return strings.Join(append([]string{fmt.Sprintf(`{"id":%q,"name":"the %[1]s"`, id)}, fields...), ",") + "}"
}

func include(rules ...string) string { return `"include":[` + strings.Join(rules, ",") + `]` }
func exclude(rules ...string) string { return `"exclude":[` + strings.Join(rules, ",") + `]` }
func require(rules ...string) string { return `"require":[` + strings.Join(rules, ",") + `]` }

const (
	serviceAuth = `"decision":"non_identity"`
	allow       = `"decision":"allow"`
	used        = `"app_count":1`
)

func TestReferencesAreFoundByTheRulesThatMatchTheToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policies, applications, groups []string
		want, anyToken                 string
		unread                         string
	}{
		"a Service Auth policy":             {policies: []string{object("p", serviceAuth, used, include(named))}, want: "policy p include non_identity admits"},
		"an Allow policy":                   {policies: []string{object("p", allow, used, include(named))}, want: "policy p include allow shut"},
		"a Bypass policy":                   {policies: []string{object("p", `"decision":"bypass"`, used, include(named))}, want: "policy p include bypass shut"},
		"a policy without an application":   {policies: []string{object("p", serviceAuth, `"app_count":0`, include(named))}, want: "policy p include non_identity shut"},
		"a policy of another token":         {policies: []string{object("p", serviceAuth, used, include(other, everyone, address))}},
		"a policy that excludes it":         {policies: []string{object("p", serviceAuth, used, include(anyValid), exclude(named))}, want: "policy p exclude non_identity shut", anyToken: "policy p include non_identity shut"},
		"a policy that requires it":         {policies: []string{object("p", serviceAuth, used, include(address), require(named))}, want: "policy p require non_identity admits"},
		"a policy that requires another":    {policies: []string{object("p", serviceAuth, used, include(named), require(other))}, want: "policy p include non_identity shut"},
		"a policy that requires an address": {policies: []string{object("p", serviceAuth, used, include(named), require(address), exclude(address))}, want: "policy p include non_identity admits"},
		"a policy that excludes everyone":   {policies: []string{object("p", serviceAuth, used, include(named), exclude(everyone))}, want: "policy p include non_identity shut"},
		"two places":                        {policies: []string{object("p", serviceAuth, used, include(named, named), require(named))}, want: "policy p include non_identity admits; policy p require non_identity admits"},
		"any valid token":                   {policies: []string{object("p", serviceAuth, used, include(anyValid))}, anyToken: "policy p include non_identity admits"},
		"an application's own policy": {
			applications: []string{object("a", `"domain":null,"policies":[`+object("own", serviceAuth, include(named))+`,`+object("other", serviceAuth, include(other))+`]`)},
			want:         "application a/own include non_identity admits",
		},
		"a reusable policy in an application": {
			policies:     []string{object("p", serviceAuth, include(named))},
			applications: []string{object("a", `"policies":[`+object("p", serviceAuth, include(named))+`]`)},
			want:         "policy p include non_identity admits",
		},
		"a reusable policy that an application shows by its id": {
			policies:     []string{object("p", serviceAuth, include(named))},
			applications: []string{object("a", `"policies":[{"id":"p","precedence":1}]`)},
			want:         "policy p include non_identity admits",
		},
		"a policy that is shown nowhere": {applications: []string{object("a", `"policies":[{"id":"p"}]`)}, unread: "policies p"},
		"a group":                        {groups: []string{object("g", include(named))}, want: "group g include"},
		"a policy through a group": {
			policies: []string{object("p", serviceAuth, used, include(inGroup("g")))}, groups: []string{object("g", include(named))},
			want: "group g include; policy p include non_identity via g admits",
		},
		"a policy through a group that excludes it": {
			policies: []string{object("p", serviceAuth, used, include(inGroup("g")))}, groups: []string{object("g", include(everyone), exclude(named))},
			want: "group g exclude; policy p include non_identity via g shut",
		},
		"a policy that excludes its group": {
			policies: []string{object("p", serviceAuth, used, include(named), exclude(inGroup("g")))}, groups: []string{object("g", include(anyValid))},
			want: "policy p include non_identity shut", anyToken: "group g include; policy p exclude non_identity via g shut",
		},
		"groups within groups, the shortest way": {
			policies: []string{object("p", allow, used, require(inGroup("outer"), inGroup("middle")))},
			groups:   []string{object("outer", include(inGroup("middle"))), object("middle", include(inGroup("inner"))), object("inner", include(other, named))},
			want:     "group inner include; policy p require allow via middle via inner shut; group middle include via inner; group outer include via middle via inner",
		},
		"two ways of one length, the first": {
			policies: []string{object("p", serviceAuth, used, include(inGroup("two"), inGroup("one")))},
			groups:   []string{object("one", include(named)), object("two", include(named))},
			want:     "group one include; group two include; policy p include non_identity via two admits",
		},
		"groups in a circle": {
			policies: []string{object("p", serviceAuth, used, include(inGroup("one")))},
			groups:   []string{object("one", include(inGroup("two"))), object("two", include(inGroup("one"), named)), object("self", include(inGroup("self")))},
			want:     "group two include; policy p include non_identity via one via two admits; group one include via two",
		},
		"a group that is not listed": {policies: []string{object("p", serviceAuth, used, include(inGroup("g")))}, unread: "groups g"},
		"SCIM": {
			applications: []string{
				object("one", `"domain":"hr.example.com","scim_config":{"authentication":{"scheme":"access_service_token","client_id":"mine.access"}}`),
				object("list", `"scim_config":{"authentication":[{"scheme":"httpbasic","user":"x"},{"scheme":"access_service_token","client_id":"mine.access"}]}`),
				object("others", `"scim_config":{"authentication":{"scheme":"access_service_token","client_id":"others.access"}}`),
				object("basic", `"scim_config":{"authentication":{"scheme":"oauth2","client_id":"mine.access"}}`),
				object("none", `"scim_config":null`),
			},
			want: "application list scimConfig; application one scimConfig",
		},
		"rules of other forms": {policies: []string{object("p", serviceAuth, used, `"include":["x",{"service_token":5},{"group":{"id":7}},{},`+named+`]`, `"exclude":{}`)}, want: "policy p include non_identity admits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			objects := AccessObjects{
				policies:     decodeAll(t, wirePolicy.policy, test.policies),
				applications: decodeAll(t, wireApplication.application, test.applications), applicationsRead: true,
				groups: decodeAll(t, wireGroup.group, test.groups),
			}
			found := objects.References("me", "mine.access")
			for what, pair := range map[string][2]any{"the token": {found.Token, test.want}, "any token": {found.AnyToken, test.anyToken}} {
				var lines []string
				for _, r := range pair[0].([]Reference) {
					lines = append(lines, told(r))
				}
				if got := strings.Join(lines, "; "); got != pair[1] {
					t.Errorf("%s:\n got %s\nwant %s", what, got, pair[1])
				}
			}
			var unread []string
			for _, u := range objects.unlisted() {
				unread = append(unread, string(u.What)+" "+strings.Join(u.IDs, ","))
			}
			if got := strings.Join(unread, "; "); got != test.unread {
				t.Errorf("unread: got %q, want %q", got, test.unread)
			}
		})
	}
}

func TestAReusablePolicyIsShownWithItsApplications(t *testing.T) {
	t.Parallel()
	found := AccessObjects{
		policies:         decodeAll(t, wirePolicy.policy, []string{object("counted", `"app_count":3`, include(named)), object("uncounted", include(named))}),
		applications:     decodeAll(t, wireApplication.application, []string{object("a", `"domain":"app.example.com","policies":[{"id":"uncounted"},{"id":"counted"}]`)}),
		applicationsRead: true,
	}
	want := AccessObject{ID: "a", Name: "the a", Domain: "app.example.com"}
	for _, r := range found.References("me", "").Token {
		if !slices.Equal(r.Applications, []AccessObject{want}) {
			t.Errorf("%s: the applications are %v", r.ID, r.Applications)
		}
		if count := map[string]int{"counted": 3, "uncounted": 1}[r.ID]; r.AppCount == nil || *r.AppCount != count {
			t.Errorf("%s: the number of applications is %v, want %d", r.ID, r.AppCount, count)
		}
	}
	found.applications, found.applicationsRead = nil, false
	if r := found.References("me", "").Token[1]; r.ID != "uncounted" || r.AppCount != nil {
		t.Errorf("%s: the number of applications is known, and nothing shows it", r.ID)
	}
}

// Without a memory of what groups come to, this would take 2 to the power of 200 steps.
func TestGroupsThatShareGroupsAreJudgedOnce(t *testing.T) {
	t.Parallel()
	var groups []string
	for i := range 200 {
		inner := inGroup(fmt.Sprint("g", i+1))
		groups = append(groups, object(fmt.Sprint("g", i), include(inner, inner), require(inner)))
	}
	groups = append(groups, object("g200", include(named)))
	found := AccessObjects{
		policies: decodeAll(t, wirePolicy.policy, []string{object("p", serviceAuth, used, include(inGroup("g0")))}),
		groups:   decodeAll(t, wireGroup.group, groups),
	}.References("me", "")
	for _, r := range found.Token {
		if r.ID == "p" && (len(r.Via) != 201 || !*r.Admits) {
			t.Errorf("through %d groups, admits %v", len(r.Via), *r.Admits)
		}
	}
	if len(found.Token) != 1+200*2+1 {
		t.Errorf("%d references", len(found.Token))
	}
}

// What a circle of groups leaves open stays open, and counts as met; the rest follows.
func TestGroupsInACircleAreJudgedAlikeInEveryOrder(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		groups []string
		want   map[string]match
	}{
		"two include each other, and one the token": {
			[]string{object("a", include(inGroup("b"))), object("b", include(inGroup("a"), named))}, map[string]match{"a": always, "b": always},
		},
		"two include each other alone": {
			[]string{object("a", include(inGroup("b"))), object("b", include(inGroup("a")))}, map[string]match{"a": maybe, "b": maybe},
		},
		"two exclude each other": {
			[]string{object("a", include(named), exclude(inGroup("b"))), object("b", include(named), exclude(inGroup("a")))}, map[string]match{"a": maybe, "b": maybe},
		},
		"two exclude each other, and one does not have the token": {
			[]string{object("a", include(named), exclude(inGroup("b"))), object("b", include(other), exclude(inGroup("a")))}, map[string]match{"a": always, "b": never},
		},
		"one excludes itself": {
			[]string{object("a", include(named), exclude(inGroup("a"))), object("b", include(named), exclude(inGroup("a")))}, map[string]match{"a": maybe, "b": maybe},
		},
		"three require each other": {
			[]string{object("a", include(named), require(inGroup("b"))), object("b", include(named), require(inGroup("c"))), object("c", include(named), require(inGroup("a")))},
			map[string]match{"a": maybe, "b": maybe, "c": maybe},
		},
		"three require each other, and one does not have the token": {
			[]string{object("a", include(named), require(inGroup("b"))), object("b", include(named), require(inGroup("c"))), object("c", include(other), require(inGroup("a")))},
			map[string]match{"a": never, "b": never, "c": never},
		},
		"a circle, of which one excludes a group outside": {
			[]string{object("a", include(inGroup("b")), exclude(inGroup("c"))), object("b", include(inGroup("a"), address)), object("c", include(named))},
			map[string]match{"a": never, "b": maybe, "c": always},
		},
		"a circle of requirement and exclusion": {
			[]string{object("a", include(named), exclude(inGroup("b"))), object("b", include(inGroup("c")), exclude(inGroup("a"))), object("c", include(named), require(inGroup("b")))},
			map[string]match{"a": maybe, "b": maybe, "c": maybe},
		},
	} {
		for order := range permutations(test.groups) {
			judge := newAccessJudge("me", decodeAll(t, wireGroup.group, order))
			if !maps.Equal(judge.groups, test.want) {
				t.Errorf("%s, in the order %s: %v, want %v", name, order, judge.groups, test.want)
			}
			for id, want := range test.want {
				policy := accessPolicy{decision: "non_identity", accessRules: accessRules{include: []accessRule{{group: id}}}}
				if got := judge.admits(policy); got != (want != never) {
					t.Errorf("%s, in the order %s: a policy that includes %s admits %v", name, order, id, got)
				}
			}
		}
	}
}

func permutations(of []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		if len(of) == 0 {
			yield(nil)
			return
		}
		for i, first := range of {
			for rest := range permutations(slices.Delete(slices.Clone(of), i, i+1)) {
				if !yield(append([]string{first}, rest...)) {
					return
				}
			}
		}
	}
}

package cfsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rule is one rule of a policy or a group, by its kind, as the API has it:
// {"service_token": {"token_id": "…"}}. Kinds that the simulator does not know are
// kept as they are.
type Rule map[string]json.RawMessage

// ServiceTokenRule matches one service token.
func ServiceTokenRule(tokenID string) Rule {
	return Rule{"service_token": marshal(map[string]string{"token_id": tokenID})}
}

// AnyValidServiceTokenRule matches every service token of the account.
func AnyValidServiceTokenRule() Rule { return Rule{"any_valid_service_token": json.RawMessage("{}")} }

// GroupRule matches what an Access group matches.
func GroupRule(groupID string) Rule {
	return Rule{"group": marshal(map[string]string{"id": groupID})}
}

// ServiceToken returns the id of the token that the rule matches, or "".
func (r Rule) ServiceToken() string { return r.text("service_token", "token_id") }

// Group returns the id of the group that the rule matches, or "".
func (r Rule) Group() string { return r.text("group", "id") }

// AnyValidServiceToken reports whether the rule matches every service token.
func (r Rule) AnyValidServiceToken() bool { return r["any_valid_service_token"] != nil }

func (r Rule) text(kind, field string) string {
	var fields map[string]any
	_ = json.Unmarshal(r[kind], &fields) // a rule of another kind has none
	text, _ := fields[field].(string)
	return text
}

// Rules are those of a policy or a group.
type Rules struct {
	Include []Rule `json:"include"`
	Exclude []Rule `json:"exclude"`
	Require []Rule `json:"require"`
}

func (r Rules) all() []Rule { return slices.Concat(r.Include, r.Exclude, r.Require) }

func (r Rules) names(tokenID string) bool {
	return slices.ContainsFunc(r.all(), func(rule Rule) bool { return rule.ServiceToken() == tokenID })
}

func (r Rules) validate() error {
	for _, rule := range r.all() {
		_, token := rule["service_token"]
		_, group := rule["group"]
		if len(rule) != 1 || token && rule.ServiceToken() == "" || group && rule.Group() == "" {
			return fmt.Errorf(`the rule %s is not of the form {"service_token": {"token_id": "…"}}`, marshal(rule))
		}
	}
	return nil
}

// Policy is an Access policy: a reusable one of an account, or one of an
// application's own.
type Policy struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Decision is "allow", "deny", "bypass", or "non_identity", which the dashboard
	// calls Service Auth.
	Decision string `json:"decision"`
	// Precedence is the policy's place among those of an application.
	Precedence int `json:"precedence,omitempty"`
	Rules
}

// ServiceAuthPolicy is a policy that admits what one of the rules matches.
func ServiceAuthPolicy(name string, include ...Rule) Policy {
	return Policy{Name: name, Decision: "non_identity", Rules: Rules{Include: include}}
}

var decisions = []string{"allow", "deny", "non_identity", "bypass"}

func (p Policy) validate() error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return errors.New("name must not be blank")
	case !slices.Contains(decisions, p.Decision):
		return fmt.Errorf("decision cannot be %q; write one of %q", p.Decision, decisions)
	}
	return p.Rules.validate()
}

// Group is an Access group.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Rules
}

func (g Group) validate() error {
	if strings.TrimSpace(g.Name) == "" {
		return errors.New("name must not be blank")
	}
	return g.Rules.validate()
}

// Application is an Access application.
type Application struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Type is "self_hosted" if left out.
	Type string `json:"type"`
	AUD  string `json:"aud"`
	// Domain is the host, with a path or not; nil for an application that stands
	// before a Worker, for example.
	Domain *string `json:"domain"`
	// Policies are the application's own, and, with an id alone, reusable ones. A
	// policy without a precedence follows the one before.
	Policies []Policy `json:"policies"`
	// SCIMConfig is as the API has it. Where its authentication has the scheme
	// "access_service_token", it refers to a token by its client id.
	SCIMConfig                  json.RawMessage `json:"scim_config,omitempty"`
	ReadServiceTokensFromHeader string          `json:"read_service_tokens_from_header,omitempty"`
	ServiceAuth401Redirect      bool            `json:"service_auth_401_redirect,omitempty"`
	CustomNonIdentityDenyURL    string          `json:"custom_non_identity_deny_url,omitempty"`
	OAuthConfiguration          json.RawMessage `json:"oauth_configuration,omitempty"`
}

// isReference reports whether a policy of an application stands for a reusable one.
func (p Policy) isReference() bool { return p.ID != "" && p.Decision == "" }

func (a Application) validate() error {
	if strings.TrimSpace(a.Name) == "" {
		return errors.New("name must not be blank")
	}
	for _, p := range a.Policies {
		if p.isReference() {
			continue
		}
		if err := p.validate(); err != nil {
			return fmt.Errorf("policy %q: %w", p.Name, err)
		}
	}
	return nil
}

// scimClients are the client ids of the service tokens in the SCIM configuration,
// whose authentication is one method or a list of them.
func (a Application) scimClients() (clientIDs []string) {
	type method struct {
		Scheme   string `json:"scheme"`
		ClientID string `json:"client_id"`
	}
	var config struct{ Authentication json.RawMessage }
	_ = json.Unmarshal(a.SCIMConfig, &config) // an application without one has none
	var one method
	var several []method
	if json.Unmarshal(config.Authentication, &one) == nil {
		several = []method{one}
	} else {
		_ = json.Unmarshal(config.Authentication, &several)
	}
	for _, m := range several {
		if m.Scheme == "access_service_token" {
			clientIDs = append(clientIDs, m.ClientID)
		}
	}
	return clientIDs
}

// scoped is an object of an account or a zone.
type scoped[T any] struct {
	scope  string
	object T
}

// access are the objects that use service tokens, in the order of their creation.
type access struct {
	policies     []scoped[Policy]
	applications []scoped[Application]
	groups       []scoped[Group]
}

// policy returns a reusable policy.
func (a *access) policy(id string) (Policy, bool) {
	i := slices.IndexFunc(a.policies, func(p scoped[Policy]) bool { return p.object.ID == id })
	if i < 0 {
		return Policy{}, false
	}
	return a.policies[i].object, true
}

// applied returns the policies of an application in the order of their precedence,
// with the reusable ones in place of the references to them.
func (a *access) applied(app Application) []Policy {
	var policies []Policy
	for _, p := range app.Policies {
		if p.isReference() {
			reusable, ok := a.policy(p.ID)
			if !ok {
				continue
			}
			reusable.Precedence = p.Precedence
			p = reusable
		}
		policies = append(policies, p)
	}
	slices.SortStableFunc(policies, func(p, q Policy) int { return p.Precedence - q.Precedence })
	return policies
}

// appCount returns how many applications a reusable policy is applied to.
func (a *access) appCount(policyID string) (n int) {
	for _, app := range a.applications {
		if slices.ContainsFunc(app.object.Policies, func(p Policy) bool { return p.isReference() && p.ID == policyID }) {
			n++
		}
	}
	return n
}

// namedByPolicy reports whether a rule of a policy names the token itself. One that
// matches it through a group does not.
func (a *access) namedByPolicy(tokenID string) bool {
	names := func(p Policy) bool { return p.names(tokenID) }
	return slices.ContainsFunc(a.policies, func(p scoped[Policy]) bool { return names(p.object) }) ||
		slices.ContainsFunc(a.applications, func(app scoped[Application]) bool { return slices.ContainsFunc(app.object.Policies, names) })
}

// uses reports whether a policy, a group or a SCIM configuration refers to a token,
// so that Cloudflare refuses to delete it.
func (a *access) uses(t Token) bool {
	return a.namedByPolicy(t.ID) ||
		slices.ContainsFunc(a.groups, func(g scoped[Group]) bool { return g.object.names(t.ID) }) ||
		slices.ContainsFunc(a.applications, func(app scoped[Application]) bool {
			return slices.Contains(app.object.scimClients(), t.ClientID)
		})
}

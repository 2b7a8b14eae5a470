package cfapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/cloudflare/cloudflare-go/v7/option"
)

// accessRule is a rule of a policy or a group, as far as it is about service
// tokens. One of any other kind is the zero value.
type accessRule struct {
	token    string // the id of the token that it matches
	group    string // the id of the group whose members it matches
	anyToken bool
	everyone bool
}

// accessRules are the rules of a policy or a group, by the place where they stand.
type accessRules struct{ include, exclude, require []accessRule }

// accessPolicy is a reusable policy, or one of an application.
type accessPolicy struct {
	id, name, decision string
	accessRules
	// appCount is how many applications a reusable policy is applied to; nil where
	// the answer does not say.
	appCount *int
	// byID: the answer has no rules, but only the id of a reusable policy.
	byID bool
}

// accessApplication is an Access application.
type accessApplication struct {
	id, name, domain string
	policies         []accessPolicy
	// scimClients are the client ids of the service tokens in its SCIM
	// configuration.
	scimClients []string
}

// accessGroup is an Access group.
type accessGroup struct {
	id, name string
	accessRules
}

var errNoAccessID = errors.New("a policy, application or group in the answer has no id")

// listPolicies returns the reusable policies of an account; zones have none.
func (c *Client) listPolicies(ctx context.Context, account Scope) ([]accessPolicy, error) {
	return listAccess(ctx, c, account, "policies", wirePolicy.policy, func(p accessPolicy) string { return p.id })
}

// listApplications returns the applications of a scope, each with its policies.
func (c *Client) listApplications(ctx context.Context, scope Scope) ([]accessApplication, error) {
	return listAccess(ctx, c, scope, "apps", wireApplication.application, func(a accessApplication) string { return a.id })
}

// listGroups returns the groups of a scope.
func (c *Client) listGroups(ctx context.Context, scope Scope) ([]accessGroup, error) {
	return listAccess(ctx, c, scope, "groups", wireGroup.group, func(g accessGroup) string { return g.id })
}

// listAccess returns all objects of a collection, read from their form in an
// answer.
func listAccess[W, T any](ctx context.Context, c *Client, scope Scope, collection string, read func(W) T, id func(T) string) ([]T, error) {
	return listAll(func(page int64) ([]T, wirePageInfo, error) {
		r := c.listing(scope, ListFilter{}, page, largestPage)
		r.collection = collection
		r.send = elsewhere(collection, r.send)
		return pageOf(ctx, c, r, func(result json.RawMessage) (object T, err error) {
			var wire W
			if err = json.Unmarshal(result, &wire); err != nil {
				return object, err
			}
			if object = read(wire); id(object) == "" {
				return object, errNoAccessID
			}
			return object, nil
		})
	}, id, nil)
}

// elsewhere turns a listing of tokens into one of another collection. The methods of
// cloudflare-go for these collections would link 0.8 MB of types that nothing decodes.
func elsewhere(collection string, send sender) sender {
	return func(ctx context.Context, options ...option.RequestOption) error {
		return send(ctx, append(options, option.WithMiddleware(func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
			req.URL = req.URL.JoinPath("..", collection)
			return next(req)
		}))...)
	}
}

type wireRules struct {
	Include lenient[[]lenient[wireRule]] `json:"include"`
	Exclude lenient[[]lenient[wireRule]] `json:"exclude"`
	Require lenient[[]lenient[wireRule]] `json:"require"`
}

type wireRule struct {
	Token lenient[struct {
		ID lenient[string] `json:"token_id"`
	}] `json:"service_token"`
	Group lenient[struct {
		ID lenient[string] `json:"id"`
	}] `json:"group"`
	AnyToken lenient[struct{}] `json:"any_valid_service_token"`
	Everyone lenient[struct{}] `json:"everyone"`
}

type wirePolicy struct {
	ID       lenient[string] `json:"id"`
	Name     lenient[string] `json:"name"`
	Decision lenient[string] `json:"decision"`
	AppCount lenient[int]    `json:"app_count"`
	wireRules
}

type wireGroup struct {
	ID   lenient[string] `json:"id"`
	Name lenient[string] `json:"name"`
	wireRules
}

type wireApplication struct {
	ID       lenient[string]                `json:"id"`
	Name     lenient[string]                `json:"name"`
	Domain   lenient[string]                `json:"domain"`
	Policies lenient[[]lenient[wirePolicy]] `json:"policies"`
	SCIM     lenient[struct {
		// Authentication is one method or a list of them.
		Authentication json.RawMessage `json:"authentication"`
	}] `json:"scim_config"`
}

func (w wireRules) rules() accessRules {
	read := func(l lenient[[]lenient[wireRule]]) (rules []accessRule) {
		for _, r := range l.orZero() {
			rule := r.orZero()
			rules = append(rules, accessRule{
				token: rule.Token.orZero().ID.orZero(), group: rule.Group.orZero().ID.orZero(),
				anyToken: rule.AnyToken.value != nil, everyone: rule.Everyone.value != nil,
			})
		}
		return rules
	}
	return accessRules{include: read(w.Include), exclude: read(w.Exclude), require: read(w.Require)}
}

func (w wirePolicy) policy() accessPolicy {
	return accessPolicy{
		id: w.ID.orZero(), name: w.Name.orZero(), decision: w.Decision.orZero(), accessRules: w.rules(), appCount: w.AppCount.value,
		byID: w.Decision.value == nil && w.Include.value == nil,
	}
}

func (w wireGroup) group() accessGroup {
	return accessGroup{id: w.ID.orZero(), name: w.Name.orZero(), accessRules: w.rules()}
}

func (w wireApplication) application() accessApplication {
	a := accessApplication{id: w.ID.orZero(), name: w.Name.orZero(), domain: w.Domain.orZero()}
	for _, p := range w.Policies.orZero() {
		a.policies = append(a.policies, p.orZero().policy())
	}
	type method struct {
		ClientID lenient[string] `json:"client_id"`
		Scheme   lenient[string] `json:"scheme"`
	}
	var one lenient[method]
	var several lenient[[]method]
	authentication := w.SCIM.orZero().Authentication
	_ = one.UnmarshalJSON(authentication) // what is of another form stays absent
	_ = several.UnmarshalJSON(authentication)
	for _, m := range append(several.orZero(), one.orZero()) {
		if m.Scheme.orZero() == "access_service_token" {
			a.scimClients = append(a.scimClients, m.ClientID.orZero())
		}
	}
	return a
}

package cfapi

import (
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
	for _, u := range found.unlisted() {
		if !slices.ContainsFunc(unread, func(whole Unread) bool { return whole.What == u.What }) {
			unread = append(unread, u)
		}
	}
	references := found.references(tokenID, clientID)
	references.Unread = unread
	return references, nil
}

// isForbidden reports whether the credentials lack the permission for this. Code 9109
// also stands for credentials that are not valid, or not valid at this address.
func isForbidden(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusForbidden && slices.ContainsFunc(e.Codes, func(c ErrorCode) bool {
		return c.Code == codeAuthentication || c.Code == codeUnauthorized && strings.HasPrefix(c.Message, "Unauthorized")
	})
}

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
// exist, unless the account has no policies, applications or groups.
func (c *Client) References(ctx context.Context, scope Scope, tokenID, clientID string) (References, error) {
	found, err := c.AccessObjects(ctx, scope)
	if err != nil {
		return References{}, err
	}
	// In an account that has nothing, the three listings are as many requests as it may take.
	if nothing := scope.Kind == KindAccount && found.empty() && len(found.unread) == 0; clientID == "" && !nothing || found.unauthorized != nil {
		token, err := c.Get(ctx, scope, tokenID)
		switch {
		case err == nil:
			clientID = token.ClientID
		case !isForbidden(err):
			return References{}, err
		case found.unauthorized != nil && isUnauthorized(err):
			return References{}, found.unauthorized
		case found.usesSCIM():
			found.unread = append(found.unread, Unread{What: UnreadSCIM, Err: err})
		}
	}
	return found.References(tokenID, clientID), nil
}

// AccessObjects lists what a scope has that may refer to a token.
func (c *Client) AccessObjects(ctx context.Context, scope Scope) (AccessObjects, error) {
	var found AccessObjects
	authenticated := false
	read := func(what UnreadPart, err error) error {
		authenticated = authenticated || !isUnauthorized(err)
		if !isForbidden(err) {
			return err
		}
		found.unread = append(found.unread, Unread{What: what, Err: err})
		if isUnauthorized(err) {
			found.unauthorized = err
		}
		return nil
	}
	var err error
	if scope.Kind == KindAccount {
		if found.policies, err = c.listPolicies(ctx, scope); read(UnreadPolicies, err) != nil {
			return AccessObjects{}, err
		}
	} else {
		found.unread = append(found.unread, Unread{What: UnreadPolicies})
	}
	if found.applications, err = c.listApplications(ctx, scope); read(UnreadApplications, err) != nil {
		return AccessObjects{}, err
	}
	found.applicationsRead = err == nil
	if found.groups, err = c.listGroups(ctx, scope); read(UnreadGroups, err) != nil {
		return AccessObjects{}, err
	}
	if authenticated {
		found.unauthorized = nil
	}
	return found, nil
}

// isForbidden reports whether the credentials lack the permission for this, or do not
// authenticate. Code 9109 also stands for credentials that are not valid, or not valid
// at this address.
func isForbidden(err error) bool {
	e, ok := asError(err)
	return ok && (e.Status == http.StatusForbidden || isUnauthorized(err)) && slices.ContainsFunc(e.Codes, func(c ErrorCode) bool {
		return c.Code == codeAuthentication || c.Code == codeUnauthorized && strings.HasPrefix(c.Message, "Unauthorized")
	})
}

// isUnauthorized reports whether a refusal has the status of credentials that do not
// authenticate, with which some of Cloudflare's APIs also answer to those that lack a
// permission.
func isUnauthorized(err error) bool {
	e, ok := asError(err)
	return ok && e.Status == http.StatusUnauthorized
}

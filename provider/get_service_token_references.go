package provider

import (
	"context"
	_ "embed" // the examples
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

var (
	_ infer.Fn[GetServiceTokenReferencesArgs, GetServiceTokenReferencesResult] = (*GetServiceTokenReferences)(nil)
	_ infer.Annotated                                                          = (*GetServiceTokenReferences)(nil)
	_ infer.Annotated                                                          = (*GetServiceTokenReferencesArgs)(nil)
	_ infer.Annotated                                                          = (*GetServiceTokenReferencesResult)(nil)
	_ infer.Annotated                                                          = (*ServiceTokenReference)(nil)
	_ infer.Annotated                                                          = (*AccessObject)(nil)
	_ infer.Annotated                                                          = (*UnreadReferences)(nil)
)

const referencesFunction tokens.Type = "cfaccess:index:getServiceTokenReferences"

// notLookedAt is what can use a token and no call of this provider shows.
const notLookedAt = "Hyperdrive configurations, device enrollment rules, MCP portals or other accounts"

// The permissions that the listings need, as Cloudflare's API names them.
const (
	readApplications = "Access: Apps and Policies Read"
	readGroups       = "Access: Organizations, Identity Providers, and Groups Read"
	readTokens       = "Access: Service Tokens Read"
)

// GetServiceTokenReferences is the controller of
// cfaccess:index:getServiceTokenReferences.
type GetServiceTokenReferences struct{}

// GetServiceTokenReferencesArgs say which token is meant.
type GetServiceTokenReferencesArgs struct {
	AccountID *string `pulumi:"accountId,optional"`
	ZoneID    *string `pulumi:"zoneId,optional"`
	TokenID   string  `pulumi:"tokenId"`
}

// GetServiceTokenReferencesResult is what the function returns.
type GetServiceTokenReferencesResult struct {
	References           []ServiceTokenReference `pulumi:"references"`
	AnyValidServiceToken []ServiceTokenReference `pulumi:"anyValidServiceToken"`
	Unread               []UnreadReferences      `pulumi:"unread"`
}

// ServiceTokenReference is an object that refers to a token.
type ServiceTokenReference struct {
	Kind         string         `pulumi:"kind"`
	ID           string         `pulumi:"id"`
	Name         string         `pulumi:"name"`
	Domain       *string        `pulumi:"domain,optional"`
	Policy       *AccessObject  `pulumi:"policy,optional"`
	Place        string         `pulumi:"place"`
	Decision     *string        `pulumi:"decision,optional"`
	Admits       *bool          `pulumi:"admits,optional"`
	Via          []AccessObject `pulumi:"via,optional"`
	AppCount     *int           `pulumi:"appCount,optional"`
	Applications []AccessObject `pulumi:"applications,optional"`
}

// AccessObject is an object of Cloudflare Access.
type AccessObject struct {
	ID     string  `pulumi:"id"`
	Name   string  `pulumi:"name"`
	Domain *string `pulumi:"domain,optional"`
}

// UnreadReferences is a part that was not looked at.
type UnreadReferences struct {
	What       string  `pulumi:"what"`
	Permission *string `pulumi:"permission,optional"`
	Reason     string  `pulumi:"reason"`
}

// getServiceTokenReferencesExamples are programs in every language, converted like
// [serviceTokenExamples].
//
//go:embed get_service_token_references_examples.md
var getServiceTokenReferencesExamples string

// Annotate describes the function for the schema.
func (g *GetServiceTokenReferences) Annotate(a infer.Annotator) {
	a.Describe(&g, "Finds what uses a service token, before you rotate, replace or delete it: the Access policies, applications and groups of the "+
		"same account or zone whose rules name it, directly or through groups, and the applications whose SCIM configuration uses it. "+
		"It also shows whether each policy lets the token in. The most common mistake is a token in an Allow policy, which asks for a login and does not admit the token: "+
		"use the action Service Auth instead. The function sends no secret anywhere and changes nothing.\n\n"+
		"An empty list does not prove that nobody uses the token. The function never looks at "+notLookedAt+", and cannot see which clients hold the token's client secret. "+
		"What it could not read is in `unread`. The API token needs the permissions `"+readApplications+"`, `"+readGroups+"` and `"+readTokens+"`; "+
		"without one of them the function returns what it can read, and names the permission in `unread`. "+
		"It is an error if the token does not exist, unless the account has no policies, applications or groups: the token itself is then not looked up, and the lists are empty. See "+guide("Finding service tokens", "finding-tokens.md")+".\n\n"+getServiceTokenReferencesExamples)
}

// Annotate describes the arguments for the schema.
func (args *GetServiceTokenReferencesArgs) Annotate(a infer.Annotator) {
	a.Describe(&args.AccountID, "The account of the token, which is searched: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both. "+
		"If both are left out, the provider's default account is used.")
	a.Describe(&args.ZoneID, "The zone of the token, which is searched: 32 lower-case hexadecimal characters. Set either `accountId` or `zoneId`, not both. "+
		"The reusable policies of the zone's account are then not read, and are in `unread`.")
	a.Describe(&args.TokenID, "The id of the token without the account or zone, such as the output `tokenId` of a `ServiceToken`: a UUID in lower case.")
}

// Annotate describes the result for the schema.
func (r *GetServiceTokenReferencesResult) Annotate(a infer.Annotator) {
	a.Describe(&r.References, "The policies, applications and groups that refer to this token. One that refers to it in several places, such as `include` and `require`, is listed once for each. "+
		"Those that name the token itself come first, then those that match it through groups; within each, policies, applications and groups, by name.")
	a.Describe(&r.AnyValidServiceToken, "The policies, applications and groups that have a rule for any valid service token, and therefore match this one too. Such rules do not prevent the deletion of the token.")
	a.Describe(&r.Unread, "What was not read, and may use the token too. Empty if everything that the function looks at was read.")
}

// Annotate describes a reference for the schema.
func (r *ServiceTokenReference) Annotate(a infer.Annotator) {
	a.Describe(&r, "A place at which a policy, an application or a group refers to a service token.")
	a.Describe(&r.Kind, "`policy` (a reusable policy of the account), `application` (a policy of the application, or its SCIM configuration), or `group` (an Access group).")
	a.Describe(&r.ID, "The id of the policy, application or group.")
	a.Describe(&r.Name, "The name of the policy, application or group.")
	a.Describe(&r.Domain, "The domain of the application. Absent for the other kinds, and for an application without a domain.")
	a.Describe(&r.Policy, "The policy of the application whose rule it is. Absent for the other kinds, and for a SCIM configuration.")
	a.Describe(&r.Place, "Where the rule is: `include`, `require` or `exclude`; `scimConfig` for the SCIM configuration of an application.")
	a.Describe(&r.Decision, "The action of the policy, as Cloudflare returns it: `non_identity` (Service Auth), `allow`, `deny` or `bypass`. Absent for groups and SCIM configurations.")
	a.Describe(&r.Admits, "Whether the policy lets the token in, judged by its action and its rules about tokens and groups. `false` for any action but Service Auth "+
		"(so for an Allow policy), for a policy that excludes the token or requires another one, and for a reusable policy that no application uses. "+
		"Rules about addresses, countries or devices count as met, and so do groups that contain each other, if no other rule decides. The other policies of the application are not considered. Absent for groups and SCIM configurations.")
	a.Describe(&r.Via, "The groups through which the rule matches the token, from the outermost to the one that names it. Absent if the rule names the token itself.")
	a.Describe(&r.AppCount, "How many applications use the reusable policy; 0 means that it lets nobody in anywhere. Absent for the other kinds, and where it is not known.")
	a.Describe(&r.Applications, "The applications that use the reusable policy, of those that were read. Absent for the other kinds, and if there are none.")
}

// Annotate describes an object for the schema.
func (o *AccessObject) Annotate(a infer.Annotator) {
	a.Describe(&o, "A policy, an application or a group of Cloudflare Access.")
	a.Describe(&o.ID, "The id.")
	a.Describe(&o.Name, "The name.")
	a.Describe(&o.Domain, "The domain of an application. Absent for policies and groups, and for an application without a domain.")
}

// Annotate describes what was not read for the schema.
func (u *UnreadReferences) Annotate(a infer.Annotator) {
	a.Describe(&u, "Something that may refer to the token and was not read.")
	a.Describe(&u.What, "`policies`, `applications`, `groups`, or `scimConfigs` (the SCIM configurations of applications).")
	a.Describe(&u.Permission, "The permission that the API token lacks, as Cloudflare names it. Absent if no permission would help.")
	a.Describe(&u.Reason, "Why it was not read, and what to do about it, in one sentence.")
}

// Invoke looks for the references.
func (*GetServiceTokenReferences) Invoke(ctx context.Context, req infer.FunctionRequest[GetServiceTokenReferencesArgs]) (infer.FunctionResponse[GetServiceTokenReferencesResult], error) {
	var none infer.FunctionResponse[GetServiceTokenReferencesResult]
	config := infer.GetConfig[*Config](ctx)
	scope, failures := config.lookupScope(req.Input.AccountID, req.Input.ZoneID)
	if failures = append(failures, checkTokenID(req.Input.TokenID)...); len(failures) > 0 {
		return none, middleware.RefusedArguments(failures)
	}
	found, err := config.client.References(ctx, scope, req.Input.TokenID, "")
	if cfapi.IsNotFound(err) {
		return none, notFound(servicetoken.Ref{Scope: scope, TokenID: req.Input.TokenID})
	}
	if err != nil {
		return none, fmt.Errorf("finding what uses %s: %w", servicetoken.Ref{Scope: scope, TokenID: req.Input.TokenID}, config.advise(err, scope, refusal.Reading))
	}
	result := GetServiceTokenReferencesResult{
		References: describeReferences(found.Token), AnyValidServiceToken: describeReferences(found.AnyToken), Unread: []UnreadReferences{},
	}
	for _, unread := range found.Unread {
		result.Unread = append(result.Unread, config.describeUnread(unread, scope))
	}
	return infer.FunctionResponse[GetServiceTokenReferencesResult]{Output: result}, nil
}

func describeReferences(found []cfapi.Reference) []ServiceTokenReference {
	described := []ServiceTokenReference{}
	for _, r := range found {
		d := ServiceTokenReference{
			Kind: string(r.Kind), ID: r.ID, Name: r.Name, Domain: presentText(r.Domain), Place: string(r.Place), Decision: presentText(r.Decision),
			Admits: r.Admits, Via: describeObjects(r.Via), AppCount: r.AppCount, Applications: describeObjects(r.Applications),
		}
		if r.Policy != nil {
			d.Policy = &describeObjects([]cfapi.AccessObject{*r.Policy})[0]
		}
		described = append(described, d)
	}
	return described
}

func describeObjects(objects []cfapi.AccessObject) (described []AccessObject) {
	for _, o := range objects {
		described = append(described, AccessObject{ID: o.ID, Name: o.Name, Domain: presentText(o.Domain)})
	}
	return described
}

// presentText is nil for a text that Cloudflare did not return.
func presentText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// describeUnread says why a part was not read, and what would help.
func (c *Config) describeUnread(unread cfapi.Unread, scope cfapi.Scope) UnreadReferences {
	described := UnreadReferences{What: string(unread.What)}
	switch {
	case unread.Err != nil:
		permission := map[cfapi.UnreadPart]string{
			cfapi.UnreadPolicies: readApplications, cfapi.UnreadApplications: readApplications, cfapi.UnreadGroups: readGroups, cfapi.UnreadSCIM: readTokens,
		}[unread.What]
		described.Reason = c.refused(scope, refusal.Reading).Needs(permission)
		if !c.usesKey {
			described.Permission = &permission
		}
	case len(unread.IDs) > 0:
		described.Reason = fmt.Sprintf("they are in use, but Cloudflare did not list them for %s: %s", scope, some(unread.IDs))
	default:
		described.Reason = "they belong to the zone's account, and the zone does not list them: check in the Zero Trust dashboard whether they name the token"
	}
	return described
}

// some lists the first of many.
func some(texts []string) string {
	const enough = 10
	if more := len(texts) - enough; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:enough], ", "), more)
	}
	return strings.Join(texts, ", ")
}

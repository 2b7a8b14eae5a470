package audit

import (
	"slices"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/cmd/pulumi-tool-cfaccess/internal/stackexport"
	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Report is what an audit found out.
type Report struct {
	Stacks   []stackexport.Export `json:"stacks"`
	Findings []Finding            `json:"findings"`
	Tokens   []Token              `json:"tokens"`
	// Remarks say what the audit does not know, and why.
	Remarks []string `json:"remarks"`
}

// Kind is a kind of finding.
type Kind string

const (
	// PendingCreation is a creation that was cut off, with the token that it left.
	PendingCreation Kind = "pendingCreation"
	// LeftBehind are tokens that carry the mark of a creation, were never used, and are
	// mentioned in no stack that was given.
	LeftBehind Kind = "leftBehind"
	// ManagedTwice is one token in two stacks, or twice in one.
	ManagedTwice Kind = "managedTwice"
	// SameName are tokens of one account or zone with the same name, at least one of which
	// no stack mentions.
	SameName Kind = "sameName"
	// SecretStale and SecretUnavailable are resources that do not hold the token's
	// current client secret.
	SecretStale       Kind = "secretStale"
	SecretUnavailable Kind = "secretUnavailable"
)

// Finding is something to look at.
type Finding struct {
	Kind Kind `json:"kind"`
	// Tokens are the ids of those that it is about.
	Tokens []string `json:"tokens"`
	Text   string   `json:"text"`
	// Advice is what to do, in this order.
	Advice []Step `json:"advice"`
}

// asksForAction reports whether there is something to do now. To export again is not:
// until then nothing is known.
func (f Finding) asksForAction() bool {
	return slices.ContainsFunc(f.Advice, func(s Step) bool { return s != exportAgain })
}

// Step is a part of an advice: a sentence, and the command that carries it out, if
// there is one.
type Step struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
}

// Status is what the stacks have to do with a token: the first of these that holds.
type Status string

const (
	// Managed tokens are resources of a stack, Read ones are read by a program, and
	// Mentioned ones stand somewhere else in an export.
	Managed   Status = "managed"
	Read      Status = "read"
	Mentioned Status = "mentioned"
	// TooNew tokens may be in a stack that was exported before.
	TooNew Status = "tooNew"
	// Unmentioned tokens are in none of the stacks that were given.
	Unmentioned Status = "unmentioned"
)

// Token is a token at Cloudflare.
type Token struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	ClientID string `json:"clientId"`
	// ImportIDs are the ids that import it, one for each account or zone that lists it.
	ImportIDs           []string   `json:"importIds"`
	Enabled             bool       `json:"enabled"`
	ClientSecretVersion *int64     `json:"clientSecretVersion"`
	CreatedAt           *time.Time `json:"createdAt"`
	ExpiresAt           *time.Time `json:"expiresAt"`
	LastSeenAt          *time.Time `json:"lastSeenAt"`
	// CreationMark says that the provider made the token, and that it was not rotated.
	CreationMark bool   `json:"creationMark"`
	Status       Status `json:"status"`
	// Holders are the places in stacks where it stands.
	Holders []Holder `json:"holders"`

	scopes []cfapi.Scope
	marker *time.Time
	// tooNew says that the exports may be older than what happened to the token.
	tooNew bool
}

// Holder is a place in a stack where a token stands.
type Holder struct {
	Project string `json:"project"`
	Stack   string `json:"stack"`
	File    string `json:"file"`
	// Status is Managed, Read or Mentioned.
	Status Status `json:"status"`
	// URN is that of the resource. What only mentions a token has none.
	URN string `json:"urn,omitempty"`
	// ClientSecretStatus is the resource's output, brought up to date by the version
	// that Cloudflare shows.
	ClientSecretStatus string `json:"clientSecretStatus,omitempty"`

	export stackexport.Export
	entry  stackexport.Entry
}

// mayBeUnheld reports whether nobody may hold the token: no given stack mentions it, and
// it was never used.
func (t Token) mayBeUnheld() bool { return t.Status == Unmentioned && t.LastSeenAt == nil }

// managers are the resources that the token is.
func (t Token) managers() (managers []Holder) {
	for _, holder := range t.Holders {
		if holder.Status == Managed {
			managers = append(managers, holder)
		}
	}
	return managers
}

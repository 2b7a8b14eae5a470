package servicetoken

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

var (
	scopeIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
	// Cloudflare's older documentation shows token ids as 32 hexadecimal
	// characters; today's are UUIDs.
	clientIDPattern = regexp.MustCompile(`^[0-9a-f]{32}\.access$`)
	tokenIDPattern  = regexp.MustCompile(`^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$`)
)

const idForms = "<account id>/<token id> for an account's token, zones/<zone id>/<token id> for a zone's"

// Ref says which token is meant and where it lives.
type Ref struct {
	Scope   cfapi.Scope
	TokenID string
}

// ID spells the reference as the resource id. There is one spelling a token:
// an id with two would let a program's `import` option, written in the other
// one, plan a replacement that deletes the live token.
func (r Ref) ID() string {
	if r.Scope.Kind == cfapi.KindZone {
		return "zones/" + r.Scope.ID + "/" + r.TokenID
	}
	return r.Scope.ID + "/" + r.TokenID
}

// String names the token as a message does.
func (r Ref) String() string {
	return fmt.Sprintf("service token %s of %s", r.TokenID, r.Scope)
}

// ParseID reads the one accepted spelling. For every other it returns an error
// that says what to write instead; defaultAccountID, if set, completes the
// suggestion for an id without a scope.
func ParseID(id, defaultAccountID string) (Ref, error) {
	parts := strings.Split(id, "/")
	switch {
	case len(parts) == 2 && scopeIDPattern.MatchString(parts[0]) && tokenIDPattern.MatchString(parts[1]):
		return Ref{cfapi.Account(parts[0]), parts[1]}, nil
	case len(parts) == 3 && parts[0] == "zones" && scopeIDPattern.MatchString(parts[1]) && tokenIDPattern.MatchString(parts[2]):
		return Ref{cfapi.Zone(parts[1]), parts[2]}, nil
	}
	return Ref{}, fmt.Errorf("the id %q is not a service token id: %s", Clip(id), idAdvice(id, defaultAccountID))
}

// Locate returns which token a resource stands for: by its id, which is enough by
// itself, or, for an id of another provider's making, by its state.
func Locate(id string, state State, defaultAccountID string) (Ref, error) {
	ref, err := ParseID(id, defaultAccountID)
	if err == nil || state.TokenID == "" || state.AccountID == nil && state.ZoneID == nil {
		return ref, err
	}
	return Ref{scopeOf(state.AccountID, state.ZoneID), state.TokenID}, nil
}

// scopeOf reads the scope from the two properties, one of which is set.
func scopeOf(accountID, zoneID *string) cfapi.Scope {
	if zoneID != nil {
		return cfapi.Zone(*zoneID)
	}
	return cfapi.Account(deref(accountID))
}

// IsClientID reports whether a text is a client id, which is easily taken for the
// token's id.
func IsClientID(text string) bool { return clientIDPattern.MatchString(strings.ToLower(text)) }

// IsTokenID reports whether an id is spelled as a token's.
func IsTokenID(id string) bool { return tokenIDPattern.MatchString(id) }

// idAdvice finds what the writer of a refused id most likely meant.
func idAdvice(id, defaultAccountID string) string {
	words := idWords(id)
	kind := cfapi.KindAccount
	var ids []string
	for _, word := range words {
		switch {
		case word == "zone" || word == "zones":
			kind = cfapi.KindZone
		case tokenIDPattern.MatchString(word):
			ids = append(ids, word)
		}
	}
	first, last, slash := strings.Cut(strings.TrimSpace(id), "/")
	switch {
	case slices.ContainsFunc(words, clientIDPattern.MatchString):
		return "it contains a client id, which ends in .access: write the token's id, a UUID, in its place"
	case slash && last == "" && scopeIDPattern.MatchString(strings.ToLower(first)):
		return fmt.Sprintf("the id of the token is missing, as after an empty variable: write %s/<token id>", strings.ToLower(first))
	case slash && first == "" && len(words) == 1 && len(ids) == 1:
		return fmt.Sprintf("the id of the account is missing, as after an empty variable: write <account id>/%s, or zones/<zone id>/%s for a zone's token", ids[0], ids[0])
	case kind == cfapi.KindZone && len(words) == 2 && len(ids) == 1 && scopeIDPattern.MatchString(ids[0]) && !strings.Contains(id, "//"):
		return fmt.Sprintf("the id of the token is missing, as after an empty variable: write zones/%s/<token id>", ids[0])
	case kind == cfapi.KindZone && len(words) == 2 && len(ids) == 1:
		return fmt.Sprintf("the id of the zone is missing, as after an empty variable: write zones/<zone id>/%s", ids[0])
	case len(ids) == 2 && scopeIDPattern.MatchString(ids[0]):
		return fmt.Sprintf("write %s", Ref{cfapi.Scope{Kind: kind, ID: ids[0]}, ids[1]}.ID())
	case len(ids) == 1 && len(words) == 1 && defaultAccountID != "":
		return fmt.Sprintf("it names no account or zone; write %s (for the default account), or zones/<zone id>/%s for a zone's token",
			Ref{cfapi.Account(defaultAccountID), ids[0]}.ID(), ids[0])
	case len(ids) == 1 && len(words) == 1:
		return fmt.Sprintf("it names no account or zone; write <account id>/%s, or zones/<zone id>/%s for a zone's token", ids[0], ids[0])
	}
	return "write " + idForms + "; account and zone ids are 32 hexadecimal characters, token ids are UUIDs, all in lower case"
}

// TokenIDIn finds the token that a refused id most likely means, if any.
func TokenIDIn(id string) string {
	for _, word := range slices.Backward(idWords(id)) {
		if tokenIDPattern.MatchString(word) {
			return word
		}
	}
	return ""
}

// idWords are what stands between the separators that people write in an id.
func idWords(id string) []string {
	return strings.FieldsFunc(strings.ToLower(id), func(r rune) bool { return strings.ContainsRune("/,:; \t\r\n", r) })
}

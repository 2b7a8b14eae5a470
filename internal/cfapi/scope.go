package cfapi

// ScopeKind is the kind of place in which a service token lives.
type ScopeKind int

const (
	// KindAccount is a token of a whole account.
	KindAccount ScopeKind = iota
	// KindZone is a token of a single zone.
	KindZone
)

// Scope is where a token lives. Account and zone ids look alike, so the kind is
// part of it. It is comparable, so it can be a map key.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// Account is the scope of the account with this id.
func Account(id string) Scope { return Scope{Kind: KindAccount, ID: id} }

// Zone is the scope of the zone with this id.
func Zone(id string) Scope { return Scope{Kind: KindZone, ID: id} }

// Noun returns the word for a place of this kind in messages.
func (k ScopeKind) Noun() string {
	if k == KindZone {
		return "zone"
	}
	return "account"
}

// Other returns the other kind of place.
func (k ScopeKind) Other() ScopeKind {
	if k == KindZone {
		return KindAccount
	}
	return KindZone
}

// Property returns the name of the input that holds the id of such a place.
func (s Scope) Property() string { return s.Kind.Noun() + "Id" }

// String returns the scope as messages name it: "account 0123…".
func (s Scope) String() string { return s.Kind.Noun() + " " + s.ID }

func (s Scope) path() string {
	return s.Kind.Noun() + "s/" + s.ID
}

// accountAndZone returns the two path parameters that cloudflare-go takes, one of
// them empty.
func (s Scope) accountAndZone() (accountID, zoneID string) {
	if s.Kind == KindZone {
		return "", s.ID
	}
	return s.ID, ""
}

// plainID reports whether an id can be part of a path as it is. cloudflare-go does
// not escape ids, so anything else would address something else.
func plainID(id string) bool {
	for _, r := range id {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-', r == '_':
		default:
			return false
		}
	}
	return id != ""
}

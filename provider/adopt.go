package provider

// A stack that holds a token of the cloudflare provider moves over by the type
// in its program: the resource's aliases let the engine find the old entry, and
// hand its state to this provider, which migrates it here.

// adoptedTypes are the cloudflare provider's two names of the same resource.
var adoptedTypes = []string{
	"cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
	"cloudflare:index/accessServiceToken:AccessServiceToken",
}

// foreignAliases are for the schema: infer can name only types of its own package.
func foreignAliases() []any {
	var aliases []any
	for _, name := range adoptedTypes {
		aliases = append(aliases, map[string]any{"type": name})
	}
	return aliases
}

// foreign reports whether the state is the cloudflare provider's, migrated: one of
// this provider always says what its client secret is.
func (s ServiceTokenState) foreign() bool { return s.TokenID != "" && s.ClientSecretStatus == "" }

// adopted turns a foreign state into one of this provider, whose client secret is
// of the held version. Any other state it leaves as it is. When the secret was
// issued is not known.
func (s ServiceTokenState) adopted(held int) ServiceTokenState {
	if !s.foreign() {
		return s
	}
	s.ClientSecretStatus = statusUnavailable
	if s.ClientSecret != nil {
		s.ClientSecretStatus, s.HeldClientSecretVersion = statusCurrent, &held
		if s.ClientSecretVersion != nil && *s.ClientSecretVersion != held {
			s.ClientSecretStatus = statusStale
		}
	}
	if s.Enabled == nil {
		s.Enabled = new(true)
	}
	return s
}

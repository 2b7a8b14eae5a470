package servicetoken

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// A stack that holds a token of the cloudflare provider moves over by the type in
// its program: the resource's aliases let the engine find the old entry, and hand
// its state to this provider. It is adopted here, when it is read.

// adopt reads a state of the cloudflare provider, of whichever version. What it
// does not know, or cannot read, counts as absent: the next answer of
// Cloudflare shows it. held is the version that the client secret belongs to, nil if nobody knows.
func adopt(old property.Map, held *int) State {
	id := foreignText(old, "id")
	if id == nil {
		return State{}
	}
	s := State{
		AccountID:                     foreignScope(old, "accountId"),
		ZoneID:                        foreignScope(old, "zoneId"),
		Name:                          deref(foreignText(old, "name")),
		Duration:                      foreignDuration(old, "duration"),
		Enabled:                       foreignBool(old, "enabled"),
		TokenID:                       *id,
		ClientID:                      deref(foreignText(old, "clientId")),
		ClientSecret:                  foreignText(old, "clientSecret"),
		ClientSecretVersion:           foreignVersion(old, "clientSecretVersion"),
		PreviousClientSecretExpiresAt: foreignTime(old, "previousClientSecretExpiresAt"),
		ExpiresAt:                     foreignTime(old, "expiresAt"),
		CreatedAt:                     foreignTime(old, "createdAt"),
	}
	if deref(s.Duration) == Forever {
		s.ExpiresAt = nil // what is there means nothing
	}
	return s.adopted(held)
}

// adopted gives the state of another provider what it lacks. When the client secret
// was issued is not known.
func (s State) adopted(held *int) State {
	s.Adopting = true
	s.ClientSecretStatus, s.HeldClientSecretVersion = StatusUnavailable, nil
	switch {
	case s.ClientSecret == nil:
	case held == nil || s.ClientSecretVersion != nil && *s.ClientSecretVersion != *held:
		s.ClientSecretStatus, s.HeldClientSecretVersion = StatusStale, held
	default:
		s.ClientSecretStatus, s.HeldClientSecretVersion = StatusCurrent, held
	}
	return s
}

// Foreign is an adopted state as a refresh stores it, which leaves the adoption to the
// update that follows: that knows the program.
func (s State) Foreign() State {
	s.ClientSecretStatus, s.HeldClientSecretVersion = "", nil
	return s
}

// HeldVersion is the version that the client secret of another provider's state
// belongs to: the one that the last run asked for, or 1. That provider's refresh
// writes Cloudflare's version over it among the outputs, and among the inputs too,
// where the program is right if it asks for less.
func (want Wanted) HeldVersion() int {
	asked := 1
	if want.Last.ClientSecretVersion.Known {
		asked = want.Last.ClientSecretVersion.Value
	}
	if want.ClientSecretVersion.Known {
		asked = min(asked, want.ClientSecretVersion.Value)
	}
	return max(asked, 1)
}

// checkAdoption refuses to adopt a token that the program describes as another
// one: in another account or zone, or of another name. Most likely it wants a
// token of its own, and only Pulumi takes it for the cloudflare provider's, which
// has the same name in the program. In a run without a preview that one would
// otherwise be renamed, or even replaced, before the engine notices that both are
// there.
func checkAdoption(want Wanted, scope cfapi.Scope, state State) error {
	if !state.Adopting {
		return nil
	}
	accountID, zoneID := ScopeInputs(scope)
	var input string
	has := fmt.Sprintf("is in %s", scope)
	switch {
	case differs(want.AccountID, deref(accountID)):
		input = "accountId"
	case differs(want.ZoneID, deref(zoneID)):
		input = "zoneId"
	case state.Name != "" && differs(want.Name, state.Name):
		input, has = "name", fmt.Sprintf("is named %q", state.Name)
	default:
		return nil
	}
	return fmt.Errorf("%s: under this resource's name the stack already has a token of the cloudflare provider, which %s. To adopt it, write that here, "+
		"and change it in a later run. To create another token, give the resource another name", input, has)
}

func differs(want Input[string], have string) bool { return !want.Unknown && want.Value != have }

// planAdopt takes over a token whose state is still the cloudflare provider's. It
// asks for no change of the token; the rest of the plan may.
func planAdopt(pl *Plan, state State) {
	if !state.Adopting {
		return
	}
	pl.Adopts = true
	// What the other provider did not keep, an answer about the token shows.
	var computed []string
	for _, output := range []struct {
		name   string
		absent bool
	}{
		{"clientId", state.ClientID == ""},
		{"clientSecretStatus", state.ClientSecret != nil && !pl.Rotates()},
		{"clientSecretVersion", state.ClientSecretVersion == nil && !pl.Rotates()},
		{"createdAt", state.CreatedAt == nil},
		{"duration", state.Duration == nil && pl.Update.Duration == nil},
		{"enabled", state.Enabled == nil && pl.Update.Enabled == nil},
		{"expiresAt", state.ExpiresAt == nil && deref(state.Duration) != Forever},
		{"previousClientSecretExpiresAt", state.PreviousClientSecretExpiresAt == nil && pl.Update.PreviousClientSecretExpiresAt == nil},
	} {
		if output.absent {
			computed = append(computed, output.name)
		}
	}
	pl.add("tokenId", Add, adoptReason(state), computed...)
}

func adoptReason(state State) string {
	if state.ClientSecret == nil {
		return "adopting the token from the cloudflare provider, whose state holds no client secret"
	}
	return "adopting the token from the cloudflare provider, with the client secret that its state holds"
}

// foreignText reads a text; an empty one says nothing.
func foreignText(state property.Map, key string) *string {
	if text := stringAt(state, key); text != nil && *text != "" {
		return text
	}
	return nil
}

// foreignScope reads an account's or zone's id, in the one case that is accepted
// here.
func foreignScope(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil {
		if id := strings.ToLower(*text); scopeIDPattern.MatchString(id) {
			return &id
		}
	}
	return nil
}

func foreignDuration(state property.Map, key string) *string {
	if text := foreignText(state, key); text != nil && validateDuration(*text) == nil {
		return text
	}
	return nil
}

// foreignTime reads a time, and spells it as this provider does.
func foreignTime(state property.Map, key string) *string {
	if at := parseTime(foreignText(state, key)); at != nil {
		return new(FormatTime(*at))
	}
	return nil
}

// foreignVersion reads a version, which is a number or the text of one.
func foreignVersion(state property.Map, key string) *int {
	var number float64
	switch value := state.Get(key); {
	case value.IsNumber():
		number = value.AsNumber()
	case value.IsString():
		var err error
		if number, err = strconv.ParseFloat(value.AsString(), 64); err != nil {
			return nil
		}
	}
	if number < 1 || number > math.MaxInt32 || number != math.Trunc(number) {
		return nil
	}
	return new(int(number))
}

// foreignBool reads a truth value, or the text of one.
func foreignBool(state property.Map, key string) *bool {
	switch value := state.Get(key); {
	case value.IsBool():
		return new(value.AsBool())
	case value.IsString():
		if truth, err := strconv.ParseBool(value.AsString()); err == nil {
			return &truth
		}
	}
	return nil
}

// stringAt returns a known string of a property map.
func stringAt(m property.Map, key string) *string {
	if value := m.Get(key); value.IsString() {
		return new(value.AsString())
	}
	return nil
}

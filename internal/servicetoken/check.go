package servicetoken

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// BothScopes refuses two places at once.
const BothScopes = "a service token belongs to an account or to a zone, not to both: set accountId or zoneId, and remove the other"

// Check judges what a program says: each value by itself, and what they say together.
// lastName is the name in the last run.
func Check(m property.Map, lastName string) []Failure {
	in, failures := read(m)
	for key, value := range m.All {
		if !IsInput(key) && !value.IsNull() {
			failures = append(failures, Failure{key, "a service token has no input of this name" + DidYouMean(key, InputNames())})
		}
	}
	if m.Get("name").IsNull() {
		failures = append(failures, Failure{"name", "the name is missing: write what the dashboard should show, such as \"ci\" (with --target, also target the resource that the name comes from)"})
	}
	for _, f := range fields {
		if reason := f.judge(&in); reason != "" {
			failures = append(failures, Failure{f.name, reason})
		}
	}
	// A name that Cloudflare already holds, and that was imported, is left alone.
	if reason := newName(in.Name.Value); reason != "" && in.Name.Value != lastName {
		failures = append(failures, Failure{"name", reason})
	}
	if in.AccountID.Known && in.ZoneID.Known {
		failures = append(failures, Failure{"zoneId", BothScopes})
	}
	failures = slices.Concat(failures, in.checkRenewal(), in.checkGrace())
	slices.SortStableFunc(failures, func(a, b Failure) int {
		return cmp.Or(cmp.Compare(rank(a.Property), rank(b.Property)), cmp.Compare(a.Property, b.Property))
	})
	return failures
}

// CheckScopeID returns what is wrong with the id of an account or a zone.
func CheckScopeID(input, id string) string {
	if scopeIDPattern.MatchString(id) {
		return ""
	}
	if lower := strings.ToLower(strings.TrimSpace(id)); scopeIDPattern.MatchString(lower) {
		return fmt.Sprintf("%q must be in lower case and without spaces: write %s", Clip(id), lower)
	}
	noun := "Account"
	if input == cfapi.Zone("").Property() {
		noun = "Zone"
	}
	return fmt.Sprintf("%q is not a Cloudflare id: write the 32 hexadecimal characters that the dashboard shows as the %s ID", Clip(id), noun)
}

// checkGrace refuses ends of the previous secret that contradict each other, or
// that could not hold from one rotation to the next.
func (in Inputs) checkGrace() []Failure {
	absolute, grace, after := in.PreviousClientSecretExpiresAt, in.PreviousClientSecretGrace, in.RotateAfter
	switch {
	case absolute.Given() && grace.Given():
		return []Failure{{"previousClientSecretGrace", "previousClientSecretExpiresAt is set too: keep one of the two"}}
	case absolute.Given() && after.Given():
		return []Failure{{"previousClientSecretExpiresAt", "rotateAfter rotates more than once, and a fixed time fits one rotation only: " +
			"write previousClientSecretGrace instead, such as \"24h\""}}
	case !after.Known || grace.Unknown:
		return nil
	}
	least, text := defaultGrace, "the previous secret's grace, 24h unless previousClientSecretGrace says otherwise"
	if grace.Known {
		least, text = grace.Value.Value, "previousClientSecretGrace, "+grace.Value.Text
	}
	if after.Value.Value <= least {
		return []Failure{{"rotateAfter", fmt.Sprintf("%q is not longer than %s, so a rotation would end the grace of the previous rotation: write a longer duration",
			after.Value.Text, text)}}
	}
	return nil
}

// checkRenewal refuses a renewal that would never end.
func (in Inputs) checkRenewal() []Failure {
	days := in.MinDaysForRenewal.Value
	if days < 1 || days > MaxDays {
		return nil
	}
	lasts, err := time.ParseDuration(in.Duration.Value) // forever is none, and is never renewed
	if err != nil || lasts <= 0 || lasts > time.Duration(days)*Day {
		return nil
	}
	if lasts <= Day {
		return []Failure{{"minDaysForRenewal", tooShortToRenew(in.Duration.Value)}}
	}
	return []Failure{{"minDaysForRenewal",
		fmt.Sprintf("%d days are not less than the token's duration, %s, so every run would renew it: write fewer days", days, in.Duration.Value)}}
}

package servicetoken

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestInputsThatContradictEachOtherAreRefused(t *testing.T) {
	t.Parallel()
	text := func(s string) property.Value { return property.New(s) }
	const end, noLonger = "2027-01-31T12:00:00Z", ", so a rotation would end the grace of the previous rotation: write a longer duration"
	for name, test := range map[string]struct {
		inputs map[string]property.Value
		want   []Failure
	}{
		"an end":   {map[string]property.Value{"previousClientSecretExpiresAt": text(end)}, nil},
		"a grace":  {map[string]property.Value{"previousClientSecretGrace": text("24h")}, nil},
		"an age":   {map[string]property.Value{"rotateAfter": text("24h1s")}, nil},
		"no scope": {map[string]property.Value{"accountId": property.New(property.Null)}, nil},
		"two scopes": {map[string]property.Value{"zoneId": text(zoneID)},
			[]Failure{{"zoneId", BothScopes}}},
		"an end and a grace": {map[string]property.Value{"previousClientSecretExpiresAt": text(end), "previousClientSecretGrace": text("24h")},
			[]Failure{{"previousClientSecretGrace", "previousClientSecretExpiresAt is set too: keep one of the two"}}},
		"an end and a grace that is not known yet": {map[string]property.Value{"previousClientSecretExpiresAt": text(end), "previousClientSecretGrace": unknownValue},
			[]Failure{{"previousClientSecretGrace", "previousClientSecretExpiresAt is set too: keep one of the two"}}},
		"an end and an age": {map[string]property.Value{"previousClientSecretExpiresAt": text(end), "rotateAfter": text("720h")},
			[]Failure{{"previousClientSecretExpiresAt", `rotateAfter rotates more than once, and a fixed time fits one rotation only: write previousClientSecretGrace instead, such as "24h"`}}},
		"an age within the usual grace": {map[string]property.Value{"rotateAfter": text("24h")},
			[]Failure{{"rotateAfter", `"24h" is not longer than the previous secret's grace, 24h unless previousClientSecretGrace says otherwise` + noLonger}}},
		"an age within its grace": {map[string]property.Value{"rotateAfter": text("48h"), "previousClientSecretGrace": text("48h")},
			[]Failure{{"rotateAfter", `"48h" is not longer than previousClientSecretGrace, 48h` + noLonger}}},
		"an age, and a grace that is not known yet": {map[string]property.Value{"rotateAfter": text("1h"), "previousClientSecretGrace": unknownValue}, nil},
		"a duration that no day is shorter than": {map[string]property.Value{"duration": text("24h"), "minDaysForRenewal": property.New(1.0)},
			[]Failure{{"minDaysForRenewal", "its duration, 24h, is not longer than a day, so every run would renew it: remove minDaysForRenewal, or set a longer duration"}}},
		"a duration of as many days": {map[string]property.Value{"duration": text("720h"), "minDaysForRenewal": property.New(30.0)},
			[]Failure{{"minDaysForRenewal", "30 days are not less than the token's duration, 720h, so every run would renew it: write fewer days"}}},
		"a duration of more days":          {map[string]property.Value{"duration": text("720h1s"), "minDaysForRenewal": property.New(30.0)}, nil},
		"a duration without an end":        {map[string]property.Value{"duration": text(Forever), "minDaysForRenewal": property.New(30.0)}, nil},
		"a duration that is not known yet": {map[string]property.Value{"duration": unknownValue, "minDaysForRenewal": property.New(30.0)}, nil},
		"no days":                          {map[string]property.Value{"duration": text("1h"), "minDaysForRenewal": property.New(0.0)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]property.Value{"accountId": text(accountID), "name": text("ci")}
			maps.Copy(values, test.inputs)
			if got := Check(propertyMap(values), ""); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

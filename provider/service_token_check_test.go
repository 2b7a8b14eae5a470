package provider

import (
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

// check fails the test on failures, and returns the inputs as they will be
// stored.
func (h *harness) check(t *testing.T, inputs, oldInputs property.Map) property.Map {
	t.Helper()
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: inputs, State: oldInputs})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range resp.Failures {
		t.Fatalf("%s: %s", f.Property, f.Reason)
	}
	return resp.Inputs
}

// refused fails the test unless exactly these failures are reported.
func (h *harness) refused(t *testing.T, inputs, oldInputs property.Map, want ...p.CheckFailure) {
	t.Helper()
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: inputs, State: oldInputs})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(resp.Failures, want) {
		t.Errorf("\n got %q\nwant %q", resp.Failures, want)
	}
}

var (
	inAccount = map[string]any{"accountId": accountID, "name": "ci"}
	noInputs  property.Map
)

func TestInputsThatCannotWorkAreRefusedInPreview(t *testing.T) {
	t.Parallel()
	const (
		both      = "a service token belongs to an account or to a zone, not to both: set accountId or zoneId, and remove the other"
		neither   = "a service token belongs to an account or to a zone: write accountId or zoneId, or set the provider's default account (cfaccess:accountId, or CLOUDFLARE_ACCOUNT_ID in the environment)"
		emptyName = `the name is empty: write what the dashboard should show, such as "ci"`
		notASpan  = ` is not a duration: write hours, minutes and seconds, such as "24h" or "1h30m"; there is no unit for days`
		notATime  = ` is not a time: write it as RFC 3339, with a time zone, such as "2027-01-31T12:00:00Z"`
	)
	for name, test := range map[string]struct {
		inputs           map[string]any
		property, reason string
	}{
		"two scopes": {map[string]any{"zoneId": zoneID}, "zoneId", both},
		"no scope":   {map[string]any{"accountId": nil}, "accountId", neither},
		"an account in upper case": {map[string]any{"accountId": strings.ToUpper(accountID)}, "accountId",
			`"0000000000000000000000000000AAAA" must be in lower case and without spaces: write ` + accountID},
		"a zone with spaces": {map[string]any{"accountId": nil, "zoneId": zoneID + " "}, "zoneId",
			`"` + zoneID + ` " must be in lower case and without spaces: write ` + zoneID},
		"an account by name": {map[string]any{"accountId": "my-account"}, "accountId",
			`"my-account" is not a Cloudflare id: write the 32 hexadecimal characters that the dashboard shows as the Account ID`},
		"an empty zone": {map[string]any{"accountId": nil, "zoneId": ""}, "zoneId",
			`"" is not a Cloudflare id: write the 32 hexadecimal characters that the dashboard shows as the Zone ID`},
		"an empty name":             {map[string]any{"name": ""}, "name", emptyName},
		"a blank name":              {map[string]any{"name": " \t\u00a0"}, "name", emptyName},
		"a name with a line break":  {map[string]any{"name": "ci\n"}, "name", `the name contains the control character U+000A after "ci": write it without`},
		"a duration in days":        {map[string]any{"duration": "365d"}, "duration", `"365d" is not a duration: write hours, minutes and seconds, such as "8760h" (a year) or "2h45m", or "forever"; there is no unit for days`},
		"an empty duration":         {map[string]any{"duration": ""}, "duration", `"" is not a duration: write hours, minutes and seconds, such as "8760h" (a year) or "2h45m", or "forever"; there is no unit for days`},
		"a duration of nothing":     {map[string]any{"duration": "0h"}, "duration", `"0h" is not above zero: write a duration such as "8760h" (a year), or "forever"`},
		"a negative duration":       {map[string]any{"duration": "-8760h"}, "duration", `"-8760h" is not above zero: write a duration such as "8760h" (a year), or "forever"`},
		"a version with a fraction": {map[string]any{"clientSecretVersion": 1.7}, "clientSecretVersion", "1.7 is not a version: write a whole number from 1 to 2147483647"},
		"a huge version":            {map[string]any{"clientSecretVersion": 1e300}, "clientSecretVersion", "1e+300 is too large: write a whole number from 1 to 2147483647"},
		"a version beyond 32 bits":  {map[string]any{"clientSecretVersion": 2147483648}, "clientSecretVersion", "2147483648 is too large: write a whole number from 1 to 2147483647"},
		"version 0":                 {map[string]any{"clientSecretVersion": 0}, "clientSecretVersion", "0 is below 1: write a whole number from 1. A number above the token's version rotates its client secret"},
		"a negative version":        {map[string]any{"clientSecretVersion": -1}, "clientSecretVersion", "-1 is below 1: write a whole number from 1. A number above the token's version rotates its client secret"},
		"a day":                     {map[string]any{"previousClientSecretExpiresAt": "2027-01-31"}, "previousClientSecretExpiresAt", `"2027-01-31"` + notATime},
		"a time without a zone":     {map[string]any{"previousClientSecretExpiresAt": "2027-01-31T12:00:00"}, "previousClientSecretExpiresAt", `"2027-01-31T12:00:00"` + notATime},
		"a day that is not":         {map[string]any{"previousClientSecretExpiresAt": "2027-02-30T12:00:00Z"}, "previousClientSecretExpiresAt", `"2027-02-30T12:00:00Z"` + notATime},
		"an empty time":             {map[string]any{"previousClientSecretExpiresAt": ""}, "previousClientSecretExpiresAt", `""` + notATime},
		"a grace in days":           {map[string]any{"previousClientSecretGrace": "1d"}, "previousClientSecretGrace", `"1d"` + notASpan},
		"a grace for ever":          {map[string]any{"previousClientSecretGrace": servicetoken.Forever}, "previousClientSecretGrace", `"forever"` + notASpan},
		"a negative grace":          {map[string]any{"previousClientSecretGrace": "-1h"}, "previousClientSecretGrace", `"-1h" is below zero: write a duration such as "24h" or "1h30m"`},
		"a huge grace":              {map[string]any{"previousClientSecretGrace": "9999999999h"}, "previousClientSecretGrace", `"9999999999h" is too long: write at most "2562047h" (292 years)`},
		"two ends": {map[string]any{"previousClientSecretGrace": "24h", "previousClientSecretExpiresAt": "2027-01-31T12:00:00Z"}, "previousClientSecretGrace",
			"previousClientSecretExpiresAt is set too: keep one of the two"},
		"two ends, one of which is not known yet": {map[string]any{"previousClientSecretGrace": "24h", "previousClientSecretExpiresAt": unknownValue}, "previousClientSecretGrace",
			"previousClientSecretExpiresAt is set too: keep one of the two"},
		"an age in days": {map[string]any{"rotateAfter": "90 days"}, "rotateAfter", `"90 days"` + notASpan},
		"one end for many rotations": {map[string]any{"rotateAfter": "2160h", "previousClientSecretExpiresAt": "2027-01-31T12:00:00Z"}, "previousClientSecretExpiresAt",
			`rotateAfter rotates more than once, and a fixed time fits one rotation only: write previousClientSecretGrace instead, such as "24h"`},
		"an age that is the grace": {map[string]any{"rotateAfter": "48h", "previousClientSecretGrace": "2880m"}, "rotateAfter",
			`"48h" is not longer than previousClientSecretGrace, 2880m, so a rotation would end the grace of the previous rotation: write a longer duration`},
		"an age that is the grace if none is given": {map[string]any{"rotateAfter": "24h"}, "rotateAfter",
			`"24h" is not longer than the previous secret's grace, 24h unless previousClientSecretGrace says otherwise, so a rotation would end the grace of the previous rotation: write a longer duration`},
		"no age": {map[string]any{"rotateAfter": "0s", "previousClientSecretGrace": "0s"}, "rotateAfter",
			`"0s" is not longer than previousClientSecretGrace, 0s, so a rotation would end the grace of the previous rotation: write a longer duration`},
		"days with a fraction": {map[string]any{"minDaysForRenewal": 1.5}, "minDaysForRenewal", "1.5 is not a number of days: write a whole number from 0 to 36500"},
		"negative days":        {map[string]any{"minDaysForRenewal": -1}, "minDaysForRenewal", "-1 is out of range: write a whole number of days from 0 (off) to 36500"},
		"too many days":        {map[string]any{"minDaysForRenewal": 36501}, "minDaysForRenewal", "36501 is out of range: write a whole number of days from 0 (off) to 36500"},
		"days beyond the duration": {map[string]any{"minDaysForRenewal": 30, "duration": "720h"}, "minDaysForRenewal",
			"30 days are not less than the token's duration, 720h, so every run would renew it: write fewer days"},
		"days of a token that lasts a day": {map[string]any{"minDaysForRenewal": 1, "duration": "24h"}, "minDaysForRenewal",
			"its duration, 24h, is not longer than a day, so every run would renew it: remove minDaysForRenewal, or set a longer duration"},
		"another way to recover": {map[string]any{"recoverClientSecret": "sometimes"}, "recoverClientSecret",
			`"sometimes" is not a value of recoverClientSecret: write "never", "imported" or "always"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start(t, nil).refused(t, props(inAccount, test.inputs), noInputs, p.CheckFailure{Property: test.property, Reason: test.reason})
		})
	}
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	resp, err := h.Check(p.CheckRequest{Urn: h.urn, Inputs: props(map[string]any{"name": "", "duration": "1d", "clientSecretVersion": 0})})
	if err != nil {
		t.Fatal(err)
	}
	var properties []string
	for _, f := range resp.Failures {
		properties = append(properties, f.Property)
	}
	if want := []string{"accountId", "name", "duration", "clientSecretVersion"}; !slices.Equal(properties, want) {
		t.Errorf("got %q, want %q", properties, want)
	}
}

func TestValidInputsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, inputs := range map[string]map[string]any{
		"the least":      inAccount,
		"a zone":         {"zoneId": zoneID, "name": "edge"},
		"everything":     {"accountId": accountID, "name": "ci ü", "duration": "1440m", "enabled": true, "clientSecretVersion": 3, "previousClientSecretExpiresAt": "2027-01-31T14:00:00.5+02:00"},
		"enabled: false": {"accountId": accountID, "name": "ci", "enabled": false},
		"forever":        {"accountId": accountID, "name": "ci", "duration": servicetoken.Forever, "minDaysForRenewal": 30},
		"every rotation": {"accountId": accountID, "name": "ci", "clientSecretVersion": 3, "previousClientSecretGrace": "24h", "rotateAfter": "24h0m1s",
			"minDaysForRenewal": 0, "recoverClientSecret": "always"},
		"no grace": {"accountId": accountID, "name": "ci", "rotateAfter": "1s", "previousClientSecretGrace": "0s", "duration": "721h", "minDaysForRenewal": 30},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, map[string]any{"accountId": otherAccount})
			want := props(inputs)
			if got := h.check(t, want, noInputs); !got.Equals(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if log := h.log(); len(log) > 0 {
				t.Errorf("logged %q", log)
			}
		})
	}
}

func TestSecretInputsKeepTheirMark(t *testing.T) {
	t.Parallel()
	inputs := props(inAccount, map[string]any{"name": property.New("ci").WithSecret(true), "clientSecretVersion": property.New(2.0).WithSecret(true)})
	if got := start(t, nil).check(t, inputs, noInputs); !got.Equals(inputs) {
		t.Errorf("got %v, want %v", got, inputs)
	}
}

func TestANewTokenGoesIntoTheDefaultAccountWhichIsSaid(t *testing.T) {
	t.Parallel()
	h := start(t, map[string]any{"accountId": otherAccount})
	inputs := h.check(t, props(map[string]any{"name": "ci"}), noInputs)
	if text(inputs, "accountId") != otherAccount {
		t.Errorf("got %v", inputs)
	}
	h.expectLog(t, "INFO accountId is not set: using the default account "+otherAccount+", from the provider's accountId")
}

func TestTheDefaultAccountMayComeFromTheEnvironment(t *testing.T) { // not parallel: it sets a variable
	t.Setenv("CLOUDFLARE_ACCOUNT_ID", otherAccount)
	h := start(t, nil)
	h.check(t, props(map[string]any{"name": "ci"}), noInputs)
	h.expectLog(t, "INFO accountId is not set: using the default account "+otherAccount+", from CLOUDFLARE_ACCOUNT_ID in the environment")
}

func TestATokenThatExistsKeepsItsScopeWhenTheProgramLeavesItOut(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]map[string]any{
		"an account": {"accountId": accountID, "name": "ci"},
		"a zone":     {"zoneId": zoneID, "name": "ci"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The default account is another one, as if it had changed since.
			h := start(t, map[string]any{"accountId": otherAccount})
			got := h.check(t, props(map[string]any{"name": "deploy"}), props(old))
			if want := props(old, map[string]any{"name": "deploy"}); !got.Equals(want) {
				t.Errorf("got %v, want %v", got, want)
			}
			h.check(t, props(map[string]any{"name": "deploy"}), props(old))
			if log := h.log(); len(log) != 1 || !strings.HasSuffix(log[0], ". New tokens are created in the default account "+otherAccount+", from the provider's accountId") ||
				!strings.HasPrefix(log[0], "INFO accountId is not set: the token stays in ") {
				t.Errorf("logged %q", log)
			}
		})
	}
}

// On a replacement the engine checks twice: with the old inputs, and without.
func TestAReplacementDoesNotSlipIntoAnotherScope(t *testing.T) {
	t.Parallel()
	nameOnly := props(map[string]any{"name": "ci"})
	for name, test := range map[string]struct {
		old              map[string]any
		fallback         any
		property, reason string
	}{
		"of an account": {map[string]any{"accountId": accountID, "name": "ci"}, otherAccount, "accountId",
			"the token to replace is in account " + accountID + ", which is not the provider's default: write accountId: " +
				accountID + " to keep it there, or the accountId or zoneId of the place to move it to"},
		"of a zone": {map[string]any{"zoneId": zoneID, "name": "ci"}, otherAccount, "zoneId",
			"the token to replace is in zone " + zoneID + ", which is not the provider's default: write zoneId: " +
				zoneID + " to keep it there, or the accountId or zoneId of the place to move it to"},
		"without a default": {map[string]any{"accountId": accountID, "name": "ci"}, nil, "accountId",
			"the token to replace is in account " + accountID + ", which is not the provider's default: write accountId: " +
				accountID + " to keep it there, or the accountId or zoneId of the place to move it to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, map[string]any{"accountId": test.fallback})
			h.check(t, nameOnly, props(test.old))
			h.refused(t, nameOnly, noInputs, p.CheckFailure{Property: test.property, Reason: test.reason})
			// What it says to write is accepted.
			h.check(t, props(test.old), noInputs)
			// Another resource is a new one.
			h.urn = urnOf(t, "another")
			if test.fallback != nil {
				h.check(t, nameOnly, noInputs)
			}
		})
	}
}

func TestAReplacementStaysInTheDefaultAccountSilently(t *testing.T) {
	t.Parallel()
	h := start(t, map[string]any{"accountId": accountID})
	nameOnly := props(map[string]any{"name": "ci"})
	h.check(t, nameOnly, props(inAccount))
	if got := h.check(t, nameOnly, noInputs); text(got, "accountId") != accountID {
		t.Errorf("got %v", got)
	}
	if log := h.log(); len(log) > 0 {
		t.Errorf("logged %q", log)
	}
}

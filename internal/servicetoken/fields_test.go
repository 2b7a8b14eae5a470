package servicetoken

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

var (
	unknownValue = property.New(property.Computed)
	secretName   = property.New("fake-secret-name").WithSecret(true)
)

func propertyMap(values map[string]property.Value) property.Map { return property.NewMap(values) }

func TestAnInputIsAbsentUnknownOrKnown(t *testing.T) {
	t.Parallel()
	m := propertyMap(map[string]property.Value{
		"accountId": property.New(accountID), "name": secretName, "duration": property.New(property.Null),
		"enabled": unknownValue, "rotateAfter": unknownValue.WithSecret(true), "minDaysForRenewal": property.New(30.0).WithSecret(true),
	})
	if failures := Check(m, ""); len(failures) > 0 {
		t.Fatal(failures)
	}
	want := Inputs{
		AccountID: Known(accountID), Name: Known(secretName.AsString()), Enabled: Input[bool]{Unknown: true},
		RotateAfter: Input[Span]{Unknown: true}, MinDaysForRenewal: Known(30),
	}
	if in := ReadInputs(m); in != want {
		t.Errorf("\n got %+v\nwant %+v", in, want)
	}
}

func TestAValueOfAnotherTypeIsRefusedInTheWordsOfPrograms(t *testing.T) {
	t.Parallel()
	text, number, list := property.New("2"), property.New(7.0), property.New([]property.Value{unknownValue})
	for name, test := range map[string]struct {
		property string
		value    property.Value
		want     string
	}{
		"a name":                    {"name", number, "a number is not a string: write a string"},
		"a list":                    {"name", list, "a list is not a string: write a string"},
		"a truth value":             {"enabled", text, "a string is not a boolean: write true or false"},
		"a number":                  {"clientSecretVersion", text, "a string is not a version: write a whole number from 1 to 2147483647"},
		"a fraction":                {"clientSecretVersion", property.New(1.5), "1.5 is not a version: write a whole number from 1 to 2147483647"},
		"no number":                 {"minDaysForRenewal", property.New(math.NaN()), "NaN is not a number of days: write a whole number from 0 to 36500"},
		"a number that is too high": {"minDaysForRenewal", property.New(1e18), "1e+18 is too large: write a whole number from 0 to 36500"},
		"a number of many digits":   {"minDaysForRenewal", property.New(1e12), "1000000000000 is too large: write a whole number from 0 to 36500"},
		"a span":                    {"rotateAfter", property.New(true), `a boolean is not a duration: write a string such as "24h"`},
		"a time":                    {"previousClientSecretExpiresAt", number, `a number is not a time: write it as RFC 3339, with a time zone, such as "2027-01-31T12:00:00Z"`},
		"a way":                     {"recoverClientSecret", property.New(map[string]property.Value{}), `an object is not a value of recoverClientSecret: write "never", "imported" or "always"`},
		"a number that is too low":  {"clientSecretVersion", property.New(-1e18), "-1e+18 is too small: write a whole number from 1 to 2147483647"},
		"a duration":                {"duration", property.New(8760.0), `a number is not a duration: write a string such as "8760h" (a year), or "forever"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := map[string]property.Value{"accountId": property.New(accountID), "name": property.New("ci")}
			values[test.property] = test.value
			failures := Check(propertyMap(values), "")
			if want := []Failure{{test.property, test.want}}; !slices.Equal(failures, want) {
				t.Errorf("got %q, want %q", failures, want)
			}
		})
	}
}

func TestAMissingNameAndAnInputOfNoSuchNameAreRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []map[string]property.Value{{}, {"name": property.New(property.Null)}} {
		name["accoutnId"] = property.New(accountID)
		failures := Check(propertyMap(name), "")
		want := []Failure{
			{"name", `the name is missing: write what the dashboard should show, such as "ci" (with --target, also target the resource that the name comes from)`},
			{"accoutnId", "a service token has no input of this name: did you mean accountId?"},
		}
		if !slices.Equal(failures, want) {
			t.Errorf("got %q", failures)
		}
	}
}

func TestANameThatCloudflareWouldNotKeepIsRefusedUnlessItHoldsItAlready(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		strings.Repeat("ü", 350): "",
		strings.Repeat("ü", 351): "the name has 351 characters, and Cloudflare allows 350: write a shorter one",
		"ci ":                    `the name begins or ends with a space: write "ci"`,
		"\u00a0ci":               `the name begins or ends with a space: write "ci"`,
		"ci\n":                   `the name contains the control character U+000A after "ci": write it without`,
	} {
		m := propertyMap(map[string]property.Value{"accountId": property.New(accountID), "name": property.New(name)})
		var expected []Failure
		if want != "" {
			expected = []Failure{{"name", want}}
		}
		if failures := Check(m, ""); !slices.Equal(failures, expected) {
			t.Errorf("%.20q: got %q", name, failures)
		}
		if failures := Check(m, name); len(failures) > 0 {
			t.Errorf("%.20q, as before: got %q", name, failures)
		}
	}
}

func TestANameThatComesNearIsFound(t *testing.T) {
	t.Parallel()
	known := []string{"apiToken", "apiKey", "email", "accountId", "baseUrl"}
	for name, want := range map[string]string{
		"apiTokn": "apiToken", "apiToekn": "apiToken", "apitoken": "apiToken", "APIKEY": "apiKey", "accountID": "accountId", "mail": "email", "account": "", "emails": "email", "emailses": "",
		"base_url": "baseUrl", "emxxl": "", "environment": "", "region": "", "key": "", "": "", "a": "",
	} {
		if got := Near(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestTheNearestNameIsFoundAndTheFirstOfTwoThatAreEquallyNear(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"maxRetriez": "maxRetrier", "m_xRetried": "maxRetried"} {
		if got := Near(name, []string{"maxRetrier", "maxRetried"}); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestTheLastInputsOfTheCloudflareProviderMayHoldANumberAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Input[int]{"2": Known(2), "2.0": Known(2), "two": {}, "1.5": {}, "0": {}, "": {}} {
		last := ReadLast(propertyMap(map[string]property.Value{"clientSecretVersion": property.New(text), "__defaults": property.New([]property.Value{})}))
		if last.ClientSecretVersion != want {
			t.Errorf("%q is read as %+v", text, last.ClientSecretVersion)
		}
	}
}

// anyValue is a value that an engine may send for an input, mostly one that it may be.
func anyValue(r *rand.Rand, name string) property.Value {
	value := pick(r, property.New(7.0), property.New(""), property.New(true), property.New(-1.0), property.New(1.5), property.New("365d"),
		property.New([]property.Value{property.New("x")}), property.New(property.Null))
	if r.IntN(6) > 0 {
		value = map[string]property.Value{
			"accountId": property.New(pick(r, accountID, otherAccount, strings.ToUpper(accountID))), "zoneId": property.New(zoneID),
			"name": property.New(pick(r, "ci", "deploy", "a\nb")), "duration": property.New(pick(r, "24h", "8760h", Forever)), "enabled": property.New(pick(r, true, false)),
			"clientSecretVersion": property.New(pick(r, 1.0, 2, 9)), "previousClientSecretExpiresAt": property.New(FormatTime(pick(r, past, later))),
			"previousClientSecretGrace": property.New(pick(r, "0s", "24h")), "rotateAfter": property.New(pick(r, "48h", "2160h")),
			"minDaysForRenewal": property.New(pick(r, 0.0, 30)), "recoverClientSecret": property.New(pick(r, "never", "imported", "always")),
		}[name]
	}
	if r.IntN(5) == 0 {
		value = unknownValue
	}
	return value.WithSecret(r.IntN(5) == 0)
}

// What Check accepts, a run reads as it was written: nothing of it is lost, and nothing
// is added.
func TestWhatIsAcceptedIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	accepted := 0
	for i := range manyPlans {
		values := map[string]property.Value{}
		for _, f := range fields {
			if f.name == "name" || r.IntN(3) == 0 {
				values[f.name] = anyValue(r, f.name)
			}
		}
		m := propertyMap(values)
		in, failures := ReadInputs(m), Check(m, "")
		refused := map[string]bool{}
		for _, failure := range failures {
			refused[failure.Property] = true
			if failure.Reason == "" {
				t.Fatalf("case %d: %s is refused for no reason", i, failure.Property)
			}
		}
		unknown := in.unknownNames()
		for _, f := range fields {
			value, given := values[f.name]
			if got, want := slices.Contains(unknown, f.name), given && value.IsComputed(); got != want {
				t.Fatalf("case %d: %s is unknown: %v, want %v", i, f.name, got, want)
			}
			without := in
			_ = f.read(&without, unknownValue) // what the field holds, taken out
			held := given && !value.IsNull() && !value.IsComputed() && without != in
			if want := given && !value.IsNull() && !value.IsComputed(); held != want && !refused[f.name] {
				t.Fatalf("case %d: %s is lost: %v", i, f.name, value)
			}
		}
		if len(failures) == 0 {
			accepted++
		}
	}
	if accepted < manyPlans/50 {
		t.Errorf("only %d cases were accepted", accepted)
	}
}

func TestAnInputIsReadableIfItExistsAndHasItsType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		value property.Value
		want  bool
	}{
		{"name", property.New("ci"), true}, {"name", property.New(7.0), false}, {"enabled", property.New(true), true}, {"enabled", property.New("true"), false},
		{"clientSecret", property.New("fake"), false},
	} {
		if got := IsReadable(test.name, test.value); got != test.want {
			t.Errorf("%s of %v: got %v", test.name, test.value, got)
		}
	}
}

package servicetoken

import (
	"strings"
	"testing"
)

func TestADurationOfATokenIsAboveZeroOrForever(t *testing.T) {
	t.Parallel()
	for _, duration := range []string{"8760h", "2h45m", "300ms", "1.5h", "1ns", "+1h", "2562047h", Forever} {
		if err := validateDuration(duration); err != nil {
			t.Errorf("%s: %v", duration, err)
		}
	}
}

func TestARefusedDurationComesWithWhatToWrite(t *testing.T) {
	t.Parallel()
	const (
		units    = `is not a duration: write hours, minutes and seconds, such as "8760h" (a year) or "2h45m", or "forever"; there is no unit for days`
		positive = `is not above zero: write a duration such as "8760h" (a year), or "forever"`
		spelling = `is not a duration: write "forever"`
		long     = `is too long: write at most "2562047h" (292 years), or "forever"`
	)
	for duration, want := range map[string]string{
		"":                         units,
		" ":                        units,
		"365d":                     units,
		"1y":                       units,
		"8760":                     units,
		"1h ":                      units,
		"1 h":                      units,
		"P1Y":                      units,
		"1e3h":                     units,
		"1H":                       units,
		"10000000h":                long,
		"2562047h47m16.854775808s": long,
		"0":                        positive,
		"0h":                       positive,
		"-1h":                      positive,
		"-0h0m":                    positive,
		"Forever":                  spelling,
		"FOREVER":                  spelling,
		" forever ":                spelling,
	} {
		err := validateDuration(duration)
		if err == nil {
			t.Errorf("%q: accepted", duration)
		} else if text := err.Error(); text != `"`+duration+`" `+want {
			t.Errorf("%q: %s", duration, text)
		}
	}
	if err := validateDuration(strings.Repeat("9", 10_000)); err == nil || len(err.Error()) > 500 {
		t.Errorf("a long one: %.600v", err)
	}
}

func TestDurationsAreComparedByValue(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"24h", "24h", true},
		{"24h", "1440m", true},
		{"24h", "24h0m0s", true},
		{"1h30m", "1.5h", true},
		{"24h", "24h1ns", false},
		{"24h", "23h", false},
		{Forever, Forever, true},
		{Forever, "8760h", false},
		{Forever, "Forever", false},
		{"", "", true},
		{"", "0", false},
		{"", "8760h", false},
		{"odd", "odd", true},
		{"odd", "other", false},
	} {
		if got := sameDuration(test.a, test.b); got != test.same {
			t.Errorf("%q and %q: got %v", test.a, test.b, got)
		}
		if got := sameDuration(test.b, test.a); got != test.same {
			t.Errorf("%q and %q: got %v", test.b, test.a, got)
		}
	}
}

func TestASpanMayBeZeroAndNotBelow(t *testing.T) {
	t.Parallel()
	for text, accepted := range map[string]bool{"0s": true, "1ns": true, "24h": true, "-1ns": false, "": false, "1d": false} {
		if _, err := parseSpan(text); (err == nil) != accepted {
			t.Errorf("%q: %v", text, err)
		}
	}
}

package servicetoken

import (
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// longest bounds what an error says, whatever it is about.
const longest = 4000

// FuzzDuration looks for a duration that is accepted and is none, and for an
// error without an end.
func FuzzDuration(f *testing.F) {
	for _, d := range []string{
		"8760h", "24h", "1440m", "2h45m", "300ms", Forever, "Forever ", "", " ", "1d", "-1h", "0s", "1.5h", "1e3h", ".s", "9999999999999h", "1µs", "\xff", "1h\x00",
		"2562047h47m16.854775807s", "+5h", strings.Repeat("1h", 5000),
	} {
		f.Add(d, "1440m")
	}
	f.Fuzz(func(t *testing.T, d, other string) {
		err := validateDuration(d)
		parsed, parseErr := time.ParseDuration(d)
		switch {
		case (err == nil) != (d == Forever || parseErr == nil && parsed > 0):
			t.Errorf("%q: %v", d, err)
		case err != nil && len(err.Error()) > longest:
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		if !sameDuration(d, d) || sameDuration(d, other) != sameDuration(other, d) {
			t.Errorf("%q and %q are not compared alike both ways", d, other)
		}
	})
}

// FuzzTime looks for a time that is accepted and means another one once it was
// stored, or cannot be read then.
func FuzzTime(f *testing.F) {
	for _, at := range []string{
		"2027-01-31T12:00:00Z", "2027-01-31T12:00:00.999999999+14:00", "2027-01-31", "", "9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59",
		"2027-02-30T00:00:00Z", "2027-01-31T24:00:00Z", "2016-12-31T23:59:60Z", "2027-01-31t12:00:00z", "\xff", strings.Repeat("2", 10000),
	} {
		f.Add(at)
	}
	f.Fuzz(func(t *testing.T, at string) {
		read, reason := asTime(property.New(at))
		if len(reason) > longest {
			t.Errorf("a failure of %d bytes", len(reason))
		}
		if reason != "" {
			return
		}
		if again := parseTime(new(FormatTime(read))); again == nil || !again.Equal(read) {
			t.Errorf("%q is read as %v, and from the state as %v", at, read, again)
		}
	})
}

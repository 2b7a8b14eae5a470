package servicetoken

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// Forever is Cloudflare's name for the duration of a token that never expires.
const Forever = cfapi.DurationForever

// goDuration matches what is written like a duration. If time.ParseDuration refuses
// such a text, it is too long.
var goDuration = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))+$`)

// Span is a length of time as the program writes it, which is how messages
// repeat it.
type Span struct {
	Text  string
	Value time.Duration
}

// parseSpan reads a length of time that is not a token's duration. Its error says what
// is wrong, and what to write instead.
func parseSpan(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil && goDuration.MatchString(s):
		err = fmt.Errorf("%q is too long: write at most \"2562047h\" (292 years)", Clip(s))
	case err != nil:
		err = fmt.Errorf("%q is not a duration: write hours, minutes and seconds, such as \"24h\" or \"1h30m\"; there is no unit for days", Clip(s))
	case d < 0:
		err = fmt.Errorf("%q is below zero: write a duration such as \"24h\" or \"1h30m\"", Clip(s))
	}
	return d, err
}

// MaxDays is a century, more than anybody waits for.
const MaxDays = 36500

// ValidateDays returns what is wrong with a number of days, of which 0 is none.
func ValidateDays(n int) error {
	if n < 0 || n > MaxDays {
		return fmt.Errorf("%d is out of range: write a whole number of days from 0 (off) to %d", n, MaxDays)
	}
	return nil
}

// spell writes a length of time in the largest unit that fits.
func spell(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{Day, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		switch n := d / unit.length; {
		case n == 1 && unit.length < Day:
			return "1 " + unit.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "less than a minute"
}

// validateDuration returns what is wrong with a token's duration, and what to
// write instead.
func validateDuration(s string) error {
	if s == Forever {
		return nil
	}
	d, err := time.ParseDuration(s)
	switch {
	case strings.EqualFold(strings.TrimSpace(s), Forever):
		return fmt.Errorf("%q is not a duration: write %q", Clip(s), Forever)
	case err != nil && goDuration.MatchString(s):
		return fmt.Errorf("%q is too long: write at most \"2562047h\" (292 years), or %q", Clip(s), Forever)
	case err != nil:
		return fmt.Errorf("%q is not a duration: write hours, minutes and seconds, such as \"8760h\" (a year) or \"2h45m\", or %q; there is no unit for days",
			Clip(s), Forever)
	case d <= 0:
		return fmt.Errorf("%q is not above zero: write a duration such as \"8760h\" (a year), or %q", Clip(s), Forever)
	}
	return nil
}

// sameDuration compares two durations by value, so that 24h and 1440m are one.
func sameDuration(a, b string) bool {
	if a == b {
		return true
	}
	da, errA := time.ParseDuration(a)
	db, errB := time.ParseDuration(b)
	return errA == nil && errB == nil && da == db
}

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// forever is Cloudflare's name for the duration of a token that never expires.
const forever = "forever"

// goDuration matches what is written like a duration. One that cannot be read
// all the same is too long.
var goDuration = regexp.MustCompile(`^[-+]?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))+$`)

// validateDuration tells what is wrong with a token's duration, and what to
// write instead.
func validateDuration(s string) error {
	if s == forever {
		return nil
	}
	d, err := time.ParseDuration(s)
	switch {
	case strings.EqualFold(strings.TrimSpace(s), forever):
		return fmt.Errorf("%q is not a duration: write %q", clip(s), forever)
	case err != nil && goDuration.MatchString(s):
		return fmt.Errorf("%q is not a duration: write at most \"2562047h\" (292 years), or %q", clip(s), forever)
	case err != nil:
		return fmt.Errorf("%q is not a duration: write hours, minutes and seconds, such as \"8760h\" (a year) or \"2h45m\", or %q; there is no unit for days",
			clip(s), forever)
	case d <= 0:
		return fmt.Errorf("%q is not above zero: write a duration such as \"8760h\" (a year), or %q", clip(s), forever)
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

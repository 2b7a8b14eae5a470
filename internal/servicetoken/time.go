package servicetoken

import "time"

// Day is 24 hours.
const Day = 24 * time.Hour

// FormatTime writes times as Cloudflare does: UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parseTime reads a time of the state or of a checked input, to the second.
func parseTime(s *string) *time.Time {
	if s == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil {
		return nil
	}
	return new(t.UTC().Truncate(time.Second))
}

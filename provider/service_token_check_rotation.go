package provider

import (
	"fmt"
	"slices"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// checkRotation refuses what cannot work of the inputs that rotate the secret or
// renew the token.
func checkRotation(args ServiceTokenArgs, unknown map[string]bool) []p.CheckFailure {
	args = args.onlyKnown(unknown)
	failures := slices.Concat(
		checkSpan("previousClientSecretGrace", args.PreviousClientSecretGrace),
		checkSpan("rotateAfter", args.RotateAfter),
		checkRenewal(args),
	)
	if v := args.ClientSecretVersion; v != nil && *v < 1 {
		failures = append(failures, failure("clientSecretVersion", fmt.Sprintf("%d is below 1: versions count from 1, and a higher one than the token's rotates its client secret", *v))...)
	}
	if end := args.PreviousClientSecretExpiresAt; end != nil {
		// In UTC, as it is sent and stored, the year has to have four digits too.
		if at, err := time.Parse(time.RFC3339, *end); err != nil || at.UTC().Year() < 0 || at.UTC().Year() > 9999 {
			failures = append(failures, failure("previousClientSecretExpiresAt",
				fmt.Sprintf("%q is not a time: write it as RFC 3339, with a zone, such as \"2027-01-31T12:00:00Z\"", clip(*end)))...)
		}
	}
	if r := args.RecoverClientSecret; r != nil && !slices.Contains([]RecoverClientSecret{RecoverNever, RecoverImported, RecoverAlways}, *r) {
		failures = append(failures, failure("recoverClientSecret",
			fmt.Sprintf("%q is none of the ways: write %q, %q or %q", clip(string(*r)), RecoverNever, RecoverImported, RecoverAlways))...)
	}
	if len(failures) > 0 {
		return failures
	}
	return checkGrace(args, unknown)
}

// checkGrace refuses ends of the previous secret that contradict each other, or
// that could not hold from one rotation to the next.
func checkGrace(args ServiceTokenArgs, unknown map[string]bool) []p.CheckFailure {
	absolute := args.PreviousClientSecretExpiresAt != nil || unknown["previousClientSecretExpiresAt"]
	span := args.PreviousClientSecretGrace != nil || unknown["previousClientSecretGrace"]
	repeated := args.RotateAfter != nil || unknown["rotateAfter"]
	switch {
	case absolute && span:
		return failure("previousClientSecretGrace", "previousClientSecretExpiresAt says the same as a time: keep one of the two")
	case absolute && repeated:
		return failure("previousClientSecretExpiresAt", "a time holds for one rotation, and rotateAfter makes many: "+
			"write previousClientSecretGrace instead, such as \"24h\"")
	case args.RotateAfter == nil || unknown["previousClientSecretGrace"]:
		return nil
	}
	after, grace, text := parseSpan(args.RotateAfter), defaultGrace, "the previous secret's grace, 24h unless previousClientSecretGrace says otherwise"
	if given := parseSpan(args.PreviousClientSecretGrace); given != nil {
		grace, text = given.value, "previousClientSecretGrace, "+given.text
	}
	if after.value <= grace {
		return failure("rotateAfter", fmt.Sprintf("%q is not longer than %s, so that a rotation would cut the grace of the one before: write a longer one",
			after.text, text))
	}
	return nil
}

// checkRenewal refuses a renewal that would never end.
func checkRenewal(args ServiceTokenArgs) []p.CheckFailure {
	const key = "minDaysForRenewal"
	if args.MinDaysForRenewal == nil {
		return nil
	}
	days := *args.MinDaysForRenewal
	if err := validateDays(days); err != nil {
		return failure(key, err.Error())
	}
	lasts := parseSpan(args.Duration) // nothing for forever, which is never renewed
	if days > 0 && lasts != nil && lasts.value > 0 && lasts.value <= time.Duration(days)*day {
		return failure(key, fmt.Sprintf("%d days are not less than the token's duration, %s, so every run would renew it: write fewer days", days, lasts.text))
	}
	return nil
}

func checkSpan(key string, value *string) []p.CheckFailure {
	if value == nil {
		return nil
	}
	if err := validateSpan(*value); err != nil {
		return failure(key, err.Error())
	}
	return nil
}

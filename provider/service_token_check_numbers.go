package provider

import (
	"fmt"
	"math"
	"strconv"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// wholeNumbers are the integer inputs of the resource and the functions: what
// each is called, and its range.
var wholeNumbers = []struct {
	key, what   string
	least, most int
}{
	{"clientSecretVersion", "a version", 1, math.MaxInt32},
	{"minDaysForRenewal", "a number of days", 0, mostDays},
	{"unusedForDays", "a number of days", 1, mostDays},
	{"expiresWithinDays", "a number of days", 0, mostDays},
}

// checkIntegers refuses numbers that an integer input would silently truncate.
func checkIntegers(inputs property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	for _, input := range wholeNumbers {
		value := inputs.Get(input.key)
		if !value.IsNumber() {
			continue
		}
		if n := value.AsNumber(); n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			failures = append(failures, failure(input.key,
				fmt.Sprintf("%s is not %s: write a whole number from %d to %d", formatNumber(n), input.what, input.least, input.most))...)
		}
	}
	return failures
}

// formatNumber writes a whole number as people do, unless it has too many digits.
func formatNumber(n float64) string {
	const readable = 1e15
	if n == math.Trunc(n) && math.Abs(n) < readable {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

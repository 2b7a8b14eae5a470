package provider

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// readNumbers turns the texts of the configuration that stand for numbers into
// numbers. A `pulumi import` configures its default provider with the stack's
// values as they are stored, which is as texts, and without a check before, that
// would have read them. What is no number is left for infer to refuse.
func readNumbers(config property.Map) property.Map {
	for _, key := range []string{"maxRetries", "requestsPerSecond", "expiryWarningDays"} {
		value, ok := config.GetOk(key)
		if !ok || !value.IsString() {
			continue
		}
		if number, err := strconv.ParseFloat(value.AsString(), 64); err == nil {
			config = config.Set(key, property.New(number).WithSecret(value.Secret()))
		}
	}
	return config
}

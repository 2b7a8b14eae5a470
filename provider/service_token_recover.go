package provider

import "github.com/pulumi/pulumi-go-provider/infer"

var _ infer.Enum[RecoverClientSecret] = RecoverClientSecret("")

// RecoverClientSecret says what to do where the stack does not hold the token's
// current client secret.
type RecoverClientSecret string

// The three ways. Left out is like never, but warns of a secret that was never
// told.
const (
	RecoverNever    RecoverClientSecret = "never"
	RecoverImported RecoverClientSecret = "imported"
	RecoverAlways   RecoverClientSecret = "always"
)

// Values describes the ways for the schema.
func (RecoverClientSecret) Values() []infer.EnumValue[RecoverClientSecret] {
	return []infer.EnumValue[RecoverClientSecret]{
		{Name: "Never", Value: RecoverNever,
			Description: "Rotate nothing, and do not warn of a client secret that is `unavailable`."},
		{Name: "Imported", Value: RecoverImported,
			Description: "Rotate once where no client secret is stored, as after an import."},
		{Name: "Always", Value: RecoverAlways,
			Description: "Rotate also where somebody rotated elsewhere. Never for a token in two stacks: they would revoke each other's secrets for ever."},
	}
}

// recovers tells whether a secret of this status calls for a rotation.
func (r RecoverClientSecret) recovers(status string) bool {
	switch status {
	case statusUnavailable:
		return r == RecoverImported || r == RecoverAlways
	case statusStale:
		return r == RecoverAlways
	}
	return false
}

package cfsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tokenBody is the body of a creation, an update or a rotation, read strictly.
type tokenBody struct {
	Name                          *string
	Duration                      *string
	Enabled                       *bool
	ClientSecretVersion           *int
	PreviousClientSecretExpiresAt *time.Time
}

// tokenFields are the fields of a creation and of an update.
var tokenFields = []string{"name", "duration", "enabled", "client_secret_version", "previous_client_secret_expires_at"}

// readBody refuses unknown fields, wrong types and values that Cloudflare
// documents as wrong. An empty body has no fields.
func readBody(raw []byte, allowed []string) (body tokenBody, err *apiError) {
	fields, err := bodyFields(raw)
	if err != nil {
		return body, err
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(allowed, field) {
			return body, errInvalid(fmt.Sprintf("unknown field %q", field))
		}
		value := fields[field]
		switch field {
		case "name":
			body.Name, err = decode[string](field, value)
		case "duration":
			body.Duration, err = decode[string](field, value)
		case "enabled":
			body.Enabled, err = decode[bool](field, value)
		case "client_secret_version":
			body.ClientSecretVersion, err = decodeWhole(field, value)
		case "previous_client_secret_expires_at":
			body.PreviousClientSecretExpiresAt, err = decode[time.Time](field, value)
		}
		if err != nil {
			return body, err
		}
	}
	return body, body.validate()
}

func bodyFields(raw []byte) (fields map[string]json.RawMessage, err *apiError) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return nil, errInvalid("the body is not a JSON object")
	}
	return fields, nil
}

// decode reads a field. Null is refused: what it would do is not known.
func decode[T any](field string, raw json.RawMessage) (*T, *apiError) {
	var v *T
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return nil, errInvalid(field + " has the wrong type or form")
	}
	return v, nil
}

// decodeWhole reads a whole number; 2 and 2.0 are the same number in JSON.
func decodeWhole(field string, raw json.RawMessage) (*int, *apiError) {
	number, err := decode[float64](field, raw)
	if err != nil {
		return nil, err
	}
	whole := int(*number)
	if float64(whole) != *number {
		return nil, errInvalid(field + " must be a whole number")
	}
	return &whole, nil
}

func (b tokenBody) validate() *apiError {
	if b.Name != nil && strings.TrimSpace(*b.Name) == "" {
		return errInvalid("name must not be blank")
	}
	if b.Duration != nil && *b.Duration != forever {
		if d, err := time.ParseDuration(*b.Duration); err != nil || d <= 0 {
			return errInvalid("duration is not valid")
		}
	}
	if b.ClientSecretVersion != nil && *b.ClientSecretVersion < 1 {
		return errInvalid("client_secret_version must be at least 1")
	}
	return nil
}

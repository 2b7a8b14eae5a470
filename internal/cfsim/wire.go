package cfsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenBody is the body of a creation, an update or a rotation, after it was
// read strictly.
type tokenBody struct {
	Name                          *string
	Duration                      *string
	Enabled                       *bool
	ClientSecretVersion           *int
	PreviousClientSecretExpiresAt *time.Time
}

// readBody reads a body and refuses unknown fields, wrong types and values that
// Cloudflare documents as wrong.
func readBody(fields map[string]json.RawMessage, allowed ...string) (tokenBody, *apiError) {
	var body tokenBody
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(allowed, field) {
			return body, errInvalid(fmt.Sprintf("unknown field %q", field))
		}
		var err *apiError
		raw := fields[field]
		switch field {
		case "name":
			body.Name, err = decode[string](field, raw)
		case "duration":
			body.Duration, err = decode[string](field, raw)
		case "enabled":
			body.Enabled, err = decode[bool](field, raw)
		case "client_secret_version":
			body.ClientSecretVersion, err = decodeVersion(field, raw)
		case "previous_client_secret_expires_at":
			body.PreviousClientSecretExpiresAt, err = decode[time.Time](field, raw)
		}
		if err != nil {
			return body, err
		}
	}
	return body, body.validate()
}

func decode[T any](field string, raw json.RawMessage) (*T, *apiError) {
	var v *T
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return nil, errInvalid(field + " has the wrong type or form")
	}
	return v, nil
}

// decodeVersion accepts 2 and 2.0, which are the same number in JSON.
func decodeVersion(field string, raw json.RawMessage) (*int, *apiError) {
	number, err := decode[float64](field, raw)
	if err != nil {
		return nil, err
	}
	version := int(*number)
	if float64(version) != *number || version < 1 {
		return nil, errInvalid(field + " must be a whole number from 1")
	}
	return &version, nil
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
	return nil
}

// render is a token in an answer to an operation. The secret is only there if
// it is given.
func (s *Simulator) render(r *record, operation, secret string) map[string]any {
	b := s.behaviour
	fields := map[string]any{
		"id": r.ID, "name": r.Name, "client_id": r.ClientID, "duration": r.Duration,
		"expires_at": b.time(r.ExpiresAt), "created_at": b.time(r.CreatedAt), "updated_at": b.time(r.UpdatedAt),
	}
	if b.NormalizedDurations && r.Duration != forever {
		d, _ := time.ParseDuration(r.Duration)
		fields["duration"] = d.String()
	}
	if !r.Enabled || !b.OmitEnabledWhenTrue {
		fields["enabled"] = r.Enabled
	}
	if !slices.Contains(b.OmitVersionIn, operation) {
		fields["client_secret_version"] = r.ClientSecretVersion
	}
	if r.PreviousClientSecretExpiresAt != nil && !slices.Contains(b.OmitPreviousEndIn, operation) {
		fields["previous_client_secret_expires_at"] = b.time(*r.PreviousClientSecretExpiresAt)
	}
	if r.LastSeenAt != nil && (operation == "get" || operation == "list") {
		fields["last_seen_at"] = b.time(*r.LastSeenAt)
	}
	if secret != "" {
		fields["client_secret"] = secret
	}
	return fields
}

func (b Behaviour) time(t time.Time) string {
	if b.FractionalTimes {
		return t.UTC().Format("2006-01-02T15:04:05") + ".123456Z"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// answer is what a request will be answered with.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func success(status int, result any, info any) answer {
	envelope := map[string]any{"success": true, "errors": []any{}, "messages": []any{}, "result": result}
	if info != nil {
		envelope["result_info"] = info
	}
	return answer{status: status, header: http.Header{}, body: marshal(envelope)}
}

func refusal(err *apiError) answer {
	header := err.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return answer{status: err.status, header: header, body: marshal(map[string]any{
		"success": false, "messages": []any{}, "result": nil,
		"errors": []any{map[string]any{"code": err.code, "message": err.message}},
	})}
}

func marshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // only values of this package get here
	}
	return body
}

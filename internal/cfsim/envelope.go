package cfsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// answer is the answer to a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// resultInfo describes which part of a listing an answer is.
type resultInfo struct {
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	Count      int `json:"count"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

// envelope is what Cloudflare wraps around every answer.
type envelope struct {
	Result     any             `json:"result"`
	Success    bool            `json:"success"`
	Errors     []envelopeError `json:"errors"`
	Messages   []string        `json:"messages"`
	ResultInfo *resultInfo     `json:"result_info,omitempty"`
}

type envelopeError struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Chain   []envelopeError `json:"error_chain,omitempty"`
}

func (e envelope) answer(status int, header http.Header) answer {
	merged := http.Header{"Content-Type": {"application/json"}}
	maps.Copy(merged, header)
	return answer{status: status, header: merged, body: marshal(e)}
}

func success(status int, result any) answer { return successPage(status, result, nil) }

func successPage(status int, result any, info *resultInfo) answer {
	return envelope{Result: result, Success: true, Errors: []envelopeError{}, Messages: []string{}, ResultInfo: info}.answer(status, nil)
}

func refusal(err *apiError) answer {
	errors := append([]envelopeError{{Code: err.code, Message: err.message, Chain: err.chain}}, err.also...)
	return envelope{Errors: errors, Messages: []string{}}.answer(err.status, err.header)
}

// render returns a token as the answer to an operation shows it, without its secret.
func (b Behaviour) render(r *record, operation string) map[string]any {
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
	return fields
}

// renderWithSecret returns a token as an answer with its secret shows it.
func (b Behaviour) renderWithSecret(r *record, operation string) map[string]any {
	fields := b.render(r, operation)
	fields["client_secret"] = r.secrets.current()
	return fields
}

func (b Behaviour) time(t time.Time) string {
	if b.FractionalTimes {
		return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00")
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func marshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // only values of this package get here
	}
	return body
}

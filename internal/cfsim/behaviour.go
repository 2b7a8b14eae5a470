package cfsim

import (
	"fmt"
	"slices"
	"time"
)

// Behaviour is how Cloudflare behaves where that is not known. Each zero value is
// the best guess; tests try every way.
type Behaviour struct {
	// MarkerAtCreation is what happens to previous_client_secret_expires_at in a
	// creation, where there is no previous secret.
	MarkerAtCreation MarkerBehaviour `json:"marker_at_creation"`
	// LowerVersion is what happens with a client_secret_version below the token's.
	LowerVersion LowerVersionBehaviour `json:"lower_version"`
	// GraceWithoutEnd is how long the previous secret works after an update that
	// raises the version and has no end. If it is zero, the secret stops at once, as
	// is documented for rotate.
	GraceWithoutEnd time.Duration `json:"grace_without_end"`
	// PutReturnsNoSecret leaves client_secret out of the answer to an update that
	// rotates, where no document lists it.
	PutReturnsNoSecret bool `json:"put_returns_no_secret"`
	// RotateReturnsNoSecret leaves client_secret out of the answer to rotate, where it
	// is documented.
	RotateReturnsNoSecret bool `json:"rotate_returns_no_secret"`
	// RotateKeepsVersion keeps rotate from raising client_secret_version.
	RotateKeepsVersion bool `json:"rotate_keeps_version"`
	// DashboardKeepsVersion keeps a rotation in the dashboard from raising the
	// version.
	DashboardKeepsVersion bool `json:"dashboard_keeps_version"`
	// DashboardSetsNoEnd keeps a rotation in the dashboard from setting
	// previous_client_secret_expires_at.
	DashboardSetsNoEnd bool `json:"dashboard_sets_no_end"`
	// OmitVersionIn are the operations ("create", "get", "list", "update",
	// "delete", "rotate", "refresh") whose answers lack client_secret_version.
	OmitVersionIn []string `json:"omit_version_in"`
	// OmitPreviousEndIn are those whose answers lack
	// previous_client_secret_expires_at.
	OmitPreviousEndIn []string `json:"omit_previous_end_in"`
	// OmitEnabledWhenTrue leaves `enabled` out of answers where it is true, as
	// before 2026-08.
	OmitEnabledWhenTrue bool `json:"omit_enabled_when_true"`
	// Refused are the operations, and the reads of policies, applications and groups
	// ("list-policies", "list-applications", "list-groups"), that are answered with
	// 403, as for want of their permission.
	Refused []string `json:"refused"`
	// RefusedWith401 answers them with 401 in place of 403.
	RefusedWith401 bool `json:"refused_with_401"`
	// PoliciesByID shows the reusable policies of an application by their id and
	// precedence alone.
	PoliciesByID bool `json:"policies_by_id"`
	// ListEmpty answers every listing without a token.
	ListEmpty bool `json:"list_empty"`
	// ListHides are the ids of tokens that no listing shows; reading one by its id
	// still works.
	ListHides []string `json:"list_hides"`
	// ListLag is how long listings do not show a new token.
	ListLag time.Duration `json:"list_lag"`
	// NameFilter is how a listing matches its `name`.
	NameFilter NameFilterBehaviour `json:"name_filter"`
	// FractionalTimes writes times with microseconds instead of whole seconds.
	FractionalTimes bool `json:"fractional_times"`
	// CreateAnswers200 answers a creation with 200 instead of 201.
	CreateAnswers200 bool `json:"create_answers_200"`
	// NormalizedDurations returns a duration as Go writes it: 8760h0m0s.
	NormalizedDurations bool `json:"normalized_durations"`
	// HexSecrets issues secrets of the form before 2026-08-26: 64 hexadecimal
	// characters.
	HexSecrets bool `json:"hex_secrets"`
	// ZonesRefuseAPITokens refuses API tokens at a zone's endpoints, for which
	// Cloudflare's specification lists key and e-mail alone.
	ZonesRefuseAPITokens bool `json:"zones_refuse_api_tokens"`
	// DateOff is how far the header Date is ahead of the simulator's clock.
	DateOff time.Duration `json:"date_off"`
	// OmitRateLimitHeaders leaves Ratelimit and Ratelimit-Policy out, as Cloudflare
	// once did.
	OmitRateLimitHeaders bool `json:"omit_rate_limit_headers"`
}

// MarkerBehaviour is what happens to an end of the previous secret in a creation.
type MarkerBehaviour string

// The three ways: stored and shown; refused with 400; accepted and dropped.
const (
	MarkerEchoed    MarkerBehaviour = ""
	MarkerRefused   MarkerBehaviour = "refused"
	MarkerNotEchoed MarkerBehaviour = "not-echoed"
)

// LowerVersionBehaviour is what happens with a version below the token's.
type LowerVersionBehaviour string

// The four ways: no effect; stored without a rotation; refused with 400; treated as
// a rotation.
const (
	LowerIgnored LowerVersionBehaviour = ""
	LowerStored  LowerVersionBehaviour = "stored"
	LowerRefused LowerVersionBehaviour = "refused"
	LowerRotates LowerVersionBehaviour = "rotates"
)

// NameFilterBehaviour is how a listing's name filter matches.
type NameFilterBehaviour string

// The three ways: the whole name; a part of it; not at all.
const (
	NameExact    NameFilterBehaviour = ""
	NameContains NameFilterBehaviour = "contains"
	NameIgnored  NameFilterBehaviour = "ignored"
)

// validate refuses unknown spellings, which would otherwise act like the zero value.
func (b Behaviour) validate() error {
	if !slices.Contains([]MarkerBehaviour{MarkerEchoed, MarkerRefused, MarkerNotEchoed}, b.MarkerAtCreation) {
		return fmt.Errorf("marker_at_creation cannot be %q; write %q, %q or leave it out", b.MarkerAtCreation, MarkerRefused, MarkerNotEchoed)
	}
	if !slices.Contains([]LowerVersionBehaviour{LowerIgnored, LowerStored, LowerRefused, LowerRotates}, b.LowerVersion) {
		return fmt.Errorf("lower_version cannot be %q; write %q, %q, %q or leave it out", b.LowerVersion, LowerStored, LowerRefused, LowerRotates)
	}
	if !slices.Contains([]NameFilterBehaviour{NameExact, NameContains, NameIgnored}, b.NameFilter) {
		return fmt.Errorf("name_filter cannot be %q; write %q, %q or leave it out", b.NameFilter, NameContains, NameIgnored)
	}
	for _, operation := range slices.Concat(b.OmitVersionIn, b.OmitPreviousEndIn) {
		if !slices.Contains(operations, operation) {
			return fmt.Errorf("there is no operation %q; they are %q", operation, operations)
		}
	}
	for _, operation := range b.Refused {
		if !isOperation(operation) {
			return errNoOperation(operation)
		}
	}
	return nil
}

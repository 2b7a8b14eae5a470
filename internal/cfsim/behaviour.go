package cfsim

import "time"

// Behaviour is how Cloudflare behaves where nobody knows. Each zero value is
// the best guess; tests go both ways.
type Behaviour struct {
	// MarkerAtCreation is what becomes of previous_client_secret_expires_at in a
	// creation, where there is no previous secret.
	MarkerAtCreation MarkerBehaviour
	// LowerVersion is what becomes of a client_secret_version below the token's.
	LowerVersion LowerVersionBehaviour
	// GraceWithoutEnd is how long the previous secret works after a rotation that
	// names no end. Zero: it stops at once.
	GraceWithoutEnd time.Duration
	// DashboardKeepsVersion makes a rotation in the dashboard leave the version
	// as it is.
	DashboardKeepsVersion bool
	// DashboardSetsNoEnd makes a rotation in the dashboard leave
	// previous_client_secret_expires_at as it is.
	DashboardSetsNoEnd bool
	// OmitVersionIn are the operations ("create", "get", "list", "update",
	// "rotate") whose answers lack client_secret_version.
	OmitVersionIn []string
	// OmitPreviousEndIn are those whose answers lack
	// previous_client_secret_expires_at.
	OmitPreviousEndIn []string
	// OmitEnabledWhenTrue leaves `enabled` out of answers where it is true, as
	// before 2026-08.
	OmitEnabledWhenTrue bool
	// ListRefused answers every listing with 403.
	ListRefused bool
	// ListHides are the tokens that the caller's granular permissions keep out of
	// a listing; reading one by its id still works.
	ListHides []string
	// ListLag is how long a new token stays out of listings.
	ListLag time.Duration
	// NameFilter is how LIST matches its `name`.
	NameFilter NameFilterBehaviour
	// FractionalTimes adds milliseconds to every time in an answer.
	FractionalTimes bool
	// CreateAnswers200 answers a creation with 200 instead of 201.
	CreateAnswers200 bool
	// NormalizedDurations echoes a duration as Go writes it: 8760h0m0s.
	NormalizedDurations bool
}

// MarkerBehaviour is what becomes of an end of the previous secret in a
// creation.
type MarkerBehaviour int

// The three ways.
const (
	MarkerEchoed MarkerBehaviour = iota
	MarkerRefused
	MarkerNotEchoed
)

// LowerVersionBehaviour is what becomes of a version below the token's.
type LowerVersionBehaviour int

// The four ways.
const (
	LowerIgnored LowerVersionBehaviour = iota
	LowerStored
	LowerRefused
	LowerRotates
)

// NameFilterBehaviour is how a listing's name filter matches.
type NameFilterBehaviour int

// The three ways.
const (
	NameExact NameFilterBehaviour = iota
	NameContains
	NameIgnored
)

package cfapi

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"
)

// movingClock passes as fast as it is slept on.
func movingClock(c *Config) {
	now := start
	c.Timing.Now = func() time.Time { return now }
	c.Timing.Sleep = func(ctx context.Context, d time.Duration) error {
		now = now.Add(d)
		return context.Cause(ctx)
	}
}

func TestDeleteWaitsForWhatUsesTheTokenToGo(t *testing.T) {
	t.Parallel()
	busy := refuse(400, "12139", "in use")
	rec := record(t, busy, busy, reply(200, success(minimal)))
	waited := 0
	if err := rec.client(t, movingClock).Delete(t.Context(), Account(accountID), tokenID, func() { waited++ }); err != nil {
		t.Fatal(err)
	}
	if waited != 2 {
		t.Errorf("%d waits were reported to the caller, want 2", waited)
	}
}

func TestDeleteOfATokenInUseGivesUpAfterHalfAMinute(t *testing.T) {
	t.Parallel()
	// Waits of 1, 2, 4, 8 and 8 seconds, and of the 7 that are left.
	rec := record(t, slices.Repeat([]http.HandlerFunc{refuse(400, "12139", "in use")}, 7)...)
	err := rec.client(t, movingClock).Delete(t.Context(), Account(accountID), tokenID, nil)
	if !IsInUse(err) {
		t.Errorf("got %v, want the refusal", err)
	}
	if got := len(rec.requests); got != 7 {
		t.Errorf("%d requests, want 7", got)
	}
}

func TestDeleteOfATokenInUseEndsWithItsContext(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(400, "12139", "in use"))
	ctx, cancel := context.WithCancel(t.Context())
	err := rec.client(t, movingClock).Delete(ctx, Account(accountID), tokenID, cancel)
	if !IsInUse(err) {
		t.Errorf("got %v, want the refusal", err)
	}
}

package cfapi

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestAListingIsForgottenAfterHalfAMinuteAlsoIfNothingIsReadAnyMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{APIToken: apiToken, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			answer := httptest.NewRecorder()
			if r.URL.Query().Has("page") {
				page(`{"total_pages":1}`, "a", "b")(answer, r)
			} else {
				_, _ = io.WriteString(answer, success(`{"id":"a"}`))
			}
			return answer.Result(), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		scope := Account(accountID)
		for range 2 {
			if _, err := c.Read(t.Context(), scope, "a"); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Delete(t.Context(), scope, "b", nil); err != nil {
			t.Fatal(err)
		}
		kept := func() *scopeReads {
			synctest.Wait()
			c.reads.mu.Lock()
			defer c.reads.mu.Unlock()
			copied := *c.reads.of(scope)
			return &copied
		}
		time.Sleep(listingLasts - 1)
		if s := kept(); s.listing == nil || len(s.listing.tokens) != 2 {
			t.Error("the listing was forgotten while it could answer")
		}
		time.Sleep(time.Nanosecond)
		if s := kept(); s.listing != nil || len(s.writing) != 0 || s.reading != 0 {
			t.Errorf("half a minute later there is still %+v", s)
		}
	})
}

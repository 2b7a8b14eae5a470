package cfapi

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

func TestRotateIsOneRequestThatReturnsTheNewSecret(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`","client_secret_version":2}`))
	end := time.Date(2026, 10, 1, 14, 0, 0, 250_000_000, time.FixedZone("", 2*60*60))
	got, err := rec.client(t).Rotate(t.Context(), Account(accountID), tokenID, end)
	if err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "POST "+tokenPath+`/rotate {"previous_client_secret_expires_at":"2026-10-01T12:00:00.25Z"}`)
	if want := (&Token{ID: tokenID, ClientSecret: Secret(newSecret), ClientSecretVersion: new(int64(2))}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRotateIsNotSentForAZone(t *testing.T) {
	t.Parallel()
	_, err := record(t).client(t).Rotate(t.Context(), Zone(zoneID), tokenID, start)
	if !errors.Is(err, errAccountsOnly) || IsOutcomeUnknown(err) {
		t.Errorf("got %v, want that there is no such call", err)
	}
}

func TestRotateThatIsAnsweredInPartReturnsWhatIsKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		result string
		want   *Token
		err    error
	}{
		"no id":           {`{"client_secret":"` + newSecret + `"}`, &Token{ID: tokenID, ClientSecret: Secret(newSecret)}, nil},
		"no secret":       {`{"id":"` + tokenID + `","client_secret_version":5}`, &Token{ID: tokenID, ClientSecretVersion: new(int64(5))}, ErrSecretMissing},
		"neither of them": {`{}`, nil, errNoID},
		"nothing":         {`null`, nil, errNoToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := record(t, ok(test.result)).client(t).Rotate(t.Context(), Account(accountID), tokenID, start)
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if !errors.Is(err, test.err) || IsOutcomeUnknown(err) != (test.err != nil) {
				t.Errorf("got %v, want %v with an unknown outcome", err, test.err)
			}
		})
	}
}

func TestInspectAsksTheListingForWhatAReadByIDDoesNotTell(t *testing.T) {
	t.Parallel()
	const (
		version   = `,"client_secret_version":3`
		end       = `,"previous_client_secret_expires_at":"2026-10-01T12:00:00Z"`
		laterEnd  = `,"previous_client_secret_expires_at":"2026-10-01T13:00:00Z"`
		otherOnes = `{"id":"other","client_secret_version":9` + laterEnd + `}`
	)
	list := func(tokens string) http.HandlerFunc { return ok("[" + tokens + "]") }
	for name, test := range map[string]struct {
		answers []http.HandlerFunc
		want    *Token
	}{
		"it tells the version":        {[]http.HandlerFunc{ok(`{"id":"` + tokenID + `"` + version + `}`)}, &Token{ID: tokenID, ClientSecretVersion: new(int64(3))}},
		"the listing tells it":        {[]http.HandlerFunc{ok(minimal), list(otherOnes + `,{"id":"` + tokenID + `"` + version + end + `}`), list("")}, &Token{ID: tokenID, ClientSecretVersion: new(int64(3)), PreviousClientSecretExpiresAt: new(start)}},
		"what it tells itself stays":  {[]http.HandlerFunc{ok(`{"id":"` + tokenID + `"` + end + `}`), list(`{"id":"` + tokenID + `"` + version + laterEnd + `}`), list("")}, &Token{ID: tokenID, ClientSecretVersion: new(int64(3)), PreviousClientSecretExpiresAt: new(start)}},
		"the listing lacks the token": {[]http.HandlerFunc{ok(minimal), list(otherOnes), list("")}, &Token{ID: tokenID}},
		"the listing is refused":      {[]http.HandlerFunc{ok(minimal), refuse(403, "10000", "Authentication error")}, &Token{ID: tokenID}},
		"neither of them tells it":    {[]http.HandlerFunc{ok(minimal), list(minimal), list("")}, &Token{ID: tokenID}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.answers...)
			got, err := rec.client(t).Inspect(t.Context(), Account(accountID), tokenID)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
			if len(rec.requests) != len(test.answers) {
				t.Errorf("%d requests, want %d", len(rec.requests), len(test.answers))
			}
		})
	}
}

func TestInspectOfATokenThatCannotBeReadAsksNoListing(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(404, "12135", "access.api.error.not_found"))
	if got, err := rec.client(t).Inspect(t.Context(), Account(accountID), tokenID); got != nil || !IsNotFound(err) {
		t.Errorf("got %+v, %v, want that it does not exist", got, err)
	}
}

package cfapi

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

const (
	rotatePath = tokenPath + "/rotate"
	rotateBody = ` {"previous_client_secret_expires_at":"2026-10-01T12:00:00Z"}`
	listLine   = "GET " + tokensPath + "?page=1&per_page=1000"
)

func TestRotateSendsTheEndOfThePreviousSecretAndReturnsTheNewOne(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","name":"ci","client_id":"0123.access","client_secret":"`+newSecret+`","client_secret_version":3,
		"previous_client_secret_expires_at":"2026-10-01T12:00:00.25Z"}`))
	fraction := time.Date(2026, 10, 1, 14, 0, 0, 250_000_000, time.FixedZone("", 2*60*60))
	got, err := rec.client(t).Rotate(t.Context(), Account(accountID), tokenID, fraction)
	if err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "POST "+rotatePath+` {"previous_client_secret_expires_at":"2026-10-01T12:00:00.25Z"}`)
	want := &Token{ID: tokenID, Name: "ci", ClientID: "0123.access", ClientSecret: Secret(newSecret), ClientSecretVersion: new(int64(3)),
		PreviousClientSecretExpiresAt: new(start.Add(250 * time.Millisecond))}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRotateReturnsTheNewSecretEvenIfTheAnswerHasNoID(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"client_secret":"`+newSecret+`"}`))
	got, err := rec.client(t).Rotate(t.Context(), Account(accountID), tokenID, start)
	if err != nil {
		t.Fatal(err)
	}
	if want := (&Token{ID: tokenID, ClientSecret: Secret(newSecret)}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRotateOfAZonesTokenIsNotSent(t *testing.T) {
	t.Parallel()
	rec := record(t)
	got, err := rec.client(t).Rotate(t.Context(), Zone(zoneID), tokenID, start)
	if !errors.Is(err, errAccountsOnly) || got != nil || IsOutcomeUnknown(err) {
		t.Errorf("got %+v, %v", got, err)
	}
	if want := "POST " + zonePath + "/" + tokenID + "/rotate: this call exists for accounts only"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRotateOfAMalformedIDIsNotSent(t *testing.T) {
	t.Parallel()
	rec := record(t)
	if _, err := rec.client(t).Rotate(t.Context(), Account(accountID), "a/b", start); !IsMalformedID(err) || IsOutcomeUnknown(err) {
		t.Errorf("got %v, want a malformed id", err)
	}
}

// rotations are the two calls that rotate.
var rotations = map[string]struct {
	call func(*testing.T, *Client) (*Token, error)
	line string
}{
	"an update": {func(t *testing.T, c *Client) (*Token, error) {
		return c.Update(t.Context(), Account(accountID), tokenID, UpdateParams{ClientSecretVersion: new(int64(3))})
	}, "PUT " + tokenPath + ` {"client_secret_version":3}`},
	"its own call": {func(t *testing.T, c *Client) (*Token, error) {
		return c.Rotate(t.Context(), Account(accountID), tokenID, start)
	}, "POST " + rotatePath + rotateBody},
}

func TestARotationThatMayHaveHappenedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		// answered: the answer names the token, and no secret.
		answered bool
	}{
		"no answer":                   {answer: hangUp},
		"a 502":                       {answer: html(502)},
		"a 500 of the API":            {answer: refuse(500, "1001", "internal")},
		"a 408":                       {answer: html(408)},
		"a cut body":                  {answer: breakOff(200, `{"result":{"client_secret":"`+newSecret+`"`)},
		"garbage":                     {answer: reply(200, "garbage")},
		"an empty body":               {answer: reply(200, "")},
		"no result":                   {answer: reply(200, `{"success":true,"errors":[]}`)},
		"a null result":               {answer: ok("null")},
		"neither secret nor id":       {answer: ok(`{"client_secret_version":3}`)},
		"success is false":            {answer: refuse(200, "1000", "try later")},
		"no secret":                   {answer: ok(`{"id":"` + tokenID + `","client_secret_version":3}`), answered: true},
		"a null secret":               {answer: ok(`{"id":"` + tokenID + `","client_secret_version":3,"client_secret":null}`), answered: true},
		"a secret of another form":    {answer: ok(`{"id":"` + tokenID + `","client_secret_version":3,"client_secret":7}`), answered: true},
		"an empty secret and a token": {answer: ok(`{"id":"` + tokenID + `","client_secret_version":3,"client_secret":""}`), answered: true},
	} {
		for by, rotation := range rotations {
			t.Run(name+", to "+by, func(t *testing.T) {
				t.Parallel()
				rec := record(t, test.answer)
				got, err := rotation.call(t, rec.client(t))
				if !IsOutcomeUnknown(err) || errors.Is(err, ErrSecretMissing) != test.answered {
					t.Errorf("got %v, want an unknown outcome", err)
				}
				if !test.answered && got != nil || test.answered && !reflect.DeepEqual(got, &Token{ID: tokenID, ClientSecretVersion: new(int64(3))}) {
					t.Errorf("got the token %+v", got)
				}
				rec.expect(t, rotation.line)
			})
		}
	}
}

func TestARotationThatIsRefusedHasAKnownOutcome(t *testing.T) {
	t.Parallel()
	for by, rotation := range rotations {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{302, 400, 401, 403, 404, 409, 422} {
				rec := record(t, refuse(status, "12130", "invalid"))
				if got, err := rotation.call(t, rec.client(t)); err == nil || got != nil || IsOutcomeUnknown(err) {
					t.Errorf("%d: got %+v, %v, want a known outcome", status, got, err)
				}
				rec.expect(t, rotation.line)
			}
			rec := record(t, refuse(404, "12135", "access.api.error.not_found"))
			if _, err := rotation.call(t, rec.client(t)); !IsNotFound(err) {
				t.Errorf("got %v, want not found", err)
			}
		})
	}
}

func TestARotationThatWasNotLookedAtIsSentAgain(t *testing.T) {
	t.Parallel()
	for by, rotation := range rotations {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			rec := record(t, refuse(429, "10429", "too many", "Retry-After", "5"), ok(`{"client_secret":"`+newSecret+`"}`))
			if got, err := rotation.call(t, rec.client(t)); err != nil || got.ClientSecret.Reveal() != newSecret {
				t.Errorf("got %v", err)
			}
			rec.expect(t, rotation.line, rotation.line)
		})
	}
}

func TestInspectIsOneRequestIfTheAnswerShowsTheVersion(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","client_secret_version":2}`), ok(`{"id":"`+tokenID+`","client_secret_version":2}`))
	c := rec.client(t)
	for _, scope := range []Scope{Account(accountID), Zone(zoneID)} {
		got, err := c.Inspect(t.Context(), scope, tokenID)
		if want := (&Token{ID: tokenID, ClientSecretVersion: new(int64(2))}); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	rec.expect(t, "GET "+tokenPath, "GET "+zonePath+"/"+tokenID)
}

// onePage answers with the only page of a listing.
func onePage(tokens string) http.HandlerFunc {
	return reply(http.StatusOK, `{"success":true,"errors":[],"messages":[],"result":[`+tokens+`],"result_info":{"total_pages":1}}`)
}

func TestInspectAsksAListingWhereTheAnswerDoesNotTellTheVersion(t *testing.T) {
	t.Parallel()
	later := start.Add(time.Hour)
	const end, laterEnd = `"previous_client_secret_expires_at":"2026-10-01T12:00:00Z"`, `"previous_client_secret_expires_at":"2026-10-01T13:00:00Z"`
	const another = `{"id":"00000000-0000-4000-8000-00000000feed","client_secret_version":9,` + laterEnd + `}`
	for name, test := range map[string]struct {
		answer  string
		listing http.HandlerFunc
		want    Token
	}{
		"which shows it":                {minimal, onePage(another + `,{"id":"` + tokenID + `","client_secret_version":3},` + another), Token{ClientSecretVersion: new(int64(3))}},
		"which shows the end too":       {minimal, onePage(`{"id":"` + tokenID + `","client_secret_version":3,` + end + `}`), Token{ClientSecretVersion: new(int64(3)), PreviousClientSecretExpiresAt: new(start)}},
		"whose end is not the answer's": {`{"id":"` + tokenID + `",` + laterEnd + `}`, onePage(`{"id":"` + tokenID + `","client_secret_version":3,` + end + `}`), Token{ClientSecretVersion: new(int64(3)), PreviousClientSecretExpiresAt: &later}},
		"which does not show it":        {`{"id":"` + tokenID + `","name":"ci"}`, onePage(`{"id":"` + tokenID + `","name":"listed"}`), Token{Name: "ci"}},
		"which lacks the token":         {minimal, onePage(another), Token{}},
		"which is empty":                {minimal, onePage(""), Token{}},
		"which is refused":              {minimal, refuse(403, "10000", "Authentication error"), Token{}},
		"which is not answered":         {minimal, html(501), Token{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, ok(test.answer), test.listing)
			got, err := rec.client(t, func(c *Config) { c.MaxRetries = new(0) }).Inspect(t.Context(), Account(accountID), tokenID)
			test.want.ID = tokenID
			if err != nil || !reflect.DeepEqual(got, &test.want) {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
			rec.expect(t, "GET "+tokenPath, listLine)
		})
	}
}

func TestInspectOfATokenThatCannotBeReadAsksForNothingMore(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(404, "12135", "access.api.error.not_found"))
	if got, err := rec.client(t).Inspect(t.Context(), Account(accountID), tokenID); !IsNotFound(err) || got != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	rec.expect(t, "GET "+tokenPath)
}

package cfapi

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
	"time"
)

const (
	tokensPath = "accounts/" + accountID + "/access/service_tokens"
	tokenPath  = tokensPath + "/" + tokenID
	zonePath   = "zones/" + zoneID + "/access/service_tokens"
)

// minimal is the least that names a token.
const minimal = `{"id":"` + tokenID + `"}`

func TestCreateSendsWhatIsGivenAndDecodesTheWholeToken(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(http.StatusCreated, success(`{"id":"`+tokenID+`","name":"ci","client_id":"0123.access","client_secret":"`+newSecret+`",
		"duration":"24h","enabled":false,"client_secret_version":3,
		"created_at":"2026-10-01T12:00:00.123456Z","updated_at":"2026-10-01T14:00:00+02:00","expires_at":"2026-10-02T12:00:00Z"}`)))
	got, err := rec.client(t).createOnce(t.Context(), Account(accountID), CreateParams{
		Name: `c"i <&> ü`, Duration: new("24h"), Enabled: new(false), ClientSecretVersion: new(int64(3)),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "POST "+tokensPath+` {"client_secret_version":3,"duration":"24h","enabled":false,"name":"c\"i \u003c\u0026\u003e ü"}`)
	want := &Token{
		ID: tokenID, Name: "ci", ClientID: "0123.access", ClientSecret: Secret(newSecret), Duration: "24h",
		Enabled: new(false), ClientSecretVersion: new(int64(3)),
		CreatedAt: new(start.Add(123456 * time.Microsecond)), UpdatedAt: new(start), ExpiresAt: new(start.Add(24 * time.Hour)),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCreateSendsOnlyTheNameIfNothingElseIsGiven(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","client_secret":"`+oldSecret+`"}`))
	got, err := rec.client(t).createOnce(t.Context(), Zone(zoneID), CreateParams{Name: "ci"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "POST "+zonePath+` {"name":"ci"}`)
	if got.ClientSecret.Reveal() != oldSecret || got.Enabled != nil || got.ClientSecretVersion != nil {
		t.Errorf("got %+v", got)
	}
}

func TestCreateWithAnIncompleteAnswerHasAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		wantID  string
		missing bool
	}{
		"an empty body":      {answer: reply(201, "")},
		"garbage":            {answer: reply(200, "garbage")},
		"html":               {answer: html(200)},
		"a cut body":         {answer: breakOff(201, `{"result":{"id":"`+tokenID+`"`)},
		"another JSON":       {answer: reply(200, `{"ok":true}`)},
		"no result":          {answer: reply(200, `{"success":true,"errors":[]}`)},
		"a null result":      {answer: ok("null")},
		"an array":           {answer: ok("[]")},
		"no id":              {answer: ok(`{"name":"ci","client_secret":"` + newSecret + `"}`)},
		"an empty id":        {answer: ok(`{"id":"","client_secret":"` + newSecret + `"}`)},
		"no secret":          {answer: ok(minimal), wantID: tokenID, missing: true},
		"a null secret":      {answer: ok(`{"id":"` + tokenID + `","client_secret":null}`), wantID: tokenID, missing: true},
		"success is false":   {answer: refuse(200, "1000", "try later")},
		"a 502":              {answer: html(502)},
		"a 500 of the API":   {answer: refuse(500, "1001", "internal")},
		"a 408":              {answer: html(408)},
		"no answer":          {answer: hangUp},
		"a 5xx cut in two":   {answer: breakOff(503, "{")},
		"an unknown 2xx, ok": {answer: reply(202, "{}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.answer)
			token, err := rec.client(t).createOnce(t.Context(), Account(accountID), CreateParams{Name: "ci"}, nil)
			if !IsOutcomeUnknown(err) {
				t.Errorf("got %v, want an unknown outcome", err)
			}
			if errors.Is(err, ErrSecretMissing) != test.missing {
				t.Errorf("ErrSecretMissing: %v", err)
			}
			if (token == nil) != (test.wantID == "") || token != nil && token.ID != test.wantID {
				t.Errorf("got token %+v, want id %q", token, test.wantID)
			}
			rec.expect(t, "POST "+tokensPath+` {"name":"ci"}`)
		})
	}
}

func TestCreateThatIsRefusedHasAKnownOutcome(t *testing.T) {
	t.Parallel()
	for _, status := range []int{300, 302, 307, 400, 401, 403, 404, 409, 422} {
		rec := record(t, refuse(status, "12130", "invalid"))
		_, err := rec.client(t).createOnce(t.Context(), Account(accountID), CreateParams{Name: "ci"}, nil)
		if err == nil || IsOutcomeUnknown(err) {
			t.Errorf("%d: got %v, want a known outcome", status, err)
		}
		rec.expect(t, "POST "+tokensPath+` {"name":"ci"}`)
	}
}

func TestGetReadsATokenOfEitherScope(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","name":"ci","last_seen_at":"2026-10-01T12:00:00Z","previous_client_secret_expires_at":"2026-10-01T12:00:00Z"}`), ok(minimal))
	c := rec.client(t)
	got, err := c.Get(t.Context(), Account(accountID), tokenID)
	if err != nil {
		t.Fatal(err)
	}
	want := &Token{ID: tokenID, Name: "ci", LastSeenAt: new(start), PreviousClientSecretExpiresAt: new(start)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := c.Get(t.Context(), Zone(zoneID), tokenID); err != nil {
		t.Fatal(err)
	}
	rec.expect(t, "GET "+tokenPath, "GET "+zonePath+"/"+tokenID)
}

func TestGetRefusesAnAnswerWithoutAToken(t *testing.T) {
	t.Parallel()
	for _, result := range []string{"null", "[]", "{}", `"x"`, `{"id":7}`} {
		rec := record(t, ok(result))
		token, err := rec.client(t).Get(t.Context(), Account(accountID), tokenID)
		if err == nil || token != nil || IsNotFound(err) || IsOutcomeUnknown(err) {
			t.Errorf("%s: got %+v, %v", result, token, err)
		}
	}
}

func TestUpdateSendsOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	fraction := time.Date(2026, 10, 1, 14, 0, 0, 250_000_000, time.FixedZone("", 2*60*60))
	for name, test := range map[string]struct {
		params UpdateParams
		body   string
	}{
		"name":                     {UpdateParams{Name: new("new")}, `{"name":"new"}`},
		"duration":                 {UpdateParams{Duration: new("forever")}, `{"duration":"forever"}`},
		"disable":                  {UpdateParams{Enabled: new(false)}, `{"enabled":false}`},
		"rotate":                   {UpdateParams{ClientSecretVersion: new(int64(2))}, `{"client_secret_version":2}`},
		"grace in whole seconds":   {UpdateParams{PreviousClientSecretExpiresAt: new(start)}, `{"previous_client_secret_expires_at":"2026-10-01T12:00:00Z"}`},
		"grace with a fraction":    {UpdateParams{PreviousClientSecretExpiresAt: &fraction}, `{"previous_client_secret_expires_at":"2026-10-01T12:00:00.25Z"}`},
		"everything, one request ": {UpdateParams{new("n"), new("1h"), new(true), new(int64(9)), new(start)}, `{"client_secret_version":9,"duration":"1h","enabled":true,"name":"n","previous_client_secret_expires_at":"2026-10-01T12:00:00Z"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`), ok(`{"id":"`+tokenID+`","client_secret":"`+newSecret+`"}`))
			c := rec.client(t)
			if _, err := c.Update(t.Context(), Account(accountID), tokenID, test.params); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Update(t.Context(), Zone(zoneID), tokenID, test.params); err != nil {
				t.Fatal(err)
			}
			rec.expect(t, "PUT "+tokenPath+" "+test.body, "PUT "+zonePath+"/"+tokenID+" "+test.body)
		})
	}
}

func TestUpdateOfNothingMakesNoRequest(t *testing.T) {
	t.Parallel()
	rec := record(t)
	if _, err := rec.client(t).Update(t.Context(), Account(accountID), tokenID, UpdateParams{}); err == nil {
		t.Error("an empty update succeeded")
	}
}

func TestUpdateReturnsTheNewSecretEvenIfTheAnswerHasNoID(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"client_secret":"`+newSecret+`","client_secret_version":2.0}`))
	got, err := rec.client(t).Update(t.Context(), Account(accountID), tokenID, UpdateParams{ClientSecretVersion: new(int64(2))})
	if err != nil {
		t.Fatal(err)
	}
	want := &Token{ID: tokenID, ClientSecret: Secret(newSecret), ClientSecretVersion: new(int64(2))}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRotationWithoutASecretReturnsWhatIsKnown(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(`{"id":"`+tokenID+`","client_secret_version":5}`))
	got, err := rec.client(t).Update(t.Context(), Account(accountID), tokenID, UpdateParams{ClientSecretVersion: new(int64(5))})
	if !errors.Is(err, ErrSecretMissing) || !IsOutcomeUnknown(err) {
		t.Errorf("got %v, want ErrSecretMissing with an unknown outcome", err)
	}
	if got == nil || got.ID != tokenID || *got.ClientSecretVersion != 5 {
		t.Errorf("got %+v, want the token", got)
	}
}

func TestUpdateWithoutARotationNeedsNoSecretButAToken(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(minimal), ok("{}"))
	c := rec.client(t)
	if _, err := c.Update(t.Context(), Account(accountID), tokenID, UpdateParams{Name: new("new")}); err != nil {
		t.Error(err)
	}
	if _, err := c.Update(t.Context(), Account(accountID), tokenID, UpdateParams{Name: new("new")}); !IsOutcomeUnknown(err) {
		t.Errorf("got %v, want an unknown outcome", err)
	}
}

func TestDeleteSendsOneRequest(t *testing.T) {
	t.Parallel()
	rec := record(t, ok(minimal), ok("null"))
	c := rec.client(t)
	if err := c.Delete(t.Context(), Account(accountID), tokenID, nil); err != nil {
		t.Error(err)
	}
	if err := c.Delete(t.Context(), Zone(zoneID), tokenID, nil); err != nil {
		t.Error(err)
	}
	rec.expect(t, "DELETE "+tokenPath, "DELETE "+zonePath+"/"+tokenID)
}

func TestDeleteOfATokenThatIsGoneSucceeds(t *testing.T) {
	t.Parallel()
	rec := record(t, refuse(404, "12135", "access.api.error.not_found"))
	if err := rec.client(t).Delete(t.Context(), Account(accountID), tokenID, nil); err != nil {
		t.Error(err)
	}
}

func TestDeleteIsNotFooledByA404OfSomethingElse(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"a proxy":        html(404),
		"other JSON":     reply(404, `{"error":"not found"}`),
		"a malformed id": refuse(404, "7003", "Could not route to /x, perhaps your object identifier is invalid?"),
		"no route":       refuse(404, "7000", "No route for that URI"),
	} {
		rec := record(t, answer)
		if err := rec.client(t).Delete(t.Context(), Account(accountID), tokenID, nil); err == nil {
			t.Errorf("%s: deletion succeeded", name)
		}
	}
}

func TestEveryLetterDigitHyphenAndUnderscoreIsFitForAnID(t *testing.T) {
	t.Parallel()
	const id = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
	rec := record(t, ok(minimal))
	if _, err := rec.client(t).Get(t.Context(), Account(accountID), id); err != nil {
		t.Error(err)
	}
	rec.expect(t, "GET "+tokensPath+"/"+id)
}

func TestIDsThatWouldAddressSomethingElseAreNotSent(t *testing.T) {
	t.Parallel()
	rec := record(t)
	c := rec.client(t)
	for _, id := range []string{"", ".", "..", "a/b", "a?b", "a#b", "%2e%2e", "a b", "ü", "a\n"} {
		_, get := c.Get(t.Context(), Account(accountID), id)
		_, update := c.Update(t.Context(), Account(accountID), id, UpdateParams{Name: new("x")})
		_, list := c.List(t.Context(), Zone(id), ListFilter{})
		_, create := c.createOnce(t.Context(), Account(id), CreateParams{Name: "x"}, nil)
		_, rotate := c.Rotate(t.Context(), Account(accountID), id, start)
		for _, err := range []error{get, update, list, create, rotate, c.Delete(t.Context(), Zone(zoneID), id, nil)} {
			if !IsMalformedID(err) || IsOutcomeUnknown(err) {
				t.Errorf("%q: got %v, want a malformed id", id, err)
			}
		}
	}
}

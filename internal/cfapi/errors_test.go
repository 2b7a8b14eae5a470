package cfapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAnErrorSaysOnOneLineWhatHappened(t *testing.T) {
	t.Parallel()
	const inUse = "access.api.error.service_token_in_use: cannot delete service token because it is used by a policy, group, or app SCIM configuration"
	several := `{"success":false,"result":null,"messages":[],"errors":[{"code":6003,"message":"Invalid request headers","error_chain":[{"code":6111,"message":"Invalid format for Authorization header"}]}]}`
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"one code":   {refuse(400, "12139", inUse, "Cf-Ray", "8f00000000000000-AMS"), "400 Bad Request: " + inUse + " (code 12139, ray 8f00000000000000-AMS)"},
		"no ray":     {refuse(403, "10000", "Authentication error"), "403 Forbidden: Authentication error (code 10000)"},
		"a chain":    {reply(400, several), "400 Bad Request: Invalid request headers (code 6003); Invalid format for Authorization header (code 6111)"},
		"no errors":  {reply(400, `{"success":false,"errors":[]}`), "400 Bad Request"},
		"odd errors": {reply(400, `{"success":false,"errors":[{"code":"x","message":7}]}`), "400 Bad Request:  (code 0)"},
		"a proxy":    {reply(403, "<html>", "Cf-Ray", "8f"), "403 Forbidden (ray 8f): refused by something other than Cloudflare's API"},
		"the edge":   {html(522), "522: refused by something other than Cloudflare's API; the request may have taken effect"},
		"a problem": {reply(502, `{"type":"about:blank","title":"Bad gateway","status":502,"detail":"The origin\nwas not reached","retryable":false}`, "Cf-Ray", "8f"),
			"502 Bad Gateway (ray 8f): not answered by Cloudflare's API itself: Bad gateway: The origin was not reached; the request may have taken effect"},
		"half a problem":  {reply(403, `{"title":"Forbidden","detail":1020}`), "403 Forbidden: not answered by Cloudflare's API itself: Forbidden"},
		"a false success": {refuse(200, "1000", "try later"), "200 OK, but success is false: try later (code 1000); the request may have taken effect"},
		"no answer":       {hangUp, "the connection was closed without an answer; the request may have taken effect"},
		"a cut answer":    {breakOff(200, "{"), "200 OK: the answer is incomplete: unexpected EOF; the request may have taken effect"},
		"garbage":         {reply(200, "garbage", "Cf-Ray", "8f"), "200 OK (ray 8f): the answer is not from Cloudflare's API; the request may have taken effect"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.answer)
			err := rec.client(t, func(c *Config) { c.MaxRetries = new(0) }).deleteOnce(t.Context(), Account(accountID), tokenID)
			if err == nil {
				t.Fatal("succeeded")
			}
			if got, want := err.Error(), "DELETE "+tokenPath+": "+test.want; got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestAnIncompleteAnswerIsReportedWithItsStatusAndRay(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(201, success(minimal), "Cf-Ray", "8f"))
	_, err := rec.client(t).createOnce(t.Context(), Account(accountID), justAName, nil)
	want := "POST " + tokensPath + ": 201 Created (ray 8f): the answer contains no client secret; the request may have taken effect"
	if err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

func TestNoErrorHoldsASecretOrABody(t *testing.T) {
	t.Parallel()
	leaks := []string{apiToken.Reveal(), oldSecret, newSecret, strings.ToUpper(oldSecret), "fake-password"}
	message := strings.Join(leaks[:4], " and ") + ` via http://user:fake-password@proxy.invalid \u0000\n\u001b[31m\u202e`
	for name, answer := range map[string]http.HandlerFunc{
		"a message":      refuse(400, "12130", message, "Cf-Ray", oldSecret),
		"a long message": refuse(400, "12130", strings.Repeat("long ", 200)+message),
		"a problem":      reply(403, `{"title":"`+message+`","detail":"`+message+`"}`),
		"a body":         html(403),
		"garbage":        reply(200, oldSecret+newSecret),
		"half a token":   ok(`{"client_secret":"` + newSecret + `"}`),
		"a cut token":    breakOff(200, `{"result":{"client_secret":"`+newSecret+`"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := record(t, answer).client(t).createOnce(t.Context(), Account(accountID), justAName, nil)
			if err == nil {
				t.Fatal("succeeded")
			}
			e := asFailure(t, err)
			text := fmt.Sprintf("%v %+v %q %v", err, err, err, e.Codes)
			for _, leak := range leaks {
				if strings.Contains(text, leak) {
					t.Errorf("leaks a secret of %d characters", len(leak))
				}
			}
			if strings.ContainsAny(err.Error(), "\x00\n\x1b\u202e") {
				t.Errorf("control characters in %q", err)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("%d bytes long", len(err.Error()))
			}
		})
	}
}

func TestATransportErrorThatQuotesTheCredentialsIsCleaned(t *testing.T) {
	t.Parallel()
	quoting := &url.Error{Op: "Post", URL: "https://user:fake-password@x", Err: errors.New("sent " + apiToken.Reveal() + " to http://user:fake-password@proxy.invalid")}
	c, err := New(Config{APIToken: apiToken, Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, quoting })})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.createOnce(t.Context(), Account(accountID), justAName, nil)
	if want := "sent [secret] to http://[secret]@proxy.invalid; the request may"; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "fake-password") {
		t.Errorf("got %v, want %q", err, want)
	}
	if !errors.Is(err, quoting) {
		t.Error("the cause is out of reach")
	}
}

func TestManyErrorsAreCutToTheFirstFew(t *testing.T) {
	t.Parallel()
	many := `{"success":false,"errors":[` + strings.Repeat(`{"code":1,"message":"m"},`, 99) + `{"code":2,"message":"last"}]}`
	_, err := record(t, reply(400, many)).client(t).Get(t.Context(), Account(accountID), tokenID)
	if e := asFailure(t, err); len(e.Codes) != 5 {
		t.Errorf("%d codes", len(e.Codes))
	}
}

func TestALongMessageIsCutAt400Characters(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("ü", 400)
	for message, want := range map[string]string{whole: whole, whole + "ü": whole + "…"} {
		_, err := record(t, refuse(400, "12130", message)).client(t).Get(t.Context(), Account(accountID), tokenID)
		if got := asFailure(t, err).Codes[0].Message; got != want {
			t.Errorf("%d bytes became %d", len(message), len(got))
		}
	}
}

func TestPredicatesTellFailuresApart(t *testing.T) {
	t.Parallel()
	predicates := map[string]func(error) bool{
		"not found": IsNotFound, "malformed": IsMalformedID, "limited": IsRateLimited, "in use": IsInUse, "auth": IsAuth,
		"invalid": isInvalid, "not enabled": IsAccessNotEnabled, "token limit": IsTokenLimit, "unknown": IsOutcomeUnknown,
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string // the predicates that hold
	}{
		"gone":                        {refuse(404, "12135", "access.api.error.not_found"), "not found"},
		"gone, without a code":        {reply(404, `{"success":false,"errors":[]}`), "not found"},
		"a 404 of a proxy":            {html(404), ""},
		"a 404 of another API":        {reply(404, `{"errors":["no"]}`), ""},
		"a 404 that only looks alike": {reply(404, `{"success":false}`), ""},
		"a malformed id":              {refuse(404, "7003", "Could not route"), "malformed"},
		"an id without a route":       {refuse(400, "7000", "No route"), "malformed"},
		"too many requests":           {refuse(429, "10100", "Please wait; token rate limit"), "limited"},
		"too many, says a proxy":      {html(429), "limited"},
		"in use":                      {refuse(400, "12139", "access.api.error.service_token_in_use"), "in use"},
		"a wrong token":               {refuse(403, "10000", "Authentication error"), "auth"},
		"a missing permission":        {refuse(400, "9109", "Unauthorized to access requested resource"), "auth"},
		"missing headers":             {refuse(400, "9106", "Missing X-Auth-Key"), "auth"},
		"malformed headers":           {refuse(400, "6003", "Invalid request headers"), "auth"},
		"a malformed token":           {refuse(400, "6111", "Invalid format"), "auth"},
		"401 without a code":          {html(401), "auth"},
		"invalid":                     {refuse(400, "12130", "access.api.error.invalid_request: duration"), "invalid"},
		"Access was never enabled":    {refuse(403, "9999", "access.api.error.not_enabled"), "not enabled"},
		"no more tokens":              {refuse(400, "12000", "access.api.error: maximum number of Service Tokens reached"), "token limit"},
		"the limit of tokens":         {refuse(403, "12000", "service_token_limit_exceeded"), "token limit"},
		"a 500 about a limit":         {refuse(500, "1", "token limit"), "unknown"},
		"no answer":                   {hangUp, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, test.answer)
			_, err := rec.client(t, func(c *Config) { c.MaxRetries = new(0) }).createOnce(t.Context(), Account(accountID), justAName, nil)
			wrapped := fmt.Errorf("creating service token %q: %w", "ci", err)
			for predicate, holds := range predicates {
				want := strings.Contains(","+test.want+",", ","+predicate+",")
				if holds(wrapped) != want {
					t.Errorf("%q is %v for %v", predicate, !want, err)
				}
			}
		})
	}
	for predicate, holds := range predicates {
		if holds(nil) || holds(context.Canceled) {
			t.Errorf("%q holds for what is not an answer", predicate)
		}
	}
}

func isInvalid(err error) bool { return hasCode(err, 12130) }

package cfapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// anySecret is what no error may show: a client secret of either form.
var anySecret = regexp.MustCompile(`cfast_[0-9A-Za-z]|[0-9A-Fa-f]{64}`)

// oracle answers requests out of memory, and counts them and the waits.
type oracle struct {
	answer   func(n int) *http.Response
	requests int
	waited   time.Duration
}

func (o *oracle) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{
		APIToken: apiToken, MaxRetries: new(2),
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Body != nil {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return nil, err
				}
			}
			o.requests++
			resp := o.answer(o.requests)
			resp.Request = r
			return resp, nil
		}),
		Timing: Timing{
			Now: func() time.Time { return start.Add(o.waited) },
			Sleep: func(ctx context.Context, d time.Duration) error {
				o.waited += d
				return ctx.Err()
			},
			Jitter: func() float64 { return 0.5 },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// FuzzAnswers gives every operation any two answers in turn: nothing panics, goes
// on for ever or says a secret, and what counts as a success is one.
func FuzzAnswers(f *testing.F) {
	item := `{"id":"` + tokenID + `","name":"ci","client_id":"x.access","client_secret":"` + newSecret + `","client_secret_version":2,` +
		`"previous_client_secret_expires_at":"1983-04-05T06:07:08Z","expires_at":"2027-10-01T12:00:00Z","enabled":true,"duration":"8760h"}`
	for _, body := range []string{
		"", "null", "{}", "[]", `{"success":true}`, `{"success":false}`, success("null"), success(item), success("[" + item + "," + item + "]"),
		success(`{"id":"x","client_secret":7,"expires_at":"never"}`), refusal("12135", "not_found"), refusal("1e999", newSecret+" "+oldSecret),
		`{"success":false,"errors":[{"code":1,"error_chain":[{"code":2,"error_chain":[{"code":3}]}]}]}`, "<html>" + oldSecret, "\xff\xfe{",
		`{"result":[],"success":true,"result_info":{"total_pages":1000000,"total_count":1000000}}`,
		`{"result":[` + item + `],"success":true,"result_info":{"total_pages":-1,"total_count":99}}`,
	} {
		for _, status := range []int{200, 201, 307, 400, 404, 429, 500} {
			f.Add(uint16(status), []byte(body), "7", uint16(200), []byte(success(item)))
		}
	}
	f.Add(uint16(429), []byte(""), "4294967295", uint16(503), []byte("Fri, 01 Jan 9999"))
	f.Add(uint16(429), []byte(""), "Fri, 31 Dec 9999 23:59:59 GMT", uint16(99), []byte("\x00"))
	f.Fuzz(func(t *testing.T, status uint16, body []byte, retryAfter string, status2 uint16, body2 []byte) {
		answer := func(n int) *http.Response {
			s, b := status, body
			if n%2 == 0 {
				s, b = status2, body2
			}
			return &http.Response{
				StatusCode: int(s), ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(bytes.NewReader(b)),
				Header: http.Header{"Retry-After": {retryAfter}, "Cf-Ray": {string(b)}, "Ratelimit": {retryAfter}, "Location": {retryAfter}},
			}
		}
		scope := Account(accountID)
		for name, call := range map[string]func(*Client) (*Token, error){
			"create": func(c *Client) (*Token, error) { return c.Create(t.Context(), scope, CreateParams{Name: "ci"}) },
			"get":    func(c *Client) (*Token, error) { return c.Get(t.Context(), scope, tokenID) },
			"rename": func(c *Client) (*Token, error) {
				return c.Update(t.Context(), scope, tokenID, UpdateParams{Name: new("renamed")})
			},
			"rotate": func(c *Client) (*Token, error) {
				return c.Update(t.Context(), scope, tokenID, UpdateParams{ClientSecretVersion: new(int64(2))})
			},
			"list": func(c *Client) (*Token, error) {
				_, err := c.List(t.Context(), scope, ListFilter{Name: "ci"})
				return nil, err
			},
			"delete": func(c *Client) (*Token, error) { return nil, c.Delete(t.Context(), scope, tokenID, nil) },
		} {
			o := &oracle{answer: answer}
			token, err := call(o.client(t))
			if o.requests > 500 {
				t.Errorf("%s: %d requests", name, o.requests)
			}
			if rotated := name == "create" || name == "rotate"; err == nil && rotated && (token.ID == "" || token.ClientSecret == "") {
				t.Errorf("%s: it succeeded without an id or a secret", name)
			}
			if err != nil {
				expectFit(t, name, err.Error())
			}
			if token != nil {
				token.ID, token.Name, token.ClientID, token.Duration = "", "", "", "" // which are said
				expectFit(t, name, fmt.Sprintf("%v %+v %#v", token, *token, token))
			}
		}
	})
}

// expectFit fails on a text that is not fit for a message.
func expectFit(t *testing.T, what, text string) {
	t.Helper()
	switch {
	case anySecret.MatchString(text), strings.Contains(text, apiToken.Reveal()):
		t.Errorf("%s says a secret", what)
	case len(text) > 20_000:
		t.Errorf("%s says %d bytes", what, len(text))
	case strings.ContainsFunc(text, unicode.IsControl):
		t.Errorf("%s: control characters in %q", what, text)
	}
}

// FuzzConfig looks for a base URL to which credentials would go in clear, and
// for one that is repeated with a password in it.
func FuzzConfig(f *testing.F) {
	for _, base := range []string{
		"", DefaultBaseURL, "http://127.0.0.1:1", "http://localhost/x", "http://cloudflare.example", "https://user:fakepassword@host", "http://[::1]",
		"http://127.0.0.1@evil.example", "HTTP://localhost.", "https://host/?q", "https://host/#f", "//host", "\x00", "http://127.1",
	} {
		f.Add(base, "fake-api-token")
	}
	f.Fuzz(func(t *testing.T, base, token string) {
		c, err := New(Config{BaseURL: base, APIToken: Secret(token), MaxRetries: new(0)})
		if err != nil {
			if len(token) > 8 && strings.Contains(err.Error(), token) && !strings.Contains(base, token) {
				t.Error("the error repeats the credential")
			}
			return
		}
		reached := make(chan string, 1)
		c.SetTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Scheme != "https" && !isLoopback(r.URL.Hostname()) {
				reached <- r.URL.Host
			}
			return &http.Response{StatusCode: http.StatusTeapot, Body: http.NoBody, Request: r}, nil
		}))
		_, _ = c.Get(t.Context(), Account(accountID), tokenID)
		select {
		case host := <-reached:
			t.Errorf("the credential went in clear to %q", host)
		default:
		}
	})
}

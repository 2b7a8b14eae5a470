package cfapi

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

// problem returns what New says of a configuration; nothing if it accepts it. It
// fails if the error shows what all fakes here have in them.
func problem(t *testing.T, name string, config Config) ConfigError {
	t.Helper()
	_, err := New(config)
	if err == nil {
		return ConfigError{}
	}
	if strings.Contains(err.Error(), "fake-") {
		t.Errorf("%s: the error repeats a credential or a URL: %v", name, err)
	}
	refused, ok := errors.AsType[*ConfigError](err)
	if !ok {
		t.Fatalf("%s: got %v", name, err)
	}
	return *refused
}

func TestNewNamesTheFieldThatItDoesNotAccept(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config  Config
		field   string
		problem Problem
	}{
		"no credential":            {Config{}, "APIToken", Missing},
		"a key without e-mail":     {Config{APIKey: "fake-secret-key"}, "APIEmail", Missing},
		"an e-mail without key":    {Config{APIEmail: "ci@example.invalid"}, "APIToken", Missing},
		"a token and a key":        {Config{APIToken: apiToken, APIKey: "fake-secret-key", APIEmail: "ci@example.invalid"}, "APIToken", NotAlone},
		"a line break":             {Config{APIToken: apiToken + "\n"}, "APIToken", WrongCharacters},
		"a space":                  {Config{APIKey: "fake-secret key", APIEmail: "ci@example.invalid"}, "APIKey", WrongCharacters},
		"an e-mail with a tab":     {Config{APIKey: "fake-secret-key", APIEmail: "ci\t@example.invalid"}, "APIEmail", WrongCharacters},
		"negative retries":         {Config{APIToken: apiToken, MaxRetries: new(-1)}, "MaxRetries", OutOfRange},
		"no time":                  {Config{APIToken: apiToken, RequestTimeout: new(time.Duration(0))}, "RequestTimeout", OutOfRange},
		"a negative timeout":       {Config{APIToken: apiToken, RequestTimeout: new(-time.Second)}, "RequestTimeout", OutOfRange},
		"no requests":              {Config{APIToken: apiToken, RequestsPerSecond: new(0.0)}, "RequestsPerSecond", OutOfRange},
		"infinitely many requests": {Config{APIToken: apiToken, RequestsPerSecond: new(math.Inf(1))}, "RequestsPerSecond", OutOfRange},
		"requests without number":  {Config{APIToken: apiToken, RequestsPerSecond: new(math.NaN())}, "RequestsPerSecond", OutOfRange},
	} {
		if got, want := problem(t, name, test.config), (ConfigError{Field: test.field, Problem: test.problem}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestCredentialsTravelOnlyOverTLSOrWithinThisMachine(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]Problem{
		"":                               "",
		"https://api.cloudflare.com":     "",
		"https://proxy.example/cf/v4/":   "",
		"http://127.0.0.1:8080":          "",
		"http://127.9.9.9/client/v4":     "",
		"http://[::1]:80/":               "",
		"http://localhost:8080":          "",
		"http://LOCALHOST":               "",
		"http://api.cloudflare.com":      NotHTTPS,
		"http://127.0.0.1.example":       NotHTTPS,
		"http://localhost.example":       NotHTTPS,
		"http://10.0.0.1":                NotHTTPS,
		"http://10.0.0.1?key=fake-query": NotHTTPS,
		"ftp://127.0.0.1":                NotURL,
		"api.cloudflare.com":             NotURL,
		"/client/v4":                     NotURL,
		"https://":                       NotURL,
		"https://user:fake-pass@x.test":  CarriesPassword,
		"https://x.test/?key=fake-query": CarriesQuery,
		"https://x.test/#fake-fragment":  CarriesQuery,
		"https://x.test/%zz-fake":        NotURL,
		"http://user:fake-pass@x:bad":    NotURL,
		"http://user:fake-pass@10.0.0.1": CarriesPassword,
	} {
		got := problem(t, base, Config{APIToken: apiToken, BaseURL: base})
		if got.Problem != want || want != "" && got.Field != "BaseURL" {
			t.Errorf("%q: got %+v, want %q", base, got, want)
		}
	}
	if got := problem(t, "a path", Config{APIToken: apiToken, BaseURL: "http://proxy.example/v4"}).Instead; got != "https://proxy.example/v4" {
		t.Errorf("%q is to be written instead", got)
	}
}

package accesscheck

import (
	"strings"
	"testing"
)

func TestOnlyAnAddressOfHTTPSIsAsked(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://app.example.com":              "",
		"https://app.example.com:8443/a?b=c#d": "",
		"http://127.0.0.1:8080/":               "",
		"http://[::1]:8080/":                   "",
		"http://localhost":                     "",

		"":                                 "not the address of a website",
		"app.example.com":                  "not the address of a website",
		"https://":                         "not the address of a website",
		"https://:443/":                    "not the address of a website",
		"ftp://app.example.com":            "not the address of a website",
		"https://app.example.com:port/":    "not the address of a website",
		"mailto:a@example.com":             "not the address of a website",
		"https://user:hunter2@example.com": "a user name or a password",
		"http://app.example.com/a?hunter2": "use https (http is allowed only for this machine)",
		"http://127.0.0.1.example.com":     "unencrypted",
		"http://10.0.0.1":                  "unencrypted",
		"https://bücher.example":           `begins with "xn--"`,
	} {
		_, err := ParseAddress(address)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "bücher")) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestHostsHeadersAndCredentialsAreChecked(t *testing.T) {
	t.Parallel()
	for name, parse := range map[string]struct {
		parse         func(string) error
		right, refuse []string
	}{
		"host":       {ParseHost, []string{"login.example.com", "team.cloudflareaccess.com", "localhost"}, []string{"", "https://login.example.com", "login.example.com:443", "login.example.com/path", "a b", "*.example.com?"}},
		"header":     {ParseHeader, []string{"Authorization", "X-Token", "cf-access-token"}, []string{"", "X Token", "X-Token:", "cookie", "Host", "CF-Access-Client-Id", "cf-access-client-secret", "x\n"}},
		"credential": {ParseCredential, []string{"fake.access", strings.Repeat("f4ce", 16)}, []string{"", " fake", "fake ", "fake\n", "fäke"}},
	} {
		for _, text := range parse.right {
			if err := parse.parse(text); err != nil {
				t.Errorf("%s %q: %v", name, text, err)
			}
		}
		for _, text := range parse.refuse {
			if err := parse.parse(text); err == nil {
				t.Errorf("%s %q is accepted", name, text)
			}
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	t.Parallel()
	if text := sprint(question(t, "https://app.example.com")); strings.Contains(text, fake.ClientSecret) || strings.Contains(text, fake.ClientID) {
		t.Error("the credentials print")
	}
}

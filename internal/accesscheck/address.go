package accesscheck

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// ParseAddress reads an address that may be asked, or returns what is wrong with it
// and what to write instead. The error does not repeat it, since it may be a secret.
func ParseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("this is not the address of a website: write one such as \"https://app.example.com/health\"")
	case u.User != nil:
		return nil, errors.New("the address contains a user name or a password: write it without")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("the client secret would be sent unencrypted: use https (http is allowed only for this machine)")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }):
		return nil, errors.New("the host has characters that DNS does not allow: write its ASCII form, which begins with \"xn--\"")
	}
	return u, nil
}

// ParseHost reads the name of a host, or returns what is wrong with it.
func ParseHost(text string) error {
	u := &url.URL{Host: text}
	if parsed, err := url.Parse("https://" + text); err != nil || parsed.Host != text || u.Port() != "" || text == "" {
		return errors.New("this is not a host name: leave out the scheme, the port and the path, such as \"login.example.com\"")
	}
	return nil
}

// Shown is an address as messages show it: without its query, which may hold a secret.
func Shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// reserved are headers that an application cannot read a token from: a client or the
// way to the application sets them, or they are the two of the ordinary form.
var reserved = []string{"Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Te", "Trailer", "Keep-Alive", "Proxy-Authorization",
	"Cookie", "User-Agent", clientIDHeader, clientSecretHeader}

// ParseHeader reads the name of a header that takes the place of the two ordinary
// ones, or returns what is wrong with it.
func ParseHeader(name string) error {
	switch {
	case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isTokenCharacter(r) }):
		return errors.New("this is not the name of a header: write the application's `read_service_tokens_from_header`, such as \"Authorization\"")
	case slices.Contains(reserved, http.CanonicalHeaderKey(name)):
		return fmt.Errorf("the header %s cannot carry the token: write the application's `read_service_tokens_from_header`, or leave it out for %s and %s",
			name, "CF-Access-Client-Id", "CF-Access-Client-Secret")
	}
	return nil
}

// isTokenCharacter reports whether a name of HTTP may hold a character.
func isTokenCharacter(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// ParseCredential returns what is wrong with a client id or a client secret, which it
// does not repeat.
func ParseCredential(text string) error {
	switch at := strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }); {
	case text == "":
		return errors.New("it is empty")
	case at >= 0:
		return errors.New("it contains a space, a line break or another character that no credential has: write it without")
	}
	return nil
}

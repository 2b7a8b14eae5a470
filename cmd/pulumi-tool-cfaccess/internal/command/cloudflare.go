package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/refusal"
)

// Credentials is the part of a help that says what a listing needs.
const Credentials = `It lists tokens with a credential of Cloudflare in the environment that has the
permission "Access: Service Tokens Read": CLOUDFLARE_API_TOKEN, or CLOUDFLARE_API_KEY
with CLOUDFLARE_EMAIL. CLOUDFLARE_BASE_URL sets another address of the API.
`

// List lists the tokens of scopes with the credential of the environment.
func List(ctx context.Context, console Console, scopes ...cfapi.Scope) (map[cfapi.Scope][]cfapi.Token, error) {
	progress := NewProgress(console)
	defer progress.Stop()
	config := fromEnvironment(console.Getenv, console.Stderr)
	config.UserAgent = Program + "/" + Version
	config.OnWait = func(_ context.Context, wait cfapi.Wait) {
		text := wait.String()
		progress.Say("%s%s.", strings.ToUpper(text[:1]), text[1:])
	}
	config.OnPage = func(listed int) { progress.Say("%s listed.", Count(listed, "service token")) }
	client, err := cfapi.New(config)
	if err != nil {
		return nil, explain(err)
	}
	defer client.CloseIdleConnections()
	listed := map[cfapi.Scope][]cfapi.Token{}
	for _, scope := range scopes {
		progress.Say("Listing the service tokens of %s.", scope)
		if listed[scope], err = client.List(ctx, scope, cfapi.ListFilter{}); err != nil {
			return nil, fmt.Errorf("listing the service tokens of %s: %w", scope, advise(err, config, scope))
		}
	}
	return listed, nil
}

var scopeIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// IsScopeID reports whether a text is the id of an account or a zone.
func IsScopeID(text string) bool { return scopeIDPattern.MatchString(text) }

// ParseScope reads the value of --account-id or --zone-id.
func ParseScope(kind cfapi.ScopeKind, value string) (cfapi.Scope, error) {
	if !IsScopeID(value) {
		return cfapi.Scope{}, fmt.Errorf("%q is not the id of %s: write its 32 hexadecimal characters in lower case", value,
			map[cfapi.ScopeKind]string{cfapi.KindAccount: "an account", cfapi.KindZone: "a zone"}[kind])
	}
	return cfapi.Scope{Kind: kind, ID: value}, nil
}

// ResourceID returns the one id by which the provider knows a token.
func ResourceID(scope cfapi.Scope, tokenID string) string {
	if scope.Kind == cfapi.KindZone {
		return "zones/" + scope.ID + "/" + tokenID
	}
	return scope.ID + "/" + tokenID
}

// Count returns how many things there are, in words: "1 stack", "2 stacks".
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// The variables that Cloudflare's tools share.
const (
	tokenVariable   = "CLOUDFLARE_API_TOKEN"
	keyVariable     = "CLOUDFLARE_API_KEY"
	emailVariable   = "CLOUDFLARE_EMAIL"
	baseURLVariable = "CLOUDFLARE_BASE_URL"
)

// fromEnvironment reads the variables. The client refuses what is missing or given
// twice; notes name what is no credential any more.
func fromEnvironment(getenv func(string) string, notes io.Writer) cfapi.Config {
	env := func(name string) string { return strings.TrimSpace(getenv(name)) }
	if env(refusal.ServiceKeyVariable) != "" {
		fmt.Fprintln(notes, refusal.ServiceKeyIgnored+".")
	}
	return cfapi.Config{
		BaseURL: env(baseURLVariable), APIToken: cfapi.Secret(env(tokenVariable)),
		APIKey: cfapi.Secret(env(keyVariable)), APIEmail: env(emailVariable),
	}
}

// advise adds to Cloudflare's refusal to list what the reader can do about it.
func advise(err error, config cfapi.Config, scope cfapi.Scope) error {
	advice, _ := refusal.Advice(err, refusal.Request{
		Scope: scope, What: refusal.Reading, UsesKey: config.APIToken == "", BaseURL: config.BaseURL, BaseURLSetting: baseURLVariable,
		InsteadOfToken: keyVariable + " and " + emailVariable,
	})
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}

// explain says which variable the client refuses, and what to write instead.
func explain(err error) error {
	const inEnvironment = " in the environment"
	refused, ok := errors.AsType[*cfapi.ConfigError](err)
	if !ok {
		return err
	}
	return refusal.Setting(refused, refusal.Sources{
		APIToken: tokenVariable + inEnvironment, APIKey: keyVariable + inEnvironment, APIEmail: emailVariable + inEnvironment, BaseURL: baseURLVariable + inEnvironment,
		SetToken: "set " + tokenVariable + inEnvironment + " (" + keyVariable + " with " + emailVariable + " works too)",
		SetEmail: emailVariable + inEnvironment,
	})
}

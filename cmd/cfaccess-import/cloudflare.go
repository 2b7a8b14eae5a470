package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
)

// fromCloudflare lists the tokens of an account or a zone.
func fromCloudflare(ctx context.Context, o options, getenv func(string) string, progress io.Writer) (importFile, error) {
	config := fromEnvironment(getenv, progress)
	config.UserAgent = "cfaccess-import"
	config.OnWait = func(_ context.Context, wait cfapi.Wait) {
		text := wait.String()
		fmt.Fprintf(progress, "%s%s.\n", strings.ToUpper(text[:1]), text[1:])
	}
	config.OnPage = func(listed int) {
		fmt.Fprintf(progress, "%s listed.\n", count(listed))
	}
	client, err := cfapi.New(config)
	if err != nil {
		return importFile{}, fmt.Errorf("reading the environment: %w", explain(err))
	}
	defer client.CloseIdleConnections()
	fmt.Fprintf(progress, "Listing the service tokens of %s.\n", o.scope)
	tokens, err := client.List(ctx, o.scope, cfapi.ListFilter{})
	if err != nil {
		return importFile{}, fmt.Errorf("listing the service tokens of %s: %w", o.scope, err)
	}
	tokens = slices.DeleteFunc(tokens, func(t cfapi.Token) bool {
		return !strings.Contains(strings.ToLower(t.Name), strings.ToLower(o.nameContains))
	})
	if len(tokens) == 0 && o.nameContains != "" {
		return importFile{}, fmt.Errorf("no service token of %s that the credential may list has %q in its name", o.scope, o.nameContains)
	}
	if len(tokens) == 0 {
		return importFile{}, fmt.Errorf("%s has no service token that the credential may list", o.scope)
	}
	for _, t := range tokens {
		if readsAsNoText(t.Name) {
			fmt.Fprintf(progress, unquoted+"\n", t.Name)
		}
	}
	return listed(o.scope, tokens), nil
}

// listed is the file for tokens that the provider then reads by itself.
func listed(scope cfapi.Scope, tokens []cfapi.Token) importFile {
	// In the order of creation, names stay what they are when tokens are added.
	slices.SortFunc(tokens, func(a, b cfapi.Token) int {
		return cmp.Or(created(a).Compare(created(b)), cmp.Compare(a.ID, b.ID))
	})
	var file importFile
	var called []string
	for _, t := range tokens {
		called = append(called, t.Name)
		file.Resources = append(file.Resources, resource{Type: resourceType, ID: resourceID(scope, t.ID)})
	}
	file.name(called)
	return file
}

func created(t cfapi.Token) time.Time {
	if t.CreatedAt == nil {
		return time.Time{}
	}
	return *t.CreatedAt
}

// fromEnvironment reads what Cloudflare's tools share. The client refuses what is
// missing or given twice; notes name what is no credential any more.
func fromEnvironment(getenv func(string) string, notes io.Writer) cfapi.Config {
	env := func(name string) string { return strings.TrimSpace(getenv(name)) }
	if env("CLOUDFLARE_API_USER_SERVICE_KEY") != "" {
		fmt.Fprintln(notes, "CLOUDFLARE_API_USER_SERVICE_KEY is ignored: Cloudflare ended user service keys on 2026-09-30.")
	}
	return cfapi.Config{
		BaseURL:  env("CLOUDFLARE_BASE_URL"),
		APIToken: cfapi.Secret(env("CLOUDFLARE_API_TOKEN")),
		APIKey:   cfapi.Secret(env("CLOUDFLARE_API_KEY")),
		APIEmail: env("CLOUDFLARE_EMAIL"),
	}
}

// variables are where the fields of the client's configuration are read from.
var variables = map[string]string{
	"BaseURL": "CLOUDFLARE_BASE_URL", "APIToken": "CLOUDFLARE_API_TOKEN", "APIKey": "CLOUDFLARE_API_KEY", "APIEmail": "CLOUDFLARE_EMAIL",
}

// explain names the variable that the client refuses, and never its value.
func explain(err error) error {
	refused, ok := errors.AsType[*cfapi.ConfigError](err)
	switch {
	case !ok:
		return err
	case refused.Field == "APIToken" && refused.Problem == cfapi.Missing:
		return errors.New("no credentials: give an API token, or an API key with its e-mail address")
	case refused.Problem == cfapi.NotAlone:
		return errors.New("more than one kind of credential: give an API token, or an API key with its e-mail address")
	}
	inWords := *refused
	inWords.Field = variables[refused.Field]
	return &inWords
}

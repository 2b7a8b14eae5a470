package provider

import (
	"context"
	"fmt"
	"net"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfapi"
	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
	"github.com/cfaccess/pulumi-cfaccess/provider/internal/middleware"
)

const (
	repository  = "https://github.com/cfaccess/pulumi-cfaccess"
	logo        = "https://raw.githubusercontent.com/cfaccess/pulumi-cfaccess/main/sdk/dotnet/logo.png"
	description = "A Pulumi native provider for Cloudflare Access service tokens: the credentials that let a machine " +
		"reach an application behind Cloudflare Access."
)

// Option replaces something of the world around a provider, for tests.
type Option func(*surroundings)

// surroundings are what a provider takes from the machine that it runs on.
type surroundings struct {
	now    func() time.Time
	adjust func(*cfapi.Client)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

// WithClock replaces the clock by which ages and expiries are judged.
func WithClock(now func() time.Time) Option { return func(s *surroundings) { s.now = now } }

// WithClient does something to the client as soon as it is configured, such as
// giving it a network of the test's own.
func WithClient(adjust func(*cfapi.Client)) Option {
	return func(s *surroundings) { s.adjust = adjust }
}

// WithDial replaces the network over which addresses behind Access are asked.
func WithDial(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(s *surroundings) { s.dial = dial }
}

// New builds the provider, without what [NewServer] adds.
func New(options ...Option) (p.Provider, error) {
	prov, _, _, err := build(options...)
	return prov, err
}

func build(options ...Option) (p.Provider, lister, *memory, error) {
	around := surroundings{now: time.Now, adjust: func(*cfapi.Client) {}}
	for _, option := range options {
		option(&around)
	}
	config := &Config{}
	token := newServiceToken(config, around.now)
	check := &AccessCheck{memory: token.memory, now: around.now, dial: around.dial}
	prov, err := infer.NewProviderBuilder().
		WithDisplayName("Cloudflare Access service tokens").
		WithDescription(description).
		WithKeywords("pulumi", "cloudflare", "access", "zero-trust", "service-token", "category/network", "kind/native").
		WithHomepage(repository).
		WithRepository(repository).
		WithLogoURL(logo).
		WithPublisher("cfaccess").
		WithLicense("Apache-2.0").
		WithPluginDownloadURL("github://api.github.com/cfaccess/pulumi-cfaccess").
		WithLanguageMap(languages()).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"provider": "index"}).
		WithConfig(infer.Config(config)).
		WithResources(infer.Resource(token), infer.Resource(check)).
		WithFunctions(infer.Function(&GetServiceToken{}), infer.Function(&GetServiceTokens{now: around.now}),
			infer.Function(&GetServiceTokenReferences{})).
		Build()
	if err != nil {
		return p.Provider{}, lister{}, nil, fmt.Errorf("building the provider: %w", err)
	}
	configure := prov.Configure
	prov.Configure = func(ctx context.Context, req p.ConfigureRequest) error {
		token.memory.forget()
		if err := configure(ctx, req); err != nil {
			return err
		}
		around.adjust(config.client)
		return nil
	}
	checkConfiguration(&prov, config)
	prov.DiffConfig = diffConfig
	prov.GetSchema = completeSchema(prov.GetSchema)
	middleware.Wrap(&prov, middleware.Hooks{
		Resources: map[tokens.Type]middleware.Resource{
			serviceTokenType: {
				Check: token.check, Diff: token.diff, IsInput: servicetoken.IsReadable,
				// What asks for a rotation once is not among them.
				Observed: []string{"accountId", "zoneId", "name", "duration", "enabled"},
				Secrets:  []string{"clientSecret"},
			},
			accessCheckType: {
				Check: check.check, Diff: check.diff, Read: check.read,
				Mirrored: accessCheckInputNames(), Secrets: []string{"clientSecret"},
			},
		},
		Arguments: checkArguments,
	})
	return prov, lister{config, around.now}, token.memory, nil
}

// languages are the SDKs' names and options. Setting any replaces all of
// infer's defaults, so those worth keeping are repeated. The versions of
// Pulumi's own SDKs are the oldest that the generated code was tried with;
// Go's is in the go.mod that internal/sdkgen writes.
func languages() map[string]any {
	return map[string]any{
		"nodejs": map[string]any{
			"packageName":          "@cfaccess/pulumi-cfaccess",
			"packageDescription":   description,
			"dependencies":         map[string]string{"@pulumi/pulumi": "^3.231.0"},
			"typescriptVersion":    "^5.0.0",
			"respectSchemaVersion": true,
		},
		"python": map[string]any{
			"packageName":          "pulumi_cfaccess",
			"pythonRequires":       ">=3.10", // as Pulumi's own SDK
			"requires":             map[string]string{"pulumi": ">=3.231.0,<4.0.0"},
			"respectSchemaVersion": true,
			"pyproject":            map[string]any{"enabled": true},
		},
		"go": map[string]any{
			"importBasePath":                 "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess",
			"modulePath":                     "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess",
			"generateResourceContainerTypes": true,
			"respectSchemaVersion":           true,
		},
		"csharp": map[string]any{
			"rootNamespace":        "CfAccess",
			"namespaces":           map[string]string{Name: "Access"},
			"packageReferences":    map[string]string{"Pulumi": "[3.76.1,4)"},
			"respectSchemaVersion": true,
		},
		// Gradle's build files would name a mirror to download from; there is
		// a pom.xml instead.
		"java": map[string]any{
			"basePackage": "io.github.cfaccess.pulumi",
			"buildFiles":  "none",
			"dependencies": map[string]string{
				"com.pulumi:pulumi":               "1.36.1",
				"com.google.code.findbugs:jsr305": "3.0.2", // for @Nullable
			},
		},
	}
}

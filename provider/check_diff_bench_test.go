package provider_test

import (
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// BenchmarkCheckAndDiff does what a preview does for a token that does not change,
// in the test's process. What it costs over gRPC, tests/bench measures.
func BenchmarkCheckAndDiff(b *testing.B) {
	const (
		accountID = "0000000000000000000000000000aaaa"
		tokenID   = "00000000-0000-4000-8000-000000000001"
		issued    = "2026-10-01T12:00:00Z"
	)
	now, err := time.Parse(time.RFC3339, issued)
	if err != nil {
		b.Fatal(err)
	}
	prov, err := provider.New(provider.WithClock(func() time.Time { return now.AddDate(0, 1, 0) }))
	if err != nil {
		b.Fatal(err)
	}
	texts := func(values map[string]string) property.Map {
		properties := map[string]property.Value{}
		for key, value := range values {
			properties[key] = property.New(value)
		}
		return property.NewMap(properties)
	}
	err = prov.Configure(b.Context(), p.ConfigureRequest{Args: texts(map[string]string{
		"apiToken": "fake-api-token-for-tests-0123456789abcdef",
		"baseUrl":  "http://127.0.0.1:1/client/v4", // nobody is there, and nothing is asked
	})})
	if err != nil {
		b.Fatal(err)
	}

	urn := resource.NewURN("dev", "bench", "", "cfaccess:index:ServiceToken", "ci")
	program := texts(map[string]string{"accountId": accountID, "name": "ci", "duration": "8760h"})
	state := texts(map[string]string{
		"accountId": accountID, "name": "ci", "duration": "8760h", "tokenId": tokenID,
		"clientId": "0123456789abcdef0123456789abcdef.access", "clientSecretStatus": "current",
		"createdAt": issued, "clientSecretIssuedAt": issued, "expiresAt": "2027-10-01T12:00:00Z",
	}).
		Set("enabled", property.New(true)).
		Set("clientSecret", property.New(strings.Repeat("f4ce", 16)).WithSecret(true)).
		Set("clientSecretVersion", property.New(1.0)).
		Set("heldClientSecretVersion", property.New(1.0))

	b.ReportAllocs()
	for b.Loop() {
		checked, err := prov.Check(b.Context(), p.CheckRequest{Urn: urn, State: program, Inputs: program})
		if err != nil || len(checked.Failures) > 0 {
			b.Fatalf("check: %v, %v", checked.Failures, err)
		}
		diff, err := prov.Diff(b.Context(), p.DiffRequest{
			ID: accountID + "/" + tokenID, Urn: urn, State: state, OldInputs: program, Inputs: checked.Inputs,
		})
		if err != nil || diff.HasChanges {
			b.Fatalf("diff: %v, %v", diff.DetailedDiff, err)
		}
	}
}

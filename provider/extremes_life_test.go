package provider_test

import (
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
)

// What Check accepts has to live: created, read and rotated, it shows no change.
func TestExtremeInputsShowNoChangeOnceTheyAreThere(t *testing.T) {
	t.Parallel()
	for key, values := range map[string][]string{
		"name": {
			"x", strings.Repeat("東", 10_000), strings.Repeat("e\u0301\u0327", 3_333), "שלום \u202eevil\u202c", "👩‍👩‍👧‍👦", " ci ",
			"\"'`\\<>&{}$%;--/../?#", "\ufffd\ufeff\u2028\U0010ffff",
		},
		"duration": {"1ns", "1µs", "+1h", ".5h", "2562047h47m16.854775807s", "forever"},
		"previousClientSecretExpiresAt": {
			"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59+14:00", "9999-12-31T23:59:59.999999999Z", "2027-01-01T00:00:00.5-12:00",
		},
	} {
		for _, value := range values {
			t.Run(key, func(t *testing.T) {
				t.Parallel()
				sim := cfsim.New(cfsim.Config{})
				s := server(t, sim)
				want := inputs(key, property.New(value))
				created, err := s.Create(p.CreateRequest{Urn: urn, Properties: want})
				if err != nil {
					t.Fatal(err)
				}
				state := unchanged(t, s, created.ID, want, created.Properties)
				if got := state.Get(key); key != "previousClientSecretExpiresAt" && (!got.IsString() || got.AsString() != value) {
					t.Errorf("the state holds %.60v for %.60q", got, value)
				}

				rotated := want.Set("clientSecretVersion", property.New(2147483647.0))
				updated, err := s.Update(p.UpdateRequest{ID: created.ID, Urn: urn, Inputs: rotated, OldInputs: want, State: state})
				if err != nil {
					t.Fatal(err)
				}
				state = unchanged(t, s, created.ID, rotated, updated.Properties)
				if got := state.Get("heldClientSecretVersion"); !got.IsNumber() || got.AsNumber() != 2147483647 {
					t.Errorf("the held version is %v", got)
				}
				clientID, secret := state.Get("clientId").AsString(), state.Get("clientSecret").AsString()
				if judged := sim.SecretState(clientID, secret); judged != cfsim.SecretCurrent {
					t.Errorf("the stored secret is %s", judged)
				}
			})
		}
	}
}

// unchanged fails unless neither the stored state nor one that was just read
// differs from the inputs. It returns the latter.
func unchanged(t *testing.T, s integration.Server, id string, want, state property.Map) property.Map {
	t.Helper()
	for range 2 {
		diff, err := s.Diff(p.DiffRequest{ID: id, Urn: urn, Inputs: want, OldInputs: want, State: state})
		if err != nil || diff.HasChanges {
			t.Errorf("a change is shown: %v, %v", diff.DetailedDiff, err)
		}
		read, err := s.Read(p.ReadRequest{ID: id, Urn: urn, Inputs: want, Properties: state})
		if err != nil {
			t.Fatal(err)
		}
		if status := read.Properties.Get("clientSecretStatus"); !status.IsString() || status.AsString() != "current" {
			t.Errorf("clientSecretStatus is %v", status)
		}
		state = read.Properties
	}
	return state
}

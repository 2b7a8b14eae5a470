package provider_test

import (
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/cfaccess/pulumi-cfaccess/internal/cfsim"
	"github.com/cfaccess/pulumi-cfaccess/provider"
)

// Inputs at their extremes, asked of the provider as a whole.

const urn = resource.URN("urn:pulumi:dev::provider::cfaccess:index:ServiceToken::ci")

// server is the provider, configured for a simulator.
func server(t *testing.T, sim *cfsim.Simulator) integration.Server {
	t.Helper()
	served, err := sim.Serve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(served.Close)
	prov, err := provider.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := integration.NewServer(t.Context(), provider.Name, semver.MustParse(provider.Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Configure(p.ConfigureRequest{Args: property.NewMap(map[string]property.Value{
		"apiToken": property.New(cfsim.DefaultAPIToken), "baseUrl": property.New(served.BaseURL),
	})}); err != nil {
		t.Fatal(err)
	}
	return s
}

// inputs are those of a token, with one of them changed or added.
func inputs(key string, value property.Value) property.Map {
	return property.NewMap(map[string]property.Value{
		"accountId": property.New(cfsim.DefaultAccountID), "name": property.New("ci"),
	}).Set(key, value)
}

// verdict is what Check says of an input; nothing if it accepts it.
func verdict(t *testing.T, s integration.Server, key string, value property.Value) string {
	t.Helper()
	resp, err := s.Check(p.CheckRequest{Urn: urn, Inputs: inputs(key, value)})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, f := range resp.Failures {
		if f.Property != key {
			t.Errorf("the failure is of %s: %s", f.Property, f.Reason)
		}
		if len(f.Reason) > 1500 {
			t.Errorf("the failure has %d bytes", len(f.Reason))
		}
		said = append(said, f.Reason)
	}
	return strings.Join(said, "; ")
}

func TestInputsAtTheirExtremes(t *testing.T) {
	t.Parallel()
	const (
		control = "the name contains the control character "
		units   = "is not a duration: write hours, minutes and seconds"
		long    = `is too long: write at most "2562047h" (292 years), or "forever"`
		nothing = "is not above zero"
		time    = "is not a time: write it as RFC 3339"
		version = "is not a version: write a whole number from 1 to 2147483647"
		large   = "is too large: write a whole number from 1 to 2147483647"
	)
	text := func(s string) property.Value { return property.New(s) }
	for key, values := range map[string][]struct {
		value property.Value
		// says is part of the failure; none is expected if it is empty.
		says string
	}{
		"name": {
			{text("x"), ""},
			{text(strings.Repeat("x", 350)), ""},
			{text(strings.Repeat("x", 10_000)), "the name has 10000 characters"},
			{text(strings.Repeat("東", 350)), ""},
			{text(strings.Repeat("東", 351)), "the name has 351 characters"},
			{text(strings.Repeat("e\u0301\u0327", 116)), ""}, // combining marks
			{text("שלום عربى \u202eevil\u202c"), ""},         // right to left, and an override
			{text("👩‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿"), ""},                     // joined and tagged emoji
			{text(" ci "), "begins or ends with a space: write \"ci\""},
			{text("\u00a0ci\u2003"), "begins or ends with a space: write \"ci\""}, // also an odd one
			{text("\"'`\\<>&{}$%;--/../?#"), ""},                                  // what other languages read something into
			{text("null"), ""},
			{text("\ufffd\ufeff\u2028\U0010ffff"), ""}, // what is no character, but no control either
			{text(""), "the name is empty"},
			{text(" \t\r\n\u00a0\u2003"), "the name is empty"},
			{text("ci\n"), control + `U+000A after "ci": write it without`},
			{text("a\x00b"), control + `U+0000 after "a"`},
			{text("\x1b[31mred"), control + `U+001B after ""`},
			{text("del\x7f"), control + `U+007F after "del"`},
			{text("next\u0085line"), control + `U+0085 after "next"`},
			{text(strings.Repeat("x", 10_000) + "\t"), "x…\": write it without"},
		},
		"duration": {
			{text("1ns"), ""}, {text("1µs"), ""}, {text("1μs"), ""}, {text("+1h"), ""}, {text("0.5h"), ""}, {text(".5h"), ""},
			{text("2562047h47m16.854775807s"), ""}, {text("2540400h"), ""}, {text("9223372036854775807ns"), ""}, {text("forever"), ""},
			{text("2562047h47m16.854775808s"), long}, {text("2562048h"), long}, {text("99999999999999999999h"), long}, {text(strings.Repeat("9", 10_000) + "h"), long},
			{text("1e3h"), units}, {text("1H"), units}, {text(" 1h"), units}, {text("1h "), units}, {text("１h"), units}, {text("1h\x00"), units},
			{text("1d"), units}, {text("1"), units}, {text("h"), units}, {text("+"), units}, {text("Inf"), units}, {text("NaNh"), units}, {text("0x1h"), units},
			{text("0"), nothing}, {text("-0s"), nothing}, {text("+0h"), nothing}, {text("0.0000000001ns"), nothing}, {text("-1ns"), nothing},
			{text("-2562047h47m16.854775808s"), nothing},
		},
		"previousClientSecretExpiresAt": {
			{text("0001-01-01T00:00:00Z"), ""}, {text("1970-01-01T00:00:00Z"), ""}, {text("9999-12-31T23:59:59.999999999Z"), ""},
			{text("2028-02-29T00:00:00Z"), ""}, {text("2027-01-01T00:00:00+14:00"), ""}, {text("2027-01-01T00:00:00-12:00"), ""}, {text("2027-01-01T00:00:00-00:00"), ""},
			{text("10000-01-01T00:00:00Z"), time}, {text("-0001-01-01T00:00:00Z"), time}, {text("2027-02-29T00:00:00Z"), time},
			{text("2016-12-31T23:59:60Z"), time}, {text("2027-01-01T24:00:00Z"), time}, {text("2027-01-01 00:00:00Z"), time},
			{text("2027-01-01T00:00:00"), time}, {text("2027-01-01T00:00Z"), time}, {text("1800000000"), time}, {text("2027-01-01t00:00:00z"), time},
			{text(strings.Repeat("2027-01-01T00:00:00Z", 1_000)), time},
		},
		"clientSecretVersion": {
			{property.New(1.0), ""}, {property.New(2147483647.0), ""},
			{property.New(2147483648.0), "2147483648 " + large}, {property.New(4294967297.0), "4294967297 " + large},
			{property.New(9007199254740993.0), large}, {property.New(1e300), "1e+300 " + large}, {property.New(1.5), "1.5 " + version},
			{property.New(0.0), "0 is below 1"}, {property.New(-2147483647.0), "-2147483647 is below 1"}, {property.New(-2147483649.0), "is too small"},
			{property.New(5e-324), "5e-324 " + version},
		},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			s := server(t, cfsim.New(cfsim.Config{}))
			for _, test := range values {
				said := verdict(t, s, key, test.value)
				if test.says == "" && said != "" || !strings.Contains(said, test.says) {
					t.Errorf("%.60v: said %.300q, want %q", test.value, said, test.says)
				}
			}
		})
	}
}

// A name that Cloudflare holds is no mistake of the program that repeats it.
func TestAnImportedNameWithAControlCharacterStays(t *testing.T) {
	t.Parallel()
	sim := cfsim.New(cfsim.Config{})
	odd := sim.AddToken("accounts/"+cfsim.DefaultAccountID, cfsim.NewToken{Name: "tab\there"})
	s := server(t, sim)
	imported, err := s.Read(p.ReadRequest{ID: cfsim.DefaultAccountID + "/" + odd.ID, Urn: urn})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Check(p.CheckRequest{Urn: urn, Inputs: imported.Inputs, State: imported.Inputs})
	if err != nil || len(resp.Failures) > 0 {
		t.Errorf("%v, %v", resp.Failures, err)
	}
	resp, err = s.Check(p.CheckRequest{Urn: urn, Inputs: imported.Inputs.Set("name", property.New("tab\there too")), State: imported.Inputs})
	if err != nil || len(resp.Failures) != 1 {
		t.Errorf("another name: %v, %v", resp.Failures, err)
	}
}

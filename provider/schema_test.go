package provider

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"

	"github.com/cfaccess/pulumi-cfaccess/internal/servicetoken"
)

var update = flag.Bool("update", false, "rewrite schema.json from the provider")

// TestSchemaIsCurrent keeps schema.json, from which the SDKs are generated,
// equal to what the provider reports; `make schema` rewrites it. The version
// is left out, so that a release does not change the file.
func TestSchemaIsCurrent(t *testing.T) {
	const path = "../schema.json"
	current := currentSchema(t)
	if *update {
		if err := os.WriteFile(path, current, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, current) {
		t.Error("schema.json is not what the provider reports: run `make schema` and commit the result")
	}
}

func currentSchema(t *testing.T) []byte {
	t.Helper()
	prov, err := New()
	if err != nil {
		t.Fatal(err)
	}
	server, err := integration.NewServer(t.Context(), Name, semver.MustParse(Version), integration.WithProvider(prov))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.GetSchema(p.GetSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	schema := map[string]any{}
	if err := json.Unmarshal([]byte(resp.Schema), &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema, "version")
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "    ")
	if err := encoder.Encode(schema); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEveryInputOfTheSchemaIsRead(t *testing.T) {
	t.Parallel()
	args := reflect.TypeFor[ServiceTokenArgs]()
	for field := range args.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		if !servicetoken.IsInput(name) {
			t.Errorf("%s is in the schema, and not among the fields of internal/servicetoken", name)
		}
	}
	if read := reflect.TypeFor[servicetoken.Inputs](); read.NumField() != args.NumField() {
		t.Errorf("%d inputs are read, and %d are in the schema", read.NumField(), args.NumField())
	}
}

package importprograms

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/pkg/v3/importer"
	"github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/cfaccess/pulumi-cfaccess/provider"
	"github.com/cfaccess/pulumi-cfaccess/tests/enginetest"
)

type generator func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)

// generators are those of the languages whose hosts come with Pulumi's own
// installer and cannot be built here. The hosts call the same functions.
var generators = map[string]generator{
	"nodejs": nodejs.GenerateProgram,
	"python": python.GenerateProgram,
	"go":     gogen.GenerateProgram,
}

// describe generates the program of a state's service tokens as `pulumi import`
// does.
func describe(t *testing.T, state enginetest.State, generate generator) string {
	t.Helper()
	var exported struct{ Deployment apitype.DeploymentV3 }
	if err := json.Unmarshal([]byte(state.Raw), &exported); err != nil {
		t.Fatal(err)
	}
	exported.Deployment.SecretsProviders = nil // an imported token has no secrets to decrypt
	snapshot, err := stack.DeserializeDeploymentV3(t.Context(), exported.Deployment, nil)
	if err != nil {
		t.Fatalf("reading the state: %v", err)
	}
	var tokens []*resource.State
	for _, r := range snapshot.Resources {
		if r.Type == "cfaccess:index:ServiceToken" {
			tokens = append(tokens, r)
		}
	}
	var text bytes.Buffer
	write := func(w io.Writer, program *pcl.Program) error {
		files, diagnostics, err := generate(program)
		if err != nil {
			return err
		}
		if len(diagnostics) > 0 {
			return diagnostics
		}
		if len(files) != 1 {
			return fmt.Errorf("the program has %d files", len(files))
		}
		for _, file := range files {
			if _, err := w.Write(file); err != nil {
				return err
			}
		}
		return nil
	}
	if err := importer.GenerateLanguageDefinitions(&text, newLoader(t), write, tokens, snapshot.Resources, nil); err != nil {
		t.Fatalf("generating the program: %v", err)
	}
	return text.String()
}

// loader loads this provider's package, whatever it is asked for.
type loader struct {
	schema.ReferenceLoader
	pkg *schema.Package
}

func newLoader(t *testing.T) loader {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(enginetest.Root(t), "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	spec.Version = provider.Version
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{AllowDanglingReferences: true})
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	if err != nil {
		t.Fatalf("binding the schema: %v", err)
	}
	return loader{pkg: pkg}
}

func (l loader) LoadPackageV2(context.Context, *schema.PackageDescriptor) (*schema.Package, error) {
	return l.pkg, nil
}

func (l loader) LoadPackageReferenceV2(context.Context, *schema.PackageDescriptor) (schema.PackageReference, error) {
	return l.pkg.Reference(), nil
}

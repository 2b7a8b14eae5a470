package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// source is what the SDKs are made of.
type source struct {
	schema  []byte
	version string
	license []byte
}

func readSource(schemaPath, version string) (source, error) {
	if _, err := semver.Parse(version); err != nil {
		return source{}, fmt.Errorf("reading the version %q: %w", version, err)
	}
	text, err := os.ReadFile(schemaPath)
	if err != nil {
		return source{}, fmt.Errorf("reading the schema: %w", err)
	}
	license, err := os.ReadFile(filepath.Join(filepath.Dir(schemaPath), "LICENSE"))
	if err != nil {
		return source{}, fmt.Errorf("reading the licence beside the schema: %w", err)
	}
	return source{schema: text, version: version, license: license}, nil
}

// spec decodes the schema anew. It carries the version, which the committed
// schema lacks so that the provider's code is the one place that names it.
func (s source) spec() (schema.PackageSpec, error) {
	var spec schema.PackageSpec
	if err := json.Unmarshal(s.schema, &spec); err != nil {
		return schema.PackageSpec{}, fmt.Errorf("decoding the schema: %w", err)
	}
	spec.Version = s.version
	return spec, nil
}

// bind resolves a schema's references. Each language needs a package of its
// own, because a generator writes into the one it is given. No other package
// is loaded for it: our schema refers to none.
func bind(spec schema.PackageSpec) (*schema.Package, error) {
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{AllowDanglingReferences: true})
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	if err != nil {
		return nil, fmt.Errorf("binding the schema: %w", err)
	}
	return pkg, nil
}

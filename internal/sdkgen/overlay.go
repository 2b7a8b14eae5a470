package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// The files that the generators do not write, by language. One that ends in
// .tmpl is a template, filled from the schema, and loses that ending.
//
//go:embed all:overlay
var overlay embed.FS

// addOverlay puts a language's own files among the generated ones. Of the
// generated files it replaces a README alone.
func addOverlay(files tree, lang string, spec schema.PackageSpec) error {
	own, err := fs.Sub(overlay, "overlay/"+lang)
	if err != nil {
		return err
	}
	data, err := newOverlayData(spec)
	if err != nil {
		return err
	}
	return fs.WalkDir(own, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(own, path)
		if err != nil {
			return err
		}
		name, isTemplate := strings.CutSuffix(path, ".tmpl")
		if isTemplate {
			if content, err = fill(path, content, data); err != nil {
				return err
			}
		}
		if _, generated := files[name]; generated && name != "README.md" {
			return fmt.Errorf("adding %s: the generator writes that file itself", name)
		}
		files[name] = content
		return nil
	})
}

// overlayData is what a template may ask for.
type overlayData struct {
	schema.PackageSpec
	Java java.PackageInfo
}

func newOverlayData(spec schema.PackageSpec) (overlayData, error) {
	data := overlayData{PackageSpec: spec}
	if err := json.Unmarshal(spec.Language["java"], &data.Java); err != nil {
		return overlayData{}, fmt.Errorf("decoding the schema's options for Java: %w", err)
	}
	return data, nil
}

func fill(name string, text []byte, data overlayData) ([]byte, error) {
	functions := template.FuncMap{"xml": escapeXML, "split": strings.Split}
	t, err := template.New(name).Funcs(functions).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("parsing the overlay: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("filling the overlay: %w", err)
	}
	return b.Bytes(), nil
}

func escapeXML(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
}

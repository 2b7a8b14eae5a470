package main

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// A generator that changed must not be overruled unnoticed.

func TestUnknownFieldOfPackageJSONIsNotDropped(t *testing.T) {
	t.Parallel()
	_, err := completePackageJSON([]byte(`{"name": "x", "exports": "./bin/index.js"}`))
	if err == nil || !strings.Contains(err.Error(), "exports") {
		t.Errorf("the error is %v", err)
	}
}

func TestPyprojectThatChangedIsRefused(t *testing.T) {
	t.Parallel()
	_, err := completePyproject([]byte("[project]\n  license = \"Apache-2.0\"\n"), "Apache-2.0")
	if err == nil || !strings.Contains(err.Error(), "project.license") {
		t.Errorf("the error is %v", err)
	}
}

func TestOverlayReplacesNoGeneratedFileButTheReadMe(t *testing.T) {
	t.Parallel()
	spec := schema.PackageSpec{Language: map[string]schema.RawMessage{"java": schema.RawMessage(`{}`)}}
	if err := addOverlay(tree{"pom.xml": nil}, "java", spec); err == nil || !strings.Contains(err.Error(), "pom.xml") {
		t.Errorf("the error is %v", err)
	}
	files := tree{"README.md": nil}
	if err := addOverlay(files, "java", spec); err != nil || len(files["README.md"]) == 0 {
		t.Errorf("the README is %q: %v", files["README.md"], err)
	}
}

func TestTextIsEscapedInXML(t *testing.T) {
	t.Parallel()
	data := overlayData{PackageSpec: schema.PackageSpec{Description: `a <b> & "c"`}}
	got, err := fill("x", []byte("<d>{{ xml .Description }}</d>"), data)
	if err != nil {
		t.Fatal(err)
	}
	if want := "<d>a &lt;b&gt; &amp; &#34;c&#34;</d>"; string(got) != want {
		t.Errorf("it is %s", got)
	}
}

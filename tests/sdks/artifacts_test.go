package sdks

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestPackagesHoldWhatTheirUsersNeed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files func(t *testing.T) []string
		want  []string
		never string
	}{
		"npm": {
			func(t *testing.T) []string { return tarred(t, tarball(t)) },
			[]string{"package/package.json", "package/README.md", "package/LICENSE", "package/bin/index.js", "package/bin/index.d.ts",
				"package/bin/serviceToken.js", "package/bin/serviceToken.d.ts", "package/bin/config/index.d.ts", "package/bin/package.json"},
			"node_modules",
		},
		"wheel": {
			func(t *testing.T) []string { return zipped(t, wheel(t)) },
			[]string{"pulumi_cfaccess/__init__.py", "pulumi_cfaccess/service_token.py", "pulumi_cfaccess/py.typed",
				"pulumi_cfaccess/pulumi-plugin.json", "pulumi_cfaccess/config/__init__.pyi", "dist-info/licenses/LICENSE"},
			"build/",
		},
		"sdist": {
			func(t *testing.T) []string { return tarred(t, sdist(t)) },
			[]string{"/pyproject.toml", "/README.md", "/LICENSE", "/pulumi_cfaccess/__init__.py", "/pulumi_cfaccess/py.typed",
				"/pulumi_cfaccess/pulumi-plugin.json"},
			"build/",
		},
		"jar": {
			func(t *testing.T) []string { return zipped(t, jar(t)) },
			[]string{"io/github/cfaccess/pulumi/cfaccess/ServiceToken.class", "io/github/cfaccess/pulumi/cfaccess/plugin.json",
				"io/github/cfaccess/pulumi/cfaccess/version.txt"},
			".java",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := test.files(t)
			for _, file := range test.want {
				if !slices.ContainsFunc(files, func(have string) bool { return strings.HasSuffix(have, file) }) {
					t.Errorf("%s is missing from %q", file, files)
				}
			}
			for _, file := range files {
				if strings.Contains(file, test.never) {
					t.Errorf("%s does not belong there", file)
				}
			}
		})
	}
}

func tarred(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	must(t, err)
	var names []string
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		must(t, err)
		names = append(names, header.Name)
	}
}

func zipped(t *testing.T, path string) []string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	must(t, err)
	defer archive.Close()
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
	}
	return names
}

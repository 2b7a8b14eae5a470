package packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

var java = consumer{
	install: func(t *testing.T, dir string) {
		Maven(t)
		pom := filepath.Join(dir, "pom.xml")
		text, err := os.ReadFile(pom)
		must(t, err)
		must(t, os.WriteFile(pom, []byte(strings.ReplaceAll(string(text), "${cfaccess.version}", provider.Version)), 0o644))
	},
	check: []string{"mvn", "--quiet", "--batch-mode", "--no-transfer-progress", "compile"},
	file:  "src/main/java/consumer/Wrong#.java",
	frame: `package consumer;

import io.github.cfaccess.pulumi.cfaccess.*;

class Wrong# {
    Object x = CODE;
}
`,
	// A token without a name compiles in Java, and is an error of build().
	mistakes: []mistake{
		{"an account that is a number", `ServiceTokenArgs.builder().accountId(7)`, "no suitable method found for accountId(int)"},
		{"a property that does not exist", `ServiceTokenArgs.builder().acountId("x")`, "cannot find symbol"},
		{"a secret outside of its output", `((ServiceToken) null).clientSecret().length()`, "cannot find symbol"},
	},
}

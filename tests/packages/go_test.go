package packages

import (
	"testing"

	"github.com/cfaccess/pulumi-cfaccess/provider"
)

var golang = consumer{
	install: func(t *testing.T, dir string) {
		const module = "github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
		Run(t, dir, "go", "mod", "init", "consumer")
		Run(t, dir, "go", "mod", "edit", "-replace", module+"="+Go(t),
			"-require", module+"@v"+provider.Version, "-require", "github.com/pulumi/pulumi/sdk/v3@v3.259.0")
		Run(t, dir, "go", "mod", "tidy")
	},
	check: []string{"go", "vet", "./..."},
	file:  "wrong#/main.go",
	frame: `package main

import (
	"github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		CODE
		return nil
	})
}
`,
	// A token without a name compiles in Go, and is an error of NewServiceToken.
	mistakes: []mistake{
		{"an account that is a number", `_ = cfaccess.ServiceTokenArgs{AccountId: pulumi.Int(7)}`, "cannot use pulumi.Int(7)"},
		{"a property that does not exist", `_ = cfaccess.ServiceTokenArgs{AcountId: nil}`, "unknown field AcountId"},
		{"a secret outside of its output", `var _ string = (&cfaccess.ServiceToken{}).ClientSecret`, "cannot use"},
	},
	deployment: deployment{
		driver:  "driver_test.go",
		compile: []string{"go", "test", "-mod=mod", "-c", "-o", "driver", "."},
		command: []string{"./driver"},
	},
}

func TestGoModuleIsVetted(t *testing.T) {
	t.Parallel()
	Run(t, Go(t), "go", "vet", "./...")
}

package packages

import "testing"

func TestGoModuleIsSound(t *testing.T) {
	t.Parallel()
	Run(t, Go(t), "go", "vet", "./...")
}

func TestGoConsumerOfTheModuleCompiles(t *testing.T) {
	t.Parallel()
	dir := consumer(t, "go")
	install["go"](t, dir)
	Run(t, dir, "go", "vet", "./...")
	expectMistakes(t, dir, "wrong#/main.go", `package main

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
`, []mistake{
		{"an account that is a number", `_ = cfaccess.ServiceTokenArgs{AccountId: pulumi.Int(7)}`, "cannot use pulumi.Int(7)"},
		{"a property that does not exist", `_ = cfaccess.ServiceTokenArgs{AcountId: nil}`, "unknown field AcountId"},
		{"a secret outside of its output", `var _ string = (&cfaccess.ServiceToken{}).ClientSecret`, "cannot use"},
	}, "go", "build", "./...")
}

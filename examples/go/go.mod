module cfaccess-example

go 1.25.8

require (
	github.com/cfaccess/pulumi-cfaccess/sdk/go/cfaccess v0.2.0
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
)

package command

// Program is the name that the program has by itself.
const Program = "pulumi-tool-cfaccess"

// Version is that of the provider, which tests/release compares.
const Version = "0.2.0"
